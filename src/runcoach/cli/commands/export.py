"""``runcoach export``: write all data to a folder in open formats."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from runcoach.cli.invocation import Invocation
from runcoach.cli.options import JsonOption, SinceOption, SportOption, UntilOption
from runcoach.cli.output import activities, counted
from runcoach.cli.progress import ProgressBar
from runcoach.domain.distances import parse_distance
from runcoach.domain.filters import ActivityFilter
from runcoach.domain.sports import sport_types
from runcoach.errors import ExitCode

if TYPE_CHECKING:
    from runcoach.services.exports.originals import ExportedOriginals


def command(
    context: typer.Context,
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
    min_distance: Annotated[str | None, typer.Option("--min", help="Minimum distance: 10k, half, 5mi.")] = None,
    max_distance: Annotated[str | None, typer.Option("--max", help="Maximum distance.")] = None,
    query: Annotated[str | None, typer.Option("--text", help="Words in the title or the description.")] = None,
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

    current = Invocation.of(context)
    where = ActivityFilter(
        since=since,
        until=until,
        sports=sport_types(sport or ()),
        min_distance_m=None if min_distance is None else parse_distance(min_distance)[1],
        max_distance_m=None if max_distance is None else parse_distance(max_distance)[1],
        text=query,
    )
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
        if report.originals is not None and report.originals.missing:
            current.say(_without_original(report.originals))
        for number in report.damaged:
            current.warn(f"data of activity {number} is damaged and was left out (restore a backup)")
    return ExitCode.PARTLY if report.damaged else ExitCode.OK


def _without_original(originals: ExportedOriginals) -> str:
    """How many activities have no original file, and why."""
    reasons = (
        (originals.imported, "imported (`runcoach config set keep_originals all`, then import them again)"),
        (originals.downloaded, "downloaded when originals were not kept"),
        (originals.without_file, "without a file"),
    )
    parts = [f"{count} {reason}" for count, reason in reasons if count]
    return f"{activities(originals.missing)} without an original: {', '.join(parts)}."
