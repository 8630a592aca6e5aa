"""Repairs a damaged FIT file: walks its messages by their sizes and leaves out bytes that are not messages.

The result is a complete FIT file with header and checksum, so that decoders need not handle damage. Of the values only
timestamps are read: an implausible one means that the walk is out of step with the messages.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice

from runcoach.sources.fit.chained_files import FitPart, framed
from runcoach.sources.fit.definitions import COMPRESSED, DEFINITION, TIMESTAMP, TIMESTAMP_BYTES, read_definition

#: A timestamp continues from the previous one if it is at most this far ahead. Messages may be slightly out of order:
#: the walk is suspected to be out of step only if the timestamp is further back than this.
_MAX_AHEAD_S, _MAX_BACK_S = 86_400, 3_600
#: Messages are taken to begin again at an offset from which this many are valid, two with continuing timestamps.
_VALID_MESSAGES, _VALID_TIMESTAMPS = 4, 2
#: Bytes searched and number of searches, fewer where only a timestamp indicates a loss.
_SEARCH_BYTES, _NEAR_BYTES = 65_536, 2_048
_MAX_SEARCHES, _MAX_NEAR_SEARCHES = 10_000, 100


@dataclass(frozen=True, slots=True)
class _Layout:
    """The size of a definition's data messages, and the format and offset of their timestamp, if they have one."""

    size: int
    timestamp: struct.Struct | None = None
    timestamp_offset: int = 0


@dataclass(frozen=True, slots=True)
class _Message:
    """The end of a message; the layout that a definition gives its local number; the time of a data message."""

    end: int
    local: int
    layout: _Layout | None = None
    time_s: int | None = None


@dataclass(slots=True)
class _Walk:
    """A walk through the body of a file, and the spans of it that are kept.

    The anchor is the last message whose timestamp continued from the previous one. Where the walk is out of step, bytes
    were lost after the anchor's start, possibly in the anchor itself.
    """

    body: bytes
    layouts: dict[int, _Layout] = field(default_factory=dict)
    kept: list[tuple[int, int]] = field(default_factory=list)
    anchor: tuple[int, int] | None = None  # start and time
    undo: list[tuple[int, _Layout | None]] = field(default_factory=list)  # layouts replaced since the anchor
    searches: int = 0
    near_searches: int = 0

    def run(self) -> None:
        """Walk to the end of the body."""
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
                break  # no valid message follows: the file was cut off
            else:
                if message.layout is not None:
                    self.undo.append((message.local, self.layouts.get(message.local)))
                    self.layouts[message.local] = message.layout
                at = message.end
        self.kept.append((start, at))

    def _resumed(self, at: int, message: _Message | None) -> int | None:
        """The offset to continue at if the walk is out of step; None if it is in step or nothing follows."""
        if message is None:
            self.searches += 1
            return self._search(_SEARCH_BYTES) if self.searches <= _MAX_SEARCHES else None
        if message.time_s is None:
            return None
        if self.anchor is None or -_MAX_BACK_S <= message.time_s - self.anchor[1] <= _MAX_AHEAD_S:
            self._set_anchor(at, message.time_s)
            return None
        self.near_searches += 1
        near = at - self.anchor[0] + _NEAR_BYTES
        resumed = self._search(near) if self.near_searches <= _MAX_NEAR_SEARCHES else None
        if resumed is None:
            self._set_anchor(at, message.time_s)  # the device's clock did jump
        elif self._leads_to(at, resumed):
            return None  # messages out of order, as laps and events may be
        return resumed

    def _set_anchor(self, at: int, time_s: int) -> None:
        self.anchor = (at, time_s)
        self.undo.clear()

    def _search(self, within_bytes: int) -> int | None:
        """The next offset after the anchor's start from which messages are valid."""
        if self.anchor is None:
            return None
        layouts = self._layouts_at_anchor()
        first = self.anchor[0] + 1
        offsets = range(first, min(first + within_bytes, len(self.body)))
        return next((at for at in offsets if self._is_valid_from(at, dict(layouts))), None)

    def _layouts_at_anchor(self) -> dict[int, _Layout]:
        layouts = dict(self.layouts)
        for local, layout in reversed(self.undo):
            if layout is None:
                layouts.pop(local, None)
            else:
                layouts[local] = layout
        return layouts

    def _leads_to(self, at: int, goal: int) -> bool:
        """Whether the messages from ``at`` end exactly at ``goal``: then the walk is in step."""
        for message in self._messages(at, dict(self.layouts)):
            if at >= goal:
                break
            at = message.end
        return at == goal

    def _is_valid_from(self, at: int, layouts: dict[int, _Layout]) -> bool:
        time_s, timestamps, messages = self.anchor[1] if self.anchor else 0, 0, 0
        for message in islice(self._messages(at, layouts), _VALID_MESSAGES):
            if message.time_s is not None:
                if not 0 <= message.time_s - time_s <= _MAX_AHEAD_S:
                    return False
                time_s, timestamps = message.time_s, timestamps + 1
            messages, at = messages + 1, message.end
        is_long_enough = messages == _VALID_MESSAGES and timestamps >= _VALID_TIMESTAMPS
        return is_long_enough or (at == len(self.body) and timestamps > 0)

    def _messages(self, at: int, layouts: dict[int, _Layout]) -> Iterator[_Message]:
        """The messages from ``at`` up to the first invalid one; their definitions are added to ``layouts``."""
        while at < len(self.body) and (message := read_message(self.body, at, layouts)) is not None:
            if message.layout is not None:
                layouts[message.local] = message.layout
            yield message
            at = message.end


def repair(part: FitPart) -> tuple[bytes, int]:
    """The readable messages of a damaged file as a FIT file, and how many bytes of it are lost."""
    body = part.body
    walk = _Walk(body)
    walk.run()
    readable = b"".join(body[start:end] for start, end in walk.kept)
    return framed(readable, part), len(body) - len(readable)


def read_message(body: bytes, at: int, layouts: dict[int, _Layout]) -> _Message | None:
    """The message at ``at``; None if it is cut off, invalid or not defined."""
    kind = body[at]
    if kind & DEFINITION and not kind & COMPRESSED:
        return _definition(body, at)
    local = kind >> 5 & 0x3 if kind & COMPRESSED else kind & 0xF
    layout = layouts.get(local)
    if layout is None or at + layout.size > len(body):
        return None
    time_s = None
    if layout.timestamp is not None:
        (time_s,) = layout.timestamp.unpack_from(body, at + layout.timestamp_offset)
    return _Message(at + layout.size, local, time_s=time_s)


def _definition(body: bytes, at: int) -> _Message | None:
    definition = read_definition(body, at)
    if definition is None:
        return None
    layout = _Layout(definition.size)
    for each in definition.fields:
        if (each.number, each.size) == (TIMESTAMP, TIMESTAMP_BYTES):
            layout = _Layout(definition.size, struct.Struct(definition.byte_order + "I"), each.offset)
            break
    return _Message(definition.end, definition.local, layout)
