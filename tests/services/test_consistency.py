"""Whatever a runner does in whatever order: what is stored follows from the sources and the edits alone."""

from __future__ import annotations

import gzip
import json
import random
import sqlite3
from collections.abc import Callable
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from runcoach.config import Config
from runcoach.domain.recording import Totals
from runcoach.errors import NotFoundError, UsageError
from runcoach.ingest import remote, strava
from runcoach.ingest.merge import edits_of
from runcoach.ingest.source_values import merge_values
from runcoach.services.analytics.jobs import open_for_change
from runcoach.services.edits import ActivityEdit, edit, set_ignored, set_run_ignored, undelete
from runcoach.services.imports.batches import undo
from runcoach.services.imports.duplicates import merge, possible_duplicates, split
from runcoach.services.imports.import_files import import_files
from runcoach.services.maintenance.forget import forget
from runcoach.services.maintenance.recompute import recompute
from runcoach.sources.remote.protocol import RemoteActivity, RemoteFile
from runcoach.sources.strava.models import activity_of, summary_hash
from runcoach.store import activity_sources
from runcoach.store.remote import remote_activities
from runcoach.store.sqlite.database import open_database

DAY_S = 86_400
PACE_S = 300

#: Tables of what follows from samples, sport and edits → their columns without times of writing.
DERIVED = {
    "effort": "distance_m, duration_exact_s, start_s, end_s, quality, ignored_at IS NULL, is_official, is_superseded",
    "split": "km, distance_m, moving_time_sec, elapsed_time_sec, source",
    "best_effort": "distance_m, window, rank, duration_s",
    "activity_analytics": "heart_rate_ms, moving_s, is_run, efficiency_m_per_beat, decoupling",
    "durability_effort": "after_m, distance_m, duration_exact_s",
    "training_load": "load",
    "route_track": "length_m",
    "route_run": "route_id",
}
LISTED = "SELECT id FROM activity WHERE deleted_at IS NULL"
CAN_RETURN = (
    "SELECT id FROM activity WHERE deleted_at IS NOT NULL"
    " AND id IN (SELECT activity_id FROM activity_source WHERE detached_at IS NULL)"
)


def derived(connection: sqlite3.Connection) -> dict[str, list[str]]:
    """Everything that is derived, of the activities in the lists."""
    found = {}
    for table, columns in DERIVED.items():
        rows = connection.execute(f"SELECT activity_id, {columns} FROM {table} WHERE activity_id IN ({LISTED})")
        found[table] = sorted(repr(tuple(row)) for row in rows)
    rows = connection.execute("SELECT id, fastest_pace_sec_per_km, has_gps FROM activity WHERE deleted_at IS NULL")
    return found | {"activity": sorted(repr(tuple(row)) for row in rows)}


def check(config: Config) -> None:
    """Compare the rows with a merge of their sources, and everything derived with a recomputation."""
    with open_database(config) as connection:
        for (activity_id,) in connection.execute(LISTED).fetchall():
            sources = activity_sources.source_values(connection, activity_id, or_detached=True)
            merged = merge_values([*sources, *edits_of(connection, activity_id)])
            row = connection.execute("SELECT * FROM activity WHERE id = ?", (activity_id,)).fetchone()
            assert {name: row[name] for name in merged} == merged
            if any("samples" in values and "lacksSamples" not in values for _, values in sources):
                assert connection.execute(
                    "SELECT 1 FROM activity_stream WHERE activity_id = ?", (activity_id,)
                ).fetchone()
        before = derived(connection)
    recompute(config)
    with open_database(config) as connection:
        assert derived(connection) == before


@dataclass
class Runner:
    """Someone with a few runs, each known to several sources, who does things by chance; ``log`` tells which."""

    config: Config
    folder: Path
    make_fit: Callable[..., bytes]
    maker: ModuleType
    chance: random.Random
    log: list[str] = field(default_factory=list)

    def recording(self) -> tuple[int, float, bytes]:
        """Days ago, kilometers and the file of one run, as a watch recorded it: perhaps late, or as another sport."""
        day = self.chance.randint(1, 4)
        km, late_s = 1.2 + day % 3 * 0.5, self.chance.choice([0, 0, 3, 200])
        sport = self.chance.choice(["running", "running", "cycling", "walking"])
        return day, km, self.make_fit(days_ago=day - late_s / DAY_S, km=km, pace_s=PACE_S, sport=sport)

    def start_s(self, day: int) -> int:
        today = datetime.now(UTC).replace(microsecond=0, hour=6, minute=0, second=0)
        return int((today - timedelta(days=day)).timestamp())

    def import_file(self) -> None:
        *_, content = self.recording()
        path = self.folder / f"{len(self.log)}.fit"
        path.write_bytes(content)
        import_files(self.config, [path])

    def import_archive(self) -> None:
        day, km, content = self.recording()
        file: dict[str, Any] = self.chance.choice([{"data": gzip.compress(content)}, {"ending": None}])
        sport, elapsed_s = self.chance.choice(["Run", "Run", "Ride", "TrailRun"]), int(km * PACE_S)
        totals = {"distance_m": km * 1000.0, "elapsed_s": elapsed_s, "moving_s": elapsed_s}
        run = self.maker.Run(100 + day, self.start_s(day), sport=sport, **totals, **file)
        import_files(self.config, [Path(self.maker.write_export(self.folder / f"export_{len(self.log)}.zip", [run]))])

    def sync(self) -> None:
        """A run is fetched from Garmin or intervals.icu, renamed there or deleted."""
        day, km, content = self.recording()
        source = self.chance.choice(["garmin", "intervals"])
        listed = RemoteActivity(
            remote_id=str(day),
            start_time_s=self.start_s(day),
            sport_type=self.chance.choice(["Run", "Ride", None]),
            totals=Totals(distance_m=km * 1000.0),
            name=self.chance.choice(["Intervals", "Long run"]),
            fingerprint=f"{len(self.log)}",
        )
        what: dict[str, Any] = {
            "fingerprint": listed.fingerprint,
            "start_time": listed.start_time_s,
            "listed": asdict(listed),
        }
        with open_for_change(self.config) as connection:
            known = remote_activities.find(connection, source, listed.remote_id)
            remote_activities.put_listed(connection, source, listed.remote_id, **what)
            change = self.chance.choice(["again", "again", "renamed", "deleted"])
            if known is None or known.activity_id is None or change == "again":
                built = remote.build_from_file(source, listed, RemoteFile("run.fit", content))
                remote.store(connection, source, listed, built)
            elif change == "renamed":
                remote.update_listed(connection, source, listed, known.activity_id)
            else:
                remote.remove(connection, source, listed.remote_id)

    def sync_strava(self) -> None:
        """A run is listed by Strava, or fetched with its samples and perhaps Strava's splits."""
        day = self.chance.randint(1, 4)
        seconds = range(int((1.2 + day % 3 * 0.5) * PACE_S) + 1)
        detail = {
            "resource_state": 3,
            "id": 100 + day,
            "name": self.chance.choice(["Intervals", "Long run"]),
            "sport_type": self.chance.choice(["Run", "Run", "Ride", "TrailRun"]),
            "start_date": f"{datetime.fromtimestamp(self.start_s(day), UTC):%Y-%m-%dT%H:%M:%SZ}",
            "distance": 1000.0 * seconds[-1] / PACE_S,
            "moving_time": seconds[-1],
            "elapsed_time": seconds[-1],
        }
        if self.chance.random() < 0.5:
            detail["splits_metric"] = [{"split": 1, "distance": 1000.0, "moving_time": PACE_S, "elapsed_time": PACE_S}]
        samples = {
            "time": list(seconds),
            "distance": [1000.0 * second / PACE_S for second in seconds],
            "latlng": [[52.0 + 1000.0 * second / PACE_S / 111_195.0, 4.9] for second in seconds],
            "moving": [True for _ in seconds],
        }
        payload = activity_of(detail, {name: {"data": values} for name, values in samples.items()})
        summary = replace(payload, is_detailed=False, splits=None, streams=None)
        with open_for_change(self.config) as connection:
            strava.put_summary(connection, summary, summary_hash(detail), is_final=False)
            if self.chance.random() < 0.7:
                built = strava.build_from_strava(payload)
                strava.put_detail(connection, built, payload, json.dumps(detail).encode(), summary_hash(detail))

    def pick(self, ids: str) -> str:
        """One of the activities that a query names."""
        with open_database(self.config) as connection:
            rows = connection.execute(ids).fetchall()
        if not rows:
            raise UsageError("there is none")
        return str(self.chance.choice(rows)[0])

    def edit(self) -> None:
        edits = (
            *(ActivityEdit(sport="Ride"), ActivityEdit(sport="Run"), ActivityEdit(reset=("sport",))),
            *(ActivityEdit(official_time="4:00", official_distance="1k"), ActivityEdit(reset=("official",))),
            ActivityEdit(name="Mine"),
        )
        edit(self.config, self.pick(LISTED), self.chance.choice(edits))

    def ignore_effort(self) -> None:
        distance, ignore = self.chance.choice(["400", "1k"]), self.chance.random() < 0.6
        set_ignored(self.config, self.pick(LISTED), distance, ignore=ignore, reason=None)

    def ignore_run(self) -> None:
        set_run_ignored(self.config, self.pick(LISTED), ignore=self.chance.random() < 0.6, reason=None)

    def undo_import(self) -> None:
        undo(self.config, int(self.pick("SELECT id FROM import_batch")))

    def merge(self) -> None:
        pairs = possible_duplicates(self.config)
        if pairs:
            pair = self.chance.choice(pairs)
            merge(self.config, *self.chance.sample([str(pair.first["id"]), str(pair.second["id"])], 2))

    def split(self) -> None:
        split(self.config, self.pick(LISTED), self.pick("SELECT id FROM activity WHERE deleted_at IS NOT NULL"))

    def undelete(self) -> None:
        undelete(self.config, self.pick(CAN_RETURN))

    def forget(self) -> None:
        forget(self.config, back_up=False)

    def act(self) -> None:
        """Do one thing; one that is refused changes nothing."""
        often = [self.import_file, self.import_archive, self.sync, self.sync_strava, self.edit, self.merge, self.split]
        act = self.chance.choice(
            [*often, *often, self.ignore_effort, self.ignore_run, self.undo_import, self.undelete, self.forget]
        )
        self.log.append(act.__name__)
        try:
            act()
        except (UsageError, NotFoundError):
            self.log[-1] += " (refused)"


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(12))
def test_what_is_stored_follows_from_sources_and_edits(
    config: Config, tmp_path: Path, make_fit: Callable[..., bytes], export_maker: ModuleType, seed: int
) -> None:
    runner = Runner(config, tmp_path, make_fit, export_maker, random.Random(seed))
    runner.import_file()
    try:
        for _ in range(25):
            runner.act()
            check(config)
    except Exception as error:
        error.add_note(f"after {', '.join(runner.log)}")
        raise
