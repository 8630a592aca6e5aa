"""Files that come from a page: received piece by piece into a folder of their own, imported in the background, removed.

Names that come with them are never trusted: of each part only letters, digits and a few signs are left, and no part
leads anywhere but down.
"""

from __future__ import annotations

import re
import secrets
import shutil
import threading
import unicodedata
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from runcoach.errors import NotFoundError, RuncoachError, StoreError, UsageError
from runcoach.filesystem import make_folders

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path
    from typing import BinaryIO

    from runcoach.config import Config
    from runcoach.services.imports.import_files import FileOutcome, ImportReport

#: One file may be as large as a long history with all its photos.
LARGEST_FILE_BYTES = 4 * 2**30

#: So much of the disk stays free.
SPARE_BYTES = 256 * 2**20

#: No folder of a watch or an archive is deeper or holds more, and no name that matters is longer.
_DEEPEST, _MOST_FILES, _LONGEST_NAME = 6, 20_000, 120

#: A report names so many files; of the others it tells the counts.
TOLD_FILES = 500

_ODD = re.compile(r"[^\w .()+,=@-]")


@dataclass(frozen=True, slots=True)
class ImportProgress:
    """Where the import of a page stands: ``state`` is none, receiving, running, done or failed.

    ``done`` of ``total`` items, ``label`` is the one at hand; afterwards ``counts`` by status, the ``files`` that are
    worth a word, ``activities`` that are new, and the ``batch_id`` that takes it back. ``problem`` and ``hint`` say why
    it failed.
    """

    state: str = "none"
    files_received: int = 0
    bytes_received: int = 0
    done: int = 0
    total: int = 0
    label: str = ""
    activities: int = 0
    batch_id: int | None = None
    counts: dict[str, int] = field(default_factory=dict)
    files: tuple[FileOutcome, ...] = ()
    problem: str | None = None
    hint: str | None = None


@dataclass(slots=True)
class _Folder:
    key: str
    path: Path
    names: set[str] = field(default_factory=set)


class Uploads:
    """The imports of one server, one at a time; every method may be called from any thread.

    ``when_done`` is called in the thread of the import once it has ended.
    """

    def __init__(self, config: Config, when_done: Callable[[], None] | None = None) -> None:
        self._config = config
        self._when_done = when_done
        self._turn = threading.Lock()
        self._folder: _Folder | None = None
        self._progress = ImportProgress()
        self._thread: threading.Thread | None = None

    def progress(self) -> ImportProgress:
        """Where it stands."""
        with self._turn:
            return self._progress

    def begin(self) -> str:
        """Make room for files; the key that they come with. What was being received before is thrown away.

        ImportRunningError while an import is running.
        """
        with self._turn:
            self._check_idle()
            self._clear()
            key = secrets.token_urlsafe(12)
            path = self._place() / key
            try:
                make_folders(path)
            except OSError as error:
                raise _no_room(error) from error
            self._folder = _Folder(key, path)
            self._progress = ImportProgress("receiving")
            return key

    def receive(self, key: str, name: str) -> Incoming:
        """A file to write to; UsageError for too many, NotFoundError where nothing is being received under ``key``."""
        with self._turn:
            folder = self._receiving(key)
            if len(folder.names) >= _MOST_FILES:
                raise UsageError(f"more than {_MOST_FILES} files at once", hint="pack them into a ZIP")
            path = folder.path / _unused(safe_name(name), folder.names)
            try:
                make_folders(path.parent)
                stream = path.open("xb")
            except OSError as error:
                raise _no_room(error) from error
            return Incoming(self, key, path, stream)

    def start(self, key: str) -> None:
        """Import what was received, in a thread of its own; errors as of :meth:`receive`."""
        with self._turn:
            self._check_idle()
            folder = self._receiving(key)
            if not self._progress.files_received:
                raise UsageError("no file has arrived", hint="choose at least one")
            self._progress = replace(self._progress, state="running")
            self._thread = threading.Thread(target=self._run, args=(folder,), name="import", daemon=True)
            self._thread.start()

    def wait(self, seconds: float) -> None:
        """Until the import under way has ended, or so long."""
        if self._thread is not None:
            self._thread.join(seconds)

    def arrived(self, key: str, size: int) -> None:
        """One file is here."""
        with self._turn:
            if self._folder is not None and self._folder.key == key:
                now = self._progress
                self._progress = replace(
                    now, files_received=now.files_received + 1, bytes_received=now.bytes_received + size
                )

    def _run(self, folder: _Folder) -> None:
        from runcoach.services.imports.import_files import import_files

        try:
            paths = sorted(folder.path.iterdir())
            report = import_files(self._config, paths, below=folder.path, progress=self._tell)
            ended = _told(self.progress(), report)
        except RuncoachError as problem:
            ended = replace(self.progress(), state="failed", problem=problem.message, hint=problem.hint)
        except Exception as bug:  # noqa: BLE001  (said on the page, where whoever began it can see it)
            said = f"something runcoach did not expect: {type(bug).__name__}"
            ended = replace(self.progress(), state="failed", problem=said, hint="`runcoach import` says more")
        with self._turn:
            self._clear()
            self._progress = ended
        if self._when_done is not None:
            self._when_done()

    def _tell(self, done: int, total: int, label: str) -> None:
        with self._turn:
            self._progress = replace(self._progress, done=done, total=total, label=label)

    def _check_idle(self) -> None:
        if self._progress.state == "running":
            raise ImportRunningError("an import is running already", hint="wait until it has ended")

    def _receiving(self, key: str) -> _Folder:
        if self._folder is None or not secrets.compare_digest(self._folder.key.encode(), key.encode(errors="replace")):
            raise NotFoundError("nothing is being received under that key", hint="begin the import again")
        if self._progress.state != "receiving":
            raise ImportRunningError("that import has begun already", hint="wait until it has ended")
        return self._folder

    def _place(self) -> Path:
        return self._config.paths.cache / self._config.profile / "uploads"

    def _clear(self) -> None:
        """Remove what was received, also what an earlier process left."""
        self._folder = None
        shutil.rmtree(self._place(), ignore_errors=True)


class Incoming:
    """One file on its way; a context manager: without :meth:`finish` nothing of it stays."""

    def __init__(self, uploads: Uploads, key: str, path: Path, stream: BinaryIO) -> None:
        self._uploads = uploads
        self._key = key
        self._path = path
        self._stream = stream
        self._size = 0
        self._is_whole = False

    def __enter__(self) -> Incoming:
        return self

    def __exit__(self, *exception: object) -> None:
        self._stream.close()
        if not self._is_whole:
            with suppress(OSError):
                self._path.unlink()

    def write(self, piece: bytes) -> None:
        """Keep the next piece; StoreError where the disk is full, UsageError past the bound."""
        self._size += len(piece)
        if self._size > LARGEST_FILE_BYTES:
            raise UsageError("a file may have 4 GiB", hint="`runcoach import` in a terminal takes larger ones")
        try:
            if shutil.disk_usage(self._path.parent).free - len(piece) < SPARE_BYTES:
                raise StoreError("the disk is nearly full", hint="make room, then drop the files again")
            self._stream.write(piece)
        except OSError as error:
            raise _no_room(error) from error

    def finish(self) -> int:
        """All of it is here; its size."""
        try:
            self._stream.close()
        except OSError as error:
            raise _no_room(error) from error
        self._is_whole = True
        self._uploads.arrived(self._key, self._size)
        return self._size


class ImportRunningError(RuncoachError):
    """One import at a time."""

    code = "import_running"


def safe_name(name: str) -> str:
    """A relative path of harmless parts out of whatever a browser sends: ``"../../etc/x"`` → ``"etc/x"``.

    The ending stays, because it says what kind of file it is.
    """
    plain = unicodedata.normalize("NFC", name).replace("\\", "/")
    parts = [_ODD.sub("_", part).strip(" .") for part in plain.split("/")]
    kept = [_shortened(part) for part in parts if part]
    return "/".join(kept[-_DEEPEST:]) or "file"


def _shortened(part: str) -> str:
    return part if len(part) <= _LONGEST_NAME else part[: _LONGEST_NAME // 2] + part[-_LONGEST_NAME // 2 :]


def _unused(name: str, names: set[str]) -> str:
    """The name, or one like it where there is a file of that name, whatever the case; it is taken from then on."""
    folder, slash, last = name.rpartition("/")
    candidate, number = name, 1
    while candidate.casefold() in names:
        number += 1
        candidate = f"{folder}{slash}{number} {last}"
    names.add(candidate.casefold())
    return candidate


def _told(before: ImportProgress, report: ImportReport) -> ImportProgress:
    """What a report comes to on a page: failures first, so that they are among those that are told."""
    order = ("failed", "skipped", "imported", "revived", "merged", "unchanged")
    counts = {status: number for status in order if (number := report.count(status))}
    files = sorted(report.files, key=lambda one: order.index(one.status))
    return replace(
        before,
        state="done",
        done=len(report.files),
        total=len(report.files),
        label="",
        activities=report.activities,
        batch_id=report.batch_id,
        counts=counts,
        files=tuple(files[:TOLD_FILES]),
    )


def _no_room(error: OSError) -> StoreError:
    return StoreError(f"the file cannot be kept: {error.strerror or error}", hint="make room, then drop it again")
