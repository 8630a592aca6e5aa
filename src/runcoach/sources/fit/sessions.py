"""The sessions of one FIT file, each with its samples, laps and pauses, as recordings; bytes are not seen here."""

from __future__ import annotations

import math
from dataclasses import dataclass
from operator import itemgetter
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from runcoach.domain.recording import Recording
from runcoach.domain.streams import FloatArray, Streams
from runcoach.sources.cadence import cadence_factor
from runcoach.sources.fit.devices import device_name
from runcoach.sources.fit.records import Samples, number, recorded
from runcoach.sources.fit.session_totals import begin_s, epoch_s, lap_of, totals_of
from runcoach.sources.sport_names import fit_sport

if TYPE_CHECKING:
    from collections.abc import Sequence

    from runcoach.sources.fit.decoder import Message

_DAY_S = 86_400.0
_QUARTER_HOUR_S = 900
#: The earliest and the latest clock on earth.
_WEST_S, _EAST_S = -12 * 3600, 14 * 3600
#: Below this (2**28 s after FIT's epoch of 1989-12-31) a time counts from when the device was switched on.
_CLOCK_SET_S = 631_065_600 + 2**28


@dataclass(frozen=True, slots=True)
class FitContent:
    """What one FIT file holds of activities: its samples, and its other messages by type."""

    samples: Samples
    messages: dict[str, list[Message]]

    def all(self, kind: str) -> list[Message]:
        """The messages of a type, in the order of the file."""
        return self.messages.get(kind, [])

    def first(self, kind: str) -> Message:
        """The first message of a type, or an empty one."""
        return next(iter(self.all(kind)), {})


@dataclass(frozen=True, slots=True)
class _Share:
    """What of a file belongs to one session."""

    session: Message
    streams: Streams
    laps: list[Message]
    events: list[Message]


def recordings(content: FitContent) -> list[Recording]:
    """One recording a session, in the order of their starts; one of all samples where no session was written."""
    device = device_name(content.first("file_id"), content.all("device_info"))
    offset_s = utc_offset_s(content.first("activity"))
    return [_recording(share, device, offset_s) for share in _shares(content)]


def _recording(share: _Share, device: str | None, offset_s: int | None) -> Recording:
    session = share.session
    sport_type, indoor = fit_sport(session.get("sport"), session.get("sub_sport"))
    sampled = share.streams.get("cadence_spm")
    steps = cadence_factor(sport_type, number(session.get("avg_cadence")) if sampled is None else sampled)
    streams = share.streams if sampled is None else share.streams.with_channels({"cadence_spm": sampled * steps})
    start_s = _start_s(session, streams.time_s)
    unset = start_s is not None and start_s < _CLOCK_SET_S
    return Recording(
        format="fit",
        sport_type=sport_type,
        start_time_s=start_s,
        streams=streams,
        totals=totals_of(session, steps),
        laps=tuple(lap_of(lap, steps) for lap in share.laps),
        pauses=pauses(share.events),
        indoor=indoor,
        device_name=device,
        utc_offset_s=offset_s,
        notes=("the device's clock was not set, its times are no dates",) if unset else (),
    )


def _shares(content: FitContent) -> list[_Share]:
    sessions = sorted(content.all("session") or [_implied_session(content)], key=begin_s)
    samples = content.samples
    if len(sessions) == 1:
        streams = Streams(samples.time_s, samples.channels)
        return [_Share(sessions[0], streams, content.all("lap"), content.all("event"))]
    starts = np.array([begin_s(session) for session in sessions])
    owner, whole = _owners(starts, samples.time_s), Streams(samples.time_s, samples.channels)
    laps, events = (_by_owner(starts, content.all(kind)) for kind in ("lap", "event"))
    parts = _from_nought(sessions, [whole.take(owner == index) for index in range(len(sessions))])
    return [
        _Share(session, Streams(part.time_s, recorded(dict(part.channels))), laps[index], events[index])
        for index, (session, part) in enumerate(zip(sessions, parts, strict=True))
    ]


def _implied_session(content: FitContent) -> Message:
    """What a file that broke off before its session still says of it."""
    source = content.first("sport") or content.first("lap")
    return {key: source[key] for key in ("sport", "sub_sport") if key in source}


def _owners(starts_s: FloatArray, times_s: FloatArray) -> npt.NDArray[np.intp]:
    """The index of the session that each time belongs to: the last one that had begun, or the first of all."""
    owners: npt.NDArray[np.intp] = np.maximum(np.searchsorted(starts_s, times_s, side="right") - 1, 0)
    return owners


def _by_owner(starts_s: FloatArray, messages: Sequence[Message]) -> list[list[Message]]:
    owned: list[list[Message]] = [[] for _ in starts_s]
    owners = _owners(starts_s, np.array([begin_s(message) for message in messages]))
    for message, owner in zip(messages, owners.tolist(), strict=True):
        owned[owner].append(message)
    return owned


def _from_nought(sessions: Sequence[Message], parts: Sequence[Streams]) -> list[Streams]:
    """Every session of a race with a distance of its own, where the watch counted on through all of them.

    It then stood, at the start of each, at the sum of the sessions before; the last sample before it comes close.
    """
    sum_m, last_m, fresh = 0.0, 0.0, []
    for session, streams in zip(sessions, parts, strict=True):
        distance = streams.get("distance_m")
        known = np.empty(0) if distance is None else distance[~np.isnan(distance)]
        if distance is None or not known.size:
            fresh.append(streams)
        elif 0.0 < last_m <= known[0] + 1.0:
            begun_m = sum_m if last_m <= sum_m <= known[0] else last_m
            fresh.append(streams.with_channels({"distance_m": distance - begun_m}))
        else:
            fresh.append(streams)
        last_m = float(known[-1]) if known.size else last_m
        sum_m += totals_of(session, 1.0).distance_m or 0.0
    return fresh


def _start_s(session: Message, sampled_s: FloatArray) -> float | None:
    """The start that the session states; samples that were there up to a day before know better."""
    stated = begin_s(session)
    if not sampled_s.size:
        return stated if math.isfinite(stated) else None
    first = float(sampled_s[0])
    return first if stated == -math.inf or 0.0 < stated - first < _DAY_S else stated


def pauses(events: Sequence[Message]) -> tuple[tuple[float, float], ...]:
    """Spans from each stop of the timer to the next start, in seconds since 1970.

    A stop that no start follows ends the session; a start or stop of what stands or runs already changes nothing.
    """
    timed = [(begin_s(event), event["event_type"]) for event in events if _is_timer(event)]
    spans, stopped_s = [], None
    for now_s, kind in sorted(timed, key=itemgetter(0)):  # stable: in one second, the order of the file
        if kind.startswith("stop"):
            stopped_s = now_s if stopped_s is None else stopped_s
        elif stopped_s is not None:
            if now_s > stopped_s:
                spans.append((stopped_s, now_s))
            stopped_s = None
    return tuple(spans)


def _is_timer(event: Message) -> bool:
    kind = event.get("event_type")
    if event.get("event") != "timer" or not isinstance(kind, str) or not isinstance(event.get("timestamp"), str):
        return False
    return kind == "start" or kind.startswith("stop")


def utc_offset_s(activity: Message) -> int | None:
    """What the device believed its clock to be ahead of UTC, to the quarter of an hour; None where it cannot be."""
    local, utc = epoch_s(activity.get("local_timestamp")), epoch_s(activity.get("timestamp"))
    if local is None or utc is None:
        return None
    offset_s = round((local - utc) / _QUARTER_HOUR_S) * _QUARTER_HOUR_S
    return offset_s if _WEST_S <= offset_s <= _EAST_S else None
