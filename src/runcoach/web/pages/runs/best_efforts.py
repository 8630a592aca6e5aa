"""The page of best efforts: all windows, the progression of one distance, suspect and ignored efforts."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass, replace
from datetime import date
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request, Response

from runcoach.domain.distances import LENGTH_M, parse_distance
from runcoach.domain.filters import EffortFilter
from runcoach.domain.windows import age, is_new, local_today, parse_date
from runcoach.errors import UsageError
from runcoach.services.queries.activity_context import COUNTED
from runcoach.services.queries.best_efforts import fastest_efforts, progression
from runcoach.services.queries.rankings import RankingTable, months, ranking_table, suspect_efforts
from runcoach.services.reader import open_reader
from runcoach.web.pages.layout import show

router = APIRouter()

#: Headings of the windows.
_WINDOWS = {"all": "All time", "2y": "2 years", "1y": "1 year", "3m": "3 months"}

#: The distance shown by default, if it has efforts; else the longest that has.
_DEFAULT_M = 5000

#: How many efforts of one distance are listed.
_TOP = 10


@dataclass(frozen=True, slots=True)
class BestEffortsPageParams:
    """The query string; ``problem`` is a message about an invalid part."""

    as_of: date | None
    distance_m: int | None
    suspect: bool
    indoor: bool
    races: bool
    problem: str | None

    def filter(self) -> EffortFilter:
        """The filter of the whole page."""
        day = self.as_of or local_today()
        return EffortFilter(day, include_suspect=self.suspect, indoor=self.indoor, races=self.races)

    @property
    def is_filtered(self) -> bool:
        """Whether anything but the distance is set."""
        return self.as_of is not None or self.suspect or self.indoor or self.races

    def query(self, distance_m: int | None = None) -> str:
        """The query string for another distance."""
        values = {
            "distance": distance_m or self.distance_m,
            "asOf": self.as_of,
            "includeSuspect": "1" if self.suspect else None,
            "indoor": "1" if self.indoor else None,
            "races": "1" if self.races else None,
        }
        return urlencode({name: value for name, value in values.items() if value})


@dataclass(frozen=True, slots=True)
class SuspectRun:
    """The suspect, marked and ignored efforts of one run, at least one; each row has the columns of the run too."""

    rows: tuple[dict[str, Any], ...]

    @property
    def reasons(self) -> list[dict[str, Any]]:
        """One row for each different remark."""
        keys = ("quality", "reason", "ignored_reason")
        remarks = {(row["ignored_at"] is None, *(row[key] for key in keys)): row for row in self.rows}
        return list(remarks.values())

    @property
    def ignored(self) -> list[int]:
        """The distances of efforts that were ignored one by one, each once; none where the whole run is."""
        return sorted({row["distance_m"] for row in self.rows if row["ignored_at"] and not row["is_run_ignored"]})


@router.get("/bests")
def page(
    request: Request,
    as_of: Annotated[str, Query(alias="asOf", max_length=20)] = "",
    distance: Annotated[str, Query(max_length=20)] = "",
    suspect: Annotated[str, Query(alias="includeSuspect", max_length=5)] = "",
    indoor: Annotated[str, Query(max_length=5)] = "",
    races: Annotated[str, Query(max_length=5)] = "",
) -> Response:
    """The page of best efforts."""
    params = _parse(as_of, distance, suspect=suspect, indoor=indoor, races=races)
    with open_reader(request.app.state.config) as connection:
        where = params.filter()
        table = ranking_table(connection, where)
        suspects = suspect_efforts(connection)
        ranked = [row.distance_m for row in table.rows]
        usual_m = ranked[-1] if ranked and _DEFAULT_M not in ranked else _DEFAULT_M
        distance_m = params.distance_m or usual_m
        return show(
            request,
            connection,
            "bests.html",
            "bests",
            params=replace(params, distance_m=distance_m),
            table=table,
            indoor_only=_indoor_only(connection, params, table),
            windows=_WINDOWS,
            counted=COUNTED,
            top=fastest_efforts(connection, where, distance=str(distance_m), top=_TOP).rows,
            records=progression(connection, str(distance_m), where),
            months=months(connection, distance_m, where),
            suspects=suspects,
            suspect_runs=_by_run(suspects.rows),
            age=lambda day: _age_text(day, table.as_of),
            is_new=lambda day: is_new(day, table.as_of),
        )


def _parse(as_of: str, distance: str, **flags: str) -> BestEffortsPageParams:
    """The query string parsed; an invalid part is left out and reported in ``problem``."""
    day, distance_m, problem = None, None, None
    try:
        day = parse_date(as_of) if as_of else None
        distance_m = parse_distance(distance)[0] if distance else None
    except UsageError as error:
        problem = f"{error.message}: {error.hint}" if error.hint else error.message
    if distance_m is not None and distance_m not in LENGTH_M:
        distance_m, problem = None, f"{distance} is not ranked; `runcoach best --distance` finds any distance"
    chosen = {name: value in {"1", "true", "on"} for name, value in flags.items()}
    return BestEffortsPageParams(day, distance_m, chosen["suspect"], chosen["indoor"], chosen["races"], problem)


def _indoor_only(connection: sqlite3.Connection, params: BestEffortsPageParams, table: RankingTable) -> bool:
    """Whether there is nothing to rank unless indoor efforts are included."""
    if table.rows or not table.runs or params.indoor:
        return False
    return bool(ranking_table(connection, replace(params, indoor=True).filter()).rows)


def _by_run(rows: tuple[dict[str, Any], ...]) -> list[SuspectRun]:
    """The efforts of each run together, in the order of the rows."""
    runs: dict[int, list[dict[str, Any]]] = {}
    for row in rows:
        runs.setdefault(row["activity_id"], []).append(row)
    return [SuspectRun(tuple(of_run)) for of_run in runs.values()]


def _age_text(day: str, as_of: date) -> str:
    """``3 days ago``, ``5 weeks ago`` and so on."""
    number, unit = age(day, as_of)
    if number == 0:
        return "today" if as_of == local_today() else "that day"
    return f"{number} {unit}{'' if number == 1 else 's'} ago"
