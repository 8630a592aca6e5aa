"""Crontab lines and systemd user units as text: times and quoting. Pure functions."""

from __future__ import annotations

import hashlib
import re
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from runcoach.errors import UsageError

_HOUR_MIN = 60
_DAY_MIN = 24 * _HOUR_MIN

#: The intervals, in minutes, that divide an hour or a day evenly: cron knows no others. A sync costs one read or more
#: of the thousand that Strava allows a day, so nothing is shorter than five minutes.
INTERVALS_MIN = (
    *(minutes for minutes in range(5, _HOUR_MIN) if _HOUR_MIN % minutes == 0),
    *(hours * _HOUR_MIN for hours in range(1, 25) if 24 % hours == 0),
)

#: A daily sync comes between these hours: cron skips what falls into the time a machine is off.
_DAYTIME_H = (8, 22)

#: The longest command that the cron of Debian and Ubuntu takes, in bytes.
LONGEST_COMMAND = 998

_ALL_HOURS = tuple(range(24))
_UNITS_MIN = {"m": 1, "h": _HOUR_MIN, "d": _DAY_MIN}
_PLAIN = re.compile(r"[A-Za-z0-9@+=:,./_-]+", re.ASCII)


@dataclass(frozen=True, slots=True)
class Times:
    """When syncs begin: at each of ``minutes`` of each of ``hours`` (all 24 where ``every_min`` is an hour or less)."""

    every_min: int
    minutes: tuple[int, ...]
    hours: tuple[int, ...]

    @property
    def every(self) -> str:
        """The interval: ``15m``, ``2h``, ``1d``."""
        return interval_text(self.every_min)

    @property
    def cron_fields(self) -> str:
        """The five fields of a crontab line."""
        minutes = "*" if len(self.minutes) == _HOUR_MIN else _listed(self.minutes)
        return f"{minutes} {self._hours(1)} * * *"

    @property
    def calendar(self) -> str:
        """The same times as systemd's OnCalendar."""
        return f"*-*-* {self._hours(2)}:{_listed(self.minutes, 2)}:00"

    @property
    def description(self) -> str:
        """The same times in words."""
        if len(self.hours) < 24:
            return "at " + ", ".join(f"{hour:02d}:{self.minutes[0]:02d}" for hour in self.hours)
        return f"at minute {', '.join(map(str, self.minutes))} of every hour"

    def _hours(self, width: int) -> str:
        return "*" if len(self.hours) == 24 else _listed(self.hours, width)


@dataclass(frozen=True, slots=True)
class Launch:
    """How runcoach is started: the program (absolute, with its first words), global options, and what must be set.

    ``variables`` are needed wherever it is started; ``bus`` leads to the keyring and is needed under cron alone:
    systemd gives its user services the same.
    """

    program: tuple[str, ...]
    options: tuple[str, ...]
    variables: Mapping[str, str]
    bus: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry of a scheduler: its ``name``, the arguments of runcoach (``words``) and the interval.

    ``seed`` decides the minute at which it starts.
    """

    name: str
    launch: Launch
    words: Sequence[str]
    every_min: int
    seed: str


def parse_every(text: str) -> int:
    """``15m``, ``2h`` or ``1d`` in minutes; UsageError names the nearest intervals where cron cannot do this one."""
    minutes = _minutes(text)
    if not minutes:
        raise UsageError(f"{text!r} is not a valid interval", hint="use 15m, 30m, 1h, 2h, 6h, 12h or 1d")
    if minutes in INTERVALS_MIN:
        return minutes
    if minutes < INTERVALS_MIN[0]:
        raise UsageError(f"every {text} would use up Strava's limit of the day", hint="5m is the shortest")
    shorter = max(known for known in INTERVALS_MIN if known < minutes)
    longer = [known for known in INTERVALS_MIN if known > minutes]
    nearest = " or ".join(interval_text(known) for known in (shorter, *longer[:1]))
    raise UsageError(f"cron cannot run anything every {text}: that divides neither hour nor day", hint=f"use {nearest}")


def parse_interval(text: str) -> int:
    """``5m`` to ``7d`` in minutes; UsageError for anything else."""
    minutes = _minutes(text)
    if not INTERVALS_MIN[0] <= minutes <= 7 * _DAY_MIN:
        raise UsageError(f"{text!r} is not a valid interval", hint="use 5m to 7d: 15m, 1h, 6h, 1d")
    return minutes


def _minutes(text: str) -> int:
    """An interval in minutes; 0 where the text is none."""
    match = re.fullmatch(r"([1-9]\d{0,5})([mhd])", text.strip().lower(), re.ASCII)
    return int(match[1]) * _UNITS_MIN[match[2]] if match else 0


def interval_text(minutes: int) -> str:
    """An interval in the largest unit that divides it."""
    letter = next(letter for letter in "dhm" if minutes % _UNITS_MIN[letter] == 0)
    return f"{minutes // _UNITS_MIN[letter]}{letter}"


def times(every_min: int, seed: str) -> Times:
    """When to sync; the first minute follows from ``seed``, so that not all installations sync at the same time."""
    earliest, latest = (hour * _HOUR_MIN for hour in _DAYTIME_H) if every_min == _DAY_MIN else (0, every_min)
    number = int.from_bytes(hashlib.sha256(seed.encode("utf-8", "surrogateescape")).digest()[:8])
    first = earliest + number % (latest - earliest)
    if every_min < _HOUR_MIN:
        return Times(every_min, tuple(range(first, _HOUR_MIN, every_min)), _ALL_HOURS)
    return Times(every_min, (first % _HOUR_MIN,), tuple(range(first // _HOUR_MIN, 24, every_min // _HOUR_MIN)))


def check_fit(words: Sequence[str]) -> None:
    """UsageError where a word holds what neither a crontab nor a unit can: control characters, bytes of no encoding."""
    for word in words:
        for code in map(ord, word):
            is_control = code < 0x20 or 0x7F <= code < 0xA0
            if is_control or 0xD800 <= code <= 0xDFFF or 0xFDD0 <= code <= 0xFDEF or code & 0xFFFE == 0xFFFE:
                raise UsageError(
                    f"{word!a} holds characters that cannot stand in a crontab or a systemd unit",
                    hint="rename that folder or file, or choose another with --home",
                )


def cron_word(word: str) -> str:
    r"""A word quoted for the shell, each ``%`` as ``\%`` outside the quotes.

    An unescaped ``%`` ends a command for cron. Some crons take the backslash away before the shell sees it, others
    leave it: outside quotes the shell does so itself, and the word is the same under all of them. For the same reason
    no two backslashes stand side by side: Debian's cron makes one of them.
    """
    quoted = r"\%".join(shlex.quote(part) if part else "" for part in word.split("%")) or "''"
    return re.sub(r"\\(?=\\)", r"\\''", quoted)  # each backslash but those before % is within quotes


def shell_text(cron_text: str) -> str:
    """What ``/bin/sh`` is given of a command in a crontab, every ``%`` of which is escaped."""
    return cron_text.replace(r"\%", "%")


def cron_command(launch: Launch, words: Sequence[str]) -> str:
    """The command of a crontab line that runs ``runcoach WORDS``: variables, program, global options, words."""
    settings = {**launch.variables, **launch.bus}
    assignments = [f"{name}={cron_word(value)}" for name, value in settings.items()]
    return " ".join([*assignments, *map(cron_word, (*launch.program, *launch.options, *words))])


def cron_line(launch: Launch, when: Times, words: Sequence[str]) -> str:
    """One line of a user's crontab."""
    return f"{when.cron_fields} {cron_command(launch, words)}"


def unit_word(word: str, *, dollars: bool = False) -> str:
    """A word quoted for a systemd unit; ``dollars``: in a command line, where ``$`` begins a variable."""
    if _PLAIN.fullmatch(word):
        return word
    escaped = word.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%")
    return f'"{escaped.replace("$", "$$") if dollars else escaped}"'


def service_unit(launch: Launch, words: Sequence[str]) -> str:
    """The .service that runs ``runcoach WORDS`` once."""
    command = [*launch.program, *launch.options, *words]
    if set("\"'\\$") & set(launch.program[0]):
        # systemd takes no program with such a letter in its path, but hands it on as an argument.
        command = ["/bin/sh", "-c", 'exec "$0" "$@"', *command]
    environment = [f"Environment={unit_word(f'{name}={value}')}" for name, value in launch.variables.items()]
    lines = [
        "[Unit]",
        "Description=Sync new runs (runcoach)",
        "",
        "[Service]",
        "Type=oneshot",
        *environment,
        f"ExecStart={' '.join(unit_word(word, dollars=True) for word in command)}",
        "# a limit of Strava's is reached, or another sync is running: the next one goes on",
        "SuccessExitStatus=5 6",
        "TimeoutStartSec=30min",
    ]
    return "\n".join(lines) + "\n"


def timer_unit(when: Times) -> str:
    """The .timer that starts the service of the same name; it catches up on what fell into the time off."""
    return _timer(when.every, f"OnCalendar={when.calendar}", "RandomizedDelaySec=1min", "Persistent=true")


def interval_timer(every_min: int, seed: str) -> str:
    """A .timer for any interval: at fixed times where it divides a day, else counted from the last run.

    Both catch up on runs missed while the machine was off or asleep.
    """
    if every_min in INTERVALS_MIN:
        return timer_unit(times(every_min, seed))
    counted = (f"OnActiveSec={every_min}min", "OnBootSec=2min", f"OnUnitActiveSec={every_min}min")
    return _timer(interval_text(every_min), *counted)


def _timer(every: str, *settings: str) -> str:
    lines = [
        "[Unit]",
        f"Description=Sync new runs every {every} (runcoach)",
        "",
        "[Timer]",
        *settings,
        "",
        "[Install]",
        "WantedBy=timers.target",
    ]
    return "\n".join(lines) + "\n"


def interval_cron_line(entry: Entry) -> str:
    """A crontab line that runs at least once an hour; the command checks whether the interval has passed.

    So any interval is possible, and a run missed while the machine was off follows within the hour.
    """
    tick = max(minutes for minutes in (60, 30, 20, 15, 12, 10, 6, 5, 4, 3, 2, 1) if entry.every_min % minutes == 0)
    when = times(tick, entry.seed) if tick >= INTERVALS_MIN[0] else Times(tick, tuple(range(0, 60, tick)), _ALL_HOURS)
    return cron_line(entry.launch, when, entry.words)


def check_cron_length(launch: Launch, words: Sequence[str]) -> None:
    """UsageError for a command that Debian's cron would cut."""
    if len(cron_command(launch, words).encode()) > LONGEST_COMMAND:
        raise UsageError("the command is too long for a crontab", hint="use shorter folders, or set fewer variables")


def _listed(numbers: Sequence[int], width: int = 1) -> str:
    return ",".join(f"{number:0{width}d}" for number in numbers)
