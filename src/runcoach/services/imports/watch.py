"""Watches a folder and imports each new file once it is complete, until it is stopped or in a thread."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from runcoach.config import Config
from runcoach.errors import BusyDatabaseError, NotFoundError, RuncoachError, UsageError, unexpected
from runcoach.services.imports.import_files import ImportReport, import_files
from runcoach.sources.apple_health.export_file import is_apple_export
from runcoach.sources.archive.folder_files import folder_files
from runcoach.sources.archive.members import Refused

#: Seconds between two looks at the folder. A file is complete when two looks find the same size and time.
INTERVAL_S = 5.0

#: Size in bytes and modification time in nanoseconds.
_State = tuple[int, int]


@dataclass(slots=True)
class FolderWatch:
    """The state of one watch: what each file looked like, and which files were imported as they are."""

    config: Config
    folder: Path
    sport: str | None = None
    _seen: dict[Path, _State] = field(default_factory=dict)
    _imported: dict[Path, _State] = field(default_factory=dict)

    def look(self, progress: Callable[[int, int, str], None] | None = None) -> ImportReport | None:
        """Import the files that are complete and new since the last look; None where there are none.

        ``progress`` as in :func:`~runcoach.services.imports.import_files.import_files`.

        A folder that is missing, for example a watch that is not plugged in, holds no files. Files of a database that
        is busy are taken again at the next look.
        """
        states = self._states()
        complete = [
            path
            for path, state in sorted(states.items())
            if self._seen.get(path) == state and self._imported.get(path) != state
        ]
        self._seen = states
        if not complete:
            return None
        try:
            report = import_files(self.config, complete, sport=self.sport, progress=progress)
        except (BusyDatabaseError, NotFoundError):  # NotFoundError: a file was removed between both
            return None
        self._imported.update({path: states[path] for path in complete})
        return report

    def _states(self) -> dict[Path, _State]:
        states = {}
        for path in folder_files(self.folder, is_apple_export):
            if isinstance(path, Refused):
                continue
            with suppress(OSError):  # it was removed since it was listed
                status = path.stat()
                states[path] = (status.st_size, status.st_mtime_ns)
        return states


def check_folder(folder: Path) -> None:
    """UsageError for something else than a folder; one that is missing may appear later."""
    if folder.exists() and not folder.is_dir():
        raise UsageError(f"{folder} is not a folder", hint="name the folder that the files appear in")


def watch(
    config: Config,
    folder: Path,
    *,
    sport: str | None = None,
    on_report: Callable[[ImportReport], None],
    sleep: Callable[[float], None] = time.sleep,
    stop: Callable[[], bool] = lambda: False,
) -> None:
    """Import what appears in a folder until ``stop`` returns True or Ctrl-C; ``on_report`` follows each import."""
    watched = FolderWatch(config, folder, sport)
    while not stop():
        report = watched.look()
        if report is not None:
            on_report(report)
        sleep(INTERVAL_S)


class _StoppedError(Exception):
    """Ends an import between two files when the thread is stopped; what was stored stays."""


class WatchThread:
    """Watches a folder in a thread from :meth:`start` to :meth:`stop`.

    ``on_report`` follows each import. ``on_problem`` gets why a look failed, once while the reason stays the same; the
    thread goes on. Both are called in the thread.
    """

    def __init__(
        self,
        config: Config,
        folder: Path,
        *,
        on_report: Callable[[ImportReport], None],
        on_problem: Callable[[str], None],
    ) -> None:
        self._watched = FolderWatch(config, folder)
        self._on_report = on_report
        self._on_problem = on_problem
        self._problem: str | None = None
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="watch", daemon=True)

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def stop(self, timeout_s: float) -> None:
        """Stop the thread: an import ends after the current file. Waits so long at most."""
        self._stopping.set()
        self._thread.join(timeout_s)

    def _run(self) -> None:
        with suppress(_StoppedError):
            while not self._stopping.is_set():
                self._look()
                self._stopping.wait(INTERVAL_S)

    def _look(self) -> None:
        problem = None
        try:
            report = self._watched.look(self._check_stopping)
            if report is not None:
                self._on_report(report)
        except _StoppedError:
            raise
        except RuncoachError as error:
            problem = error.with_hint
        except Exception as bug:  # noqa: BLE001  (shown, and the next look may succeed)
            problem = unexpected(bug)
        if problem is not None and problem != self._problem:
            self._on_problem(problem)
        self._problem = problem

    def _check_stopping(self, done: int, total: int, label: str) -> None:  # noqa: ARG002
        if self._stopping.is_set():
            raise _StoppedError
