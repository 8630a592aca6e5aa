"""The rules from which today's suggestion comes: a table, read from top to bottom; the first that applies counts.

They are rules of thumb, each with its reason; none of them knows how the runner feels.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from runcoach.domain.units import Units, format_distance

#: With fewer runs in four weeks, load and form say nothing.
MIN_RUNS = 6

#: Days without a run after which it begins again with little.
BREAK_DAYS = 10

#: An easy day follows for each so many metres raced (Daniels' Running Formula).
RACED_M_PER_EASY_DAY = 3000.0

#: Form as a share of fitness below which fatigue is deep, and above which there is room for a hard run. The zones are
#: those of intervals.icu.
DEEP_FATIGUE, ROOM = -0.3, -0.1

#: From this form on, as a share of fitness, a runner is fresh.
FRESH = 0.05

#: Days before a race with less volume: two weeks from the half marathon on (Bosquet 2007), one before shorter races.
TAPER_DAYS, SHORT_TAPER_DAYS, TAPER_FROM_M = 14, 7, 21_000.0

#: A week of more than this many typical ones is full.
FULL_WEEK = 1.1

#: Days between long runs and between hard ones, at least.
LONG_DAYS, HARD_DAYS = 6, 3


class Kind(StrEnum):
    """What is suggested."""

    NONE = "none"
    REST = "rest"
    EASY = "easy"
    LONG = "long"
    HARD = "hard"
    RACE = "race"


@dataclass(frozen=True, slots=True)
class Facts:
    """What the rules know; None where it is not known.

    Distances are in metres. ``usual_m`` is the median run of four weeks, ``limit_m`` the longest run without a spike.
    ``spike_excess`` is by which share the run ``days_since_spike`` ago was longer than those before it. ``form_share``
    is form divided by fitness. ``days_since_hard`` and ``days_since_long`` are None where none was in four weeks,
    ``knows_hard`` False where runs have no figures that tell hard ones.
    """

    runs: int = 0
    runs_4_weeks: int = 0
    days_since_run: int | None = None
    today_m: float = 0.0
    usual_m: float | None = None
    limit_m: float | None = None
    days_since_spike: int | None = None
    spike_excess: float | None = None
    form_share: float | None = None
    week_m: float = 0.0
    typical_week_m: float | None = None
    days_since_hard: int | None = None
    knows_hard: bool = False
    days_since_long: int | None = None
    days_since_race: int | None = None
    race_m: float | None = None
    goal_title: str | None = None
    goal_length_m: float | None = None
    days_to_goal: int | None = None
    is_weekend: bool = False


@dataclass(frozen=True, slots=True)
class Rule:
    """One row of the table; ``text`` and ``reason`` may use ``{…}`` of :func:`_words`."""

    name: str
    applies: Callable[[Facts], bool]
    kind: Kind
    text: str
    reason: str


@dataclass(frozen=True, slots=True)
class Suggestion:
    """What to do today and why; ``rule`` is the name of the rule that applied."""

    rule: str
    kind: Kind
    text: str
    reason: str


def _is_recovering(facts: Facts) -> bool:
    if facts.days_since_race is None or facts.race_m is None:
        return False
    return facts.days_since_race <= facts.race_m / RACED_M_PER_EASY_DAY


def _is_tapering(facts: Facts) -> bool:
    if facts.days_to_goal is None or facts.goal_length_m is None:
        return False
    days = TAPER_DAYS if facts.goal_length_m >= TAPER_FROM_M else SHORT_TAPER_DAYS
    return 0 < facts.days_to_goal <= days


def _is_week_full(facts: Facts) -> bool:
    return bool(facts.typical_week_m) and facts.week_m > FULL_WEEK * (facts.typical_week_m or 0.0)


def _is_long_due(facts: Facts) -> bool:
    is_due = facts.days_since_long is None or facts.days_since_long >= LONG_DAYS
    return facts.limit_m is not None and facts.is_weekend and is_due


def _is_hard_due(facts: Facts) -> bool:
    is_rested = facts.days_since_hard is None or facts.days_since_hard >= HARD_DAYS
    return facts.knows_hard and is_rested and facts.form_share is not None and facts.form_share >= ROOM


#: The table. {limit} is the longest run without a spike, {usual} the usual run.
RULES = (
    Rule(
        "no-runs",
        lambda facts: facts.runs == 0,
        Kind.NONE,
        "Import your runs: `runcoach import FOLDER`, `runcoach connect` or `runcoach demo`.",
        "There are no runs yet.",
    ),
    Rule("done", lambda facts: facts.today_m > 0, Kind.NONE, "Enough for today.", "You ran {today} today."),
    Rule(
        "race-day",
        lambda facts: facts.days_to_goal == 0,
        Kind.RACE,
        "Race: {goal}. Start no faster than its pace.",
        "Your goal is today.",
    ),
    Rule(
        "race-eve",
        lambda facts: facts.days_to_goal in {1, 2},
        Kind.REST,
        "Rest, or 20 to 30 minutes easy.",
        "{goal} is in {days_to_goal}.",
    ),
    Rule(
        "after-break",
        lambda facts: facts.days_since_run is not None and facts.days_since_run >= BREAK_DAYS,
        Kind.EASY,
        "Begin again with a short easy run.",
        "You have not run for {days_since_run}.",
    ),
    Rule(
        "after-race",
        _is_recovering,
        Kind.EASY,
        "Rest, or an easy run.",
        "You raced {race} {days_since_race} ago; one easy day per 3 km raced is a common rule (Daniels).",
    ),
    Rule(
        "after-spike",
        lambda facts: facts.days_since_spike in {1, 2},
        Kind.EASY,
        "Rest, or a short easy run.",
        "Your run {days_since_spike} ago was {spike} longer than the longest of the 30 days before.",
    ),
    Rule(
        "deep-fatigue",
        lambda facts: facts.form_share is not None and facts.form_share < DEEP_FATIGUE,
        Kind.REST,
        "Rest, or a short easy run.",
        "Your form is {form} of your fitness: much more than usual in the last days.",
    ),
    Rule(
        "taper",
        _is_tapering,
        Kind.EASY,
        "A short run with a few minutes at race pace.",
        "{goal} is in {days_to_goal}: about half the usual distance at the usual speeds works best (Bosquet 2007).",
    ),
    Rule(
        "few-runs",
        lambda facts: facts.runs_4_weeks < MIN_RUNS,
        Kind.EASY,
        "An easy run of about {usual}, by feel.",
        "{runs_4_weeks} in four weeks are too few to judge load and form.",
    ),
    Rule(
        "after-hard",
        lambda facts: facts.days_since_hard == 1,
        Kind.EASY,
        "An easy run of about {usual}, or rest.",
        "Yesterday's run was hard.",
    ),
    Rule(
        "full-week",
        _is_week_full,
        Kind.EASY,
        "Rest, or a short easy run.",
        "{week} this week, {typical_week} in a typical one.",
    ),
    Rule(
        "long-run",
        _is_long_due,
        Kind.LONG,
        "A long easy run, up to {limit}.",
        "{last_long}; up to {limit} it is no spike.",
    ),
    Rule(
        "hard-run",
        _is_hard_due,
        Kind.HARD,
        "A hard run, for example 3 × 10 minutes at threshold pace.",
        "{last_hard}, and your form ({form} of your fitness) leaves room.",
    ),
    Rule("easy", lambda _: True, Kind.EASY, "An easy run of about {usual}.", "Most runs should be easy (Seiler)."),
)


def form_state(form_share: float) -> str:
    """Form as a share of fitness in words."""
    if form_share < DEEP_FATIGUE:
        return "deep fatigue"
    if form_share < ROOM:
        return "training"
    return "neutral" if form_share < FRESH else "fresh"


def suggest(facts: Facts, units: Units = Units.METRIC) -> Suggestion:
    """The suggestion of the first rule that applies."""
    rule = next(rule for rule in RULES if rule.applies(facts))
    words = _words(facts, units)
    return Suggestion(rule.name, rule.kind, rule.text.format(**words), rule.reason.format(**words))


def _words(facts: Facts, units: Units) -> dict[str, str]:
    """What the texts of rules may name."""

    def distance(metres: float | None) -> str:
        return "your usual distance" if metres is None else f"{format_distance(metres, units, 1)} {units.distance}"

    def share(value: float | None) -> str:
        return f"{value or 0.0:.0%}"

    return {
        "today": distance(facts.today_m),
        "usual": distance(facts.usual_m),
        "limit": distance(facts.limit_m),
        "race": distance(facts.race_m),
        "week": distance(facts.week_m),
        "typical_week": distance(facts.typical_week_m),
        "goal": facts.goal_title or "",
        "days_to_goal": _days(facts.days_to_goal),
        "days_since_run": _days(facts.days_since_run),
        "days_since_race": _days(facts.days_since_race),
        "days_since_spike": _days(facts.days_since_spike),
        "runs_4_weeks": "1 run" if facts.runs_4_weeks == 1 else f"{facts.runs_4_weeks} runs",
        "spike": share(facts.spike_excess),
        "form": share(facts.form_share),
        "last_long": _last("long", facts.days_since_long),
        "last_hard": _last("hard", facts.days_since_hard),
    }


def _days(number: int | None) -> str:
    return "1 day" if number == 1 else f"{number} days"


def _last(kind: str, days: int | None) -> str:
    return f"No {kind} run in four weeks" if days is None else f"Your last {kind} run was {_days(days)} ago"
