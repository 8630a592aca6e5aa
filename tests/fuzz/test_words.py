"""Whatever a person types or puts into ``config.toml``: a value, or one line that says what is wrong with it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from fuzzing import fuzzed, mutated
from hypothesis import given
from hypothesis import strategies as st

from runcoach.config import load
from runcoach.domain.distances import LONGEST_M, SHORTEST_M, distance_title, parse_distance
from runcoach.domain.windows import parse_date, parse_last_date, parse_window
from runcoach.errors import ConfigError, UsageError

TYPED = st.one_of(
    st.text(max_size=12),
    st.from_regex(r"[0-9]{0,9}[.,]?[0-9]{0,9} ?[a-z]{0,6}", fullmatch=True),
    st.from_regex(r"-?\d{1,12}[dmyDMY]?", fullmatch=True),
    st.sampled_from(
        ["١٢d", "1²m", "½", "５k", "1e3", "nan", "inf", "0x10", "-5k", "١٢٣", "1_000", " 5k ", "5 K", "all "]
    ),
)
DAYS = st.one_of(st.dates(), st.just(date.min), st.just(date.max))


@pytest.mark.slow
@fuzzed(200)
@given(text=TYPED, as_of=DAYS)
def test_a_window(text: str, as_of: date) -> None:
    try:
        window = parse_window(text)
    except UsageError as error:
        assert error.hint
        return
    begins = window.after(as_of)
    assert begins is None or begins < as_of
    assert parse_window(window.text) == window


@pytest.mark.slow
@fuzzed(200)
@given(text=TYPED)
def test_a_distance(text: str) -> None:
    try:
        label, length_m = parse_distance(text)
    except UsageError as error:
        assert error.hint
        return
    assert SHORTEST_M <= length_m <= LONGEST_M
    assert abs(label - length_m) < 6
    assert distance_title(label)


@pytest.mark.slow
@pytest.mark.parametrize("parse", [parse_date, parse_last_date])
def test_a_date(parse: Callable[[str], date]) -> None:
    typed = st.one_of(TYPED, st.from_regex(r"\d{4}(-\d{1,2}(-\d{1,2})?)?", fullmatch=True))

    @fuzzed(150)
    @given(text=typed)
    def check(text: str) -> None:
        try:
            assert isinstance(parse(text), date)
        except UsageError as error:
            assert error.hint

    check()


CONFIG = (
    b'units = "metric"\nstrava_api_url = "https://www.strava.com/api/v3"\ntoken_store = "file"\n'
    b"[a]\nb = [1, 2.5, 1979-05-27]\n"
)


def read(home: Path, data: bytes) -> Any:
    (home / "config").mkdir(parents=True, exist_ok=True)
    (home / "config" / "config.toml").write_bytes(data)
    try:
        return load(home=home).settings
    except ConfigError as error:
        assert "\n" not in error.message or "config.toml" in error.message
        return None


@pytest.mark.slow
@fuzzed(150)
@given(data=st.one_of(mutated(CONFIG), st.binary(max_size=60)))
def test_a_config_file(tmp_path: Path, data: bytes) -> None:
    read(tmp_path, data)


@pytest.mark.slow
@fuzzed(80)
@given(
    key=st.sampled_from(["units", "token_store", "strava_api_url", "backups_kept"]),
    value=st.one_of(st.integers(), st.floats(), st.booleans(), st.text(max_size=20)),
)
def test_a_setting_of_any_type(tmp_path: Path, key: str, value: Any) -> None:
    import tomlkit

    read(tmp_path, tomlkit.dumps({key: value}).encode(errors="replace"))


@pytest.mark.parametrize(
    "data",
    [
        b"units = " + b"[" * 100_000,
        b"units = " + b"{a=" * 50_000,
        b"units = " + b"9" * 10_000,
        b"a." * 20_000 + b"b = 1",
    ],
)
def test_a_config_file_that_goes_too_deep(tmp_path: Path, data: bytes) -> None:
    assert read(tmp_path, data) is None or not data.startswith(b"units")
