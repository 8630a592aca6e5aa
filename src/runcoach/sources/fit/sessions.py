"""The sessions of one decoded FIT file as recordings, each with its totals, samples, laps and pauses."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from operator import itemgetter
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from runcoach.domain.recording import RecordedLap, Recording, Totals
from runcoach.domain.sports import cadence_factor
from runcoach.domain.streams import FloatArray, Streams, recorded
from runcoach.sources.fit.definitions import CLOCK_SET_S
from runcoach.sources.fit.devices import device_name
from runcoach.sources.fit.records import Samples, number
from runcoach.sources.sport_names import fit_sport

if TYPE_CHECKING:
    from runcoach.sources.fit.decoder import Message

_DAY_S = 86_400.0
_QUARTER_HOUR_S = 900
#: The range of UTC offsets.
_MIN_OFFSET_S, _MAX_OFFSET_S = -12 * 3600, 14 * 3600

#: Altitudes beyond these are placeholders for unknown.
_MIN_ALTITUDE_M, _MAX_ALTITUDE_M = -500.0, 9000.0


@dataclass(frozen=True, slots=True)
class FitContent:
    """The content of one FIT file: its samples, and its other messages by type."""

    samples: Samples
    messages: dict[str, list[Message]]

    def all(self, kind: str) -> list[Message]:
        """The messages of a type, in the order of the file."""
        return self.messages.get(kind, [])

    def first(self, kind: str) -> Message:
        """The first message of a type; an empty message if there is none."""
        return next(iter(self.all(kind)), {})


def recordings(content: FitContent) -> list[Recording]:
    """One recording a session, in the order of their starts; one of all samples if the file has no session."""
    device = device_name(content.first("file_id"), content.all("device_info"))
    offset_s = utc_offset_s(content.first("activity"))
    return [_recording(*part, device, offset_s) for part in _session_parts(content)]


def _recording(
    session: Message,
    streams: Streams,
    laps: Sequence[Message],
    events: Sequence[Message],
    device: str | None,
    offset_s: int | None,
) -> Recording:
    sport_type, indoor = fit_sport(session.get("sport"), session.get("sub_sport"))
    cadence = streams.get("cadence_spm")
    factor = cadence_factor(sport_type, number(session.get("avg_cadence")) if cadence is None else cadence)
    streams = streams if cadence is None else streams.with_channels({"cadence_spm": cadence * factor})
    start_s = _start_s(session, streams.time_s)
    clock_unset = start_s is not None and start_s < CLOCK_SET_S
    return Recording(
        format="fit",
        sport_type=sport_type,
        start_time_s=start_s,
        streams=streams,
        totals=_totals_of(session, factor),
        laps=tuple(RecordedLap(_epoch_s(lap.get("start_time")), _totals_of(lap, factor)) for lap in laps),
        pauses=pauses(events),
        indoor=indoor,
        device_name=device,
        utc_offset_s=offset_s,
        notes=("the watch's clock was wrong",) if clock_unset else (),
    )


def _session_parts(content: FitContent) -> list[tuple[Message, Streams, list[Message], list[Message]]]:
    """Each session, with its part of the file's samples, laps and events."""
    # The sport of a file that ends before its session message is that of its first lap at least.
    source = content.first("sport") or content.first("lap")
    implied: Message = {key: source[key] for key in ("sport", "sub_sport") if key in source}
    sessions = sorted(content.all("session") or [implied], key=_begin_s)
    streams = Streams(content.samples.time_s, content.samples.channels)
    if len(sessions) == 1:
        return [(sessions[0], streams, content.all("lap"), content.all("event"))]
    starts = np.array([_begin_s(session) for session in sessions])
    session_index = _session_indices(starts, streams.time_s)
    laps, events = (_by_session(starts, content.all(kind)) for kind in ("lap", "event"))
    of_session = _distance_from_zero(sessions, [streams.take(session_index == index) for index in range(len(sessions))])
    parts = [Streams(part.time_s, recorded(part.channels)) for part in of_session]
    return list(zip(sessions, parts, laps, events, strict=True))


def _session_indices(starts_s: FloatArray, times_s: FloatArray) -> npt.NDArray[np.intp]:
    """The index of the session at each time: the last one that had begun, or the first."""
    indices: npt.NDArray[np.intp] = np.maximum(np.searchsorted(starts_s, times_s, side="right") - 1, 0)
    return indices


def _by_session(starts_s: FloatArray, messages: Sequence[Message]) -> list[list[Message]]:
    grouped: list[list[Message]] = [[] for _ in starts_s]
    indices = _session_indices(starts_s, np.array([_begin_s(message) for message in messages]))
    for message, index in zip(messages, indices.tolist(), strict=True):
        grouped[index].append(message)
    return grouped


def _distance_from_zero(sessions: Sequence[Message], parts: Sequence[Streams]) -> list[Streams]:
    """Let the distance of each session begin at 0 where the watch continued it from the previous session.

    The distance then begins at the sum of the previous sessions' totals, or else near their last sample.
    """
    sum_m, last_m, result = 0.0, 0.0, []
    for session, streams in zip(sessions, parts, strict=True):
        distance = streams.get("distance_m")
        known = np.empty(0) if distance is None else distance[~np.isnan(distance)]
        if distance is not None and known.size and 0.0 < last_m <= known[0] + 1.0:
            begin_m = sum_m if last_m <= sum_m <= known[0] else last_m
            result.append(streams.with_channels({"distance_m": distance - begin_m}))
        else:
            result.append(streams)
        last_m = float(known[-1]) if known.size else last_m
        sum_m += _totals_of(session, 1.0).distance_m or 0.0
    return result


def _start_s(session: Message, sampled_s: FloatArray) -> float | None:
    """The start that the session states, or that of samples up to a day before it."""
    stated = _begin_s(session)
    if not sampled_s.size:
        return stated if math.isfinite(stated) else None
    first = float(sampled_s[0])
    return first if stated == -math.inf or 0.0 < stated - first < _DAY_S else stated


def pauses(events: Sequence[Message]) -> tuple[tuple[float, float], ...]:
    """``(stop, next start)`` of the timer, in seconds since 1970.

    A stop without a later start ends the session; a repeated start or stop is ignored.
    """
    timed = [
        (_begin_s(event), kind)
        for event in events
        if event.get("event") == "timer"
        and isinstance(event.get("timestamp"), str)
        and isinstance(kind := event.get("event_type"), str)
    ]
    spans, stopped_s = [], None
    for now_s, kind in sorted(timed, key=itemgetter(0)):  # stable: in one second, the order of the file
        if kind.startswith("stop"):
            stopped_s = now_s if stopped_s is None else stopped_s
        elif kind == "start" and stopped_s is not None:
            if now_s > stopped_s:
                spans.append((stopped_s, now_s))
            stopped_s = None
    return tuple(spans)


def utc_offset_s(activity: Message) -> int | None:
    """The UTC offset of the device's clock, rounded to a quarter of an hour; None if unknown or impossible."""
    local, utc = _epoch_s(activity.get("local_timestamp")), _epoch_s(activity.get("timestamp"))
    if local is None or utc is None:
        return None
    offset_s = round((local - utc) / _QUARTER_HOUR_S) * _QUARTER_HOUR_S
    return offset_s if _MIN_OFFSET_S <= offset_s <= _MAX_OFFSET_S else None


def _epoch_s(timestamp: object) -> float | None:
    """Seconds since 1970 of a decoded time; None if it is not a time."""
    return datetime.fromisoformat(timestamp).replace(tzinfo=UTC).timestamp() if isinstance(timestamp, str) else None


def _begin_s(message: Message) -> float:
    """The start of a session, lap or event; minus infinity if it has no time."""
    start = _epoch_s(message.get("start_time"))
    if start is not None:
        return start
    end = _epoch_s(message.get("timestamp"))
    return -math.inf if end is None else end - (_total(message, "total_elapsed_time") or 0.0)


def _totals_of(message: Message, cadence_factor: float) -> Totals:
    """The totals of a session or lap; its cadence is multiplied by ``cadence_factor``.

    A heart rate or calories of zero are taken as not measured.
    """
    return Totals(
        distance_m=_total(message, "total_distance"),
        elapsed_s=_total(message, "total_elapsed_time"),
        timer_s=_total(message, "total_timer_time"),
        moving_s=_total(message, "total_moving_time"),
        elevation_gain_m=_total(message, "total_ascent"),
        elevation_low_m=_altitude(message, "min_altitude"),
        elevation_high_m=_altitude(message, "max_altitude"),
        avg_hr_bpm=_total(message, "avg_heart_rate") or None,
        max_hr_bpm=_total(message, "max_heart_rate") or None,
        avg_cadence_spm=_cadence(message, "avg", cadence_factor),
        max_cadence_spm=_cadence(message, "max", cadence_factor),
        avg_power_w=_total(message, "avg_power"),
        max_power_w=_total(message, "max_power"),
        temperature_c=_total(message, "avg_temperature"),
        calories_kcal=_total(message, "total_calories") or None,
    )


def _total(message: Message, name: str) -> float | None:
    value = message.get(name)
    return float(value) if isinstance(value, (int, float)) and math.isfinite(value) else None


def _altitude(message: Message, name: str) -> float | None:
    altitude_m = _total(message, f"enhanced_{name}")
    return altitude_m if altitude_m is not None and _MIN_ALTITUDE_M <= altitude_m <= _MAX_ALTITUDE_M else None


def _cadence(message: Message, prefix: str, cadence_factor: float) -> float | None:
    cadence = _total(message, f"{prefix}_cadence")
    if cadence is None:
        return None
    return (cadence + (_total(message, f"{prefix}_fractional_cadence") or 0.0)) * cadence_factor
