"""Reads the screen of today: this week, the spike limit, the next goal, and one suggestion."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from runcoach.domain.training.coaching_rules import Suggestion, suggest
from runcoach.domain.units import Units
from runcoach.domain.windows import local_today
from runcoach.services.training import goals, spikes, week
from runcoach.services.training.coaching_facts import coaching_facts

if TYPE_CHECKING:
    import sqlite3
    from datetime import date

    from runcoach.services.training.goals import Goal
    from runcoach.services.training.spikes import SpikeLimit
    from runcoach.services.training.week import ThisWeek


@dataclass(frozen=True, slots=True)
class Today:
    """The screen of one day; ``spike_limit`` and ``goal`` are None where there is none.

    ``spike_evidence`` says what is known of spikes.
    """

    day: date
    week: ThisWeek
    spike_limit: SpikeLimit | None
    spike_evidence: str
    goal: Goal | None
    suggestion: Suggestion


def today(connection: sqlite3.Connection, day: date | None = None, units: Units = Units.METRIC) -> Today:
    """The screen of ``day`` (by this machine's clock, if None); ``units`` are those of the suggestion's text."""
    day = day or local_today()
    this_week = week.this_week(week.running_days(connection, day))
    limit = spikes.limit(connection, day)
    goal = goals.next_goal(connection, day)
    if goal is not None:
        (goal,) = goals.with_forecasts(connection, [goal], day)
    facts = coaching_facts(connection, day, week=this_week, limit=limit, goal=goal, form_share=None)
    return Today(
        day=day,
        week=this_week,
        spike_limit=limit,
        spike_evidence=spikes.EVIDENCE,
        goal=goal,
        suggestion=suggest(facts, units),
    )
