"""Strava's webhooks: the subscription of an app, ``/api/v3/push_subscriptions``, and events sent to its callback."""

from __future__ import annotations

import http.client
import json
import secrets
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode, urlsplit, urlunsplit

from runcoach.sandbox.http_server import Reply, Request, bad_request, encode_json, iso, json_reply, not_found, route
from runcoach.sandbox.strava.oauth import CLIENT_ID, Grant, check_app

if TYPE_CHECKING:
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

    def __init__(self, athlete_id: int, clock: Callable[[], float], retry_s: float) -> None:
        self._athlete_id = athlete_id
        self._clock = clock
        self._retry_s = retry_s
        self._next_id = 120_475
        self._outbox = ThreadPoolExecutor(1, "sandbox-webhooks")
        self._stopping = threading.Event()
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
        self._next_id += 1
        self.subscription = Subscription(self._next_id, callback_url, int(self._clock()))
        return self.subscription

    def unsubscribe(self, subscription_id: int) -> bool:
        """Remove the subscription; returns whether this id was subscribed."""
        found = self.subscription is not None and self.subscription.subscription_id == subscription_id
        if found:
            self.subscription = None
        return found

    def announce(self, change: Change, grants: Sequence[Grant]) -> None:
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
        self._send("activity", change.activity_id, aspect, updates)

    def announce_revocation(self) -> None:
        """Send the event of revoked access."""
        self._send("athlete", self._athlete_id, "update", {"authorized": "false"})

    def _send(self, object_type: str, object_id: int, aspect_type: str, updates: dict[str, str]) -> None:
        """Queue an event for the callback, if there is a subscription."""
        if self.subscription is None:
            return
        event = {
            "aspect_type": aspect_type,
            "event_time": int(self._clock()),
            "object_id": object_id,
            "object_type": object_type,
            "owner_id": self._athlete_id,
            "subscription_id": self.subscription.subscription_id,
            "updates": updates,
        }
        self.send_raw(event)

    def send_raw(self, event: dict[str, Any]) -> None:
        """Queue an event unchanged, for events that Strava would not send."""
        if not self._stopping.is_set():
            self._outbox.submit(self._deliver, event)

    def flush(self) -> None:
        """Wait until every queued event was delivered or given up."""
        self._outbox.submit(lambda: None).result()  # its one thread comes to this last

    def stop(self) -> None:
        """Drop undelivered events and end the thread."""
        self._stopping.set()
        self._outbox.shutdown(cancel_futures=True)

    def _deliver(self, event: dict[str, Any]) -> None:
        for attempt in range(1, _ATTEMPTS + 1):
            subscription = self.subscription
            if subscription is None or self._stopping.is_set():
                return
            status, _ = _call("POST", subscription.callback_url, {}, encode_json(event))
            self.deliveries.append(Delivery(event, status, attempt))
            if status == 200 or (attempt < _ATTEMPTS and self._stopping.wait(self._retry_s)):
                return


def _call(method: str, url: str, query: dict[str, str], body: bytes | None = None) -> tuple[int | None, bytes]:
    """Status and body of the callback's response; ``(None, b"")`` without one in time."""
    parts = urlsplit(url)
    target = urlunsplit(("", "", parts.path or "/", "&".join(filter(None, (parts.query, urlencode(query)))), ""))
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=_TIMEOUT_S)
    try:
        connection.request(method, target, body, {"Content-Type": "application/json"} if body else {})
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
