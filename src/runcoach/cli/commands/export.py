"""``runcoach export``: write all data to a folder in open formats."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from runcoach.cli.invocation import Invocation
from runcoach.cli.options import (
    JsonOption,
    MaxDistanceOption,
    MinDistanceOption,
    SinceOption,
    SportOption,
    UntilOption,
    WordsOption,
)
from runcoach.cli.output import activities, amounts, counted
from runcoach.cli.progress import ProgressBar
from runcoach.domain.filters import activity_filter
from runcoach.errors import ExitCode


def command(
    current: Invocation,
    folder: Annotated[Path, typer.Argument(help="A new folder, or one of an earlier export.", metavar="DIR")],
    formats: Annotated[
        list[str] | None,
        typer.Option(
            "--format",
            help="parquet, csv, json, gpx, tcx, geojson, ics or original. Can be repeated.",
            metavar="FORMAT",
        ),
    ] = None,
    since: SinceOption = None,
    until: UntilOption = None,
    sport: SportOption = None,
    min_distance: MinDistanceOption = None,
    max_distance: MaxDistanceOption = None,
    words: WordsOption = None,
    trim_m: Annotated[
        float, typer.Option("--trim", help="Cut so many meters from both ends of tracks.", min=0, metavar="METERS")
    ] = 0.0,
    include_strava_api: Annotated[
        bool, typer.Option("--include-strava-api", help="Also activities known through Strava's API alone.")
    ] = False,
    as_json: JsonOption = False,
) -> ExitCode:
    """Write all your data to a folder in open formats; CSV if none is given.

    csv, json: every table. parquet: tables and samples, for DuckDB, polars, pandas or Spark. gpx: a file for each
    track. tcx: a file for each activity, also those without a track. geojson: all tracks in one file, for maps.
    ics: a calendar. original: the files as your watch or service wrote them, where they are kept.

    Examples:

      runcoach export ~/my-runs --format csv --format gpx

      runcoach export ~/club/anna --format parquet --trim 200 --since 2026
    """
    from runcoach.services.exports.export import ExportOptions, export

    where = activity_filter(since, until, sport or (), min_distance, max_distance, words)
    options = ExportOptions(tuple(formats or ["csv"]), where, trim_m, include_strava_api)
    had_export = folder.exists()
    try:
        with ProgressBar(current, "exporting") as bar:
            report = export(current.config, folder, options, bar.update)
    except KeyboardInterrupt:
        left = "the earlier export is unchanged" if had_export else "nothing was written"
        current.warn(f"interrupted: {left}: {folder}; run the command again to start over")
        return ExitCode.INTERRUPTED
    if as_json:
        current.emit_json(report)
    else:
        size = f"{report.size_bytes / 1e6:.1f} MB"
        current.show(f"{activities(report.activities)} in {counted(report.files, 'file')}, {size}: {report.folder}")
        if report.left_out_strava_api:
            current.say(
                f"{activities(report.left_out_strava_api)} known through Strava's API alone left out;"
                " --include-strava-api exports them too."
            )
        if report.tracks is not None and report.tracks < report.activities:
            current.say(f"{activities(report.activities - report.tracks)} without a track.")
        originals = report.originals
        if originals is not None and originals.missing:
            reasons = (
                (originals.imported, "imported (`runcoach config set keep_originals all`, then import them again)"),
                (originals.downloaded, "downloaded when originals were not kept"),
                (originals.without_file, "without a file"),
            )
            current.say(f"{activities(originals.missing)} without an original: {amounts(reasons)}.")
        for number in report.damaged:
            current.warn(f"data of activity {number} is damaged and was left out (restore a backup)")
    return ExitCode.PARTLY if report.damaged else ExitCode.OK
