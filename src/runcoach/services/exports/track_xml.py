"""Parts of XML that GPX and TCX share: escaped texts, times, and elements for each sample."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from xml.sax.saxutils import escape

import numpy as np

from runcoach.domain import sports
from runcoach.domain.streams import FloatArray, Streams

#: Characters that XML 1.0 has no form for.
_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

#: The timer stood still for longer than this between two samples.
_PAUSE_S = 0.5


def text(value: str) -> str:
    """A text as XML content."""
    return escape(_NOT_XML.sub("\N{REPLACEMENT CHARACTER}", value))


def times(time_s: FloatArray, start: int) -> list[str]:
    """Times in UTC, with milliseconds where one has any."""
    millis = np.rint(time_s * 1000.0).astype(np.int64) + start * 1000
    moments = millis.astype("datetime64[ms]")
    stamps = np.datetime_as_string(moments, unit="ms" if (millis % 1000).any() else "s")
    return [f"{stamp}Z" for stamp in stamps.tolist()]


def elements(values: FloatArray | None, tag: str, digits: int, count: int) -> list[str]:
    """An element for each value, empty text for a missing one."""
    if values is None:
        return [""] * count
    return ["" if value != value else f"<{tag}>{value:.{digits}f}</{tag}>" for value in values.tolist()]  # noqa: PLR0124


def cadence_of_one_leg(streams: Streams, sport_type: str) -> FloatArray | None:
    """The cadence as both formats state it: on foot, of one leg."""
    values = streams.get("cadence_spm")
    return values / 2 if values is not None and sport_type in sports.ON_FOOT else values


def segments(streams: Streams) -> list[tuple[int, int]]:
    """The spans of samples between which the timer stood still, as (first, after the last)."""
    timer_s = streams.get("timer_s")
    starts = [0]
    if timer_s is not None:
        stood_s = np.nan_to_num(np.diff(streams.time_s) - np.diff(timer_s))
        starts += (np.flatnonzero(stood_s > _PAUSE_S) + 1).tolist()
    return list(zip(starts, [*starts[1:], len(streams)], strict=True))


def file_stem(activity: Mapping[str, Any]) -> str:
    """``2026/2026-11-23-0715-42``: the local start and the id, so that files sort by time."""
    local = datetime.fromtimestamp(activity["start_time"] + activity["utc_offset_s"], UTC)
    return f"{local:%Y}/{local:%Y-%m-%d-%H%M}-{activity['id']}"
