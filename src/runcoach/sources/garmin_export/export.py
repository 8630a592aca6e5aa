"""Opens Garmin's account export and lists its activity files; other files of the watch are passed over unread."""

from __future__ import annotations

import re
import shutil
import struct
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from runcoach.errors import HostileFileError, SourceError
from runcoach.sources.archive.opening import open_archive
from runcoach.sources.archive.zip_members import is_zip
from runcoach.sources.fit.chained_files import is_fit
from runcoach.sources.fit.definitions import FIT_EPOCH_S, read_definition
from runcoach.sources.garmin_export.summaries import Summaries, read_summaries

#: The ZIP files of uploads, by their place in the export over the years.
_PART = re.compile(r"(^|/)DI[_-]CONNECT/.*UploadedFiles[^/]*\.zip$", re.IGNORECASE)
_SUMMARIES = re.compile(r"_summarizedActivities\.json$", re.IGNORECASE)
_RACE_PREDICTIONS = re.compile(r"(^|/)RunRacePredictions_[^/]*\.json$", re.IGNORECASE)
_WELLNESS = re.compile(r"(_sleepData|(^|/)UDSFile_[^/]*|(^|/)MetricsMaxMetData_[^/]*)\.json$", re.IGNORECASE)

#: The folder of Garmin's export in which all of these are.
_FOLDER = re.compile(r"(^|/)DI[_-]CONNECT/", re.IGNORECASE)

#: Bytes of one ZIP file inside the export, and of one file of summaries.
MAX_PART_BYTES = 4 * 2**30
_MAX_SUMMARIES_BYTES = 64 * 2**20

#: Bytes of a file that are read to learn its type.
_HEAD_BYTES = 256

#: FIT's ``file_id`` message, two of its fields, and ``type`` of an activity.
_FILE_ID, _TYPE, _TIME_CREATED, _ACTIVITY = 0, 0, 4, 4
_UNKNOWN = 0xFFFFFFFF


@dataclass(frozen=True, slots=True)
class ActivityFile:
    """A FIT file with an activity: a member of a ZIP file, and when it was begun (None: the file does not say)."""

    archive: Path
    member: str
    created_s: int | None


def is_garmin_export(path: Path) -> bool:
    """Whether a ZIP or folder is Garmin's account export, by the names inside."""
    try:
        return any(
            _FOLDER.search(name)
            and any(known.search(name) for known in (_PART, _SUMMARIES, _RACE_PREDICTIONS, _WELLNESS))
            for name in _names(path)
        )
    except (OSError, zipfile.BadZipFile, ValueError, NotImplementedError):
        return False


def read_export_summaries(path: Path) -> Summaries:
    """The summaries of every activity in the export. SourceError where one of their files is damaged."""
    summaries = []
    with open_archive(path) as members:
        for name in _names(path):
            if _SUMMARIES.search(name):
                with members.open(name, _MAX_SUMMARIES_BYTES) as stream:
                    summaries += read_summaries(stream.read_all())
    return Summaries(summaries)


def race_prediction_files(path: Path) -> list[str]:
    """The members of the export that hold Garmin's race predictions, by name and so by date."""
    return sorted(name for name in _names(path) if _RACE_PREDICTIONS.search(name))


def wellness_files(path: Path) -> list[str]:
    """The members of the export that hold daily values of the body, by name and so by date."""
    return sorted(name for name in _names(path) if _WELLNESS.search(name))


def activity_files(path: Path, scratch: Path) -> Iterator[ActivityFile]:
    """Every FIT file with an activity; the ZIP files inside are copied to ``scratch``, where they are read in place.

    Raises SourceError for a damaged ZIP file, HostileFileError for one past the limits.
    """
    for number, name in enumerate(name for name in _names(path) if _PART.search(name)):
        part = _copy_part(path, name, scratch / f"part-{number}.zip")
        with open_archive(part) as members:
            for member in members.names:
                if member.casefold().endswith(".fit"):
                    with members.open(member, _MAX_SUMMARIES_BYTES) as stream:
                        head = stream.read(_HEAD_BYTES)
                    is_activity, created_s = file_type(head)
                    if is_activity:
                        yield ActivityFile(part, member, created_s)


def file_type(head: bytes) -> tuple[bool, int | None]:
    """Whether the first bytes are those of a FIT activity, and when it was created, in seconds since 1970.

    A file whose first message is not a readable ``file_id`` is taken for an activity: reading it tells.
    """
    if not is_fit(head):
        return False, None
    at = head[0]
    try:
        definition = read_definition(head, at)
        if definition is None or definition.number != _FILE_ID:
            return True, None
        data = definition.end
        values = {
            field.number: int.from_bytes(
                head[data + field.offset : data + field.offset + field.size],
                "little" if definition.byte_order == "<" else "big",
            )
            for field in definition.fields
            if data + field.offset + field.size <= len(head)
        }
    except (IndexError, struct.error, ValueError):
        return True, None
    created = values.get(_TIME_CREATED, _UNKNOWN)
    return values.get(_TYPE) == _ACTIVITY, None if created == _UNKNOWN else created + FIT_EPOCH_S


def _names(path: Path) -> list[str]:
    if path.is_dir():
        return sorted(each.relative_to(path).as_posix() for each in path.rglob("*") if each.is_file())
    if not is_zip(path):
        return []
    with zipfile.ZipFile(path) as archive:
        return archive.namelist()


def _copy_part(path: Path, name: str, target: Path) -> Path:
    """A ZIP file inside the export as a file of its own; one in a folder is read where it is."""
    if path.is_dir():
        return path / name
    try:
        with zipfile.ZipFile(path) as archive:
            if archive.getinfo(name).file_size > MAX_PART_BYTES:
                raise HostileFileError(f"{name} unpacks to more than {MAX_PART_BYTES >> 30} GiB")
            with archive.open(name) as source, target.open("wb") as copy:
                shutil.copyfileobj(source, copy, 2**20)
    except (zipfile.BadZipFile, EOFError, NotImplementedError, RuntimeError, ValueError) as error:
        raise SourceError(f"{name} in {path.name} is damaged ({type(error).__name__})") from None
    return target
