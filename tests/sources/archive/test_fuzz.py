"""Whatever is in a file, opening and reading it ends: with rows and bytes, or with an error of ours on one line."""

from __future__ import annotations

import random
import tracemalloc
from pathlib import Path
from types import ModuleType

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from runcoach.errors import RuncoachError, SourceError
from runcoach.sources.strava_export.export import is_archive, open_export

MUTATIONS = 200


def check_line(error: RuncoachError) -> None:
    assert "\n" not in error.message


def use(path: Path) -> None:
    """Do all that can be done with an archive; only errors of ours may come out, one line each."""
    is_archive(path)
    try:
        with open_export(path) as archive:
            for row in archive.rows():
                assert "\n" not in str(getattr(row, "reason", ""))
            for refused in archive.refused:
                assert "\n" not in str(refused)
            for name in archive.files:
                try:
                    archive.members.read(name)
                except SourceError as error:
                    check_line(error)
    except RuncoachError as error:
        check_line(error)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(data=st.binary(max_size=2000), start=st.sampled_from([b"", b"PK\x03\x04", b"PK\x05\x06"]))
def test_random_bytes(tmp_path: Path, data: bytes, start: bytes) -> None:
    path = tmp_path / "a.zip"
    path.write_bytes(start + data)
    use(path)


@pytest.mark.parametrize("seed", range(4))
def test_damaged_zips(export_maker: ModuleType, tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)
    endings = ["fit.gz", "gpx", "tcx.gz", None]
    runs = [export_maker.Run(place + 1, 1_700_000_000, ending=ending) for place, ending in enumerate(endings)]
    whole = export_maker.write_export(tmp_path / "whole.zip", runs, language="fr").read_bytes()
    path = tmp_path / "a.zip"
    for _ in range(MUTATIONS // 4):
        data = bytearray(whole)
        # Most of what can go wrong is in the headers and in the table of contents at the end.
        first = chance.choice([0, len(data) - 900])
        for _ in range(chance.randint(1, 12)):
            data[chance.randrange(first, len(data))] = chance.choice([0, 1, 255, chance.randrange(256)])
        if chance.random() < 0.2:
            del data[chance.randrange(len(data)) :]
        path.write_bytes(data)
        use(path)


@pytest.mark.slow
@pytest.mark.parametrize("columns", [10, 77, 103])
def test_damaged_tables(export_maker: ModuleType, tmp_path: Path, columns: int) -> None:
    chance = random.Random(columns)
    runs = [export_maker.Run(place, 86_400 * place, description='a "b"\nc') for place in range(1, 12)]
    whole = export_maker.table(runs, language="pt", columns=columns)
    folder = tmp_path / "export"
    (folder / "activities").mkdir(parents=True)
    (folder / "activities" / "1.gpx").write_bytes(b"<gpx/>")
    signs = b'",;\n\r\x00\xff\xe2\x80-.0123456789e'
    for _ in range(MUTATIONS):
        data = bytearray(whole)
        for _ in range(chance.randint(1, 20)):
            place = chance.randrange(len(data))
            data[place : place + chance.randint(0, 3)] = bytes(chance.choices(signs, k=chance.randint(0, 3)))
        (folder / "activities.csv").write_bytes(data)
        use(folder)


@pytest.mark.slow
def test_a_large_export_is_read_in_little_memory(export_maker: ModuleType, tmp_path: Path) -> None:
    """The table is streamed: 1,500 rows, 5 MiB of them, never stand in memory together."""
    runs = [
        export_maker.Run(place, 1_300_000_000 + place * 9_000, ending=None, description="long story " * 300)
        for place in range(1, 1501)
    ]
    path = export_maker.write_export(tmp_path / "large.zip", runs)
    del runs
    tracemalloc.start()
    try:
        with open_export(path) as archive:
            assert sum(1 for _ in archive.rows()) == 1500
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 4 * 2**20
