"""Times, quoting and layout of a crontab line and of systemd units, read back as cron, sh and systemd read them."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from runcoach.errors import UsageError
from runcoach.services.scheduling.unit_files import (
    INTERVALS_MIN,
    Launch,
    Times,
    check_fit,
    cron_line,
    cron_word,
    interval_text,
    parse_every,
    service_unit,
    shell_text,
    timer_unit,
    times,
    unit_word,
)

WORDS = ("sync", "--quiet", "--no-wait")

seeds = st.text(max_size=20)
#: What has a meaning to cron, to a shell or to systemd, alone and in the company that has another one.
PIECES = [*" %\\'\"$`!*?#;&|<>(){}[]~=@:+-^,aß", "%%", "\\\\", "\\%", "$$", "$HOME", "%h", "\N{NO-BREAK SPACE}", "東🏃"]
MEANINGFUL = "\\\\%\\%%$HOME $$'\"`x` ; \\"
#: Anything that a path or a setting may hold and that is fit for both.
texts = st.one_of(
    st.lists(st.sampled_from(PIECES), max_size=20).map("".join),
    st.text(st.characters(exclude_categories=["Cc", "Cs", "Cn"], exclude_characters="/"), max_size=30),
)
names = texts.filter(lambda name: name not in {"", ".", ".."})


@pytest.mark.parametrize(
    ("text", "minutes"),
    [
        *(("5m", 5), ("15m", 15), ("30m", 30), ("60m", 60), ("120m", 120), ("1440m", 1440)),
        *(("1h", 60), ("2h", 120), ("6h", 360), ("12h", 720), ("24h", 1440), ("1d", 1440), (" 1H ", 60)),
    ],
)
def test_an_interval(text: str, minutes: int) -> None:
    assert parse_every(text) == minutes


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("45m", "use 30m or 1h"),
        ("90m", "use 1h or 2h"),
        ("7m", "use 6m or 10m"),
        ("5h", "use 4h or 6h"),
        ("23h", "use 12h or 1d"),
        ("2d", "use 1d"),
        ("999999d", "use 1d"),
        ("1m", "5m is the shortest"),
        ("4m", "5m is the shortest"),
        ("0m", "use 15m"),
        ("-1h", "use 15m"),
        ("1.5h", "use 15m"),
        ("hourly", "use 15m"),
        ("1w", "use 15m"),
        ("٣h", "use 15m"),
        ("", "use 15m"),
    ],
)
def test_an_interval_that_cannot_be_names_the_nearest(text: str, says: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse_every(text)
    assert says in str(caught.value.hint)


def test_every_interval_is_written_as_it_is_read() -> None:
    assert [parse_every(interval_text(minutes)) for minutes in INTERVALS_MIN] == list(INTERVALS_MIN)


# -- times ------------------------------------------------------------------------------------------------------------

DAY = datetime(2026, 2, 27)  # noqa: DTZ001  (cron knows the clock on the wall alone)
DAYS = 5  # over the end of a month
EVERY_MINUTE = [DAY + timedelta(minutes=n) for n in range(DAYS * 24 * 60)]


def held_by(field: str, lowest: int, highest: int) -> set[int]:
    """The values that a field of a crontab stands for: lists, ranges and steps, as crontab(5) defines them."""
    values: set[int] = set()
    for part in field.split(","):
        span, _, step = part.partition("/")
        first, _, last = (f"{lowest}-{highest}" if span == "*" else span).partition("-")
        end = int(last) if last else (highest if step else int(first))
        assert lowest <= int(first) <= end <= highest
        values |= set(range(int(first), end + 1, int(step or 1)))
    return values


def cron_moments(fields: str) -> list[datetime]:
    """Every minute of the days looked at in which cron would run a line with these five fields."""
    bounds = ((0, 59), (0, 23), (1, 31), (1, 12), (0, 7))
    minute, hour, day, month, weekday = (
        held_by(field, *bound) for field, bound in zip(fields.split(" "), bounds, strict=True)
    )
    return [
        moment
        for moment in EVERY_MINUTE
        if moment.minute in minute
        and moment.hour in hour
        and moment.day in day
        and moment.month in month
        and moment.isoweekday() % 7 in weekday
    ]


@given(seeds)
@settings(max_examples=8, deadline=None)
@pytest.mark.parametrize("every_min", INTERVALS_MIN)
def test_cron_runs_it_exactly_as_often_as_was_asked(every_min: int, seed: str) -> None:
    when = times(every_min, seed)
    moments = cron_moments(when.cron_fields)
    assert len(moments) == DAYS * 24 * 60 // every_min
    gaps = {after - before for before, after in pairwise(moments)}
    assert gaps == {timedelta(minutes=every_min)}
    if every_min == 1440:
        assert 8 <= moments[0].hour < 22


@pytest.mark.slow
@given(st.sampled_from(INTERVALS_MIN), seeds)
def test_systemd_is_told_the_same_times_as_cron(every_min: int, seed: str) -> None:
    when = times(every_min, seed)
    match = re.fullmatch(r"\*-\*-\* (\*|[\d,]+):([\d,]+):00", when.calendar)
    assert match
    hours = range(24) if match[1] == "*" else map(int, match[1].split(","))
    minutes = list(map(int, match[2].split(",")))
    moments = {(moment.hour, moment.minute) for moment in cron_moments(when.cron_fields)}
    assert moments == {(hour, minute) for hour in hours for minute in minutes}


@pytest.mark.parametrize(("every_min", "moments"), [(5, 5), (15, 15), (60, 60), (120, 120)])
def test_the_minute_is_always_the_same_here_and_others_elsewhere(every_min: int, moments: int) -> None:
    drawn = [times(every_min, f"machine {n}") for n in range(1200)]
    assert drawn == [times(every_min, f"machine {n}") for n in range(1200)]
    assert len({(when.minutes[0], when.hours[0]) for when in drawn}) == moments


def test_times_in_words() -> None:
    assert Times(15, (7, 22, 37, 52), tuple(range(24))).description == "at minute 7, 22, 37, 52 of every hour"
    assert Times(720, (5,), (6, 18)).description == "at 06:05, 18:05"


# -- the crontab line, as cron and the shell read it ------------------------------------------------------------------


def as_cron_reads(command: str, unescaped: str) -> str:
    r"""What a cron hands to the shell: the text up to the first ``%`` that no backslash escapes.

    Before the letters of ``unescaped`` it takes the backslash away: cronie before ``%``, Debian's cron also before
    another backslash, busybox before none.
    """
    read, escaped = "", False
    for letter in command:
        if escaped:
            read = read[:-1] + letter if letter in unescaped else read + letter
            escaped = False
        elif letter == "%":
            break
        else:
            read += letter
            escaped = letter == "\\"
    return read


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as name:
        yield Path(name)


def stub(folder: Path, name: str) -> Path:
    """A program of this name that prints its own path, its arguments, and then its environment, NUL after each."""
    program = folder / f"{name}-folder" / name
    program.parent.mkdir(exist_ok=True)
    if not program.exists():
        program.write_text('#!/bin/sh\nprintf \'%s\\0\' "$0" "$@" --\nexec env -0\n')
        program.chmod(0o755)
    return program


@pytest.mark.slow
@pytest.mark.parametrize("unescaped", ["%", "%\\", ""])
@example(name=MEANINGFUL, home=MEANINGFUL, value=MEANINGFUL, bus=MEANINGFUL)
@given(name=names, home=texts, value=texts, bus=texts)
@settings(deadline=None)
def test_a_crontab_line_gives_back_exactly_what_went_into_it(
    folder: Path, unescaped: str, name: str, home: str, value: str, bus: str
) -> None:
    program = stub(folder, name[:20])
    options = ("--home", f"/{home}")
    launch = Launch((str(program),), options, {"RUNCOACH_UNITS": value}, {"DBUS_SESSION_BUS_ADDRESS": bus})
    line = cron_line(launch, times(60, "seed"), WORDS)
    assert line.count("\n") == 0
    command = as_cron_reads(line.split(" ", 5)[5], unescaped)
    if unescaped == "%":
        assert command == shell_text(line.split(" ", 5)[5])
    done = subprocess.run(["/bin/sh", "-c", command], env={"PATH": "/usr/bin:/bin"}, capture_output=True, check=True)
    words = done.stdout.decode().split("\0")
    end = words.index("--")
    assert words[:end] == [str(program), *options, *WORDS]
    environment = dict(word.split("=", 1) for word in words[end + 1 : -1])
    assert environment["RUNCOACH_UNITS"] == value
    assert environment["DBUS_SESSION_BUS_ADDRESS"] == bus


def test_a_plain_line_stays_plain() -> None:
    launch = Launch(("/home/anna/.local/bin/runcoach",), (), {}, {})
    when = Times(60, (17,), tuple(range(24)))
    assert cron_line(launch, when, WORDS) == "17 * * * * /home/anna/.local/bin/runcoach sync --quiet --no-wait"


@pytest.mark.parametrize(
    ("word", "quoted"),
    [
        ("", "''"),
        ("%", r"\%"),
        ("a b%c", r"'a b'\%c"),
        ("50%", r"50\%"),
        ("it's", "'it'\"'\"'s'"),
        ("~", "'~'"),
        ("a\\\\b", "'a\\''\\b'"),
    ],
)
def test_a_word_for_cron(word: str, quoted: str) -> None:
    assert cron_word(word) == quoted


@pytest.mark.parametrize("letter", ["\n", "\t", "\x7f", "\x85", "\udcff", "\uffff", "\ufdd0", "\U0001fffe"])
def test_what_no_crontab_can_hold_is_refused(letter: str) -> None:
    with pytest.raises(UsageError) as caught:
        check_fit(["fine", f"/home/{letter}/x"])
    assert caught.value.message.isprintable()
    assert "--home" in str(caught.value.hint)


@given(texts)
def test_what_a_crontab_can_hold_is_not_refused(word: str) -> None:
    check_fit([word])


# -- the units, as systemd reads them ---------------------------------------------------------------------------------


def as_systemd_reads(text: str, *, dollars: bool) -> list[str]:
    """The words of a value in a unit: quotes and backslashes as systemd.syntax(7) has them, then %% and $$."""
    words: list[str] = []
    word: str | None = None
    quote = ""
    letters = iter(text)
    for letter in letters:
        if letter == "\\":
            escaped = next(letters)
            assert escaped in "\\\"'"
            word = (word or "") + escaped
        elif quote:
            quote, word = ("", word) if letter == quote else (quote, (word or "") + letter)
        elif letter in "\"'":
            quote, word = letter, word or ""
        elif letter == " ":
            words += [] if word is None else [word]
            word = None
        else:
            word = (word or "") + letter
    assert not quote
    return [_expanded(found, dollars=dollars) for found in [*words, *([] if word is None else [word])]]


def _expanded(word: str, *, dollars: bool) -> str:
    for sign in "%$" if dollars else "%":
        assert not re.search(rf"(?<!\{sign})\{sign}(\{sign}\{sign})*(?!\{sign})", word), f"a lone {sign}"
        word = word.replace(sign * 2, sign)
    return word


@example(words=[MEANINGFUL, MEANINGFUL], dollars=True)
@example(words=[MEANINGFUL, MEANINGFUL], dollars=False)
@given(words=st.lists(texts, min_size=1, max_size=4), dollars=st.booleans())
def test_a_word_of_a_unit_is_read_as_it_was_meant(words: list[str], dollars: bool) -> None:
    text = " ".join(unit_word(word, dollars=dollars) for word in words if word)
    assert as_systemd_reads(text, dollars=dollars) == [word for word in words if word]


def verify(folder: Path, launch: Launch, when: Times) -> None:
    """``systemd-analyze verify --user`` has nothing to say of the two units; a missing program would be told."""
    _need_systemd()
    (folder / "runcoach-sync.service").write_text(service_unit(launch, WORDS), encoding="utf-8")
    (folder / "runcoach-sync.timer").write_text(timer_unit(when), encoding="utf-8")
    done = subprocess.run(
        ["systemd-analyze", "verify", "--user", "runcoach-sync.service", "runcoach-sync.timer"],
        cwd=folder,
        env={"PATH": os.environ["PATH"], "HOME": str(folder), "XDG_RUNTIME_DIR": str(folder)},
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert [line for line in done.stderr.splitlines() if "runcoach" in line] == []
    assert done.returncode == 0, done.stderr


def _need_systemd() -> None:
    if shutil.which("systemd-analyze"):
        return
    if os.environ.get("CI"):
        pytest.fail("systemd-analyze must be installed where CI is set: apt-get install systemd")
    pytest.skip("no systemd-analyze here: apt-get install systemd")


@pytest.mark.parametrize("every_min", INTERVALS_MIN)
def test_systemd_accepts_the_units(tmp_path: Path, every_min: int) -> None:
    verify(tmp_path, Launch((str(stub(tmp_path, "runcoach")),), (), {}, {}), times(every_min, str(tmp_path)))


@pytest.mark.slow
@example(name=MEANINGFUL, value=MEANINGFUL)
@given(name=names, value=texts)
@settings(max_examples=30, deadline=None)
def test_systemd_accepts_any_path_and_setting(folder: Path, name: str, value: str) -> None:
    """The program has the path, so a path that systemd reads otherwise is one that it does not find."""
    program = str(stub(folder, name[:20]))
    launch = Launch((program,), ("--home", f"/{value}"), {"RUNCOACH_UNITS": value}, {})
    verify(folder, launch, times(60, "seed"))


def test_systemd_would_say_if_the_program_were_not_there(tmp_path: Path) -> None:
    with pytest.raises(AssertionError, match="not executable"):
        verify(tmp_path, Launch((f"{tmp_path}/nowhere/runcoach",), (), {}, {}), times(60, ""))


@pytest.mark.parametrize("every_min", INTERVALS_MIN)
def test_systemd_reads_the_times_as_cron_does(every_min: int) -> None:
    _need_systemd()
    when = times(every_min, "seed")
    wanted = cron_moments(when.cron_fields)[:5]
    done = subprocess.run(
        [
            "systemd-analyze",
            "calendar",
            "--iterations=5",
            f"--base-time={DAY - timedelta(seconds=1)} UTC",
            when.calendar,
        ],
        env={"PATH": os.environ["PATH"], "TZ": "UTC"},
        capture_output=True,
        encoding="utf-8",
        check=True,
    )
    found = re.findall(r"\d{4}-\d\d-\d\d \d\d:\d\d:00(?= UTC)", done.stdout)
    assert found == [str(moment) for moment in wanted]


def test_a_timer_catches_up_and_a_service_knows_what_is_no_failure(tmp_path: Path) -> None:
    timer = timer_unit(Times(60, (17,), tuple(range(24)))).splitlines()
    assert {"OnCalendar=*-*-* *:17:00", "Persistent=true", "RandomizedDelaySec=1min"} <= set(timer)
    service = service_unit(Launch(("/a/runcoach",), (), {"RUNCOACH_HOME": "/x"}, {"BUS": "1"}), WORDS).splitlines()
    assert {"Type=oneshot", "Environment=RUNCOACH_HOME=/x", "SuccessExitStatus=5 6"} <= set(service)
    assert "ExecStart=/a/runcoach sync --quiet --no-wait" in service
    assert not any("BUS" in line for line in service)
