"""Sealed entries in the operating system's keyring, through trusted backends only."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from runcoach.errors import KeyringLockedError, KeyringUnusableError
from runcoach.vault.lock import vault_lock

if TYPE_CHECKING:
    from keyring.backend import KeyringBackend

T = TypeVar("T")

SERVICE = "runcoach"

#: The backends that sealed entries are given to, with the names people know them by. Others exist that keep plain
#: text (``keyrings.alt``) or nothing at all (``null``), and any package that is installed may bring one more.
TRUSTED = {
    "keyring.backends.macOS.Keyring": "macOS Keychain",
    "keyring.backends.Windows.WinVaultKeyring": "Windows Credential Manager",
    "keyring.backends.SecretService.Keyring": "Secret Service",
    "keyring.backends.libsecret.Keyring": "libsecret",
    "keyring.backends.kwallet.DBusKeyring": "KWallet",
    "keyring.backends.kwallet.DBusKeyringKWallet4": "KWallet 4",
}

_CHAINER = "keyring.backends.chainer.ChainerBackend"
_NONE = "keyring.backends.fail.Keyring"

#: How long the keyring may take. Calls over D-Bus have no time limit, and a prompt may be open on a desktop that
#: is not in use; otherwise this is enough to type a password.
ANSWER_WITHIN_S = 60.0

USE_FILE = "`runcoach login --token-store file` keeps the sealed tokens in a file instead"
UNLOCK = f"unlock it (log in to the desktop, or open its password manager); or {USE_FILE}"

# By name, because secretstorage, whose errors keyring does not wrap, is installed on Linux only.
_LOCKED = {"KeyringLocked", "InitError", "LockedException", "PromptDismissedException"}


def trusted_backends() -> Sequence[KeyringBackend]:
    """The backends to use, first the one to write to; KeyringUnusableError where there is none that is trusted.

    ``keyring`` chooses one as configured (``PYTHON_KEYRING_BACKEND``, ``keyringrc.cfg``, else the best that works
    here). Its chain of several is taken apart, so that only the trusted ones in it are used.
    """
    named = os.environ.get("PYTHON_KEYRING_BACKEND")
    if named and named not in {*TRUSTED, _CHAINER, _NONE}:
        raise _refused(named)  # before it is imported
    from keyring import get_keyring
    from keyring.backends.chainer import ChainerBackend

    chosen = get_keyring()
    members: list[KeyringBackend] = chosen.backends if isinstance(chosen, ChainerBackend) else [chosen]
    trusted = [member for member in members if _path(member) in TRUSTED]
    if trusted:
        return trusted
    strangers = [_path(member) for member in members if _path(member) != _NONE]
    if strangers:
        raise _refused(strangers[0])
    lacks_bus = sys.platform not in {"darwin", "win32"} and not os.environ.get("DBUS_SESSION_BUS_ADDRESS")
    where = " (DBUS_SESSION_BUS_ADDRESS is not set, as under cron)" if lacks_bus else ""
    raise KeyringUnusableError(f"no keyring of the operating system can be used here{where}", hint=USE_FILE)


class OsKeyring:
    """Entries of the service ``runcoach``, one a handle. The keyring is opened by the first call that needs it."""

    def __init__(self, folder: Path, find: Callable[[], Sequence[KeyringBackend]] = trusted_backends) -> None:
        self._folder = folder
        self._find = find
        self._found: Sequence[KeyringBackend] = ()
        self._silent = False

    @property
    def name(self) -> str:
        """The name of the store, for messages; opens the keyring."""
        return _title(self._backends()[0]).removeprefix("the ")

    def get(self, handle: str) -> str | None:
        """The ciphertext of a handle, or None."""
        found = self._holder(handle)
        return found[1] if found else None

    def put(self, handle: str, sealed: str) -> None:
        """Store or replace the ciphertext of a handle."""
        backend = self._backends()[0]
        # Windows moves the entry of another handle aside to make room, which two writers must not do at once.
        with vault_lock(self._folder):
            self._ask(_title(backend), partial(backend.set_password, SERVICE, handle, sealed))

    def delete(self, handle: str) -> None:
        """Remove the entry, if there is one."""
        with vault_lock(self._folder):
            found = self._holder(handle)
            if found:
                self._ask(_title(found[0]), partial(found[0].delete_password, SERVICE, handle))

    def _holder(self, handle: str) -> tuple[KeyringBackend, str] | None:
        """The backend that has the entry: the order of several can differ between a desktop and cron."""
        failure: KeyringUnusableError | None = None
        for backend in self._backends():
            try:
                sealed = self._ask(_title(backend), partial(backend.get_password, SERVICE, handle))
            except KeyringUnusableError as error:
                failure = failure or error
                continue
            if sealed is not None:
                return backend, sealed
        if failure:
            raise failure
        return None

    def _backends(self) -> Sequence[KeyringBackend]:
        if not self._found:
            self._found = self._ask("the keyring", self._find)
        return self._found

    def _ask(self, title: str, call: Callable[[], T]) -> T:
        """The result of ``call``; KeyringUnusableError where it raises or does not return in time.

        After a time-out no further call is made: the first may still be running, and each would time out again.
        """
        if self._silent:
            raise _unanswered(title)
        from concurrent.futures import Future
        from threading import Thread

        answer: Future[T] = Future()

        def run() -> None:
            try:
                answer.set_result(call())
            except Exception as error:  # noqa: BLE001  (backends raise GLib.Error, pywintypes.error, DBusErrorResponse …)
                answer.set_exception(error)

        # A thread that never ends must not keep the process from ending.
        Thread(target=run, name="keyring", daemon=True).start()
        try:
            failure = answer.exception(ANSWER_WITHIN_S)
        except TimeoutError:
            self._silent = True
            raise _unanswered(title) from None
        if failure is None:
            return answer.result()
        raise failure if isinstance(failure, KeyringUnusableError) else _explained(title, failure)


def _explained(title: str, error: BaseException) -> KeyringUnusableError:
    if _LOCKED & {kind.__name__ for kind in type(error).__mro__}:
        return KeyringLockedError(f"{title} is locked or has no collection: {_reason(error)}", hint=UNLOCK)
    return KeyringUnusableError(f"{title} failed: {type(error).__name__}: {_reason(error)}", hint=USE_FILE)


def _unanswered(title: str) -> KeyringLockedError:
    return KeyringLockedError(
        f"{title} has not answered for {ANSWER_WITHIN_S:.0f} s; a prompt may be waiting on the desktop", hint=UNLOCK
    )


def _refused(path: str) -> KeyringUnusableError:
    return KeyringUnusableError(
        f"the keyring set up here is {path}, which is not one that runcoach trusts with tokens",
        hint=f"set PYTHON_KEYRING_BACKEND or keyringrc.cfg to another; or {USE_FILE}",
    )


def _reason(error: BaseException) -> str:
    """The first line a backend gives as its reason, without any ciphertext that it may quote."""
    lines = str(error).splitlines() or ["no reason given"]
    return re.sub(r"gAAAA[\w=-]+", "…", lines[0])[:200]


def _path(backend: KeyringBackend) -> str:
    kind = type(backend)
    return f"{kind.__module__}.{kind.__qualname__}"


def _title(backend: KeyringBackend) -> str:
    path = _path(backend)
    return f"the keyring ({TRUSTED.get(path, path)})"
