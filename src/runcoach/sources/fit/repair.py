"""Mends a damaged FIT file: walks its messages by their lengths alone and leaves out what cannot be one.

What comes out is a whole FIT file again, with a header and a checksum that fit, so that the decoders need not know of
damage. Values are not looked at, but for timestamps: they tell whether the walk is still in step.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from runcoach.sources.fit.chained_files import FitPart, framed
from runcoach.sources.fit.definitions import COMPRESSED, DEFINITION, TIMESTAMP, TIMESTAMP_BYTES, read_definition

if TYPE_CHECKING:
    from collections.abc import Iterator

#: A clock goes on where it is at most this far ahead of the one before. Messages may be a little out of order: a walk
#: is only suspected to have lost its step where the clock is further back than this.
_AHEAD_S, _BACK_S = 86_400, 3_600
#: A place is believed to be where messages begin again if so many from there on make sense, two with a clock that goes
#: on; it is looked for in so many bytes, in fewer and not too often where only the clock tells of a loss.
_IN_A_ROW, _CLOCKS = 4, 2
_SEARCH_BYTES, _NEAR_BYTES = 65_536, 2_048
_SEARCHES, _NEAR_SEARCHES = 10_000, 100


@dataclass(frozen=True, slots=True)
class RepairedPart:
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
    """A walk through the body of a file, and the stretches of it that are kept.

    The anchor is the last message whose clock went on from the one before. Where the walk has lost its step, the loss
    lies behind its start: it may itself have lost a byte behind its clock.
    """

    body: bytes
    layouts: dict[int, _Layout] = field(default_factory=dict)
    kept: list[tuple[int, int]] = field(default_factory=list)
    anchor: tuple[int, int] | None = None  # start and time
    undo: list[tuple[int, _Layout | None]] = field(default_factory=list)  # layouts replaced since the anchor
    searches: int = 0
    near_searches: int = 0

    def run(self) -> None:
        """Walk to the end."""
        start = at = 0
        while at < len(self.body):
            message = read_message(self.body, at, self.layouts)
            resumed = self._resumed(at, message)
            if resumed is not None and self.anchor is not None:
                self.kept.append((start, self.anchor[0]))
                self.layouts = self._layouts_at_anchor()
                self.undo.clear()
                start = at = resumed
            elif message is None:
                break  # nothing that makes sense follows: the file was cut off here
            else:
                self._enter(message)
                at = message.end
        self.kept.append((start, at))

    def _resumed(self, at: int, message: _Message | None) -> int | None:
        """Where to go on if the walk has lost its step, None if it has not or if nothing follows."""
        if message is None:
            self.searches += 1
            return self._search(_SEARCH_BYTES) if self.searches <= _SEARCHES else None
        if message.time_s is None:
            return None
        if self.anchor is None or -_BACK_S <= message.time_s - self.anchor[1] <= _AHEAD_S:
            self._drop_anchor(at, message.time_s)
            return None
        self.near_searches += 1
        near = at - self.anchor[0] + _NEAR_BYTES
        resumed = self._search(near) if self.near_searches <= _NEAR_SEARCHES else None
        if resumed is None:
            self._drop_anchor(at, message.time_s)  # the device's clock did jump
        elif self._leads_to(at, resumed):
            return None  # messages out of order, as laps and events may be
        return resumed

    def _drop_anchor(self, at: int, time_s: int) -> None:
        self.anchor = (at, time_s)
        self.undo.clear()

    def _enter(self, message: _Message) -> None:
        if message.layout is not None:
            self.undo.append((message.local, self.layouts.get(message.local)))
            self.layouts[message.local] = message.layout

    def _search(self, within_bytes: int) -> int | None:
        """The next place behind the anchor's start at which messages make sense again."""
        if self.anchor is None:
            return None
        layouts = self._layouts_at_anchor()
        first = self.anchor[0] + 1
        return next(
            (
                at
                for at in range(first, min(first + within_bytes, len(self.body)))
                if self._makes_sense(at, dict(layouts))
            ),
            None,
        )

    def _layouts_at_anchor(self) -> dict[int, _Layout]:
        layouts = dict(self.layouts)
        for local, layout in reversed(self.undo):
            if layout is None:
                layouts.pop(local, None)
            else:
                layouts[local] = layout
        return layouts

    def _leads_to(self, at: int, goal: int) -> bool:
        """Whether the messages from here on end where another does begin: then the walk is in step."""
        layouts = dict(self.layouts)
        while at < goal:
            message = read_message(self.body, at, layouts)
            if message is None:
                return False
            if message.layout is not None:
                layouts[message.local] = message.layout
            at = message.end
        return at == goal

    def _makes_sense(self, at: int, layouts: dict[int, _Layout]) -> bool:
        time_s, clocks, messages = self.anchor[1] if self.anchor else 0, 0, 0
        for message in self._ahead(at, layouts):
            if message.time_s is not None:
                if not 0 <= message.time_s - time_s <= _AHEAD_S:
                    return False
                time_s, clocks = message.time_s, clocks + 1
            messages, at = messages + 1, message.end
        return (messages == _IN_A_ROW and clocks >= _CLOCKS) or (at == len(self.body) and clocks > 0)

    def _ahead(self, at: int, layouts: dict[int, _Layout]) -> Iterator[_Message]:
        for _ in range(_IN_A_ROW):
            message = read_message(self.body, at, layouts) if at < len(self.body) else None
            if message is None:
                return
            if message.layout is not None:
                layouts[message.local] = message.layout
            yield message
            at = message.end


def repair(part: FitPart) -> RepairedPart:
    """The readable messages of a damaged file as a file of their own."""
    body = part.body
    walk = _Walk(body)
    walk.run()
    readable = b"".join(body[start:end] for start, end in walk.kept)
    return RepairedPart(framed(readable, part), len(body) - len(readable))


def read_message(body: bytes, at: int, layouts: dict[int, _Layout]) -> _Message | None:
    """The message that starts here, or None where none can: cut off, impossible, or never defined."""
    kind = body[at]
    if kind & COMPRESSED:
        return _data(body, at, layouts.get(kind >> 5 & 0x3), kind >> 5 & 0x3)
    if kind & DEFINITION:
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
    definition = read_definition(body, at)
    if definition is None:
        return None
    clock = struct.Struct(definition.byte_order + "I")
    clocks = (each.at for each in definition.fields if (each.number, each.size) == (TIMESTAMP, TIMESTAMP_BYTES))
    clock_at = next(clocks, None)
    layout = _Layout(definition.size) if clock_at is None else _Layout(definition.size, clock, clock_at)
    return _Message(definition.end, definition.local, layout)
