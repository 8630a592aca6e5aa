"""``runcoach fitness``: load, fitness, fatigue and form."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Annotated

from runcoach.cli.invocation import Invocation
from runcoach.cli.options import JsonOption, SinceOption, day_option
from runcoach.cli.output import amounts, counted, plain_table, right, text
from runcoach.domain.windows import local_today

if TYPE_CHECKING:
    from rich.table import Table

    from runcoach.services.training.fitness import Fitness, FitnessDay

#: Fitness depends on older days by less than a millionth of their load.
SETTLED_DAYS = 600

#: Days that the chart shows, its height in lines, and the weeks of the table.
CHART_DAYS, CHART_HEIGHT, WEEKS = 182, 8, 8


def command(
    current: Invocation,
    since: SinceOption = None,
    as_of: Annotated[date | None, day_option("--as-of", "Up to this day; today by default and at the latest.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Show how much you have trained: the load of your runs, fitness (42 days), fatigue (7 days) and form.

    The load of a run comes from its heart rate, or from its grade-adjusted pace where it has none. Form is yesterday's
    fitness less yesterday's fatigue: below 0 you are tired, above it rested. The figures describe training, not health.

    Examples:

      runcoach fitness

      runcoach fitness --since 2026-01

      runcoach zones set --max 188 --rest 52
    """
    from runcoach.services.analytics.missing import not_analyzed
    from runcoach.services.training.fitness import fitness

    until = as_of or local_today()
    # What is older than SETTLED_DAYS before the first day shown changes none of its figures.
    first = min(since or until, until - timedelta(days=CHART_DAYS)) - timedelta(days=SETTLED_DAYS)
    with current.reader() as connection:
        found = fitness(connection, until, since=None if as_json else first)
        if not found.days:  # the last run is longer ago
            found = fitness(connection, until)
        remark = not_analyzed(connection)
    if remark:
        current.say(remark)
    days = [day for day in found.days if since is None or day.date >= since]
    if as_json:
        current.emit_json(days, **found.context())
        return
    if found.today is None or not days:
        current.say("No runs yet. Start with `runcoach import FOLDER`.")
        return
    _render(current, found, days, has_since=since is not None)


def _render(current: Invocation, found: Fitness, days: list[FitnessDay], *, has_since: bool) -> None:
    from rich.text import Text

    from runcoach.cli.chart import axis, chart

    shown = days if has_since else days[-CHART_DAYS:]
    width = current.console().width
    today = shown[-1]
    headline = f"Fitness {today.fitness:.0f} · fatigue {today.fatigue:.0f} · form {today.form:+.0f}"
    current.show(text(headline, "bold"))
    lines = chart(
        [day.fitness for day in shown], [day.fatigue for day in shown], width=min(width, 100), height=CHART_HEIGHT
    )
    label = len(lines[0].plain.split()[0])
    lines.append(axis(str(shown[0].date), str(today.date), label=label, cells=len(lines[0]) - label - 1))
    current.show("", Text("\n").join(lines))
    current.show(text("█ fitness  • fatigue", "dim"), "", _weeks(days))
    _remarks(current, found)


def _weeks(days: list[FitnessDay]) -> Table:
    """The last weeks, newest first, each with its load and the figures at its end."""
    from runcoach.services.training.fitness import week_load, weeks_of

    headers = ("Load", "Fitness", "Fatigue", "Form", "Monotony", "Strain")
    table = plain_table("Week", *map(right, headers))
    for week in reversed(weeks_of(days)[-WEEKS:]):
        foster = week_load([day.load or 0.0 for day in week.days]) if len(week.days) == 7 else None
        table.add_row(
            str(week.monday),
            text(f"{week.load:.0f}", "bold"),
            f"{week.last.fitness:.0f}",
            f"{week.last.fatigue:.0f}",
            f"{week.last.form:+.0f}",
            "–" if foster is None or foster.monotony is None else f"{foster.monotony:.1f}",
            "–" if foster is None or foster.strain is None else f"{foster.strain:.0f}",
        )
    return table


def _remarks(current: Invocation, found: Fitness) -> None:
    """What the figures stand on."""
    runs, inputs = found.runs, found.inputs
    if found.ramp is not None:
        current.show("", text(f"Fitness has changed by {found.ramp:+.1f} in the last 7 days."))
    kinds = ((runs.by_heart_rate, "by heart rate"), (runs.by_pace, "by pace"), (runs.without_load, "without a load"))
    since = "" if (found.as_of - found.days[0].date).days < SETTLED_DAYS else f" since {found.days[0].date}"
    current.show(text(f"{counted(sum(number for number, _ in kinds), 'run')}{since}: {amounts(kinds)}.", "dim"))
    if inputs is not None and inputs.max_bpm is not None:
        maximum, rest = (f"{one.value:.0f} bpm ({one.origin})" for one in (inputs.max_bpm, inputs.rest_bpm))
        current.show(text(f"Maximum {maximum}, resting {rest}; `runcoach zones` shows and sets them.", "dim"))
    if not found.is_settled:
        current.show(
            text(f"Too low until {found.settled_from}: the time before your first run counts as rest.", "yellow")
        )
    if found.last_run is not None and (found.as_of - found.last_run).days > 7:
        current.show(text(f"No runs since {found.last_run}: these days count as rest.", "yellow"))
