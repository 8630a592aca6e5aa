"""Receive Strava's webhook events and queue jobs for them; nothing in an event is trusted.

An event only names an activity to fetch, or a connection to check. It is answered after its job is stored, so that an
acknowledged event is never lost.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from runcoach.config import Config
from runcoach.errors import BusyDatabaseError, VaultError
from runcoach.services.auth.credentials import SecretStores, open_secret_stores
from runcoach.sources.remote.json_reader import id_of
from runcoach.store.remote import credentials, webhook_state
from runcoach.store.sqlite.connection import set_busy_timeout, write_transaction
from runcoach.store.sqlite.database import open_database, open_reader

if TYPE_CHECKING:
    from runcoach.vault import Secret

#: Strava's events have a few hundred bytes.
MAX_BYTES = 16_384

#: How long to wait for a busy database: Strava expects an answer within 2 s and retries after an error.
BUSY_TIMEOUT_MS = 1_200

#: The pause after a vault error, and how often refused events are audited.
VAULT_PAUSE_S, AUDIT_EVERY_S = 60.0, 3_600.0

#: An event time further in the future than this is invalid.
_MAX_AHEAD_S = 86_400


class EventResult(Enum):
    """How an event was handled."""

    QUEUED = "a job is queued"
    KNOWN = "received before"
    IRRELEVANT = "nothing to do"
    FOREIGN = "of another subscription or athlete"
    INVALID = "not an event"
    TOO_EARLY = "the subscription is not active yet"
    CLOSED = "the subscription has ended"


@dataclass(frozen=True, slots=True)
class WebhookEvent:
    """Fields of an event; ``mark`` distinguishes events of one second, ``revokes`` is an unverified claim."""

    object_type: str
    object_id: int
    owner_id: int
    subscription_id: int
    event_time: int
    mark: str
    revokes: bool


def read_event(body: bytes, now: float) -> WebhookEvent | None:
    """Parse a request body; None where it is not a valid event."""
    try:
        payload = json.loads(body)
    except (ValueError, RecursionError):
        return None
    if not isinstance(payload, dict):
        return None
    numbers = [id_of(payload.get(name)) for name in ("object_id", "owner_id", "subscription_id", "event_time")]
    object_id, owner_id, subscription_id, event_time = numbers
    updates = payload.get("updates") or {}
    kind, aspect = payload.get("object_type"), payload.get("aspect_type")
    if object_id is None or owner_id is None or subscription_id is None or event_time is None:
        return None
    if (
        kind not in ("activity", "athlete")
        or not isinstance(aspect, str)
        or aspect not in {"create", "update", "delete"}
    ):
        return None
    if not isinstance(updates, dict) or event_time > now + _MAX_AHEAD_S:
        return None
    revokes = kind == "athlete" and str(updates.get("authorized")).lower() == "false"
    return WebhookEvent(kind, object_id, owner_id, subscription_id, event_time, _mark(aspect, updates), revokes)


class WebhookReceiver:
    """The callback of this profile's subscription; thread-safe.

    The secrets are read from the vault once a subscription. Its row is read with every request, because another
    process creates the subscription. ``clock`` gives seconds since 1970, ``ticks`` is monotonic.
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
        self._lock = threading.Lock()
        self._handle: str | None = None
        self._secret: Secret | None = None
        self._failed_at: float | None = None
        self._refused = 0
        self._audited_at: float | None = None

    def is_cached_path(self, path: str) -> bool:
        """Whether this is the secret path last used. Reads neither database nor vault; :meth:`handle` checks again."""
        secret = self._secret
        return secret is not None and _same(path, secret["path"])

    def is_secret_path(self, path: str) -> bool:
        """Whether this is the secret path, compared in constant time. Raises StoreError and VaultError."""
        secret = self._current_secret()
        return secret is not None and _same(path, secret["path"])

    def answer_challenge(self, params: Mapping[str, str]) -> str | None:
        """The challenge to return when Strava verifies the callback; None where the request is not from Strava."""
        secret = self._current_secret()
        challenge = params.get("hub.challenge", "")
        if secret is None or params.get("hub.mode") != "subscribe" or not 0 < len(challenge) <= 256:
            return None
        return challenge if _same(params.get("hub.verify_token", ""), secret["verify_token"]) else None

    def handle(self, body: bytes) -> EventResult:
        """Queue a job for an event, in one short transaction.

        Raises BusyDatabaseError where another process writes for longer than Strava waits, and StoreError.
        """
        event = read_event(body, self._clock())
        with open_database(self._config) as connection:
            set_busy_timeout(connection, BUSY_TIMEOUT_MS)
            stored, token = webhook_state.subscription(connection), credentials.current(connection)
            result = EventResult.INVALID
            if stored is None or stored.secret_handle != self._handle:
                result = EventResult.CLOSED
            elif event is not None:
                result = _classify(event, stored, None if token is None else token["athlete_id"])
            if event is not None and result is EventResult.QUEUED:
                with write_transaction(connection):
                    is_new = (
                        webhook_state.queue_access_check(connection, event.owner_id, event.event_time)
                        if event.revokes
                        else webhook_state.queue_fetch(connection, event.object_id, event.event_time, event.mark)
                    )
                result = EventResult.QUEUED if is_new else EventResult.KNOWN
        if result in {EventResult.FOREIGN, EventResult.INVALID}:
            self._audit_refused()
        return result

    def _current_secret(self) -> Secret | None:
        """The secrets of the active or pending subscription."""
        with open_reader(self._config) as connection:
            stored = webhook_state.subscription(connection)
        if stored is None:
            return None
        with self._lock:
            if stored.secret_handle != self._handle:
                self._secret, self._handle = self._read(stored)
            return self._secret

    def _read(self, stored: webhook_state.StoredSubscription) -> tuple[Secret | None, str | None]:
        """The secret from the vault, and the handle to cache with it."""
        if self._failed_at is not None and self._ticks() - self._failed_at < VAULT_PAUSE_S:
            raise VaultError("the vault failed a moment ago")
        try:
            secret = self._secret_stores(stored.token_store).get(stored.secret_handle)
        except VaultError:
            self._failed_at = self._ticks()
            raise
        self._failed_at = None
        return secret, None if secret is None else stored.secret_handle

    def _audit_refused(self) -> None:
        """Audit refused events, at most once an hour."""
        with self._lock:
            self._refused += 1
            if self._audited_at is not None and self._ticks() - self._audited_at < AUDIT_EVERY_S:
                return
            self._audited_at = self._ticks()
            count, self._refused = self._refused, 0
        try:
            with open_database(self._config) as connection:
                set_busy_timeout(connection, BUSY_TIMEOUT_MS)
                with write_transaction(connection):
                    webhook_state.note_refused(connection, count)
        except BusyDatabaseError:
            with self._lock:
                self._refused, self._audited_at = self._refused + count, None


def _classify(event: WebhookEvent, stored: webhook_state.StoredSubscription, athlete_id: int | None) -> EventResult:
    """Whether an event is of this runner and needs a job."""
    if stored.strava_id is None:
        return EventResult.TOO_EARLY
    if event.subscription_id != stored.strava_id or event.owner_id != athlete_id:
        return EventResult.FOREIGN
    if event.object_type == "athlete" and not event.revokes:
        return EventResult.IRRELEVANT
    return EventResult.QUEUED


def _mark(aspect: str, updates: dict[str, object]) -> str:
    text = json.dumps([aspect, updates], sort_keys=True, default=str)
    return hashlib.sha256(text.encode(errors="replace")).hexdigest()[:12]


def _same(one: str, other: str) -> bool:
    return hmac.compare_digest(one.encode(errors="replace"), other.encode(errors="replace"))
