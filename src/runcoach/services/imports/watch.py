"""Watches a folder and imports each new file once it is complete."""

from __future__ import annotations

import time
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from runcoach.errors import BusyDatabaseError, NotFoundError
from runcoach.services.imports.import_files import import_files
from runcoach.sources.archive.folder_files import folder_files
from runcoach.sources.archive.members import Refused

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from runcoach.config import Config
    from runcoach.services.imports.import_files import ImportReport

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

    def look(self) -> ImportReport | None:
        """Import the files that are complete and new since the last look; None where there are none.

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
            report = import_files(self.config, complete, sport=self.sport)
        except (BusyDatabaseError, NotFoundError):  # NotFoundError: a file was removed between both
            return None
        self._imported.update({path: states[path] for path in complete})
        return report

    def _states(self) -> dict[Path, _State]:
        states = {}
        for path in folder_files(self.folder):
            if isinstance(path, Refused):
                continue
            with suppress(OSError):  # it was removed since it was listed
                status = path.stat()
                states[path] = (status.st_size, status.st_mtime_ns)
        return states


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
