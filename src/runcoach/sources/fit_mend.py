"""Mends a damaged FIT file: walks its messages by their lengths alone and leaves out what cannot be one.

What comes out is a whole FIT file again, with a header and a checksum that fit, so that the decoders need not know of
damage. Values are not looked at, but for timestamps: they tell whether the walk is still in step.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, field
from itertools import pairwise

from runcoach.sources.fit_chain import HEADER_BYTES, SIGNATURE, FitPart, checksum

#: Base types of the protocol; a definition that names another is not one.
_BASE_TYPES = frozenset(
    {0x00, 0x01, 0x02, 0x83, 0x84, 0x85, 0x86, 0x07, 0x88, 0x89, 0x0A, 0x8B, 0x8C, 0x0D, 0x8E, 0x8F, 0x90}
)
_TIMESTAMP, _TIMESTAMP_BYTES = 253, 4
_COMPRESSED, _DEFINITION, _DEVELOPER = 0x80, 0x40, 0x20

#: Where the walk has lost its step, a place is believed to be a message's start again if so many in a row make sense …
_IN_A_ROW = 3
#: … and the clock of those that have one is at most this far ahead. The search ends after so many bytes.
_AHEAD_S, _SEARCH_BYTES = 86_400, 65_536


@dataclass(frozen=True, slots=True)
class MendedPart:
    """A FIT file made of the readable messages of another; ``lost_bytes`` of that one are not in it."""

    data: bytes
    lost_bytes: int


@dataclass(frozen=True, slots=True)
class _Layout:
    """What a definition says of the messages that follow it; ``clock`` reads their timestamp, if they have one."""

    size: int
    clock: struct.Struct | None = None
    clock_at: int = 0


@dataclass(frozen=True, slots=True)
class _Message:
    """Where a message ends; a definition brings a layout for its local number, data may bring a time."""

    end: int
    local: int
    layout: _Layout | None = None
    time_s: int | None = None


@dataclass(slots=True)
class _Walk:
    """A walk through the body of a file: where messages began, and the stretches that are kept."""

    body: bytes
    layouts: dict[int, _Layout] = field(default_factory=dict)
    trail: list[tuple[int, int | None]] = field(default_factory=list)  # start and time of each message in this stretch
    kept: list[tuple[int, int]] = field(default_factory=list)
    time_s: int | None = None

    def run(self) -> None:
        start = at = 0
        while at < len(self.body):
            message = read_message(self.body, at, self.layouts)
            if message is not None:
                self._enter(at, message)
                at = message.end
                continue
            sure, likely = self._last_in_step(at)
            resumed = self._resume(sure + 1)
            self.kept.append((start, likely if resumed == len(self.body) else sure))
            start = at = resumed
        self.kept.append((start, at))

    def _enter(self, at: int, message: _Message) -> None:
        self.trail.append((at, message.time_s))
        if message.layout is not None:
            self.layouts[message.local] = message.layout

    def _last_in_step(self, at: int) -> tuple[int, int]:
        """Up to where the walk was surely, and up to where it was likely in step when it stumbled here.

        The last message whose clock goes on from the one before may itself have lost a byte behind its clock. Only
        where nothing follows, so that the file was merely cut off, is it whole.
        """
        known = [(begin, time_s) for begin, time_s in self.trail if time_s is not None]
        self.trail.clear()
        if not known:
            return at, at
        steady = [index for index, (before, now) in enumerate(pairwise(known), 1) if _goes_on(before[1], now[1])]
        last = steady[-1] if steady else 0
        sure, self.time_s = known[last]
        return sure, at if last == len(known) - 1 else known[last + 1][0]

    def _resume(self, start: int) -> int:
        """The next place at which messages make sense again, or the end of the body."""
        for at in range(start, min(start + _SEARCH_BYTES, len(self.body))):
            if self._makes_sense(at):
                return at
        return len(self.body)

    def _makes_sense(self, at: int) -> bool:
        layouts, time_s, seen = dict(self.layouts), self.time_s, 0
        for _ in range(_IN_A_ROW):
            if at == len(self.body):
                break
            message = read_message(self.body, at, layouts)
            if message is None:
                return False
            if message.layout is not None:
                layouts[message.local] = message.layout
            if message.time_s is not None:
                if not _goes_on(time_s, message.time_s):
                    return False
                time_s, seen = message.time_s, seen + 1
            at = message.end
        return seen > 0


def mend(part: FitPart) -> MendedPart:
    """The readable messages of a damaged file as a file of their own, in linear time."""
    body = part.body
    walk = _Walk(body)
    walk.run()
    readable = b"".join(body[start:end] for start, end in walk.kept)
    _, protocol, profile = struct.unpack_from("<BBH", part.data)
    header = struct.pack("<BBHI4s", HEADER_BYTES, protocol, profile, len(readable), SIGNATURE)
    whole = header + readable
    return MendedPart(whole + checksum(whole).to_bytes(2, "little"), len(body) - len(readable))


def read_message(body: bytes, at: int, layouts: dict[int, _Layout]) -> _Message | None:
    """The message that starts here, or None where none can: cut off, impossible, or never defined."""
    kind = body[at]
    if kind & _COMPRESSED:
        return _data(body, at, layouts.get(kind >> 5 & 0x3), kind >> 5 & 0x3)
    if kind & _DEFINITION:
        return _definition(body, at)
    return _data(body, at, layouts.get(kind & 0xF), kind & 0xF)


def _data(body: bytes, at: int, layout: _Layout | None, local: int) -> _Message | None:
    if layout is None or at + layout.size > len(body):
        return None
    time_s = None
    if layout.clock is not None:
        (time_s,) = layout.clock.unpack_from(body, at + layout.clock_at)
    return _Message(at + layout.size, local, time_s=time_s)


def _definition(body: bytes, at: int) -> _Message | None:
    if at + 6 > len(body) or body[at + 2] > 1:
        return None
    end = at + 6 + 3 * body[at + 5]
    fields = body[at + 6 : end]
    developer = b""
    if body[at] & _DEVELOPER:
        if end >= len(body):
            return None
        developer = body[end + 1 : end + 1 + 3 * body[end]]
        end += 1 + 3 * body[end]
    if end > len(body) or not _BASE_TYPES.issuperset(fields[2::3]):
        return None
    clock_at, clock = _clock(fields, ">" if body[at + 2] else "<")
    layout = _Layout(1 + sum(fields[1::3]) + sum(developer[1::3]), clock, clock_at)
    return _Message(end, body[at] & 0xF, layout)


def _clock(fields: bytes, byte_order: str) -> tuple[int, struct.Struct | None]:
    at = 1
    for number, size in zip(fields[::3], fields[1::3], strict=True):
        if number == _TIMESTAMP and size == _TIMESTAMP_BYTES:
            return at, struct.Struct(byte_order + "I")
        at += size
    return 0, None


def _goes_on(before_s: int | None, now_s: int | None) -> bool:
    return before_s is not None and now_s is not None and 0 <= now_s - before_s <= _AHEAD_S
