"""Makes exports of Apple Health: runs with routes and heart rate, days of sensor records, nights, weights.

Deterministic, of any size: records are written into the ZIP as they are made. The shapes are those of exports before
and since iOS 16.
"""

from __future__ import annotations

import math
import zipfile
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

FOLDER = "apple_health_export"
#: Runs take one of so many loops.
ROUTES = 15

WATCH, PHONE, SCALE = "Sandra’s Apple Watch", "Sandra’s iPhone", "Scale &amp; Co"

_DEVICE = (
    "&lt;&lt;HKDevice: 0x30281c0a0&gt;, name:Apple Watch, manufacturer:Apple Inc., model:Watch, "
    "hardware:Watch6,2, software:9.1&gt;"
)

#: Apple's own DTD since iOS 16, which is not valid: an attribute list is declared inside an element's content model.
BROKEN_DTD = """<!DOCTYPE HealthData [
<!-- HealthKit Export Version: 13 -->
<!ELEMENT HealthData (ExportDate,Me,(Record|Correlation|Workout|ActivitySummary|ClinicalRecord|Audiogram)*)>
<!ATTLIST HealthData
  locale CDATA #REQUIRED
>
<!ELEMENT WorkoutEvent (MetadataEntry*)>
<!ATTLIST WorkoutEvent
  type CDATA #REQUIRED
  date CDATA #REQUIRED
<!ELEMENT WorkoutStatistics EMPTY>
<!ATTLIST Record
  type CDATA #REQUIRED
>
]>
"""


@dataclass(frozen=True)
class ExportPlan:
    """How much an export holds.

    A run every ``every_days`` days from ``first`` on, each of ``run_s`` seconds; ``filler_bytes`` of records of other
    types that nobody reads. ``zone_hours`` is the phone's zone at the export.
    """

    runs: int = 3
    run_s: int = 1800
    first: datetime = datetime(2024, 3, 1, 6, 30, tzinfo=UTC)
    every_days: int = 1
    filler_bytes: int = 0
    zone_hours: int = 2
    since_ios_16: bool = True
    with_routes: bool = True
    point_every_s: int = 1
    heart_rate_every_s: int = 5

    @property
    def zone(self) -> timezone:
        return timezone(timedelta(hours=self.zone_hours))

    def start(self, run: int) -> datetime:
        return self.first + timedelta(days=run * self.every_days)


def write_export(path: Path, plan: ExportPlan, *, folder: str = FOLDER, xml_name: str = "export.xml") -> Path:
    """Write the ZIP of an export."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        with archive.open(f"{folder}/{xml_name}", "w", force_zip64=True) as stream:
            _write_xml(stream, plan)
        archive.writestr(f"{folder}/export_cda.xml", '<?xml version="1.0"?>\n<ClinicalDocument/>\n')
        if plan.with_routes:
            for run in range(plan.runs):
                archive.writestr(f"{folder}/workout-routes/{route_name(plan, run)}", route(plan, run))
    return path


def document(plan: ExportPlan, body: str | None = None) -> bytes:
    """The XML of an export; ``body`` replaces what the plan would write."""
    text = "".join(_body(plan)) if body is None else body
    return (_prologue(plan) + text + "</HealthData>\n").encode()


def zip_of(path: Path, xml: bytes, files: dict[str, bytes] | None = None) -> Path:
    """A ZIP with this document and these other members of the export's folder."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(f"{FOLDER}/export.xml", xml)
        for name, content in (files or {}).items():
            archive.writestr(f"{FOLDER}/{name}", content)
    return path


def route_name(plan: ExportPlan, run: int) -> str:
    """The name of a run's route, as Apple forms it."""
    start = plan.start(run).astimezone(plan.zone)
    hour = start.hour % 12 or 12
    return f"route_{start:%Y-%m-%d}_{hour}.{start:%M}{'am' if start.hour < 12 else 'pm'}.gpx"


def record(
    kind: str,
    start: datetime,
    value: object,
    unit: str | None = None,
    *,
    end: datetime | None = None,
    source: str = WATCH,
    zone: timezone = timezone(timedelta(hours=2)),
    category: bool = False,
) -> str:
    """A ``<Record>`` as Apple writes it."""
    begin, until = when(start, zone), when(end or start, zone)
    prefix = "Category" if category else "Quantity"
    unit_text = "" if unit is None else f' unit="{unit}"'
    return (
        f' <Record type="HK{prefix}TypeIdentifier{kind}" sourceName="{source}" sourceVersion="9.1" device="{_DEVICE}"'
        f'{unit_text} creationDate="{until}" startDate="{begin}" endDate="{until}" value="{value}"/>\n'
    )


def when(moment: datetime, zone: timezone) -> str:
    """A date as Apple writes it."""
    return moment.astimezone(zone).strftime("%Y-%m-%d %H:%M:%S %z")


def workout(
    start: datetime,
    seconds: int,
    *,
    kind: str = "Running",
    source: str = WATCH,
    zone: timezone = timezone(timedelta(hours=2)),
    attributes: str = "",
    inside: str = "",
    duration: str | None = None,
) -> str:
    """A ``<Workout>`` with these further attributes and elements."""
    end = when(start + timedelta(seconds=seconds), zone)
    begin = when(start, zone)
    stated = duration or f'duration="{seconds / 60}" durationUnit="min"'
    return (
        f' <Workout workoutActivityType="HKWorkoutActivityType{kind}" {stated}{attributes} sourceName="{source}"'
        f' sourceVersion="9.1" device="{_DEVICE}" creationDate="{end}" startDate="{begin}" endDate="{end}">\n'
        f"{inside} </Workout>\n"
    )


def route_reference(name: str) -> str:
    """The part of a workout that names its route."""
    return (
        f'  <WorkoutRoute sourceName="{WATCH}" creationDate="2024-03-01 08:00:00 +0200"'
        ' startDate="2024-03-01 08:00:00 +0200" endDate="2024-03-01 08:30:00 +0200">\n'
        f'   <FileReference path="/workout-routes/{name}"/>\n  </WorkoutRoute>\n'
    )


def route(plan: ExportPlan, run: int) -> bytes:
    """A run's GPX: one of :data:`ROUTES` loops, at about 3 m/s."""
    start = plan.start(run)
    head = (
        '<?xml version="1.0" encoding="UTF-8"?>\n<gpx version="1.1" creator="Apple Health Export" '
        'xmlns="http://www.topografix.com/GPX/1/1">\n  <metadata>\n    <time>2026-11-01T10:00:00Z</time>\n'
        f"  </metadata>\n  <trk>\n    <name>Route {start:%Y-%m-%d}</name>\n    <trkseg>\n"
    )
    lines = [head]
    loop = run % ROUTES
    radius_m = 400.0 + 20.0 * loop
    base = int(start.timestamp())
    day = start.strftime("%Y-%m-%d")
    for second in range(0, plan.run_s + 1, plan.point_every_s):
        angle = second * 3.0 / radius_m
        lat = 47.05 + loop * 0.02 + radius_m * 9e-6 * math.sin(angle)
        lng = 8.3 + radius_m * 13.25e-6 * math.cos(angle)
        at = base + second
        clock = f"{day}T{at // 3600 % 24:02d}:{at // 60 % 60:02d}:{at % 60:02d}Z"
        lines.append(
            f'      <trkpt lon="{lng:.6f}" lat="{lat:.6f}"><ele>{430 + 5 * math.sin(angle):.6f}</ele>'
            f"<time>{clock}</time><extensions><speed>3.012345</speed><course>12.3</course>"
            "<hAcc>2.1</hAcc><vAcc>1.9</vAcc></extensions></trkpt>\n"
        )
    lines.append("    </trkseg>\n  </trk>\n</gpx>\n")
    return "".join(lines).encode()


def _write_xml(stream: IO[bytes], plan: ExportPlan) -> None:
    stream.write(_prologue(plan).encode())
    stream.writelines(text.encode() for text in _body(plan))
    stream.write(b"</HealthData>\n")


def _prologue(plan: ExportPlan) -> str:
    dtd = BROKEN_DTD if plan.since_ios_16 else ""
    exported = when(plan.start(plan.runs), plan.zone)
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n{dtd}<HealthData locale="de_CH">\n'
        f' <ExportDate value="{exported}"/>\n <Me HKCharacteristicTypeIdentifierBloodType=""/>\n'
    )


def _body(plan: ExportPlan) -> Iterator[str]:
    yield from _daily(plan)
    yield from _filler(plan)
    for run in range(plan.runs):
        yield _heart_rate(plan, run)
    for run in range(plan.runs):
        yield _steps(plan, run)
    for run in range(plan.runs):
        yield _run(plan, run)
    yield ' <ActivitySummary dateComponents="2024-03-01" activeEnergyBurned="500"/>\n'


def _daily(plan: ExportPlan) -> Iterator[str]:
    for run in range(plan.runs):
        day = plan.start(run)
        zone = plan.zone
        yield record("RestingHeartRate", day, 46 + run % 5, "count/min", zone=zone)
        yield record("HeartRateVariabilitySDNN", day, 50 + run % 9, "ms", zone=zone)
        yield record("BodyMass", day, f"{61 + run % 3 / 10:.1f}", "kg", source=SCALE, zone=zone)
        yield record("VO2Max", day, "48.25", "mL/min·kg", zone=zone)
        wake = day - timedelta(hours=1)
        for hours, stage in ((7, "Core"), (4, "Deep"), (2, "REM")):
            begin, value = wake - timedelta(hours=hours), f"HKCategoryValueSleepAnalysisAsleep{stage}"
            end = begin + timedelta(hours=2)
            yield record("SleepAnalysis", begin, value, end=end, zone=zone, category=True)


def _filler(plan: ExportPlan) -> Iterator[str]:
    """Energy, and heart rate outside of runs: what most of an export consists of."""
    written, number = 0, 0
    start = plan.first - timedelta(days=1)
    while written < plan.filler_bytes:
        lines = []
        for _ in range(500):
            at = start + timedelta(seconds=number * 37)
            number += 1
            kind, value, unit = (
                ("ActiveEnergyBurned", f"{number % 97 / 10}", "kcal")
                if number % 2
                else ("HeartRate", str(50 + number % 60), "count/min")
            )
            lines.append(record(kind, at, value, unit, zone=plan.zone))
        text = "".join(lines)
        written += len(text)
        yield text


def _heart_rate(plan: ExportPlan, run: int) -> str:
    start = plan.start(run)
    return "".join(
        record("HeartRate", start + timedelta(seconds=second), 120 + second % 40, "count/min", zone=plan.zone)
        for second in range(0, plan.run_s, plan.heart_rate_every_s)
    )


def _steps(plan: ExportPlan, run: int) -> str:
    start = plan.start(run)
    return "".join(
        record(
            kind,
            start + timedelta(seconds=second),
            value,
            unit,
            end=start + timedelta(seconds=second + 60),
            source=source,
            zone=plan.zone,
        )
        for second in range(0, plan.run_s - 59, 60)
        for kind, value, unit, source in (
            ("StepCount", 172, "count", WATCH),
            ("StepCount", 160, "count", PHONE),
            ("DistanceWalkingRunning", "0.18", "km", WATCH),
        )
    )


def _run(plan: ExportPlan, run: int) -> str:
    start, km = plan.start(run), plan.run_s * 3.0 / 1000.0
    end = start + timedelta(seconds=plan.run_s)
    span = f'startDate="{when(start, plan.zone)}" endDate="{when(end, plan.zone)}"'
    inside = (
        f'  <MetadataEntry key="HKIndoorWorkout" value="{int(not plan.with_routes)}"/>\n'
        '  <MetadataEntry key="HKTimeZone" value="Europe/Zurich"/>\n'
        '  <MetadataEntry key="HKElevationAscended" value="1234 cm"/>\n'
    )
    attributes = f' totalDistance="{km}" totalDistanceUnit="km" totalEnergyBurned="300" totalEnergyBurnedUnit="kcal"'
    if plan.since_ios_16:
        attributes = ""
        prefix = "HKQuantityTypeIdentifier"
        inside += (
            f'  <WorkoutStatistics type="{prefix}DistanceWalkingRunning" {span} sum="{km}" unit="km"/>\n'
            f'  <WorkoutStatistics type="{prefix}ActiveEnergyBurned" {span} sum="300" unit="Cal"/>\n'
            f'  <WorkoutStatistics type="{prefix}HeartRate" {span} average="139.5" minimum="120" maximum="159"'
            ' unit="count/min"/>\n'
        )
    if plan.with_routes:
        inside += route_reference(route_name(plan, run))
    return workout(start, plan.run_s, zone=plan.zone, attributes=attributes, inside=inside)
