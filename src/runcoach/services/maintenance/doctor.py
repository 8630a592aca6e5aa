"""Checks an installation: files, database, login, queue; repairs what can be repaired safely."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial

from runcoach.config import Config
from runcoach.errors import ExitCode, RuncoachError
from runcoach.services.maintenance.checks import connections, database, files, jobs
from runcoach.services.maintenance.checks.findings import CheckResult, Finding, Level, problem
from runcoach.store.sqlite import integrity
from runcoach.store.sqlite.connection import SCHEMA_VERSION, explain
from runcoach.store.sqlite.integrity import FileKind


@dataclass(frozen=True, slots=True)
class DoctorReport:
    """Every finding, in order of display."""

    findings: tuple[Finding, ...]

    @property
    def problems(self) -> int:
        """The number of problems left."""
        return sum(finding.level is Level.PROBLEM for finding in self.findings)

    @property
    def exit_code(self) -> ExitCode:
        """1 while a problem is left."""
        return ExitCode.FAILED if self.problems else ExitCode.OK


def examine(config: Config, *, fix: bool = False, online: bool = False) -> DoctorReport:
    """Run every check; ``fix`` repairs what is safe, ``online`` compares the clock with Strava's.

    A damaged, missing, newer or foreign database is a finding, not an error.
    """
    # Each repair is done before the next check, which may have failed for the same cause.
    return DoctorReport(tuple(_repair(result) if fix else result.finding for result in _run(config, online=online)))


def _run(config: Config, *, online: bool) -> Iterator[CheckResult]:
    yield from _guarded("permissions", files.check_permissions, config)
    yield from _check_database(config, online=online)
    for check in (files.check_free_space, files.check_backups, files.check_leftovers):
        yield from _guarded("files", check, config)


def _check_database(config: Config, *, online: bool) -> Iterator[CheckResult]:
    """Check what the file is, and the content of a current database."""
    try:
        yield database.check_kind(config, integrity.inspect_file(config.database, live=True))
        status = integrity.inspect_file(config.database, live=True)  # a repair may have migrated it
    except RuncoachError as error:
        yield problem("database", error.message, error.hint)
        return
    if status.kind is not FileKind.OURS or status.version != SCHEMA_VERSION:
        return
    try:
        with integrity.open_unmigrated(config.database, live=True) as connection:
            yield from _check_content(config, connection, online=online)
    except sqlite3.Error as error:
        explained = explain(error, config.database)
        yield problem("database", explained.message, explained.hint)


def _check_content(config: Config, connection: sqlite3.Connection, *, online: bool) -> Iterator[CheckResult]:
    for result in database.check_content(config, connection):
        yield result
        if result.finding.check in {"integrity", "schema"} and result.finding.remedy and result.repair is None:
            return  # nothing read from a damaged file is reliable
    yield from _guarded("login", connections.check_login, config, connection)
    yield from _guarded("clock", partial(connections.check_clock, online=online), config, connection)
    yield from _guarded("limits", connections.check_budget, connection)
    yield from _guarded("connections", connections.check_connections, config, connection)
    yield from _guarded("ownership", connections.check_ownership, config, connection)
    yield from _guarded("queue", jobs.check_queue, config, connection)
    yield from _guarded("schedule", jobs.check_schedule, config, connection)
    yield from _guarded("imports", jobs.check_imports, config, connection)


def _guarded(
    name: str, check: Callable[..., Iterator[CheckResult] | CheckResult], *arguments: object
) -> Iterator[CheckResult]:
    """Run a check; an error that prevents it is a finding."""
    try:
        results = check(*arguments)
        yield from (results,) if isinstance(results, CheckResult) else results
    except RuncoachError as error:
        yield problem(name, error.message, error.hint)
    except OSError as error:
        yield problem(name, f"{error.filename}: {error.strerror}", "check its permissions, and the disk")
    except (ValueError, LookupError, TypeError, ArithmeticError) as error:  # values that only damage can explain
        message = f"cannot be checked, since a stored value is damaged: {type(error).__name__}: {error}"
        yield problem(name, message, "runcoach backup --list")


def _repair(result: CheckResult) -> Finding:
    """Run the repair of a result; the finding then says what was done, or why it failed."""
    if result.repair is None:
        return result.finding
    try:
        done = result.repair()
    except RuncoachError as error:
        return replace(result.finding, remedy=f"could not be repaired: {error.message}")
    except OSError as error:
        return replace(result.finding, remedy=f"could not be repaired: {error.filename}: {error.strerror}")
    return replace(result.finding, level=Level.OK, remedy=None, done=done)
