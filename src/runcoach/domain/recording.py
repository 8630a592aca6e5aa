"""The data of one activity from one source, before validation and computation.

Every source (a FIT session, a GPX track, a TCX activity, later Strava's JSON and the archive's rows) comes down to a
:class:`Recording`; ``ingest`` makes an activity of it and need not know the format it came from.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from runcoach.domain.streams import Streams


@dataclass(frozen=True, slots=True)
class Totals:
    """Totals stated by the source, None where it states none; never computed.

    ``timer_s`` excludes time in which the runner had stopped the watch; ``elapsed_s`` includes it. Cadence is in
    steps a minute (both legs) for running and walking, in turns a minute for anything on pedals.
    """

    distance_m: float | None = None
    elapsed_s: float | None = None
    timer_s: float | None = None
    moving_s: float | None = None
    elevation_gain_m: float | None = None
    elevation_low_m: float | None = None
    elevation_high_m: float | None = None
    avg_hr_bpm: float | None = None
    max_hr_bpm: float | None = None
    avg_cadence_spm: float | None = None
    max_cadence_spm: float | None = None
    avg_power_w: float | None = None
    max_power_w: float | None = None
    temperature_c: float | None = None
    calories_kcal: float | None = None

    def or_else(self, other: Totals) -> Totals:
        """These totals; where one is None, that of ``other``."""
        values = ((item.name, getattr(self, item.name)) for item in fields(Totals))
        return Totals(**{name: getattr(other, name) if value is None else value for name, value in values})


@dataclass(frozen=True, slots=True)
class RecordedLap:
    """One lap as the device or Strava closed it; ``start_time_s`` in seconds since 1970, UTC."""

    start_time_s: float | None
    totals: Totals
    name: str | None = None

    def shifted(self, seconds: float) -> RecordedLap:
        """The same lap, ``seconds`` later."""
        return replace(self, start_time_s=None if self.start_time_s is None else self.start_time_s + seconds)


@dataclass(frozen=True, slots=True)
class Recording:
    """One activity from one source.

    ``streams.time_s`` is in seconds since 1970, UTC, in the order of the file, without NaN: a source leaves out samples
    without a time and notes it. ``pauses`` are spans ``(start, end)`` on the same clock during which the timer was
    stopped. ``utc_offset_s`` is the offset of the device's clock; times that were written without a zone are local and
    marked by ``is_zoneless``. ``notes`` say what the runner should know of the file (bad checksum, 412 bytes lost), one
    clause each.
    """

    format: str
    sport_type: str | None
    start_time_s: float | None
    streams: Streams
    totals: Totals = field(default_factory=Totals)
    laps: tuple[RecordedLap, ...] = ()
    pauses: tuple[tuple[float, float], ...] = ()
    indoor: bool | None = None
    name: str | None = None
    description: str | None = None
    device_name: str | None = None
    utc_offset_s: int | None = None
    is_zoneless: bool = False
    notes: tuple[str, ...] = ()

    def shifted(self, seconds: float) -> Recording:
        """The same recording, ``seconds`` later."""
        return replace(
            self,
            start_time_s=None if self.start_time_s is None else self.start_time_s + seconds,
            streams=self.streams.shifted(seconds),
            pauses=tuple((begin + seconds, end + seconds) for begin, end in self.pauses),
            laps=tuple(lap.shifted(seconds) for lap in self.laps),
        )
