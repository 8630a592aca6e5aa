"""What every test stands on: a home of its own, no colours, no clock but the one it sets, and the real files if any."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from runcoach.config import Config, load
from runcoach.domain.activity import Activity, Effort, Source, Split, WholeActivity
from runcoach.domain.recording import Totals
from runcoach.store.engine import open_store

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Iterator, Sequence

    from runcoach.domain.streams import Streams


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Every folder runcoach uses, redirected below the test's own; nothing of the person running the tests is read."""
    folder = tmp_path / "home"
    monkeypatch.setenv("RUNCOACH_HOME", str(folder))
    monkeypatch.setenv("HOME", str(tmp_path))
    for name in list(os.environ):
        if name.startswith("RUNCOACH_") and name not in {"RUNCOACH_HOME", "RUNCOACH_CORPUS"}:
            monkeypatch.delenv(name)
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "80")
    return folder


@pytest.fixture(scope="session")
def corpus() -> Path:
    """The folder of real files that ``RUNCOACH_CORPUS`` names."""
    named = os.environ.get("RUNCOACH_CORPUS")
    if not named:
        pytest.skip("RUNCOACH_CORPUS names no folder of real files")
    folder = Path(named)
    if not (folder / "activities").is_dir():
        pytest.skip(f"RUNCOACH_CORPUS names {folder}, which holds no activities")
    return folder


@pytest.fixture
def config(home: Path) -> Config:
    """The configuration of this test's own home."""
    return load()


@pytest.fixture
def connection(config: Config) -> Iterator[sqlite3.Connection]:
    """A real, empty, migrated file of this test's own home, open for writing."""
    with open_store(config) as opened:
        yield opened


@pytest.fixture
def whole() -> Callable[..., WholeActivity]:
    """Makes an activity with all its parts; keywords replace columns of the activity."""

    def make(
        *,
        efforts: Sequence[Effort] = (),
        splits: Sequence[Split] = (),
        streams: Streams | None = None,
        source: Source | None = None,
        **columns: Any,
    ) -> WholeActivity:
        usual = {
            "name": "Morning Run",
            "sport_type": "Run",
            "start_time": 1_760_000_000,
            "utc_offset_s": 7200,
            "distance_m": 10_000.0,
            "moving_time_sec": 3000,
            "elapsed_time_sec": 3100,
            "has_gps": True,
        }
        return WholeActivity(
            Activity(**{**usual, **columns}),
            source or Source("file", "fit", "run.fit", Totals()),
            streams=streams,
            splits=tuple(splits),
            efforts=tuple(efforts),
        )

    return make
