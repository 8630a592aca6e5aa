"""Tools about training and racing: forecasts, races, goals, fitness, zones."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from runcoach.domain.distances import parse_distance
from runcoach.domain.json_format import field_values
from runcoach.domain.windows import local_today, parse_date
from runcoach.mcp_server.answers import render
from runcoach.mcp_server.arguments import Distance, Limit, Offset, check_page

if TYPE_CHECKING:
    from collections.abc import Callable

    from runcoach.mcp_server.profile import Profile


class CoachTools:
    """Questions about training and racing."""

    def __init__(self, profile: Profile) -> None:
        self._profile = profile

    def all(self) -> list[Callable[..., str]]:
        """The tools, in the order in which they are listed."""
        return [self.forecast, self.races, self.goals]

    def forecast(
        self,
        distance: Distance = None,
        race_date: Annotated[str | None, Field(description="The day of the race: 2027-04-18.")] = None,
        as_of: Annotated[str | None, Field(description="Know nothing of this day or later.")] = None,
    ) -> str:
        """Forecast race times with 50 % and 80 % intervals; says what it stands on, or what is missing for a forecast.

        Without a distance: 5 km, 10 km, half and marathon, and training paces.
        """
        from runcoach.services.training.predictions import DISTANCES, predict

        asked = DISTANCES if distance is None else (parse_distance(distance),)
        with self._profile.open() as (connection, head):
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
        with self._profile.open() as (connection, head):
            rows = races(connection, year=year, distance_m=label, with_guesses=with_guesses)
        page = [field_values(row) for row in rows[offset : offset + limit]]
        return render(head, page, offset=offset, total=len(rows))

    def goals(self) -> str:
        """The runner's goals: distance, time, day, days left, and the result where the race was run."""
        from runcoach.services.training.goals import goals

        with self._profile.open() as (connection, head):
            rows = goals(connection, local_today())
        return render(head, [field_values(row) for row in rows])
