"""File-system helpers: atomic writes, private folders, file locks."""

from __future__ import annotations

import os
import stat
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from runcoach.errors import RuncoachError, UsageError


def make_folders(folder: Path) -> None:
    """Make a folder and its missing parents, each for its owner alone (0700), independent of the umask. Raises OSError.

    ``mkdir(parents=True)`` would give the parents the mode that the umask allows.
    """
    if not folder.is_dir():
        if folder.parent != folder:
            make_folders(folder.parent)
        folder.mkdir(mode=0o700, exist_ok=True)


def make_private_folder(folder: Path) -> None:
    """As :func:`make_folders`; a folder of this user that exists already is closed to others. Raises OSError."""
    make_folders(folder)
    if os.name == "nt":  # the user's profile is private there, and mode bits mean nothing
        return
    state = folder.stat()
    if stat.S_IMODE(state.st_mode) & 0o077 and state.st_uid == os.geteuid():
        folder.chmod(0o700)


def fsync_folder(folder: Path) -> None:
    """Flush a folder's entries to disk, so that a renamed file survives a power cut."""
    if os.name == "nt":  # a folder cannot be opened there; the file system journals names itself
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def write_atomically(path: Path, data: bytes, *, mode: int = 0o644, durable: bool = True) -> None:
    """Replace a file with ``data`` in one atomic rename; on an error the old file stays.

    A missing folder is made for its owner alone. Without ``durable`` the file is not flushed to disk: a power cut may
    leave it empty, so use that only for data that can be made again. Raises OSError.
    """
    make_folders(path.parent)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.{threading.get_ident()}.tmp")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
    try:
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(data)
            stream.flush()
            if durable:
                os.fsync(stream.fileno())
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def write_output(path: Path, data: bytes) -> None:
    """As :func:`write_atomically`, for a file that the user has named with ``--output``; UsageError on an error."""
    try:
        write_atomically(path, data)
    except OSError as error:
        raise UsageError(
            f"{error.filename or path}: {error.strerror or error}", hint="choose another --output"
        ) from error


@contextmanager
def file_lock(path: Path, *, timeout_s: float, busy: RuncoachError, broken: type[RuncoachError]) -> Iterator[None]:
    """Hold a lock against other threads and processes. The lock file stays behind and says nothing about the lock.

    Raises ``busy`` where another holder keeps it for ``timeout_s``, ``broken`` where the file cannot be locked at all.
    """
    from filelock import FileLock, Timeout

    lock = FileLock(path, timeout=timeout_s, mode=0o600)
    try:
        make_private_folder(path.parent)
        lock.acquire()
    except Timeout:
        raise busy from None
    except (OSError, NotImplementedError) as error:
        raise broken(f"the lock {path} cannot be taken: {error}") from None
    try:
        yield
    finally:
        lock.release()


def is_process_alive(pid: int) -> bool:
    """Whether a process with this id exists; True where that cannot be determined."""
    if os.name == "nt":  # signal 0 would end it there
        return True
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except (PermissionError, OverflowError):
        return True
    return True
