"""Strava's events: who may send them, which are this runner's, and the jobs they become; nothing in one is believed.

An event only says which activity to look up, or that the connection is worth a look. It is answered when its job is in
the file, so whatever was answered well is never lost.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import threading
import time
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Any

from runcoach.errors import BusyDatabaseError, VaultError
from runcoach.services.auth.credentials import open_secret_stores
from runcoach.store.remote import credentials, webhook_state
from runcoach.store.sqlite.connection import set_busy_timeout, write_transaction
from runcoach.store.sqlite.database import open_database, open_reader

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from runcoach.config import Config
    from runcoach.services.auth.credentials import SecretStores
    from runcoach.store.remote.webhook_state import StoredSubscription
    from runcoach.vault import Secret

#: No event of Strava's has more than a few hundred bytes.
MOST_BYTES = 16_384

#: Strava wants an answer within 2 s and tries again after a bad one, so a busy file is not waited for any longer.
PATIENCE_MS = 1_200

#: A vault that failed is left alone for so long, and refused events are audited this often.
REST_S, NOTE_EVERY_S = 60.0, 3_600.0

#: What comes from further ahead than this was not sent by a clock that runs.
_FUTURE_S = 86_400

_LARGEST = 2**63 - 1
_ASPECTS = frozenset({"create", "update", "delete"})
_LONGEST_CHALLENGE = 256


class EventResult(Enum):
    """What became of an event."""

    QUEUED = "a job will look it up"
    KNOWN = "it has been told before"
    NO_CONCERN = "it changes nothing here"
    FOREIGN = "it is of another subscription or another athlete"
    NO_EVENT = "it is no event of Strava's"
    TOO_EARLY = "the subscription is not yet in force"
    CLOSED = "the subscription has ended since"


@dataclass(frozen=True, slots=True)
class WebhookEvent:
    """What is taken from an event; ``mark`` tells events of one second apart, ``revokes`` is a claim and no more."""

    object_type: str
    object_id: int
    owner_id: int
    subscription_id: int
    event_time: int
    mark: str
    revokes: bool


def read_event(body: bytes, now: float) -> WebhookEvent | None:
    """The event in a request's body; None where it is none."""
    try:
        told = json.loads(body)
    except (ValueError, RecursionError):
        return None
    if not isinstance(told, dict):
        return None
    numbers = [_number(told.get(name)) for name in ("object_id", "owner_id", "subscription_id", "event_time")]
    object_id, owner_id, subscription_id, event_time = numbers
    updates = told.get("updates") or {}
    kind, aspect = told.get("object_type"), told.get("aspect_type")
    if object_id is None or owner_id is None or subscription_id is None or event_time is None:
        return None
    if kind not in ("activity", "athlete") or not isinstance(aspect, str) or aspect not in _ASPECTS:
        return None
    if not isinstance(updates, dict) or event_time > now + _FUTURE_S:
        return None
    revokes = kind == "athlete" and str(updates.get("authorized")).lower() == "false"
    return WebhookEvent(kind, object_id, owner_id, subscription_id, event_time, _mark(aspect, updates), revokes)


class WebhookReceiver:
    """The callback of this profile's subscription; safe to use from several threads.

    The secrets are read from the vault once a subscription, so that most events touch the database alone; the row is
    read with every request, for the subscription is made by another process. ``clock`` gives seconds since 1970.
    """

    def __init__(
        self,
        config: Config,
        *,
        clock: Callable[[], float] = time.time,
        ticks: Callable[[], float] = time.monotonic,
        secret_stores: SecretStores | None = None,
    ) -> None:
        self._config = config
        self._clock = clock
        self._ticks = ticks
        self._secret_stores = secret_stores or open_secret_stores(config)
        self._turn = threading.Lock()
        self._handle: str | None = None
        self._secret: Secret | None = None
        self._failed_at: float | None = None
        self._refused = 0
        self._noted_at: float | None = None

    def remembers(self, path: str) -> bool:
        """Whether this is the secret path of the last event: without a look at the file, which :meth:`take` has."""
        secret = self._secret
        return secret is not None and _same(path, secret["path"])

    def opens(self, path: str) -> bool:
        """Whether this is the secret path; told in a time that does not depend on how much of it is right.

        Raises StoreError and VaultError where nobody can say.
        """
        secret = self._secret_now()
        return secret is not None and _same(path, secret["path"])

    def challenge(self, asked: Mapping[str, str]) -> str | None:
        """What to repeat to Strava, which looks whether the callback is ours; None where it is not Strava who asks."""
        secret = self._secret_now()
        challenge = asked.get("hub.challenge", "")
        if secret is None or asked.get("hub.mode") != "subscribe" or not 0 < len(challenge) <= _LONGEST_CHALLENGE:
            return None
        return challenge if _same(asked.get("hub.verify_token", ""), secret["verify_token"]) else None

    def take(self, body: bytes) -> EventResult:
        """Queue what an event tells of, in one short transaction.

        Raises BusyDatabaseError where another process writes for longer than Strava waits, and StoreError.
        """
        event = read_event(body, self._clock())
        with open_database(self._config) as connection:
            set_busy_timeout(connection, PATIENCE_MS)
            stored, token = webhook_state.subscription(connection), credentials.current(connection)
            outcome = EventResult.NO_EVENT
            if stored is None or stored.secret_handle != self._handle:
                outcome = EventResult.CLOSED
            elif event is not None:
                outcome = _standing(event, stored, None if token is None else token["athlete_id"])
            if event is not None and outcome is EventResult.QUEUED:
                with write_transaction(connection):
                    is_news = (
                        webhook_state.queue_access_check(connection, event.owner_id, event.event_time)
                        if event.revokes
                        else webhook_state.queue_fetch(connection, event.object_id, event.event_time, event.mark)
                    )
                outcome = EventResult.QUEUED if is_news else EventResult.KNOWN
        if outcome in {EventResult.FOREIGN, EventResult.NO_EVENT}:
            self._note_refused()
        return outcome

    def _secret_now(self) -> Secret | None:
        """The secrets of the subscription that is in force, or is being asked for."""
        with open_reader(self._config) as connection:
            stored = webhook_state.subscription(connection)
        if stored is None:
            return None
        with self._turn:
            if stored.secret_handle != self._handle:
                self._secret, self._handle = self._read(stored)
            return self._secret

    def _read(self, stored: StoredSubscription) -> tuple[Secret | None, str | None]:
        """From the vault, and the handle to remember; nothing is remembered before the secret is there."""
        if self._failed_at is not None and self._ticks() - self._failed_at < REST_S:
            raise VaultError("the vault has just failed")
        try:
            secret = self._secret_stores(stored.token_store).get(stored.secret_handle)
        except VaultError:
            self._failed_at = self._ticks()
            raise
        self._failed_at = None
        return secret, None if secret is None else stored.secret_handle

    def _note_refused(self) -> None:
        """An audit row at most once an hour, however many come."""
        with self._turn:
            self._refused += 1
            if self._noted_at is not None and self._ticks() - self._noted_at < NOTE_EVERY_S:
                return
            self._noted_at = self._ticks()
            count, self._refused = self._refused, 0
        try:
            with open_database(self._config) as connection:
                set_busy_timeout(connection, PATIENCE_MS)
                with write_transaction(connection):
                    webhook_state.note_refused(connection, count)
        except BusyDatabaseError:
            with self._turn:
                self._refused, self._noted_at = self._refused + count, None


def _standing(event: WebhookEvent, stored: StoredSubscription, athlete_id: int | None) -> EventResult:
    """Whether an event is this runner's, and of any concern."""
    if stored.strava_id is None:
        return EventResult.TOO_EARLY
    if event.subscription_id != stored.strava_id or event.owner_id != athlete_id:
        return EventResult.FOREIGN
    if event.object_type == "athlete" and not event.revokes:
        return EventResult.NO_CONCERN
    return EventResult.QUEUED


def _number(value: Any) -> int | None:
    """A whole number that an id or a time can be."""
    is_one = isinstance(value, int) and not isinstance(value, bool) and 0 < value <= _LARGEST
    return value if is_one else None


def _mark(aspect: str, updates: dict[str, Any]) -> str:
    told = json.dumps([aspect, updates], sort_keys=True, default=str)
    return hashlib.sha256(told.encode(errors="replace")).hexdigest()[:12]


def _same(one: str, other: str) -> bool:
    return hmac.compare_digest(one.encode(errors="replace"), other.encode(errors="replace"))
