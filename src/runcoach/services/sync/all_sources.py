"""Syncs every connected source, one after the other; what is wrong with one does not keep the others away."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from runcoach.config import Config
from runcoach.errors import ExitCode, RuncoachError, SyncRunningError
from runcoach.services.auth.remote_sources import KEY_SOURCES, key_source
from runcoach.services.sync.last_sync import STRAVA
from runcoach.services.sync.remote.sync import sync_remote
from runcoach.services.sync.sync import sync
from runcoach.store.remote import connections, credentials
from runcoach.store.sqlite.database import open_reader

if TYPE_CHECKING:
    from runcoach.services.sync.sync_types import SyncOptions, SyncProgress, SyncReport


@dataclass(frozen=True, slots=True)
class SourceResult:
    """What became of one source: its report, or the error that kept it from one."""

    source: str
    report: SyncReport | None = None
    error: RuncoachError | None = None

    @property
    def exit_code(self) -> ExitCode:
        """That of the report or of the error."""
        if self.error is not None:
            return self.error.exit_code
        return ExitCode.OK if self.report is None else self.report.exit_code


def source_title(source: str) -> str:
    """The name of a source in messages."""
    return KEY_SOURCES[source].title if source in KEY_SOURCES else "Strava"


def sources_to_sync(config: Config, source: str | None) -> tuple[str, ...]:
    """The named source, else every connected one; Strava where none is connected, so that its error says so.

    UsageError for a name that is not a source.
    """
    if source is not None:
        return (source if source == STRAVA else key_source(source).name,)
    with open_reader(config) as connection:
        with_key = [each.source for each in connections.not_ended(connection)]
        has_strava = credentials.current(connection) is not None
    return (*([STRAVA] if has_strava or not with_key else []), *with_key)


def sync_all(
    config: Config,
    options: SyncOptions,
    source: str | None = None,
    *,
    progress: Callable[[SyncProgress], None] = lambda _: None,
) -> tuple[SourceResult, ...]:
    """Sync the named source, or every connected one. Of a single source the error is raised."""
    sources = sources_to_sync(config, source)
    results = []
    for name in sources:
        try:
            if name == STRAVA:
                report = sync(config, options, progress=progress)
            else:
                report = sync_remote(config, name, options, progress=progress)
            results.append(SourceResult(name, report))
        except RuncoachError as error:
            if len(sources) == 1 or isinstance(error, SyncRunningError):
                raise
            results.append(SourceResult(name, error=error))
    return tuple(results)


def sync_key_sources(
    config: Config,
    sources: tuple[str, ...],
    options: SyncOptions,
    *,
    clock: Callable[[], float],
    sleep: Callable[[float], None],
    stop: Callable[[], bool],
) -> str | None:
    """Sync the sources that are opened by a key; the last problem, which does not keep the others away."""
    problem = None
    for source in sources:
        if source == STRAVA or stop():
            continue
        try:
            sync_remote(config, source, options, clock=clock, sleep=sleep, stop=stop)
        except RuncoachError as error:
            problem = f"{source_title(source)}: {error.with_hint}"
    return problem


def exit_code_of(results: tuple[SourceResult, ...]) -> ExitCode:
    """The worst of all: not connected, limit, failed, partly, ok."""
    order = (ExitCode.NOT_CONNECTED, ExitCode.LIMIT, ExitCode.FAILED, ExitCode.PARTLY)
    codes = {result.exit_code for result in results}
    return next((code for code in order if code in codes), max(codes, default=ExitCode.OK))
