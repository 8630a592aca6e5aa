"""Schemas of the coach's responses: races, goals, what to do today."""

from __future__ import annotations

from runcoach.domain.training import coaching_rules
from runcoach.services.training import durability, goals, races, today, week
from runcoach.web.api.schemas import Schema, fields_of


@fields_of(races.Race)
class Race(Schema):
    """A race; ``markedBy`` is the kind of source that calls it one, ``edit`` or ``guess`` (with its ``reason``)."""


@fields_of(goals.GoalResult)
class GoalResult(Schema):
    """What was run over the distance of a goal on its day."""


@fields_of(goals.GoalForecast)
class GoalForecast(Schema):
    """What could be run now over the distance of a goal; ``gapS`` is by how much that is slower than the goal."""


@fields_of(goals.Goal)
class Goal(Schema):
    """A goal; ``daysLeft`` is negative where its day has passed."""


@fields_of(week.Sums)
class Sums(Schema):
    """Sums over some days."""


@fields_of(week.Day)
class Day(Schema):
    """The sums of one day."""


@fields_of(week.ThisWeek)
class ThisWeek(Schema):
    """The current week, and the medians of earlier ones up to the same weekday and as a whole."""


class LongestRun(Schema):
    """The run that the spike limit comes from."""

    day: str
    distance_m: float


class SpikeLimit(Schema):
    """How long a run can be without a spike, until this day."""

    distance_m: float
    until: str
    longest: LongestRun


@fields_of(coaching_rules.Suggestion)
class Suggestion(Schema):
    """What to do today and why; ``rule`` is the rule that applied."""


@fields_of(today.Form)
class Form(Schema):
    """Fitness, fatigue and form; ``formShare`` is form divided by fitness, ``ramp`` the change of fitness in 7 days."""


@fields_of(today.Today)
class Today(Schema):
    """Where training stands today, and one suggestion."""


@fields_of(durability.DurabilityRow)
class Durability(Schema):
    """The fastest ``distanceM`` that begin after ``afterM`` of a run (0: fresh); ``slower`` than fresh, a share."""
