"""Create, list and delete the application's webhook subscription at Strava."""

from __future__ import annotations

import re
import secrets
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from runcoach.config import Config
from runcoach.errors import InvalidResponseError, NotFoundError, RemoteUnavailableError, RuncoachError, UsageError
from runcoach.services.auth.credentials import SecretStores, open_secret_stores, read_application, remove_leftovers
from runcoach.sources.remote.json_reader import JsonReader
from runcoach.sources.strava.client import PushSubscriptions
from runcoach.sources.strava.error_mapping import not_connected
from runcoach.sources.strava.transport import StravaTransport
from runcoach.store.remote import credentials, webhook_state
from runcoach.store.sqlite.connection import write_transaction
from runcoach.store.sqlite.database import open_database

if TYPE_CHECKING:
    from runcoach.vault import Secret

#: The path of the receiver, followed by the secret part.
RECEIVER_PATH = "/webhook/"

#: Random bytes in the secret path and in the verify token.
_SECRET_BYTES = 32

_HOST = re.compile(r"[A-Za-z0-9.:\[\]-]{1,255}", re.ASCII)
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


@dataclass(frozen=True, slots=True)
class Subscription:
    """A subscription to show; the secret part of ``callback_url`` is replaced by ``…``.

    ``status`` is ``active`` (at Strava and stored), ``elsewhere`` (at Strava, created by another program), ``lost``
    (stored, but no longer at Strava), ``unfinished`` (creation was interrupted) or ``gone`` (deleted).
    ``subscription_id`` is Strava's id, None where there is none.
    """

    subscription_id: int | None
    callback_url: str
    status: str


@dataclass(frozen=True, slots=True)
class Subscribed:
    """The result of :func:`subscribe`; ``is_new`` False: it existed already."""

    subscription: Subscription
    is_new: bool


def subscribe(config: Config, callback_url: str) -> Subscribed:
    """Subscribe to events at ``callback_url``, the URL of a tunnel to this profile's ``runcoach serve``.

    A secret path is added. Strava verifies the URL first, so the server has to be running. A subscription of this
    profile with another URL is replaced. Raises UsageError for an invalid URL and for a subscription created elsewhere,
    NotConnectedError, VaultError, and the errors of Strava's answers: RemoteRefusedError where the URL did not answer.
    """
    base = checked_base(callback_url)
    with _open_manager(config) as manager:
        ours, mine, theirs = manager.compared()
        foreign = next((remote for remote in theirs if remote is not mine), None)
        if foreign is not None:
            raise UsageError(
                f"this application has a subscription already, {foreign.number} ({foreign.masked}); Strava allows one",
                hint=f"`runcoach webhook delete --id {foreign.number}` ends it, if nothing else needs it",
            )
        if ours is not None and mine is not None and ours.callback_base == base and manager.secret(ours) is not None:
            if ours.status == "pending":
                manager.activate(ours.row_id, mine.number)
            return Subscribed(Subscription(mine.number, _masked(base), "active"), is_new=False)
        if mine is not None:
            manager.end(mine.number)
        if ours is not None:
            manager.remove(ours, "replaced by another subscription")
        return Subscribed(Subscription(manager.create(base), _masked(base), "active"), is_new=True)


def listed(config: Config) -> list[Subscription]:
    """The subscriptions at Strava and the stored one, compared; empty where there is none."""
    with _open_manager(config) as manager:
        ours, mine, theirs = manager.compared()
        rows = []
        for remote in theirs:
            if ours is None or remote is not mine:
                rows.append(Subscription(remote.number, remote.masked, "elsewhere"))
            else:
                status = "active" if ours.status == "active" else "unfinished"
                rows.append(Subscription(remote.number, _masked(ours.callback_base), status))
        if ours is not None and mine is None:
            status = "lost" if ours.status == "active" else "unfinished"
            rows.append(Subscription(ours.strava_id, _masked(ours.callback_base), status))
        return rows


def delete(config: Config, subscription_id: int | None = None) -> Subscription | None:
    """Delete this profile's subscription, at Strava and here; None where there was none.

    One that was created elsewhere is deleted only by its ``subscription_id``; UsageError without it, NotFoundError
    where Strava has none with this id.
    """
    with _open_manager(config) as manager:
        ours, mine, theirs = manager.compared()
        if subscription_id is not None and (mine is None or mine.number != subscription_id):
            return manager.end_foreign(subscription_id, theirs)
        if mine is not None:
            manager.end(mine.number)
        if ours is not None:
            manager.remove(ours, "unsubscribed from Strava's events")
            return Subscription(ours.strava_id, _masked(ours.callback_base), "gone")
        if theirs:
            remote = theirs[0]
            raise UsageError(
                f"subscription {remote.number} ({remote.masked}) was not made here",
                hint=f"`runcoach webhook delete --id {remote.number}` ends it all the same",
            )
        return None


def checked_base(callback_url: str) -> str:
    """The URL without a trailing slash; UsageError where Strava could not call it or it has a query or secret path."""
    hint = "give the tunnel's address, like https://name.tunnel.example; the secret path is added to it"
    try:
        parts = urlsplit(callback_url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        raise UsageError("--callback-url is not a valid URL", hint=hint) from None
    if not host or not _HOST.fullmatch(parts.netloc) or not callback_url.isprintable() or " " in callback_url:
        raise UsageError("--callback-url is not a valid URL", hint=hint)
    if parts.query or parts.fragment or RECEIVER_PATH in f"{parts.path}/":
        raise UsageError("--callback-url must end at the host or a path", hint=hint)
    if parts.scheme != "https" and not (parts.scheme == "http" and host in _LOOPBACK):
        raise UsageError("--callback-url must begin with https://", hint=hint)
    return f"{parts.scheme}://{parts.netloc}{parts.path.rstrip('/')}"


@dataclass(frozen=True, slots=True)
class _RemoteSubscription:
    """A subscription at Strava."""

    number: int
    callback_url: str

    @property
    def masked(self) -> str:
        """Its URL without the path, which may be secret."""
        parts = urlsplit(self.callback_url)
        return f"{parts.scheme}://{parts.netloc}/…"


@dataclass(frozen=True, slots=True)
class _SubscriptionManager:
    """Access to the stored subscription and to those at Strava."""

    connection: sqlite3.Connection
    secret_stores: SecretStores
    stored_app: credentials.StoredApplication
    strava: PushSubscriptions

    def compared(
        self,
    ) -> tuple[webhook_state.StoredSubscription | None, _RemoteSubscription | None, list[_RemoteSubscription]]:
        """The stored subscription, the same one at Strava, and all at Strava.

        A subscription is recognized by its id or, while it is pending, by its URL.
        """
        ours = webhook_state.subscription(self.connection)
        entries = [JsonReader(entry, "a subscription", "Strava") for entry in self.strava.existing()]
        theirs = [
            _RemoteSubscription(body.needed("id", body.whole("id")), body.text("callback_url") or "")
            for body in entries
        ]
        if ours is None:
            return None, None, theirs
        if ours.status == "active":
            return ours, next((remote for remote in theirs if remote.number == ours.strava_id), None), theirs
        secret = self.secret(ours)
        url = None if secret is None else f"{ours.callback_base}{RECEIVER_PATH}{secret['path']}"
        return ours, next((remote for remote in theirs if remote.callback_url == url), None), theirs

    def secret(self, ours: webhook_state.StoredSubscription) -> Secret | None:
        """The secret path and the verify token; None where the vault does not have them."""
        return self.secret_stores(ours.token_store).get(ours.secret_handle)

    def create(self, base: str) -> int:
        """Create a subscription; returns Strava's id.

        The row and its secret are stored before the request, because Strava calls the server before it answers. They
        are removed where Strava refuses, and stay where its answer is unknown: the next attempt resumes from them.
        """
        vault = self.secret_stores(self.stored_app.token_store)
        handle = vault.new_handle("webhook")
        path, verify_token = secrets.token_urlsafe(_SECRET_BYTES), secrets.token_urlsafe(_SECRET_BYTES)
        with write_transaction(self.connection):
            row_id = webhook_state.begin(self.connection, base, handle, self.stored_app.token_store)
        try:
            vault.seal_and_put(handle, {"path": path, "verify_token": verify_token})
            number = self.strava.create(f"{base}{RECEIVER_PATH}{path}", verify_token)
        except (RemoteUnavailableError, InvalidResponseError):
            _, mine, _ = self.compared()
            if mine is None:
                raise
            number = mine.number
        except RuncoachError:
            pending = webhook_state.subscription(self.connection)
            if pending is not None:
                self.remove(pending, "the subscription was not made")
            raise
        self.activate(row_id, number)
        return number

    def activate(self, row_id: int, number: int) -> None:
        """Mark the stored subscription active."""
        with write_transaction(self.connection):
            webhook_state.activate(self.connection, row_id, number)

    def remove(self, ours: webhook_state.StoredSubscription, reason: str) -> None:
        """Delete the stored subscription and its secret."""
        with write_transaction(self.connection):
            webhook_state.remove(self.connection, ours, reason)
        remove_leftovers(self.connection, self.secret_stores)

    def end(self, number: int) -> None:
        """Delete one at Strava, if it still exists."""
        with suppress(NotFoundError):
            self.strava.delete(number)

    def end_foreign(self, number: int, theirs: list[_RemoteSubscription]) -> Subscription:
        """Delete one that was created elsewhere."""
        remote = next((remote for remote in theirs if remote.number == number), None)
        if remote is None:
            raise NotFoundError(
                f"Strava has no subscription {number}", hint="`runcoach webhook list` shows what it has"
            )
        self.strava.delete(number)
        with write_transaction(self.connection):
            webhook_state.note_ended(self.connection, number)
        return Subscription(number, remote.masked, "gone")


@contextmanager
def _open_manager(config: Config) -> Iterator[_SubscriptionManager]:
    """A manager with the stored application; NotConnectedError where no one has logged in."""
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
            yield _SubscriptionManager(connection, secret_stores, stored_app, strava)


def _masked(base: str) -> str:
    return f"{base}{RECEIVER_PATH}…"
