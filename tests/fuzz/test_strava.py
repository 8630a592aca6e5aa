"""Whatever Strava answers, reading it ends: with what the database takes, or with an error that costs one activity."""

from __future__ import annotations

import json
import sqlite3
from datetime import date
from typing import Any

import pytest
from fuzzing import STRANGE, damaged, fuzzed
from hypothesis import given
from hypothesis import strategies as st

from runcoach.errors import RemoteError
from runcoach.ingest.strava import build_from_strava, put_detail, put_summary
from runcoach.ingest.writer import update_rankings
from runcoach.sandbox.strava.resources import STREAM_KEYS
from runcoach.sandbox.synthetic.athlete import SyntheticAthlete
from runcoach.sources.remote.transport import _json
from runcoach.sources.strava.models import activity_of, summary_hash
from runcoach.sources.strava.oauth import parse_scopes
from runcoach.store import activities
from runcoach.store.sqlite.connection import write_transaction

ATHLETE = SyntheticAthlete(today=date(2026, 11, 1), n_activities=6)
NEWEST = next(each for each in ATHLETE.activity_ids if not ATHLETE.plan(each).manual)
DETAIL: dict[str, Any] = json.loads(json.dumps(ATHLETE.detail(NEWEST)))
STREAMS: dict[str, Any] = {
    key: {**stream, "data": stream["data"][:40]} for key, stream in (ATHLETE.streams(NEWEST, STREAM_KEYS) or {}).items()
}
SUMMARY: dict[str, Any] = json.loads(ATHLETE.page(before=None, after=None, page=1, per_page=1, with_private=True)[0])


class _UndoneError(Exception):
    """Takes back what was written."""


def take_in(connection: sqlite3.Connection, detail: Any, streams: Any) -> None:
    """Do what a sync does with one activity, and take it back."""
    try:
        told = activity_of(detail, streams)
        whole = build_from_strava(told)
        fingerprint = summary_hash(detail)
    except RemoteError as error:
        assert "\n" not in error.message
        return
    raw = json.dumps(detail).encode()
    try:
        with write_transaction(connection):
            activity_id, _ = put_detail(connection, whole, told, raw, fingerprint)
            activities.read_streams(connection, activity_id)
            update_rankings(connection)
            raise _UndoneError  # noqa: TRY301
    except _UndoneError:
        pass


@pytest.mark.slow
@fuzzed(200)
@given(detail=damaged(DETAIL))
def test_a_detail(connection: sqlite3.Connection, detail: Any) -> None:
    take_in(connection, detail, STREAMS)


@pytest.mark.slow
@fuzzed(150)
@given(streams=damaged(STREAMS))
def test_streams(connection: sqlite3.Connection, streams: Any) -> None:
    take_in(connection, DETAIL, streams)


@pytest.mark.slow
@fuzzed(150)
@given(summary=damaged(SUMMARY), is_final=st.booleans())
def test_an_entry_of_the_list(connection: sqlite3.Connection, summary: Any, is_final: bool) -> None:
    try:
        told, fingerprint = activity_of(summary), summary_hash(summary)
    except RemoteError:
        return
    try:
        with write_transaction(connection):
            put_summary(connection, told, fingerprint, is_final=is_final)
            raise _UndoneError  # noqa: TRY301
    except _UndoneError:
        pass


@pytest.mark.slow
@fuzzed(60)
@given(values=st.lists(st.one_of(st.none(), st.floats(-1e9, 1e9), st.integers(-10, 10**12)), min_size=40, max_size=40))
def test_times_of_any_kind(connection: sqlite3.Connection, values: list[Any]) -> None:
    for key in ("time", "distance"):
        take_in(connection, DETAIL, {**STREAMS, key: {**STREAMS[key], "data": values}})


@fuzzed(80)
@given(body=st.one_of(st.binary(max_size=80), STRANGE.map(lambda value: json.dumps(value).encode())))
def test_the_body_of_an_answer(body: bytes) -> None:
    _json(body)


@pytest.mark.parametrize("distance", [5e-324, 1e-300, 1e-9])
def test_a_distance_of_as_good_as_nothing_has_no_pace(connection: sqlite3.Connection, distance: float) -> None:
    split = {**DETAIL["splits_metric"][0], "distance": distance}
    take_in(connection, {**DETAIL, "distance": distance, "splits_metric": [split], "laps": []}, None)


def test_a_body_that_is_nested_without_end_is_none() -> None:
    assert _json(b"[" * 500_000) is None


@fuzzed(50)
@given(text=st.one_of(st.none(), st.text(max_size=40)))
def test_scopes(text: str | None) -> None:
    parse_scopes(text)
