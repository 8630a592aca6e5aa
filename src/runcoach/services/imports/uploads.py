"""Uploads: files from the web page, received into a private folder, imported in the background, then removed.

File names from a browser are not trusted: see ``upload_names``.
"""

from __future__ import annotations

import os
import secrets
import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from runcoach.config import Config
from runcoach.errors import NotFoundError, RuncoachError, StoreError, UsageError, unexpected
from runcoach.filesystem import is_process_alive, make_folders
from runcoach.services.imports.upload_names import safe_name, unique_name

if TYPE_CHECKING:
    from runcoach.services.imports.import_files import FileOutcome, ImportReport

#: The limit of one file: a long history with all its photos.
MAX_FILE_BYTES = 4 * 2**30

#: An upload stops while this much of the disk is still free.
MIN_FREE_BYTES = 256 * 2**20

#: How many files one upload may have.
_MAX_FILES = 20_000

#: How many files a finished :class:`ImportProgress` lists; its counts include all.
MAX_LISTED_FILES = 500


class ImportState(StrEnum):
    """The state of a server's import."""

    NONE = "none"
    RECEIVING = "receiving"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class ImportProgress:
    """The state of an import: ``done`` of ``total`` items, ``label`` is the current one.

    Once done: ``counts`` by status, the ``files`` with failures first, the number of new ``activities``, and the
    ``batch_id`` to undo it. ``problem`` and ``hint`` say why it failed.
    """

    state: ImportState = ImportState.NONE
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
class _UploadFolder:
    key: str
    path: Path
    names: set[str] = field(default_factory=set)


class Uploads:
    """The imports of one server, one at a time; thread-safe. ``when_done`` is called in the thread of the import."""

    def __init__(self, config: Config, when_done: Callable[[], None] | None = None) -> None:
        self._config = config
        self._when_done = when_done
        self._lock = threading.Lock()
        self._folder: _UploadFolder | None = None
        self._progress = ImportProgress()
        self._thread: threading.Thread | None = None
        self._clear()

    def progress(self) -> ImportProgress:
        """The state of the current or last import."""
        with self._lock:
            return self._progress

    def begin(self) -> str:
        """Start to receive files; returns the key to send them with. Files received before are removed.

        ImportRunningError while an import is running.
        """
        with self._lock:
            self._check_idle()
            self._clear()
            key = secrets.token_urlsafe(12)
            path = uploads_folder(self._config) / f"{os.getpid()}.{key}"
            with _storing():
                make_folders(path)
            self._folder = _UploadFolder(key, path)
            self._progress = ImportProgress(ImportState.RECEIVING)
            return key

    def receive(self, key: str, name: str) -> Upload:
        """A file to write to; UsageError for too many files, NotFoundError for an unknown key."""
        with self._lock:
            folder = self._receiving(key)
            if len(folder.names) >= _MAX_FILES:
                raise UsageError(f"more than {_MAX_FILES} files at once", hint="pack them into a ZIP")
            path = folder.path / unique_name(safe_name(name), folder.names)
            with _storing():
                make_folders(path.parent)
                stream = path.open("xb")
            return Upload(self, key, path, stream)

    def start(self, key: str) -> None:
        """Import the received files in another thread; errors as of :meth:`receive`."""
        with self._lock:
            self._check_idle()
            folder = self._receiving(key)
            if not self._progress.files_received:
                raise UsageError("no file has arrived", hint="choose at least one")
            self._progress = replace(self._progress, state=ImportState.RUNNING)
            self._thread = threading.Thread(target=self._run, args=(folder,), name="import", daemon=True)
            self._thread.start()

    def wait(self, timeout_s: float) -> None:
        """Wait for the running import to end."""
        if self._thread is not None:
            self._thread.join(timeout_s)

    def count_file(self, key: str, size: int) -> None:
        """Count a complete file; one of an earlier key is ignored."""
        with self._lock:
            if self._folder is not None and self._folder.key == key:
                now = self._progress
                self._progress = replace(
                    now, files_received=now.files_received + 1, bytes_received=now.bytes_received + size
                )

    def _run(self, folder: _UploadFolder) -> None:
        from runcoach.services.imports.import_files import import_files

        try:
            paths = sorted(folder.path.iterdir())
            report = import_files(self._config, paths, base=folder.path, progress=self._update)
            ended = _finished(self.progress(), report)
        except RuncoachError as error:
            ended = replace(self.progress(), state=ImportState.FAILED, problem=error.message, hint=error.hint)
        except Exception as bug:  # noqa: BLE001  (reported on the page)
            hint = "`runcoach import` in a terminal says more"
            ended = replace(self.progress(), state=ImportState.FAILED, problem=unexpected(bug), hint=hint)
        with self._lock:
            self._clear()
            self._progress = ended
        if self._when_done is not None:
            self._when_done()

    def _update(self, done: int, total: int, label: str) -> None:
        with self._lock:
            self._progress = replace(self._progress, done=done, total=total, label=label)

    def _check_idle(self) -> None:
        if self._progress.state is ImportState.RUNNING:
            raise ImportRunningError("an import is running already", hint="wait until it has ended")

    def _receiving(self, key: str) -> _UploadFolder:
        if self._folder is None or not secrets.compare_digest(self._folder.key.encode(), key.encode(errors="replace")):
            raise _unknown_key()
        if self._progress.state is not ImportState.RECEIVING:
            raise ImportRunningError("that import has begun already", hint="wait until it has ended")
        return self._folder

    def _clear(self) -> None:
        """Remove the files of this process and of those that have died."""
        self._folder = None
        for path in abandoned_uploads(self._config, own=True):
            shutil.rmtree(path, ignore_errors=True)
        with suppress(OSError):  # another server's upload is in it, or it does not exist
            uploads_folder(self._config).rmdir()


class Upload:
    """A file being received; a context manager that removes it unless :meth:`finish` was called."""

    def __init__(self, uploads: Uploads, key: str, path: Path, stream: BinaryIO) -> None:
        self._uploads = uploads
        self._key = key
        self._path = path
        self._stream = stream
        self._size = 0
        self._is_complete = False

    def __enter__(self) -> Upload:
        return self

    def __exit__(self, *exception: object) -> None:
        self._stream.close()
        if not self._is_complete:
            with suppress(OSError):
                self._path.unlink()

    def write(self, chunk: bytes) -> None:
        """Append; StoreError where the disk is full, UsageError past the limit, NotFoundError after another begin."""
        self._size += len(chunk)
        if self._size > MAX_FILE_BYTES:
            raise UsageError("a file may have 4 GiB", hint="`runcoach import` in a terminal takes larger ones")
        with _storing():
            try:
                free = shutil.disk_usage(self._path.parent).free
            except FileNotFoundError as error:
                raise _unknown_key() from error
            if free - len(chunk) < MIN_FREE_BYTES:
                raise StoreError("the disk is nearly full", hint="make room, then drop the files again")
            self._stream.write(chunk)

    def finish(self) -> int:
        """Complete the file; returns its size."""
        with _storing():
            self._stream.close()
        self._is_complete = True
        self._uploads.count_file(self._key, self._size)
        return self._size


class ImportRunningError(RuncoachError):
    """Another import is running."""

    code = "import_running"


def uploads_folder(config: Config) -> Path:
    """Where uploads are received: a folder named ``PID.KEY`` for each."""
    return config.paths.cache / config.profile / "uploads"


def abandoned_uploads(config: Config, *, own: bool = False) -> list[Path]:
    """The folders of uploads whose process has died, and of this process (``own``)."""
    folder = uploads_folder(config)
    if not folder.is_dir():
        return []
    return [path for path in sorted(folder.iterdir()) if _is_abandoned(path.name.partition(".")[0], own=own)]


def _is_abandoned(pid: str, *, own: bool) -> bool:
    if not (pid.isascii() and pid.isdigit()):
        return True  # made by a version that did not name the process
    return own if int(pid) == os.getpid() else not is_process_alive(int(pid))


def _finished(progress: ImportProgress, report: ImportReport) -> ImportProgress:
    """The state after an import; failures first, so that the limit of listed files never hides them."""
    order = ("failed", "skipped", "imported", "revived", "merged", "unchanged")
    files = sorted(report.files, key=lambda file: order.index(file.status))
    return replace(
        progress,
        state=ImportState.DONE,
        done=len(files),
        total=len(files),
        label="",
        activities=report.activities,
        batch_id=report.batch_id,
        counts={status: count for status in order if (count := report.count(status))},
        files=tuple(files[:MAX_LISTED_FILES]),
    )


def _unknown_key() -> NotFoundError:
    return NotFoundError("nothing is being received under that key", hint="begin the import again")


@contextmanager
def _storing() -> Iterator[None]:
    """StoreError where a file cannot be written."""
    try:
        yield
    except OSError as error:
        message = f"the file cannot be kept: {error.strerror or error}"
        raise StoreError(message, hint="make room, then drop it again") from error
