"""Bytes changed anywhere in a database or a backup: every command answers, or says in one line what to do."""

from __future__ import annotations

import random
import re
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from runcoach.config import Config, load

Run = Callable[..., Any]

COMMANDS = (
    *(("status",), ("activities", "--json"), ("show", "1"), ("splits", "1"), ("best",), ("totals",), ("compare",)),
    *(("imports",), ("duplicates",), ("jobs",), ("audit",), ("doctor",), ("doctor", "--json"), ("backup",)),
    *(("backup", "--list"), ("recompute",), ("thumbnails",), ("merge", "1", "2"), ("import", "--undo", "1")),
    *(("forget", "--yes", "--no-backup"), ("doctor", "--fix")),
)


@pytest.fixture
def sound(runcoach: Run, tmp_path: Path, make_fit: Callable[..., bytes]) -> tuple[Config, bytes, Path]:
    """A profile with two runs; the bytes of its database, and a backup of it."""
    for number in range(2):
        (tmp_path / f"{number}.fit").write_bytes(make_fit(days_ago=number + 1, km=2.0))
    assert runcoach("import", str(tmp_path)).code == 0
    assert runcoach("backup").code == 0
    config = load()
    with closing(sqlite3.connect(config.database)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    (backup,) = config.paths.backups.iterdir()
    return config, config.database.read_bytes(), backup


def put(path: Path, data: bytes) -> None:
    for beside in path.parent.glob(f"{path.name}*"):
        beside.unlink()
    path.write_bytes(data)


def changed(data: bytes, seed: int) -> bytes:
    """Change one or some bytes; every second seed those of the schema, where SQLite finds most."""
    chance = random.Random(seed)
    places: Any = range(100, len(data))
    if seed % 2:
        places = [at for found in re.finditer(rb"CREATE [^\0]{20,}", data) for at in range(found.start(), found.end())]
    result = bytearray(data)
    for _ in range(chance.choice([1, 1, 3, 30])):
        at = chance.choice(places)
        result[at] = chance.choice([0xFF, 0x80, 0, result[at] ^ 0x20, chance.randrange(256)])
    return bytes(result)


def check(ended: Any, *about: object) -> None:
    assert "did not expect" not in ended.err, (about, ended)
    assert "Traceback" not in ended.err, (about, ended)
    if ended.code == 1 and not ended.out:
        assert ended.err.count("\n") == 1, (about, ended)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(12))
def test_changed_bytes(seed: int, sound: tuple[Config, bytes, Path], runcoach: Run) -> None:
    config, data, backup = sound
    good, bad = backup.read_bytes(), changed(data, seed)
    for argv in (*random.Random(seed).sample(COMMANDS, 6), ("doctor",)):
        put(config.database, bad)
        check(runcoach(*argv), seed, argv)
    put(config.database, bad)
    put(backup, good)
    restored = runcoach("restore", backup.name, "--yes")
    assert restored.code == 0, (seed, restored)
    put(config.database, data)
    put(backup, bad)
    for argv in (("backup", "--list"), ("doctor",), ("restore", backup.name, "--yes")):
        check(runcoach(*argv), seed, argv)


@pytest.mark.slow
@pytest.mark.parametrize("where", ["the name of a column", "a comment between columns"])
def test_one_byte_of_the_schema_that_is_not_utf_8(where: str, sound: tuple[Config, bytes, Path], runcoach: Run) -> None:
    config, data, backup = sound
    good, place = backup.read_bytes(), data.index(b"athlete_name" if "name" in where else b"    created_at")
    bad = data[:place] + b"\xff" + data[place + 1 :]
    put(config.database, bad)
    for argv in COMMANDS:
        check(runcoach(*argv), argv)
    assert "damaged" in runcoach("doctor").out
    put(backup, good)
    assert runcoach("restore", backup.name, "--yes").code == 0
    put(backup, bad)
    assert runcoach("backup", "--list").code == 0
