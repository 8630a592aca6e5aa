"""Tools about training and racing: forecasts, races, goals, fitness, zones."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import Field

from runcoach.domain.distances import parse_distance
from runcoach.domain.filters import EffortFilter
from runcoach.domain.json_format import field_values, to_json
from runcoach.domain.wellness import METRICS, parse_metric
from runcoach.domain.windows import local_today, parse_date, parse_last_date, parse_window
from runcoach.mcp_server.answers import render
from runcoach.mcp_server.arguments import Distance, Limit, Offset, Since, Until, check_page
from runcoach.mcp_server.profile import Profile

Metric = Annotated[str | None, Field(description=f"{', '.join(METRICS)}; all by default.")]


@dataclass(frozen=True, slots=True)
class CoachTools:
    """Questions about training and racing."""

    profile: Profile

    def all(self) -> list[Callable[..., str]]:
        """The tools, in the order in which they are listed."""
        return [
            *(self.forecast, self.races, self.goals),
            *(self.today, self.fitness, self.zones, self.durability, self.gear, self.wellness),
        ]

    def forecast(
        self,
        distance: Distance = None,
        race_date: Annotated[str | None, Field(description="The day of the race: 2027-04-18.")] = None,
        as_of: Annotated[str | None, Field(description="Know nothing of this day or later.")] = None,
    ) -> str:
        """Forecast race times with 50 % and 80 % intervals; says what it is based on, or what is missing.

        Without a distance: 5 km, 10 km, half and marathon, and training paces.
        """
        from runcoach.services.training.forecasts.predictions import DISTANCES, predict

        asked = DISTANCES if distance is None else (parse_distance(distance),)
        with self.profile.open() as (connection, head):
            found = predict(
                connection,
                asked,
                as_of=None if as_of is None else parse_date(as_of),
                race_date=None if race_date is None else parse_date(race_date),
            )
        head |= {"raceDate": found.race_date.isoformat(), "reason": found.reason, "vdot": found.vdot}
        return render(head, [field_values(row) for row in found.rows])

    def races(
        self,
        year: Annotated[int | None, Field(description="Only races of this year.")] = None,
        distance: Distance = None,
        with_guesses: Annotated[bool, Field(description="Include runs that only look like races.")] = True,
        limit: Limit = 20,
        offset: Offset = 0,
    ) -> str:
        """Races, newest first: official and recorded time, and how near they are to the runner's best."""
        from runcoach.services.training.races import races

        check_page(limit, offset)
        label = None if distance is None else parse_distance(distance)[0]
        with self.profile.open() as (connection, head):
            rows = races(connection, year=year, distance_m=label, with_guesses=with_guesses)
        return _page(head, rows, limit, offset)

    def goals(self) -> str:
        """The runner's goals: distance, time, day, days left, and the result where the race was run."""
        from runcoach.services.training.goals import goals

        with self.profile.open() as (connection, head):
            rows = goals(connection, local_today())
        return render(head, [field_values(row) for row in rows])

    def today(self) -> str:
        """Today: this week, the longest run that is no spike, the next goal, and a suggestion with its reason."""
        from runcoach.services.training.today import today

        with self.profile.open() as (connection, head):
            found = today(connection)
        return render(head, [field_values(found)])

    def fitness(
        self,
        as_of: Annotated[str | None, Field(description="The last day; today by default.")] = None,
        limit: Limit = 42,
        offset: Offset = 0,
    ) -> str:
        """Load, fitness, fatigue and form by day, newest first, with the week's monotony and strain.

        The methods are part of the answer. A missing load is unknown, not zero.
        """
        from runcoach.services.training.fitness import fitness

        check_page(limit, offset)
        with self.profile.open() as (connection, head):
            found = fitness(connection, local_today() if as_of is None else parse_date(as_of))
        head |= {"method": found.method, "loadMethod": found.load_method, "runs": to_json(found.runs)}
        head |= {"fitnessChangeIn7Days": found.ramp}
        head |= {"week": to_json(found.week), "settledFrom": to_json(found.settled_from)}
        return _page(head, found.days[::-1], limit, offset)

    def zones(
        self,
        by: Literal["run", "week", "month"] = "week",
        since: Since = None,
        limit: Limit = 20,
        offset: Offset = 0,
    ) -> str:
        """Seconds in heart rate zones 1 to 5 by run, week or month, newest first; share of easy runs and easy time."""
        from runcoach.services.training.zones import zones

        check_page(limit, offset)
        with self.profile.open() as (connection, head):
            found = zones(connection, by, None if since is None else parse_date(since))
        head |= {"method": found.method, "zonesBpm": to_json(found.zones), "shares": to_json(found.polarization)}
        return _page(head, found.rows, limit, offset)

    def durability(
        self, window: Annotated[str, Field(description="all, or days, months or years: 90d, 3m, 1y.")] = "1y"
    ) -> str:
        """The fastest 1, 3 and 5 km that begin after 10, 15, 20 and 30 km of a run, and fresh ones."""
        from runcoach.services.training.durability import durability

        with self.profile.open() as (connection, head):
            rows = durability(connection, EffortFilter(window=parse_window(window)))
        head |= {"method": "elapsed time of the fastest stretch, rounded up to the second", "window": window}
        return render(head, [field_values(row) for row in rows])

    def gear(self) -> str:
        """Shoes and other gear: distance, time, mean pace of runs, first and last use."""
        from runcoach.services.history.gear import gear

        with self.profile.open() as (connection, head):
            rows = gear(connection)
        return render(head, [field_values(row) for row in rows])

    def wellness(
        self,
        metric: Metric = None,
        since: Since = None,
        until: Until = None,
        limit: Limit = 30,
        offset: Offset = 0,
    ) -> str:
        """Daily values of the body, newest first: each with its unit and source; nothing is averaged over sources."""
        from runcoach.services.training.wellness import daily_values

        check_page(limit, offset)
        with self.profile.open() as (connection, head):
            rows = daily_values(
                connection,
                metrics=() if metric is None else (parse_metric(metric),),
                since=None if since is None else parse_date(since),
                until=None if until is None else parse_last_date(until),
            )
        return _page(head, rows, limit, offset)


def _page(head: Mapping[str, Any], rows: Sequence[Any], limit: int, offset: int) -> str:
    """The answer with ``limit`` of ``rows`` from ``offset`` on, as far as they fit."""
    page = [field_values(row) for row in rows[offset : offset + limit]]
    return render(head, page, offset=offset, total=len(rows))
