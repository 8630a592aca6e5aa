"""Whatever a file holds, an import of it ends: with activities that the database takes, or with an error of ours."""

from __future__ import annotations

import gzip
import json
import sqlite3
import zipfile
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import export_maker
import polar_export_maker
import pytest
from fuzzing import damaged, fuzzed, mutated
from hypothesis import given
from hypothesis import strategies as st

from runcoach.errors import RuncoachError
from runcoach.ingest.writer import update_rankings, write_activities
from runcoach.services.imports.discovery import Problem, discover
from runcoach.services.imports.parsing import ImportStatus, ParsedItem, close_archives, parse
from runcoach.sources.fit.chained_files import framed, split_chain
from runcoach.store import activities
from runcoach.store.sqlite.connection import write_transaction

RUN = export_maker.Run(7, 1_780_000_000, description='hills, "steep"\nand rain', gear="Ghost")

#: Its frame, so that messages damaged at random still come with the right checksum.
FIT_PART = split_chain(export_maker.fit(RUN), 1)[0][0]


RUNKEEPER = (
    b"Activity Id,Date,Type,Route Name,Distance (km),Duration,Calories Burned,Climb (m),Average Heart Rate (bpm),Notes,"
    b"GPX File\na1,2026-05-28 16:26:40,Running,,6.33,30:00,120,12,140,easy,a.gpx\n"
    b"a2,2026-05-30 16:26:40,Cycling,,20.1,1:05:12,,,,,\n"
)


class _UndoneError(Exception):
    """Takes back what was written."""


def take_in(connection: sqlite3.Connection, path: Path) -> list[ParsedItem]:
    """Do what an import does with one path, and take it back."""
    taken = []
    try:
        for item in discover([path], path.parent):
            if isinstance(item, Problem):
                assert item.reason
                continue
            parsed = parse(item, None)
            assert parsed.failure in {None, ImportStatus.SKIPPED, ImportStatus.FAILED}
            assert parsed.failure is None or (parsed.reason and "\n" not in parsed.reason)
            taken.append(parsed)
            with write_transaction(connection):
                for group in parsed.groups:
                    for written in write_activities(connection, group, None):
                        activities.read_streams(connection, written.activity_id)
                update_rankings(connection)
                raise _UndoneError  # noqa: TRY301
    except _UndoneError:
        pass
    finally:
        close_archives()
    return taken


@pytest.mark.slow
@fuzzed(120)
@given(data=mutated(export_maker.fit(RUN)))
def test_fit(connection: sqlite3.Connection, tmp_path: Path, data: bytes) -> None:
    (tmp_path / "a.fit").write_bytes(data)
    take_in(connection, tmp_path / "a.fit")


@pytest.mark.slow
@fuzzed(120)
@given(body=mutated(FIT_PART.body))
def test_fit_whose_checksum_is_right(connection: sqlite3.Connection, tmp_path: Path, body: bytes) -> None:
    (tmp_path / "a.fit").write_bytes(framed(body, FIT_PART))
    take_in(connection, tmp_path / "a.fit")


@pytest.mark.slow
@fuzzed(120)
@given(data=mutated(export_maker.gpx(RUN)))
def test_gpx(connection: sqlite3.Connection, tmp_path: Path, data: bytes) -> None:
    (tmp_path / "a.gpx").write_bytes(data)
    take_in(connection, tmp_path / "a.gpx")


@pytest.mark.slow
@fuzzed(120)
@given(data=mutated(export_maker.tcx(RUN)))
def test_tcx(connection: sqlite3.Connection, tmp_path: Path, data: bytes) -> None:
    (tmp_path / "a.tcx").write_bytes(data)
    take_in(connection, tmp_path / "a.tcx")


@pytest.mark.slow
@pytest.mark.parametrize("make", [polar_export_maker.older_session, polar_export_maker.todays_session])
def test_session_of_polar(connection: sqlite3.Connection, tmp_path: Path, make: Callable[..., dict[str, Any]]) -> None:
    session = make(40)
    encoded = damaged(session).map(lambda each: json.dumps(each).encode())

    @fuzzed(200)
    @given(data=st.one_of(encoded, mutated(polar_export_maker.encode(session))))
    def check(data: bytes) -> None:
        (tmp_path / "training-session-2025-06-01-1.json").write_bytes(data)
        take_in(connection, tmp_path / "training-session-2025-06-01-1.json")

    check()


@pytest.mark.slow
@fuzzed(80)
@given(table=mutated(RUNKEEPER))
def test_table_of_runkeeper(connection: sqlite3.Connection, tmp_path: Path, table: bytes) -> None:
    folder = tmp_path / "export"
    folder.mkdir(exist_ok=True)
    (folder / "cardioActivities.csv").write_bytes(table)
    (folder / "a.gpx").write_bytes(export_maker.gpx(RUN))
    take_in(connection, folder)


@fuzzed(40)
@given(data=mutated(gzip.compress(export_maker.tcx(RUN), mtime=0)))
def test_gzip(connection: sqlite3.Connection, tmp_path: Path, data: bytes) -> None:
    (tmp_path / "a.tcx.gz").write_bytes(data)
    take_in(connection, tmp_path / "a.tcx.gz")


@fuzzed(30)
@given(
    data=st.one_of(
        st.binary(max_size=400), st.binary(max_size=60).map(lambda more: b"\x0e\x20\x00\x00\x00\x00\x00\x00.FIT" + more)
    )
)
def test_rubbish(connection: sqlite3.Connection, tmp_path: Path, data: bytes) -> None:
    (tmp_path / "a.fit").write_bytes(data)
    take_in(connection, tmp_path / "a.fit")


def archive(columns: int = 103) -> dict[str, bytes]:
    runs = [
        export_maker.Run(number + 1, 1_780_000_000 + number * 9000, ending=ending)
        for number, ending in enumerate(["gpx", "fit.gz", None])
    ]
    members = {run.filename: export_maker.file_of(run) for run in runs if run.ending}
    return {"activities.csv": export_maker.table(runs, language="de", columns=columns), **members}


def zipped(members: dict[str, bytes]) -> bytes:
    stream = BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, data in members.items():
            packed.writestr(zipfile.ZipInfo(name), data)
    return stream.getvalue()


@pytest.mark.slow
@fuzzed(80)
@given(data=mutated(zipped(archive())))
def test_zip(connection: sqlite3.Connection, tmp_path: Path, data: bytes) -> None:
    (tmp_path / "a.zip").write_bytes(data)
    try:
        take_in(connection, tmp_path / "a.zip")
    except RuncoachError as error:
        pytest.fail(f"an archive is one line of a report, never the end of the import: {error.message}")


@pytest.mark.slow
@pytest.mark.parametrize("columns", [10, 77, 103])
def test_csv(connection: sqlite3.Connection, tmp_path: Path, columns: int) -> None:
    members = archive(columns)
    folder = tmp_path / "export"
    for name, data in members.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)

    @fuzzed(60)
    @given(table=mutated(members["activities.csv"]))
    def check(table: bytes) -> None:
        (folder / "activities.csv").write_bytes(table)
        take_in(connection, folder)

    check()
