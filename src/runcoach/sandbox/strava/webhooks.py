"""Strava's webhooks: the subscription of an app, ``/api/v3/push_subscriptions``, and events sent to its callback."""

from __future__ import annotations

import http.client
import json
import queue
import secrets
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode, urlsplit

from runcoach.sandbox.http_server import Reply, Request, bad_request, encode_json, iso, json_reply, not_found, route
from runcoach.sandbox.strava.oauth import CLIENT_ID, check_app

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from runcoach.sandbox.strava.oauth import Grant
    from runcoach.sandbox.synthetic.athlete import Change

_TIMEOUT_S = 2.0
_ATTEMPTS = 3
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


@dataclass(frozen=True, slots=True)
class Subscription:
    """A subscription; ``created_at`` in epoch seconds."""

    subscription_id: int
    callback_url: str
    created_at: int

    def to_json(self) -> dict[str, Any]:
        """Its form in the API."""
        when = iso(self.created_at)
        return {
            "id": self.subscription_id,
            "resource_state": 2,
            "application_id": CLIENT_ID,
            "callback_url": self.callback_url,
            "created_at": when,
            "updated_at": when,
        }


@dataclass(frozen=True, slots=True)
class Delivery:
    """One attempt to deliver an event; ``status`` None for no reply in time."""

    event: dict[str, Any]
    status: int | None
    attempt: int


class Webhooks:
    """Subscription and outbox: one thread delivers in order, in up to three attempts of 2 s, ``retry_s`` apart."""

    def __init__(self, clock: Callable[[], float], retry_s: float) -> None:
        self._clock = clock
        self._retry_s = retry_s
        self._next_id = 120_475
        self._outbox: queue.Queue[dict[str, Any] | None] = queue.Queue()
        self._stopping = threading.Event()
        self._worker: threading.Thread | None = None
        self._lock = threading.Lock()
        self.subscription: Subscription | None = None
        self.deliveries: list[Delivery] = []
        self._routes: dict[str, Callable[..., Reply]] = {
            "POST /api/v3/push_subscriptions": self._create,
            "GET /api/v3/push_subscriptions": self._list,
            r"DELETE /api/v3/push_subscriptions/(\d{1,12})": self._delete,
        }

    def reply(self, request: Request) -> Reply | None:
        """The reply to a request about subscriptions, which belong to the app; None for other requests."""
        return route(self._routes, request)

    def _create(self, request: Request) -> Reply:
        form = request.form
        check_app(form)
        callback_url = form.get("callback_url", "")
        if not callback_url or "verify_token" not in form:
            raise bad_request("PushSubscription", "verify_token" if callback_url else "callback_url", "missing")
        return json_reply(self.subscribe(callback_url, form["verify_token"]).to_json(), 201)

    def _list(self, request: Request) -> Reply:
        check_app(request.form)
        return json_reply([self.subscription.to_json()] if self.subscription else [])

    def _delete(self, request: Request, subscription_id: str) -> Reply:
        check_app(request.form)
        if not self.unsubscribe(int(subscription_id)):
            raise not_found("PushSubscription")
        return Reply(204)

    def subscribe(self, callback_url: str, verify_token: str) -> Subscription:
        """Verify the callback and subscribe it; HttpError if verification fails or a subscription exists."""
        if self.subscription is not None:
            raise bad_request("PushSubscription", "", "already exists")
        if urlsplit(callback_url).hostname not in _LOOPBACK or urlsplit(callback_url).scheme != "http":
            raise bad_request("PushSubscription", "callback url", "not verifiable")
        challenge = secrets.token_hex(8)
        query = {"hub.mode": "subscribe", "hub.challenge": challenge, "hub.verify_token": verify_token}
        status, body = _call("GET", callback_url, query)
        if status != 200:
            raise bad_request("PushSubscription", "callback url", "GET to callback URL does not return 200")
        if _challenge_in(body) != challenge:
            raise bad_request("PushSubscription", "callback url", "not verifiable")
        with self._lock:
            self._next_id += 1
            self.subscription = Subscription(self._next_id, callback_url, int(self._clock()))
            return self.subscription

    def unsubscribe(self, subscription_id: int) -> bool:
        """Remove the subscription; returns whether this id was subscribed."""
        with self._lock:
            found = self.subscription is not None and self.subscription.subscription_id == subscription_id
            if found:
                self.subscription = None
            return found

    def announce(self, owner_id: int, change: Change, grants: Sequence[Grant]) -> None:
        """Send the event of a changed activity, if the app may see it.

        To an app without ``activity:read_all``, an activity that becomes private is deleted, and one that becomes
        public is created.
        """
        if not any(grant.reads_activities for grant in grants):
            return
        aspect, updates = change.aspect, change.updates
        if not any(grant.may("activity:read_all") for grant in grants):
            if "private" in updates:
                aspect, updates = ("delete" if change.private else "create"), {}
            elif change.private:
                return
        self.send(owner_id, "activity", change.activity_id, aspect, updates)

    def send(
        self, owner_id: int, object_type: str, object_id: int, aspect_type: str, updates: dict[str, str] | None = None
    ) -> None:
        """Queue an event for the callback, if there is a subscription."""
        if self.subscription is None:
            return
        event = {
            "aspect_type": aspect_type,
            "event_time": int(self._clock()),
            "object_id": object_id,
            "object_type": object_type,
            "owner_id": owner_id,
            "subscription_id": self.subscription.subscription_id,
            "updates": updates or {},
        }
        self.send_raw(event)

    def send_raw(self, event: dict[str, Any]) -> None:
        """Queue an event unchanged, for events that Strava would not send."""
        with self._lock:
            if self._worker is None:
                self._worker = threading.Thread(target=self._deliver, name="sandbox-webhooks", daemon=True)
                self._worker.start()
        self._outbox.put(event)

    def flush(self) -> None:
        """Wait until every queued event was delivered or given up."""
        self._outbox.join()

    def stop(self) -> None:
        """Drop undelivered events and end the thread."""
        self._stopping.set()
        if self._worker is not None:
            self._outbox.put(None)
            self._worker.join()

    def _deliver(self) -> None:
        while True:
            event = self._outbox.get()
            try:
                if event is None:
                    return
                self._send_with_retries(event)
            finally:
                self._outbox.task_done()

    def _send_with_retries(self, event: dict[str, Any]) -> None:
        for attempt in range(1, _ATTEMPTS + 1):
            subscription = self.subscription
            if subscription is None or self._stopping.is_set():
                return
            status, _ = _call("POST", subscription.callback_url, {}, encode_json(event))
            self.deliveries.append(Delivery(event, status, attempt))
            if status == 200 or (attempt < _ATTEMPTS and self._stopping.wait(self._retry_s)):
                return


def _call(method: str, url: str, query: dict[str, str], body: bytes = b"") -> tuple[int | None, bytes]:
    """Status and body of the callback's response; ``(None, b"")`` without one in time."""
    parts = urlsplit(url)
    path = parts.path or "/"
    full_query = "&".join(part for part in (parts.query, urlencode(query)) if part)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=_TIMEOUT_S)
    try:
        headers = {"Content-Type": "application/json"} if body else {}
        connection.request(method, f"{path}?{full_query}" if full_query else path, body or None, headers)
        response = connection.getresponse()
        return response.status, response.read(65_536)
    except (OSError, http.client.HTTPException):
        return None, b""
    finally:
        connection.close()


def _challenge_in(body: bytes) -> str | None:
    try:
        value = json.loads(body)
    except ValueError:
        return None
    return value.get("hub.challenge") if isinstance(value, dict) else None
