"""Fixtures for all tests: a home folder of its own for each, no colours, real files if any; the marker ``slow``."""

from __future__ import annotations

import gc
import importlib.util
import json
import os
import re
import shutil
import sqlite3
import sys
from contextlib import closing
from dataclasses import dataclass, fields
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, settings
from typer.main import get_command

from runcoach.cli.app import COMMANDS, build, run
from runcoach.config import Config, load
from runcoach.domain.activity import Activity, BuiltActivity, Effort, SourceRecord, Split
from runcoach.domain.recording import Totals
from runcoach.store import activities
from runcoach.store.sqlite import migrations
from runcoach.store.sqlite.database import open_database
from runcoach.store.stream_codec import pack

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from types import ModuleType

    from runcoach.domain.streams import Streams


# How long an example takes depends on what else the machine does.
settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("untimed")

#: Fixtures that start a browser, a keyring daemon or processes to kill: their tests are slow.
SLOW_FIXTURES = frozenset({"bus", "chromium", "mother", "session_bus"})


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark every test as slow that uses a slow fixture, before ``-m`` selects."""
    for item in items:
        if SLOW_FIXTURES.intersection(getattr(item, "fixturenames", ())):
            item.add_marker(pytest.mark.slow)


def pytest_collection_finish() -> None:
    """Keep the modules and tests out of garbage collection: they stay until the end, and every pass looks at them."""
    gc.collect()
    gc.freeze()


_NUMBERS = count(1)


@pytest.fixture
def tmp_path(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Path:
    """A folder of this test's own. For each of its own, pytest looks through those of all other tests."""
    name = re.sub(r"\W", "_", request.node.name)[:30]
    folder = tmp_path_factory.getbasetemp() / f"{next(_NUMBERS)}-{name}"
    folder.mkdir(0o700)
    return folder


@pytest.fixture(autouse=True)
def no_held_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    """The secrets of one test are not struck out of the messages of another."""
    monkeypatch.setattr("runcoach.errors._HELD_SECRETS", set())


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Every folder runcoach uses, redirected below the test's own; nothing of the person running the tests is read."""
    folder = tmp_path / "home"
    monkeypatch.setenv("RUNCOACH_HOME", str(folder))
    monkeypatch.setenv("HOME", str(tmp_path))
    for name in list(os.environ):
        if name.startswith("RUNCOACH_") and name not in {"RUNCOACH_HOME", "RUNCOACH_CORPUS"}:
            monkeypatch.delenv(name)
    for name in ("GARMIN_PERSONAL_API_BASE_URL", "GARMIN_PERSONAL_API_KEY"):
        monkeypatch.delenv(name, raising=False)
    # No test needs certificates, and loading them takes longer than most tests.
    monkeypatch.delenv("SSL_CERT_FILE", raising=False)
    monkeypatch.setenv("SSL_CERT_DIR", str(tmp_path))
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "80")
    return folder


@pytest.fixture(scope="session")
def empty_database() -> Iterator[sqlite3.Connection]:
    """An empty database of the current schema, in memory."""
    with closing(sqlite3.connect(":memory:", check_same_thread=False)) as made:
        made.row_factory = sqlite3.Row
        migrations.migrate(made, None)
        yield made


@pytest.fixture(autouse=True)
def fast_migration(empty_database: sqlite3.Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    """A new database file is a copy of an empty one: running all migrations takes longer than most tests.

    Files with contents are migrated as ever; ``tests/store/sqlite`` runs all migrations.
    """
    real = migrations.migrate

    def migrate(opened: sqlite3.Connection, *arguments: Any) -> None:
        if opened.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0] == 0:
            opened.execute("PRAGMA synchronous = OFF")
            empty_database.backup(opened)
            opened.execute("PRAGMA synchronous = NORMAL")
        real(opened, *arguments)

    monkeypatch.setattr(migrations, "migrate", migrate)


@pytest.fixture(scope="session")
def homes(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Copies of home folders that :func:`fill_once` has filled, by name."""
    return {}


@pytest.fixture
def fill_once(
    home: Path, homes: dict[str, Path], request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Callable[[Callable[[], object]], None]:
    """Fills this test's home with ``fill()`` in the first test of a module, and with a copy of the result in others.

    For fixtures that take long and make the same for each test; ``fill`` may write below the home only, and is told
    apart by its qualified name.
    """

    def prepare(fill: Callable[[], object]) -> None:
        key = f"{request.node.path}::{fill.__qualname__}"
        if key in homes:
            shutil.copytree(homes[key], home, dirs_exist_ok=True)
            return
        fill()
        homes[key] = shutil.copytree(home, tmp_path_factory.mktemp("filled") / "home")

    return prepare


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
    with open_database(config) as opened:
        yield opened


@pytest.fixture
def whole() -> Callable[..., BuiltActivity]:
    """Makes an activity with all its parts; keywords replace columns of the activity."""

    def make(
        *,
        efforts: Sequence[Effort] = (),
        splits: Sequence[Split] = (),
        streams: Streams | None = None,
        source: SourceRecord | None = None,
        **columns: Any,
    ) -> BuiltActivity:
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
        return BuiltActivity(
            Activity(**{**usual, **columns}),
            source or SourceRecord("file", "fit", "run.fit", Totals()),
            columns.get("sport_type", "Run"),
            streams=None if streams is None else pack(streams),
            splits=tuple(splits),
            efforts=tuple(efforts),
        )

    return make


@cache
def _parser(names: tuple[str, ...]) -> Any:
    """The application with these commands, ready to be called."""
    return get_command(build(COMMANDS if names == tuple(COMMANDS) else names))


@dataclass(frozen=True)
class Ended:
    """How one command line ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """What was printed, as JSON."""
        return json.loads(self.out)


@pytest.fixture
def runcoach(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Callable[..., Ended]:
    """Runs ``runcoach ARGUMENTS`` and returns how it ended.

    The parser of a command is made once: that takes longer than most commands.
    """
    monkeypatch.setattr("runcoach.cli.app.build", lambda names: _parser(tuple(names)))

    def call(*arguments: str) -> Ended:
        code = run([str(argument) for argument in arguments])
        out, err = capsys.readouterr()
        return Ended(int(code), out, err)

    return call


_COLUMNS = tuple(each.name for each in fields(Activity))


@pytest.fixture
def keep() -> Callable[[sqlite3.Connection, BuiltActivity], int]:
    """Writes an activity with its parts straight into the tables, as the store is told to; its id."""

    def put(connection: sqlite3.Connection, whole: BuiltActivity) -> int:
        activity_id = activities.insert(connection, {name: getattr(whole.activity, name) for name in _COLUMNS})
        activities.put_parts(connection, activity_id, whole)
        return activity_id

    return put


@pytest.fixture(scope="session")
def export_maker() -> ModuleType:
    """The module that writes bulk exports as Strava does; tests are no package, so it is loaded by its path."""
    path = Path(__file__).parent / "support" / "export_maker.py"
    spec = importlib.util.spec_from_file_location("export_maker", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["export_maker"] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def make_fit() -> Callable[..., bytes]:
    """Makes the FIT file of an even run: so many days ago, so long, at such a pace, with a few things a watch adds."""

    def make(
        *, days_ago: float = 3.0, km: float = 10.0, pace_s: float = 300.0, indoor: bool = False, sport: str = "running"
    ) -> bytes:
        start = datetime.now(UTC).replace(microsecond=0, hour=6, minute=0, second=0) - timedelta(days=days_ago)
        return _even_run(start.replace(tzinfo=None), km, pace_s, indoor, sport)

    return make


@cache
def _even_run(start: datetime, km: float, pace_s: float, indoor: bool, sport: str) -> bytes:
    import pyfitparsernative

    seconds = round(km * pace_s)

    def stamp(second: float) -> str:
        return (start + timedelta(seconds=second)).isoformat(timespec="seconds")

    def record(second: int) -> dict[str, Any]:
        metres = second * 1000.0 / pace_s
        position = {
            "position_lat": round((52.0 + metres / 111_195.0) * 2**31 / 180),
            "position_long": round(4.9 * 2**31 / 180),
        }
        return {
            "message_type": "record",
            "timestamp": stamp(second),
            "distance": round(metres, 2),
            "heart_rate": 140 + second % 20,
            "cadence": 86,
            "enhanced_altitude": 10.0 + second % 40,
            **({} if indoor else position),
        }

    summary = {
        "start_time": stamp(0),
        "timestamp": stamp(seconds),
        "total_elapsed_time": float(seconds),
        "total_timer_time": float(seconds),
        "total_distance": km * 1000.0,
    }
    sports = {"sport": sport, "sub_sport": "treadmill" if indoor else "generic"}
    messages = [
        {"message_type": "file_id", "type": "activity", "manufacturer": "development", "time_created": stamp(0)},
        {"message_type": "event", "timestamp": stamp(0), "event": "timer", "event_type": "start"},
        *(record(second) for second in range(seconds + 1)),
        {"message_type": "event", "timestamp": stamp(seconds), "event": "timer", "event_type": "stop_all"},
        {"message_type": "lap", **summary},
        {"message_type": "session", **summary, **sports},
        {"message_type": "activity", "timestamp": stamp(seconds), "num_sessions": 1},
    ]
    return bytes(pyfitparsernative.write_fit_bytes(messages))
