"""The application's one subscription to Strava's events: asked for, listed, ended; what events do is in ``events``."""

from __future__ import annotations

import re
import secrets
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from runcoach.errors import InvalidResponseError, NotFoundError, RemoteUnavailableError, RuncoachError, UsageError
from runcoach.services.auth.credentials import open_secret_stores, read_application, remove_leftovers
from runcoach.sources.remote.json_reader import JsonReader
from runcoach.sources.strava.client import PushSubscriptions
from runcoach.sources.strava.error_mapping import not_connected
from runcoach.sources.strava.transport import StravaTransport
from runcoach.store.remote import credentials, webhook_state
from runcoach.store.sqlite.connection import write_transaction
from runcoach.store.sqlite.database import open_database

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator

    from runcoach.config import Config
    from runcoach.services.auth.credentials import SecretStores
    from runcoach.store.remote.credentials import StoredApplication
    from runcoach.store.remote.webhook_state import StoredSubscription
    from runcoach.vault import Secret

#: The receiver's path; a secret follows it.
RECEIVER = "/webhook/"

#: Bytes of chance in the secret path, and in the word that Strava repeats when it looks at it.
_CHANCE_BYTES = 32

_HOST = re.compile(r"[A-Za-z0-9.:\[\]-]{1,255}", re.ASCII)
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


@dataclass(frozen=True, slots=True)
class Subscription:
    """One subscription as a person sees it; ``callback_url`` ends in … where its secret begins.

    ``status`` is ``active`` (Strava's and ours), ``elsewhere`` (the application's, but not made by this profile),
    ``lost`` (ours, but Strava has it no more) or ``unfinished`` (asked for, and broken off). ``subscription_id`` is
    Strava's number, None where there is none.
    """

    subscription_id: int | None
    callback_url: str
    status: str


@dataclass(frozen=True, slots=True)
class Subscribed:
    """What asking for a subscription came to; ``is_new`` False: it was in force already."""

    subscription: Subscription
    is_new: bool


def subscribe(config: Config, callback_url: str) -> Subscribed:
    """Have Strava send its events to ``callback_url``, where a tunnel leads to the ``runcoach serve`` of this profile.

    A secret path is added to the address. Strava looks at it before it agrees: the server has to be running. One of
    ours that leads elsewhere is replaced. Raises UsageError for an address that is none and for a subscription that was
    made elsewhere, NotConnectedError, VaultError, and what Strava's answers raise: RemoteRefusedError where it got no
    answer at the address.
    """
    base = checked_base(callback_url)
    with _opened(config) as desk:
        ours, theirs = desk.standing()
        mine = desk.mine(ours, theirs)
        foreign = next((told for told in theirs if told is not mine), None)
        if foreign is not None:
            raise UsageError(
                f"this application has a subscription already, {foreign.number} ({foreign.masked}); Strava allows one",
                hint=f"`runcoach webhook delete --id {foreign.number}` ends it, if nothing else needs it",
            )
        if ours is not None and mine is not None and ours.callback_base == base and desk.secret(ours) is not None:
            if ours.status == "pending":
                desk.activate(ours.row_id, mine.number)
            return Subscribed(Subscription(mine.number, _masked(base), "active"), is_new=False)
        if mine is not None:
            desk.end(mine.number)
        if ours is not None:
            desk.remove(ours, "replaced by another subscription")
        return Subscribed(Subscription(desk.ask(base), _masked(base), "active"), is_new=True)


def listed(config: Config) -> list[Subscription]:
    """What Strava knows of and what is known here, compared; empty where neither knows of one."""
    with _opened(config) as desk:
        ours, theirs = desk.standing()
        mine = desk.mine(ours, theirs)
        rows = []
        for told in theirs:
            if ours is None or told is not mine:
                rows.append(Subscription(told.number, told.masked, "elsewhere"))
            else:
                status = "active" if ours.status == "active" else "unfinished"
                rows.append(Subscription(told.number, _masked(ours.callback_base), status))
        if ours is not None and mine is None:
            status = "lost" if ours.status == "active" else "unfinished"
            rows.append(Subscription(ours.strava_id, _masked(ours.callback_base), status))
        return rows


def delete(config: Config, subscription_id: int | None = None) -> Subscription | None:
    """End the subscription of this profile, at Strava and here; None where there was none.

    One that was made elsewhere ends only where ``subscription_id`` names it: UsageError says so, NotFoundError where
    Strava has none of that number.
    """
    with _opened(config) as desk:
        ours, theirs = desk.standing()
        mine = desk.mine(ours, theirs)
        if subscription_id is not None and (mine is None or mine.number != subscription_id):
            return desk.end_foreign(subscription_id, theirs)
        if mine is not None:
            desk.end(mine.number)
        if ours is not None:
            desk.remove(ours, "unsubscribed from Strava's events")
            return Subscription(ours.strava_id, _masked(ours.callback_base), "gone")
        if theirs:
            told = theirs[0]
            raise UsageError(
                f"subscription {told.number} ({told.masked}) was not made here",
                hint=f"`runcoach webhook delete --id {told.number}` ends it all the same",
            )
        return None


def checked_base(callback_url: str) -> str:
    """The address without a slash at its end; UsageError where Strava could not call it, or it holds more than that."""
    hint = "give the tunnel's address, like https://name.tunnel.example; the secret path is added to it"
    try:
        parts = urlsplit(callback_url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        raise UsageError("--callback-url is no address", hint=hint) from None
    if not host or not _HOST.fullmatch(parts.netloc) or not callback_url.isprintable() or " " in callback_url:
        raise UsageError("--callback-url is no address", hint=hint)
    if parts.query or parts.fragment or RECEIVER in f"{parts.path}/":
        raise UsageError("--callback-url is more than an address", hint=hint)
    if parts.scheme != "https" and not (parts.scheme == "http" and host in _LOOPBACK):
        raise UsageError("--callback-url must begin with https://", hint=hint)
    return f"{parts.scheme}://{parts.netloc}{parts.path.rstrip('/')}"


@dataclass(frozen=True, slots=True)
class _Told:
    """A subscription as Strava tells it."""

    number: int
    callback_url: str

    @property
    def masked(self) -> str:
        """Its address without whatever may be secret in it."""
        parts = urlsplit(self.callback_url)
        return f"{parts.scheme}://{parts.netloc}/…"


@dataclass(frozen=True, slots=True)
class _Desk:
    """Where Strava's word and ours are compared."""

    connection: sqlite3.Connection
    secret_stores: SecretStores
    stored_app: StoredApplication
    strava: PushSubscriptions

    def standing(self) -> tuple[StoredSubscription | None, list[_Told]]:
        """What is known here, and what Strava knows of."""
        return webhook_state.subscription(self.connection), [_told(entry) for entry in self.strava.existing()]

    def mine(self, ours: StoredSubscription | None, theirs: list[_Told]) -> _Told | None:
        """Which of Strava's is ours: the one with our number, or where we have none yet the one with our address."""
        if ours is None:
            return None
        if ours.status == "active":
            return next((told for told in theirs if told.number == ours.strava_id), None)
        secret = self.secret(ours)
        url = None if secret is None else f"{ours.callback_base}{RECEIVER}{secret['path']}"
        return next((told for told in theirs if told.callback_url == url), None)

    def secret(self, ours: StoredSubscription) -> Secret | None:
        """The secret path and the word that Strava repeats; None where the vault has lost them."""
        return self.secret_stores(ours.token_store).get(ours.secret_handle)

    def ask(self, base: str) -> int:
        """A new subscription, from the pending row to Strava's number.

        The row and its secret are there before Strava is asked, for it calls the server in the meantime. Where Strava
        says no they go again; where nobody knows what it would have said they stay, and the next one takes them up.
        """
        vault = self.secret_stores(self.stored_app.token_store)
        handle = vault.new_handle("webhook")
        path, word = secrets.token_urlsafe(_CHANCE_BYTES), secrets.token_urlsafe(_CHANCE_BYTES)
        with write_transaction(self.connection):
            row_id = webhook_state.begin(self.connection, base, handle, self.stored_app.token_store)
        try:
            vault.seal_and_put(handle, {"path": path, "verify_token": word})
            number = self.strava.create(f"{base}{RECEIVER}{path}", word)
        except (RemoteUnavailableError, InvalidResponseError):
            mine = self.mine(*self.standing())
            if mine is None:
                raise
            number = mine.number
        except RuncoachError:
            self._give_up()
            raise
        self.activate(row_id, number)
        return number

    def activate(self, row_id: int, number: int) -> None:
        """Strava has agreed."""
        with write_transaction(self.connection):
            webhook_state.activate(self.connection, row_id, number)

    def remove(self, ours: StoredSubscription, reason: str) -> None:
        """The row and its secret go."""
        with write_transaction(self.connection):
            webhook_state.remove(self.connection, ours, reason)
        remove_leftovers(self.connection, self.secret_stores)

    def end(self, number: int) -> None:
        """End one at Strava; that it has ended already is fine."""
        try:
            self.strava.delete(number)
        except NotFoundError:
            return

    def end_foreign(self, number: int, theirs: list[_Told]) -> Subscription:
        """End one that was made elsewhere."""
        told = next((told for told in theirs if told.number == number), None)
        if told is None:
            raise NotFoundError(
                f"Strava has no subscription {number}", hint="`runcoach webhook list` shows what it has"
            )
        self.strava.delete(number)
        with write_transaction(self.connection):
            webhook_state.note_ended(self.connection, number)
        return Subscription(number, told.masked, "gone")

    def _give_up(self) -> None:
        ours = webhook_state.subscription(self.connection)
        if ours is not None:
            self.remove(ours, "the subscription was not made")


@contextmanager
def _opened(config: Config) -> Iterator[_Desk]:
    """The application with its secret, and Strava; NotConnectedError where nobody has logged in."""
    if not config.database.exists():
        raise not_connected()
    secret_stores = open_secret_stores(config)
    with open_database(config) as connection:
        stored_app = credentials.application(connection)
        if stored_app is None:
            raise not_connected()
        application = read_application(secret_stores, stored_app)
        with StravaTransport() as transport:
            strava = PushSubscriptions(transport, config.settings.strava_api_url, application)
            yield _Desk(connection, secret_stores, stored_app, strava)


def _told(entry: dict[str, Any]) -> _Told:
    body = JsonReader(entry, "a subscription", "Strava")
    return _Told(body.need_whole("id"), body.text("callback_url") or "")


def _masked(base: str) -> str:
    return f"{base}{RECEIVER}…"
