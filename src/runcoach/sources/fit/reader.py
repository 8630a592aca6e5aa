"""Reads FIT files, one recording a session; damaged files are repaired and read as far as possible, with a warning."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from runcoach.errors import HostileFileError, NotAnActivityError, SourceError
from runcoach.sources.fit.chained_files import FitPart, split_chain
from runcoach.sources.fit.decoder import decode
from runcoach.sources.fit.definitions import has_more_messages
from runcoach.sources.fit.record_columns import plain_records
from runcoach.sources.fit.records import read_samples
from runcoach.sources.fit.repair import repair
from runcoach.sources.fit.sessions import FitContent, recordings
from runcoach.sources.parsed_file import ParsedFile, counted

#: Three times a hundred hours at a sample a second with every field.
MAX_BYTES = 64 * 2**20
_MAX_PARTS = 100
#: Five times a hundred hours. Messages may be a byte long, and a decoder makes an object of hundreds of bytes of each.
MAX_MESSAGES = 2_000_000

#: ``file_id.type`` of other files → what they are. A course has samples too, but is not a recording.
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
class _ParsedPart:
    """One file of a chain: its content, and a warning if it is damaged."""

    content: FitContent
    damage: str | None

    @property
    def kind(self) -> str | int | None:
        """The type of the file: a label, a number without a label, or None."""
        kind = self.content.first("file_id").get("type")
        return kind if isinstance(kind, (str, int)) else None

    @property
    def is_activity(self) -> bool:
        if self.content.all("session"):
            return True
        return self.content.samples.time_s.size > 0 and self.kind not in _OTHER_FILES


def read_fit(data: bytes) -> ParsedFile:
    """The recordings of a FIT file or of several chained ones.

    Raises NotAnActivityError for a valid file of another type, SourceError where nothing can be read, HostileFileError
    past the limits.
    """
    if len(data) > MAX_BYTES:
        raise HostileFileError(f"a FIT file of {len(data) >> 20} MiB, more than any device writes")
    parts, stray_bytes = split_chain(data, _MAX_PARTS)
    if len(parts) > _MAX_PARTS:
        raise HostileFileError(f"more than {_MAX_PARTS} FIT files chained in one, as no device does")
    if any(len(part.data) > MAX_MESSAGES and has_more_messages(part.body, MAX_MESSAGES) for part in parts):
        raise HostileFileError(f"more than {MAX_MESSAGES:,} messages in a FIT file, as no device writes")
    parsed = [_parse_part(part) for part in parts]
    found = [recording for part in parsed if part.is_activity for recording in recordings(part.content)]
    if not found:
        raise _not_an_activity(parsed)
    return ParsedFile(tuple(found), tuple(_notes(parsed, stray_bytes)))


def _notes(parsed: list[_ParsedPart], stray_bytes: int) -> Iterator[str]:
    for number, part in enumerate(parsed, 1):
        prefix = "" if len(parsed) == 1 else f"part {number} of {len(parsed)}: "
        if part.damage:
            yield f"{prefix}{part.damage}"
        if untimed := part.content.samples.untimed:
            yield f"{prefix}{counted(untimed, 'sample')} without a time left out"
    if stray_bytes:
        yield f"{counted(stray_bytes, 'byte')} that {'is' if stray_bytes == 1 else 'are'} not FIT left out"


def _parse_part(part: FitPart) -> _ParsedPart:
    if part.sound:
        content, complete = _content(part)
        if complete:
            return _ParsedPart(content, None)
    repaired, lost_bytes = repair(part)
    content, complete = _content(FitPart(repaired))
    return _ParsedPart(content, _damage(part, lost_bytes, complete, content.samples.time_s.size))


def _content(part: FitPart) -> tuple[FitContent, bool]:
    """The content of an undamaged file, and whether all of it could be decoded; plain records bypass the decoders."""
    plain = plain_records(part)
    if plain is not None:
        messages, complete = decode(plain.others)
        _, others = read_samples(messages)
        samples = plain.samples(others.get("field_description", []))
        if complete and samples is not None:
            return FitContent(samples, others), True
    messages, complete = decode(part.data)
    return FitContent(*read_samples(messages)), complete


def _damage(part: FitPart, lost_bytes: int, complete: bool, samples: int) -> str:
    """The warning for a damaged file."""
    if part.missing:
        damage = f"cut off, {counted(part.missing, 'byte')} missing"
    elif not part.finished:
        damage = "never finished by the device"
    else:
        damage = "damaged" if lost_bytes or part.checksum_ok else "bad checksum"
    if lost_bytes:
        damage += f", {counted(lost_bytes, 'byte')} unreadable"
    if not complete:
        damage += ", the rest undecodable"
    return f"{damage}: {counted(samples, 'sample')} kept"


def _not_an_activity(parsed: list[_ParsedPart]) -> SourceError:
    if not parsed:
        return SourceError("not a FIT file")
    first = parsed[0]
    if first.kind in _OTHER_FILES:
        return NotAnActivityError(f"holds {_OTHER_FILES[str(first.kind)]}, not an activity")
    if first.damage is not None:
        return SourceError(f"nothing readable in this FIT file ({first.damage})")
    if first.content.samples.untimed:
        return NotAnActivityError("an activity whose samples have no times")
    reasons: dict[str | int | None, str] = {
        "activity": "an activity without samples or totals",
        None: "a FIT file without a type, samples or totals",
    }
    return NotAnActivityError(reasons.get(first.kind, f"a FIT file of type {first.kind}, not an activity"))
