"""Looks at everything an installation stands on, says what helps, and mends what can be mended without a risk."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from runcoach.errors import ExitCode, RuncoachError
from runcoach.services.maintenance.checks import database, files, jobs, strava
from runcoach.services.maintenance.checks.findings import Finding, Level, problem
from runcoach.store.sqlite import integrity
from runcoach.store.sqlite.connection import SCHEMA_VERSION, explain
from runcoach.store.sqlite.integrity import FileKind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from runcoach.config import Config
    from runcoach.services.maintenance.checks.findings import Observation


@dataclass(frozen=True, slots=True)
class DoctorReport:
    """Every finding, in the order in which a person should read them."""

    findings: tuple[Finding, ...]

    @property
    def problems(self) -> int:
        """How many problems are left."""
        return sum(finding.level is Level.PROBLEM for finding in self.findings)

    @property
    def exit_code(self) -> ExitCode:
        """1 while a problem is left."""
        return ExitCode.FAILED if self.problems else ExitCode.OK


def examine(config: Config, *, fix: bool = False, online: bool = False) -> DoctorReport:
    """Look at everything; with ``fix`` mend what is safe to mend; ``online`` asks Strava for the time.

    Whatever state the file is in, damaged, missing, newer or another program's, is a finding and no error.
    """
    # Each thing is mended before the next is looked at: what comes later may have been wrong for that reason alone.
    return DoctorReport(tuple(_mended(one) if fix else one.finding for one in _observe(config, online=online)))


def _observe(config: Config, *, online: bool) -> Iterator[Observation]:
    yield from _guarded("permissions", files.look_at_permissions, config)
    yield from _observe_file(config, online=online)
    for look in (files.look_at_room, files.look_at_backups, files.look_at_leftovers):
        yield from _guarded("files", _one, look, config)


def _observe_file(config: Config, *, online: bool) -> Iterator[Observation]:
    """What the file is, and where it is ours and whole, what stands in it."""
    try:
        yield database.look_at_kind(config, integrity.inspect_file(config.database, live=True))
        nature = integrity.inspect_file(config.database, live=True)  # it may have been brought to this version by now
    except RuncoachError as error:
        yield problem("database", error.message, error.hint)
        return
    if nature.kind is not FileKind.OURS or nature.version != SCHEMA_VERSION:
        return
    try:
        with integrity.open_unmigrated(config.database, live=True) as connection:
            yield from _observe_content(config, connection, online=online)
    except sqlite3.Error as error:
        raised = explain(error, config.database)
        yield problem("database", raised.message, raised.hint)


def _observe_content(config: Config, connection: sqlite3.Connection, *, online: bool) -> Iterator[Observation]:
    for number, one in enumerate(database.look_inside(config, connection)):
        yield one
        if number == 0 and one.finding.level is Level.PROBLEM:
            return  # nothing that is read from a damaged file means anything
    yield from _guarded("login", strava.look_at_login, config, connection)
    yield strava.look_at_clock(config, connection, online=online)
    yield strava.look_at_budget(connection)
    yield from _guarded("queue", jobs.look_at_queue, config, connection)
    yield jobs.look_at_imports(config, connection)


def _one(look: Callable[[Config], Observation], config: Config) -> Iterator[Observation]:
    yield look(config)


def _guarded(check: str, look: Callable[..., Iterator[Observation]], *what: object) -> Iterator[Observation]:
    """What a look finds; what keeps it from looking is a finding too."""
    try:
        yield from look(*what)
    except RuncoachError as error:
        yield problem(check, error.message, error.hint)
    except OSError as error:
        yield problem(check, f"{error.filename}: {error.strerror}", "look at its permissions, and at the disk")


def _mended(one: Observation) -> Finding:
    """The finding once what it asks for has been done, or with what kept that from being done."""
    if one.mend is None:
        return one.finding
    try:
        done = one.mend()
    except RuncoachError as error:
        return replace(one.finding, remedy=f"could not be mended: {error.message}")
    except OSError as error:
        return replace(one.finding, remedy=f"could not be mended: {error.filename}: {error.strerror}")
    return replace(one.finding, level=Level.OK, remedy=None, done=done)
