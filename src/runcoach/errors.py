"""Every error that runcoach raises; each class has its exit code and its code for ``--json``.

::

    RuncoachError                1  failed
    ├── UsageError               2  the question does not make sense
    │   └── ConfigError             a setting does
    ├── NotFoundError            1  no such activity, batch or job
    ├── StoreError               1  the database file
    │   ├── NewerDatabaseError      written by a newer runcoach; left alone
    │   └── BusyDatabaseError       another process holds it
    ├── SourceError              1  one file cannot be read
    │   ├── NotAnActivityError      it can, but holds no activity
    │   └── HostileFileError        it is built to do harm (XML bomb, DOCTYPE, bloat)
    ├── VaultError               4  secrets cannot be kept or read
    │   ├── KeyringUnusableError    the system's keyring is missing, not trusted or failing
    │   │   └── KeyringLockedError     it is there, but locked
    │   ├── VaultKeyError           the key that seals them is missing, malformed or open to others
    │   └── SealError               one was sealed with another key, or is damaged
    ├── OutputError              1  standard output cannot be written
    │   └── OutputClosedError       the reader of a pipe has gone
    ├── DeclinedError          130  the user answered a question with no
    ├── SyncRunningError         6  another process syncs this profile
    ├── RemoteError              1  Strava, or another remote source, did not do what it was asked
    │   ├── RemoteUnavailableError  out of reach, out of order or cut off; it may work later
    │   ├── InvalidResponseError    answered something that its API does not describe
    │   └── RemoteRefusedError      refused this one request
    ├── NotConnectedError        4  no Strava account is connected, or it may not be read
    │   ├── LoginError              a login did not come to its end
    │   ├── AccessTokenError        this access token is dead; a refresh settles whether the connection is
    │   ├── DegradedError           the connection is refused for good: log in again
    │   ├── ScopeError              the runner did not grant what this needs
    │   └── ApiInactiveError        Strava has paused the application
    └── RateLimitError           5  Strava's limit of reads is used up for now

``main()`` turns these into one line on stderr and the exit code; anything else is a bug and says so.
"""

from __future__ import annotations

from enum import IntEnum


class ExitCode(IntEnum):
    """The exit codes of runcoach, as documented in the README."""

    OK = 0
    FAILED = 1
    USAGE = 2
    PARTLY = 3
    NOT_CONNECTED = 4
    LIMIT = 5
    BUSY = 6
    INTERRUPTED = 130


#: Secrets that this process has read or sent. Error messages are the one way in which a service's text can reach
#: stderr, jobs, the audit trail and backups, so they are struck out there.
_HELD_SECRETS: set[str] = set()

#: Shorter values would strike out ordinary words.
_SHORTEST_SECRET = 4


def hold_secret(value: str) -> None:
    """Remove this value from every later error message."""
    if len(value) >= _SHORTEST_SECRET:
        _HELD_SECRETS.add(value)


def strike_secrets(text: str) -> str:
    """The text with every held secret replaced by ``…``."""
    for secret in sorted(_HELD_SECRETS, key=len, reverse=True):
        text = text.replace(secret, "…")
    return text


class RuncoachError(Exception):
    """The base class: a message of one line and, where there is a remedy, a hint."""

    exit_code = ExitCode.FAILED
    code = "failed"

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        self.message = strike_secrets(message)
        self.hint = None if hint is None else strike_secrets(hint)
        super().__init__(self.message)

    @property
    def with_hint(self) -> str:
        """The message, and the hint in parentheses."""
        return f"{self.message} ({self.hint})" if self.hint else self.message


class UsageError(RuncoachError):
    """The command line asks for something that does not exist or contradicts itself."""

    exit_code = ExitCode.USAGE
    code = "usage"


class OutputError(RuncoachError):
    """Standard output cannot be written: its disk is full, or it was closed."""

    code = "output"


class OutputClosedError(OutputError):
    """The reader of a pipe was closed (``| head``); not a failure."""


class DeclinedError(RuncoachError):
    """The user answered "no" to a question; nothing was changed."""

    exit_code = ExitCode.INTERRUPTED
    code = "declined"


class ConfigError(UsageError):
    """A setting has an invalid value."""

    code = "config"


class NotFoundError(RuncoachError):
    """Nothing is stored under the given id or name."""

    code = "not_found"


class StoreError(RuncoachError):
    """The database file cannot be opened, read or written."""

    code = "store"


class NewerDatabaseError(StoreError):
    """The file was written by a newer version; it is not changed."""

    code = "newer_database"


class BusyDatabaseError(StoreError):
    """Another process held the write lock for too long."""

    code = "busy_database"


class SourceError(RuncoachError):
    """One file cannot be read; the import continues with the others."""

    code = "source"


class NotAnActivityError(SourceError):
    """The file is sound but holds no activity (settings, a route, a weight scale)."""

    code = "not_an_activity"


class HostileFileError(SourceError):
    """The file is built to exhaust or mislead its reader and is refused unread."""

    code = "hostile_file"


class VaultError(RuncoachError):
    """Secrets cannot be stored or read; the message never contains one."""

    exit_code = ExitCode.NOT_CONNECTED
    code = "vault"


class KeyringUnusableError(VaultError):
    """The operating system's keyring is missing, is one that runcoach does not trust, or fails."""

    code = "keyring"


class KeyringLockedError(KeyringUnusableError):
    """The keyring is locked, has no collection, or its prompt was dismissed."""

    code = "keyring_locked"


class VaultKeyError(VaultError):
    """The key of this installation is missing, unreadable, malformed or open to others."""

    code = "vault_key"


class SealError(VaultError):
    """A stored secret was sealed with another key or is damaged; a new login is needed."""

    code = "seal"


class SyncRunningError(RuncoachError):
    """Another process syncs the same profile."""

    exit_code = ExitCode.BUSY
    code = "sync_running"


class RemoteError(RuncoachError):
    """A request to a remote service failed; stored data stays usable.

    ``service`` begins its code for ``--json`` ("strava_unavailable").
    """

    code_suffix = ""

    def __init__(self, message: str, *, hint: str | None = None, service: str = "strava") -> None:
        super().__init__(message, hint=hint)
        self.code = f"{service}{self.code_suffix}"


class RemoteUnavailableError(RemoteError):
    """The service is unreachable or out of order, or its response was cut off; a later attempt may succeed."""

    code_suffix = "_unavailable"


class InvalidResponseError(RemoteError):
    """The response does not match the API's documentation; the message names the field."""

    def __init__(self, message: str, *, hint: str | None = None, service: str = "strava") -> None:
        super().__init__(message, hint=hint, service=service)
        self.code = "bad_answer"


class RemoteRefusedError(RemoteError):
    """The service refused this one request; others may succeed."""

    code_suffix = "_refused"


class NotConnectedError(RuncoachError):
    """No account is connected, or the connection does not permit reading."""

    exit_code = ExitCode.NOT_CONNECTED
    code = "not_connected"


class LoginError(NotConnectedError):
    """A login failed: denied, timed out, or with a wrong client id or secret."""

    code = "login_failed"


class AccessTokenError(NotConnectedError):
    """Strava rejects this access token; a refresh shows whether the connection is still valid."""

    code = "access_token_refused"


class DegradedError(NotConnectedError):
    """Strava rejects the connection permanently; a new login is needed."""

    code = "degraded"


class ScopeError(NotConnectedError):
    """The connection lacks a required scope (``permission``)."""

    code = "missing_scope"

    def __init__(self, message: str, *, permission: str, hint: str | None = None) -> None:
        super().__init__(message, hint=hint)
        self.permission = permission


class ApiInactiveError(NotConnectedError):
    """Strava has paused the application; the login and all queued jobs stay valid."""

    code = "api_inactive"


class RateLimitError(RuncoachError):
    """Strava's limit of reads is used up.

    ``window`` is ``"quarter"`` (of an hour) or ``"day"``; ``until`` is when it resets, in seconds since 1970 by
    this machine's clock, however wrong that goes.
    """

    exit_code = ExitCode.LIMIT
    code = "rate_limit"

    def __init__(self, message: str, *, window: str, until: float, hint: str | None = None) -> None:
        super().__init__(message, hint=hint)
        self.window = window
        self.until = until


def unexpected(bug: Exception) -> str:
    """The message of an error that is a bug, by its type alone: its text may quote what was received."""
    return f"something runcoach did not expect: {type(bug).__name__}"
