"""FIT files: bytes → recordings, one a session; what is damaged is mended, said, and read as far as it goes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from runcoach.errors import HostileFileError, NotAnActivityError, SourceError
from runcoach.sources.fit.chained_files import FitPart, is_fit, split_chain
from runcoach.sources.fit.decoder import decode
from runcoach.sources.fit.definitions import has_more_messages
from runcoach.sources.fit.record_columns import plain_records
from runcoach.sources.fit.records import read_samples
from runcoach.sources.fit.repair import repair
from runcoach.sources.fit.sessions import FitContent, recordings
from runcoach.sources.parsed_file import ParsedFile, counted

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["LARGEST_BYTES", "is_fit", "read_fit"]

#: A hundred hours at a sample a second with every field there is are a third of it.
LARGEST_BYTES = 64 * 2**20
_MOST_PARTS = 100
#: … and a fifth of this. Messages may be a byte long, and a decoder makes an object of hundreds of each: more of them
#: could fill the memory of any machine.
MOST_MESSAGES = 2_000_000

#: ``file_id.type`` → what such a file is. A course has samples too, but nobody ran them.
_OTHER_FILES: dict[str, str] = {
    "device": "a description of a device",
    "settings": "device settings",
    "sport": "sport settings",
    "workout": "a workout plan",
    "course": "a course to follow",
    "schedules": "a training schedule",
    "weight": "weight-scale readings",
    "totals": "a device's totals",
    "goals": "goals",
    "blood_pressure": "blood-pressure readings",
    "monitoring_a": "all-day monitoring",
    "monitoring_b": "all-day monitoring",
    "monitoring_daily": "all-day monitoring",
    "activity_summary": "an activity summary",
    "segment": "a segment",
    "segment_list": "a list of segments",
    "exd_configuration": "a display's settings",
}


@dataclass(frozen=True, slots=True)
class _PartReading:
    """What one file of a chain came to: its content, and what was wrong with it."""

    content: FitContent
    trouble: str | None

    @property
    def kind(self) -> str | int | None:
        """What the file says it is: a label, a number that has none yet, or nothing."""
        stated = self.content.first("file_id").get("type")
        return stated if isinstance(stated, (str, int)) else None

    @property
    def is_activity(self) -> bool:
        if self.content.all("session"):
            return True
        return self.content.samples.time_s.size > 0 and self.kind not in _OTHER_FILES

    @property
    def notes(self) -> list[str]:
        untimed = self.content.samples.untimed
        left_out = [f"{counted(untimed, 'sample')} without a time left out"] if untimed else []
        return [*([self.trouble] if self.trouble else []), *left_out]


def read_fit(data: bytes) -> ParsedFile:
    """The recordings of a FIT file or of several chained ones.

    Raises NotAnActivityError for a sound file of another kind, SourceError where nothing can be read any more,
    HostileFileError past the bounds.
    """
    if len(data) > LARGEST_BYTES:
        raise HostileFileError(f"a FIT file of {len(data) >> 20} MiB, more than any device writes")
    parts, stray_bytes = split_chain(data, _MOST_PARTS)
    if len(parts) > _MOST_PARTS:
        raise HostileFileError(f"more than {_MOST_PARTS} FIT files chained in one, as no device does")
    if any(len(part.data) > MOST_MESSAGES and has_more_messages(part.body, MOST_MESSAGES) for part in parts):
        raise HostileFileError(f"more than {MOST_MESSAGES:,} messages in a FIT file, as no device writes")
    readings = [_read_part(part) for part in parts]
    activities = [reading for reading in readings if reading.is_activity]
    if not activities:
        raise _refusal(readings)
    found = [recording for reading in activities for recording in recordings(reading.content)]
    return ParsedFile(tuple(found), tuple(_notes(readings, stray_bytes)))


def _notes(readings: list[_PartReading], stray_bytes: int) -> Iterator[str]:
    for number, reading in enumerate(readings, 1):
        for note in reading.notes:
            yield note if len(readings) == 1 else f"part {number} of {len(readings)}: {note}"
    if stray_bytes:
        yield f"{counted(stray_bytes, 'byte')} that {'is' if stray_bytes == 1 else 'are'} not FIT left out"


def _read_part(part: FitPart) -> _PartReading:
    if part.sound:
        content, complete = _content(part)
        if complete:
            return _PartReading(content, None)
    mended = repair(part)
    content, complete = _content(FitPart(mended.data))
    return _PartReading(content, _trouble(part, mended.lost_bytes, complete, content.samples.time_s.size))


def _content(part: FitPart) -> tuple[FitContent, bool]:
    """What one sound file holds, and whether all of it could be read; plain records do not pass through a decoder."""
    plain = plain_records(part)
    if plain is not None:
        messages, complete = decode(plain.others)
        _, others = read_samples(messages)
        samples = plain.samples(others.get("field_description", []))
        if complete and samples is not None:
            return FitContent(samples, others), True
    messages, complete = decode(part.data)
    return FitContent(*read_samples(messages)), complete


def _trouble(part: FitPart, lost_bytes: int, complete: bool, samples: int) -> str:
    """What is wrong with a damaged file, and what was saved of it."""
    if part.missing:
        trouble = f"cut off, {counted(part.missing, 'byte')} missing"
    elif not part.finished:
        trouble = "never finished by the device"
    else:
        trouble = "damaged" if lost_bytes or part.checksum_ok else "bad checksum"
    if lost_bytes:
        trouble += f", {counted(lost_bytes, 'byte')} unreadable"
    if not complete:
        trouble += ", the rest undecodable"
    return f"{trouble}: {counted(samples, 'sample')} kept"


def _refusal(readings: list[_PartReading]) -> SourceError:
    if not readings:
        return SourceError("not a FIT file")
    first = readings[0]
    if first.kind in _OTHER_FILES:
        return NotAnActivityError(f"holds {_OTHER_FILES[str(first.kind)]}, not an activity")
    if first.trouble is not None:
        return SourceError(f"nothing readable in this FIT file ({first.trouble})")
    return NotAnActivityError(_emptiness(first))


def _emptiness(reading: _PartReading) -> str:
    """How a sound file that is not known to be something else fails to be an activity."""
    if reading.content.samples.untimed:
        return "an activity whose samples have no times"
    if reading.kind == "activity":
        return "an activity without samples or totals"
    if reading.kind is None:
        return "a FIT file that does not say of what, without samples or totals"
    return f"a FIT file of type {reading.kind}, not an activity"
