"""The folder of an export: it is written under a temporary name next to its place and renamed when complete."""

from __future__ import annotations

import errno
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from runcoach.errors import RuncoachError, UsageError
from runcoach.filesystem import is_process_alive, make_folders

#: The file that makes a folder an export; it lists all others.
MANIFEST = "export.json"


@contextmanager
def replace_folder(target: Path) -> Iterator[Path]:
    """A private, empty folder that replaces ``target`` when the block ends, and is removed on an error.

    ``target`` may be missing, empty, or an earlier export without other files. UsageError for any other folder,
    RuncoachError where it cannot be written, for example on a full disk.
    """
    target = target.expanduser().absolute()
    temporary = _beside(target, "new")
    try:
        _check(target)
        _remove_abandoned(target)
        make_folders(target.parent)
        temporary.mkdir(mode=0o700)
        yield temporary
        _check(target)
        _swap(temporary, target)
    except OSError as error:
        raise _explained(error, target) from error
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def write_manifest(folder: Path, content: dict[str, Any]) -> int:
    """Write the manifest with the size of every file that is there now; returns the size of all."""
    sizes = {path: (folder / path).stat().st_size for path in sorted(_files(folder))}
    text = json.dumps({**content, "files": sizes}, ensure_ascii=False, indent=1)
    (folder / MANIFEST).write_text(text + "\n", encoding="utf-8")
    return sum(sizes.values())


def _check(target: Path) -> None:
    """Raise UsageError unless the folder may be replaced."""
    if not os.path.lexists(target):
        return
    if target.is_symlink() or not target.is_dir():
        raise UsageError(f"{target} is not a folder", hint="choose another folder")
    found = _files(target)
    foreign = sorted(found - _listed(target) - {MANIFEST})
    if foreign:
        raise UsageError(
            f"{target} holds files that are not of an export, for example {foreign[0]}", hint="choose another folder"
        )


def _listed(target: Path) -> set[str]:
    """The files that the manifest in a folder lists; none where there is no manifest."""
    try:
        content = json.loads((target / MANIFEST).read_text(encoding="utf-8"))
        return set(content["files"])
    except (OSError, ValueError, KeyError, TypeError):
        return set()


def _files(folder: Path) -> set[str]:
    """Every file and link below a folder, relative, with slashes."""
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_symlink() or not path.is_dir()}


def _swap(temporary: Path, target: Path) -> None:
    """Put the new folder into the place of the old one, which stays if that fails."""
    if not target.exists():
        temporary.rename(target)
        return
    old = _beside(target, "old")
    target.rename(old)
    try:
        temporary.rename(target)
    except BaseException:  # Ctrl-C too
        if not target.exists():
            old.rename(target)
        raise
    shutil.rmtree(old, ignore_errors=True)


def _beside(target: Path, purpose: str) -> Path:
    return target.with_name(f".{target.name}.{os.getpid()}.{purpose}")


def _remove_abandoned(target: Path) -> None:
    """Remove what exports to the same place left behind that were killed; put an old export back that has no new."""
    if not target.parent.is_dir():
        return
    for path in target.parent.iterdir():
        pid = path.name.removeprefix(f".{target.name}.").partition(".")[0]
        if not path.name.startswith(f".{target.name}.") or path.suffix not in {".new", ".old"} or not pid.isdecimal():
            continue
        if is_process_alive(int(pid)) and int(pid) != os.getpid():
            continue
        if path.suffix == ".old" and not target.exists():
            path.rename(target)
        else:
            with suppress(OSError):
                shutil.rmtree(path)


def _explained(error: OSError, target: Path) -> RuncoachError:
    hints = {
        errno.ENOSPC: "free some space, or choose a folder on another disk",
        errno.EDQUOT: "free some space, or choose a folder on another disk",
        errno.EBUSY: "choose a folder inside it",
        errno.EXDEV: "choose a folder inside it",
    }
    hint = hints.get(error.errno or 0, "choose another folder")
    return RuncoachError(f"the export was not written to {target}: {error.strerror or error}", hint=hint)
