"""Every error runcoach raises on purpose; each class owns its exit code and its code for ``--json``.

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
    └── PartlyDoneError          3  some of it worked, some did not

``main()`` turns these into one line on stderr and the exit code; anything else is a bug and says so.
"""

from __future__ import annotations

from enum import IntEnum


class ExitCode(IntEnum):
    """What a process of runcoach can end with; the README documents each."""

    OK = 0
    FAILED = 1
    USAGE = 2
    PARTLY = 3
    NOT_CONNECTED = 4
    LIMIT = 5
    BUSY = 6
    INTERRUPTED = 130


class RuncoachError(Exception):
    """The root: a message of one line and, where there is a remedy, a hint that names it."""

    exit_code = ExitCode.FAILED
    code = "failed"

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class UsageError(RuncoachError):
    """The command line asks for something that does not exist or contradicts itself."""

    exit_code = ExitCode.USAGE
    code = "usage"


class ConfigError(UsageError):
    """A setting has a value it cannot have."""

    code = "config"


class NotFoundError(RuncoachError):
    """What was asked for by id or name is not here."""

    code = "not_found"


class StoreError(RuncoachError):
    """The database file cannot be opened, read or written."""

    code = "store"


class NewerDatabaseError(StoreError):
    """The file was written by a newer version; it is left exactly as it is."""

    code = "newer_database"


class BusyDatabaseError(StoreError):
    """Another process has held the write lock longer than we wait."""

    code = "busy_database"


class SourceError(RuncoachError):
    """One file cannot be read; the others go on."""

    code = "source"


class NotAnActivityError(SourceError):
    """The file is sound but holds no activity (settings, a route, a weight scale)."""

    code = "not_an_activity"


class HostileFileError(SourceError):
    """The file is built to exhaust or mislead its reader and is refused unread."""

    code = "hostile_file"


class PartlyDoneError(RuncoachError):
    """Some of the work is done and kept, some failed and was reported."""

    exit_code = ExitCode.PARTLY
    code = "partly_done"
