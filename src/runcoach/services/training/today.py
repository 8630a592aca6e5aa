"""Reads the screen of today: form, this week, the spike limit, the next goal, and one suggestion."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

from runcoach.domain.training.coaching_rules import Suggestion, form_state, suggest
from runcoach.domain.units import Units
from runcoach.domain.windows import local_today
from runcoach.services.training import goals, spikes, week
from runcoach.services.training.coaching_facts import coaching_facts
from runcoach.services.training.fitness import Fitness, fitness

if TYPE_CHECKING:
    from runcoach.services.training.goals import Goal
    from runcoach.services.training.spikes import SpikeLimit
    from runcoach.services.training.week import ThisWeek


#: Loads further back change fitness by less than a millionth of them.
_LOADS_FROM = timedelta(days=600)


@dataclass(frozen=True, slots=True)
class Form:
    """Fitness, fatigue and form on one day; ``form_share`` is form divided by fitness, ``state`` says it in words.

    ``ramp`` is how much fitness changed in 7 days. ``runs_without_load`` are missing from all of them. ``method`` says
    how they are computed.
    """

    fitness: float
    fatigue: float
    form: float
    form_share: float
    state: str
    ramp: float
    runs_without_load: int
    method: str


@dataclass(frozen=True, slots=True)
class Today:
    """The screen of one day; ``spike_limit`` and ``goal`` are None where there is none.

    ``form`` is None before there is enough history, with the reason in ``form_reason``. ``spike_evidence`` says what is
    known of spikes.
    """

    day: date
    form: Form | None
    form_reason: str | None
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
    form, form_reason = _form(fitness(connection, day, since=day - _LOADS_FROM))
    share = None if form is None else form.form_share
    facts = coaching_facts(connection, day, week=this_week, limit=limit, goal=goal, form_share=share)
    return Today(
        day=day,
        form=form,
        form_reason=form_reason,
        week=this_week,
        spike_limit=limit,
        spike_evidence=spikes.EVIDENCE,
        goal=goal,
        suggestion=suggest(facts, units),
    )


def _form(found: Fitness) -> tuple[Form | None, str | None]:
    """The form of the day, or why there is none."""
    today = found.today
    if today is None:
        return None, "needs six weeks of runs with a heart rate or a pace"
    if not found.is_settled:
        return None, f"fitness needs six weeks of runs, until {found.settled_from}"
    if today.fitness <= 0.0:
        return None, "no run of the last months has a load"
    share = today.form / today.fitness
    return (
        Form(
            fitness=round(today.fitness, 1),
            fatigue=round(today.fatigue, 1),
            form=round(today.form, 1),
            form_share=round(share, 3),
            state=form_state(share),
            ramp=round(found.ramp or 0.0, 1),
            runs_without_load=found.runs.without_load,
            method=found.method,
        ),
        None,
    )
