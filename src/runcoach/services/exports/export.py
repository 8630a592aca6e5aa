"""Exports a profile to a folder: tables, samples, tracks, original files and a calendar, in the requested formats."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from runcoach import __version__
from runcoach.analysis.track_trim import trim
from runcoach.config import Config
from runcoach.domain.json_format import to_json
from runcoach.domain.units import Units
from runcoach.errors import StoreError, UsageError
from runcoach.services.exports import calendar_feed, geojson, gpx, parquet, tables, tcx
from runcoach.services.exports.folder import replace_folder, write_manifest
from runcoach.services.exports.originals import ExportedOriginals, write_originals
from runcoach.services.exports.track_xml import file_stem
from runcoach.store import exports
from runcoach.store.activities import read_streams
from runcoach.store.exports import Selection
from runcoach.store.sqlite.database import open_reader

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

    from runcoach.domain.filters import ActivityFilter
    from runcoach.domain.streams import Streams

FORMATS = ("parquet", "csv", "json", "gpx", "tcx", "geojson", "ics", "original")

#: Formats of which every activity's samples are read.
_WITH_SAMPLES = frozenset({"parquet", "gpx", "tcx", "geojson"})


@dataclass(frozen=True, slots=True)
class ExportOptions:
    """What to export. ``trim_m`` metres are cut from both ends of every track."""

    formats: tuple[str, ...]
    where: ActivityFilter
    trim_m: float = 0.0
    include_strava_api: bool = False


@dataclass(frozen=True, slots=True)
class ExportReport:
    """What was written. ``tables`` maps each table to its rows, ``tracks`` counts activities with a track.

    ``left_out_strava_api`` activities passed the filter but are known through Strava's API alone; the samples of
    ``damaged`` ones could not be read. ``originals`` is None where they were not requested.
    """

    folder: str
    formats: tuple[str, ...]
    activities: int
    left_out_strava_api: int
    tables: dict[str, int]
    tracks: int | None
    originals: ExportedOriginals | None
    damaged: tuple[int, ...]
    files: int
    size_bytes: int


def export(
    config: Config,
    target: Path,
    options: ExportOptions,
    progress: Callable[[int, int], None] = lambda *_: None,
) -> ExportReport:
    """Export a profile to ``target``, which is replaced at once when all is written; it may hold an earlier export.

    All of it is of one state of the database. UsageError for an unknown format or a missing library, for originals with
    ``trim_m`` and for a folder with other files, RuncoachError where it cannot be written. ``progress`` gets the
    activities done and all of them.
    """
    unknown = [name for name in options.formats if name not in FORMATS]
    if unknown:
        raise UsageError(f"{unknown[0]!r} is not a format", hint=f"use {', '.join(FORMATS)}")
    formats = tuple(name for name in FORMATS if name in options.formats)
    if "parquet" in formats:
        parquet.check_installed()
    if options.trim_m and "original" in formats:
        raise UsageError("original files cannot be trimmed", hint="leave out --trim, or --format original")
    with open_reader(config) as connection, replace_folder(target) as folder:
        selection = Selection(options.where, include_strava_api=options.include_strava_api)
        activities = [dict(row) for row in exports.rows(connection, "activity", selection)]
        with parquet.open_writer() if "parquet" in formats else nullcontext() as writer:
            counts = _write_tables(connection, selection, folder, formats, writer)
            samples = _SampleWriter(connection, folder, formats, options.trim_m, writer)
            if _WITH_SAMPLES.intersection(formats):
                samples.write(activities, progress)
        kept = None
        if "original" in formats:
            kept = write_originals(connection, activities, folder / "original", progress)
        if "ics" in formats:
            text = calendar_feed.calendar(activities, Units(config.settings.units))
            (folder / "activities.ics").write_text(text, encoding="utf-8", errors="replace", newline="")
        left_out = exports.count_left_out(connection, selection)
        manifest = _manifest(options, formats, len(activities), left_out, counts)
        size_bytes = write_manifest(folder, manifest)
        return ExportReport(
            folder=str(target.expanduser().absolute()),
            formats=formats,
            activities=len(activities),
            left_out_strava_api=left_out,
            tables=counts,
            tracks=samples.tracks if _WITH_SAMPLES.intersection(formats) else None,
            originals=kept,
            damaged=(*samples.damaged, *(kept.damaged if kept else ())),
            files=sum(1 for path in folder.rglob("*") if path.is_file()),
            size_bytes=size_bytes,
        )


def _write_tables(
    connection: sqlite3.Connection,
    selection: Selection,
    folder: Path,
    formats: Sequence[str],
    writer: DuckDBPyConnection | None,
) -> dict[str, int]:
    """Write every table in every format that holds tables; rows by name of the table."""
    counts: dict[str, int] = {}
    for table, name in exports.EXPORTED_TABLES.items():
        if writer is not None:
            path = folder / "parquet" / f"{name}.parquet"
            counts[name] = parquet.write_table(writer, connection, table, selection, path)
        for format_name, write in (("csv", tables.write_csv), ("json", tables.write_json)):
            if format_name in formats:
                (folder / format_name).mkdir(exist_ok=True)
                path = folder / format_name / f"{name}.{format_name}"
                counts[name] = write(connection, table, selection, path)
    return counts


@dataclass(slots=True)
class _SampleWriter:
    """Reads the samples of every activity once and writes them in every format that holds them."""

    connection: sqlite3.Connection
    folder: Path
    formats: tuple[str, ...]
    trim_m: float
    writer: DuckDBPyConnection | None
    tracks: int = 0
    damaged: list[int] = field(default_factory=list)
    _batch: list[tuple[int, Streams]] = field(default_factory=list)
    _features: list[str] = field(default_factory=list)
    _parts: dict[str, int] = field(default_factory=dict)

    def write(self, activities: list[dict[str, Any]], progress: Callable[[int, int], None]) -> None:
        """Write the samples of all activities, which are sorted by time."""
        year = ""
        for done, activity in enumerate(activities):
            progress(done, len(activities))
            is_full = sum(len(streams) for _, streams in self._batch) >= parquet.SAMPLES_PER_FILE
            if activity["local_date"][:4] != year or is_full:
                self._flush(year)
                year = activity["local_date"][:4]
            self._add(activity)
        self._flush(year)
        if "geojson" in self.formats:
            with (self.folder / "tracks.geojson").open("w", encoding="utf-8", errors="replace") as stream:
                stream.write('{"type":"FeatureCollection","features":')
                tables.write_array(stream.write, self._features)
                stream.write("}\n")

    def _add(self, activity: dict[str, Any]) -> None:
        try:
            streams = read_streams(self.connection, activity["id"])
        except StoreError:
            self.damaged.append(activity["id"])
            return
        trimmed = None if streams is None else trim(streams, self.trim_m)
        is_trimmed = trimmed is not streams
        if "tcx" in self.formats:
            self._write_file(activity, "tcx", tcx.tcx(activity, trimmed, with_totals=not is_trimmed))
        if trimmed is None or not len(trimmed):
            return
        streams = trimmed
        self.tracks += streams.get("lat_deg") is not None
        if "parquet" in self.formats:
            self._batch.append((activity["id"], streams))
        if "gpx" in self.formats and (text := gpx.gpx(activity, streams)) is not None:
            self._write_file(activity, "gpx", text)
        if "geojson" in self.formats and (feature := geojson.feature(activity, streams)) is not None:
            self._features.append(feature)

    def _write_file(self, activity: dict[str, Any], format_name: str, text: str) -> None:
        path = self.folder / format_name / f"{file_stem(activity)}.{format_name}"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", errors="replace", newline="")

    def _flush(self, year: str) -> None:
        if self.writer is not None and self._batch:
            part = self._parts[year] = self._parts.get(year, -1) + 1
            path = self.folder / "parquet" / "streams" / f"year={year}" / f"part-{part}.parquet"
            parquet.write_streams(self.writer, self._batch, path)
            self._batch = []


def _manifest(
    options: ExportOptions, formats: Sequence[str], activities: int, left_out: int, counts: dict[str, int]
) -> dict[str, Any]:
    return {
        "program": f"runcoach {__version__}",
        "createdAt": tables.iso(time.time()),
        "formats": list(formats),
        "filters": {name: value for name, value in to_json(options.where).items() if value},
        "trimM": options.trim_m,
        "activities": activities,
        "leftOutStravaApi": left_out,
        "tables": counts,
    }
