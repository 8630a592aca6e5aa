"""Sources of merged activities: newer versions replace them, changes at their services follow, a split returns them."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import asdict
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from runcoach.config import Config
from runcoach.ingest import remote, strava
from runcoach.services.analytics.jobs import open_for_change
from runcoach.services.edits import ActivityEdit, edit, undelete
from runcoach.services.imports.batches import undo
from runcoach.services.imports.duplicates import merge, split
from runcoach.services.imports.import_files import import_files
from runcoach.sources.remote.protocol import RemoteActivity, RemoteFile
from runcoach.sources.strava.models import activity_of
from runcoach.store.remote import remote_activities

START = 1_750_000_000


def titles(config: Config) -> list[tuple[int, str]]:
    """Id and title of the activities in the lists."""
    with closing(sqlite3.connect(config.database)) as connection:
        return connection.execute("SELECT id, name FROM activity WHERE deleted_at IS NULL ORDER BY id").fetchall()


def listed(remote_id: str, name: str) -> RemoteActivity:
    return RemoteActivity(remote_id, f"{remote_id} {name}", START, name=name, sport_type="Run")


def fetch(config: Config, activity: RemoteActivity, content: bytes) -> None:
    with open_for_change(config) as connection:
        remote_activities.put_listed(
            connection,
            "garmin",
            activity.remote_id,
            fingerprint=activity.fingerprint,
            start_time=activity.start_time_s,
            listed=asdict(activity),
        )
        built = remote.build_from_file("garmin", activity, RemoteFile("run.fit", content))
        remote.store(connection, "garmin", activity, built)


def rename(config: Config, activity: RemoteActivity) -> None:
    with open_for_change(config) as connection:
        known = remote_activities.find(connection, "garmin", activity.remote_id)
        assert known is not None
        assert known.activity_id is not None
        remote.update_listed(connection, "garmin", activity, known.activity_id)


def archive(export_maker: ModuleType, path: Path, **run: Any) -> Path:
    return Path(export_maker.write_export(path, [export_maker.Run(7, START, **run)]))


@pytest.fixture
def two(config: Config, make_fit: Callable[..., bytes]) -> list[bytes]:
    """The files of two runs at Garmin, which are activities 1 and 2."""
    files = [make_fit(days_ago=days, km=3.0) for days in (2, 5)]
    fetch(config, listed("1", "First"), files[0])
    fetch(config, listed("2", "Second"), files[1])
    return files


def test_split_returns_a_source_that_a_newer_archive_replaced(
    config: Config, export_maker: ModuleType, make_fit: Callable[..., bytes], tmp_path: Path
) -> None:
    (tmp_path / "watch.fit").write_bytes(make_fit(days_ago=2, km=3.0))
    import_files(config, [tmp_path / "watch.fit"])
    for number, name in enumerate(("Old title", "New title"), start=1):
        import_files(config, [archive(export_maker, tmp_path / f"export_{number}.zip", name=name, ending=None)])
        if number == 1:
            merge(config, "1", "2")
    assert titles(config) == [(1, "New title")]
    split(config, "1", "2")
    assert titles(config)[1] == (2, "New title")


def test_a_title_of_either_merged_activity_changes_its_own_source(config: Config, two: list[bytes]) -> None:
    merge(config, "1", "2")
    rename(config, listed("2", "Renamed"))
    assert titles(config) == [(1, "First")]
    split(config, "1", "2")
    assert titles(config) == [(1, "First"), (2, "Renamed")]
    rename(config, listed("2", "Renamed again"))
    assert titles(config) == [(1, "First"), (2, "Renamed again")]


def test_fetching_a_merged_activity_again_keeps_it_merged(config: Config, two: list[bytes]) -> None:
    merge(config, "1", "2")
    fetch(config, listed("2", "Changed"), two[1])
    assert titles(config) == [(1, "First")]
    split(config, "1", "2")
    assert titles(config) == [(1, "First"), (2, "Changed")]


def test_a_merged_activity_that_its_source_deletes_stays_away_after_the_split(config: Config, two: list[bytes]) -> None:
    merge(config, "1", "2")
    with open_for_change(config) as connection:
        assert not remote.remove(connection, "garmin", "2")
    assert titles(config) == [(1, "First")]
    split(config, "1", "2")
    assert titles(config) == [(1, "First")]


def test_of_two_recordings_of_one_run_at_garmin_each_goes_alone(config: Config, two: list[bytes]) -> None:
    fetch(config, listed("3", "By another device"), two[0])
    assert titles(config) == [(1, "First"), (2, "Second")]
    with open_for_change(config) as connection:
        assert not remote.remove(connection, "garmin", "1")
    assert titles(config)[0] == (1, "By another device")
    with open_for_change(config) as connection:
        assert remote.remove(connection, "garmin", "3")
    assert titles(config) == [(2, "Second")]


def test_an_activity_without_a_source_can_be_edited(
    config: Config, make_fit: Callable[..., bytes], tmp_path: Path
) -> None:
    (tmp_path / "watch.fit").write_bytes(make_fit(days_ago=2, km=3.0))
    import_files(config, [tmp_path / "watch.fit"])
    undo(config, 1)
    undelete(config, "1")
    edit(config, "1", ActivityEdit(name="Mine"))
    assert titles(config) == [(1, "Mine")]
    edit(config, "1", ActivityEdit(reset=("name",)))
    assert titles(config) == [(1, "Morning Run")]


def test_sources_of_one_strava_activity_stay_together_in_a_split(
    config: Config, export_maker: ModuleType, make_fit: Callable[..., bytes], tmp_path: Path
) -> None:
    (tmp_path / "watch.fit").write_bytes(make_fit(days_ago=2, km=3.0))
    import_files(config, [tmp_path / "watch.fit"])
    import_files(config, [archive(export_maker, tmp_path / "export_1.zip", ending=None)])
    merge(config, "1", "2")
    detail = {
        "id": 7,
        "name": "At Strava",
        "sport_type": "Run",
        "start_date": "2025-06-15T15:06:40Z",
        "resource_state": 3,
    }
    payload = activity_of(detail)
    with open_for_change(config) as connection:
        strava.put_detail(connection, strava.build_from_strava(payload), payload, b"{}", "hash")
    split(config, "1", "2")
    assert titles(config) == [(1, "Morning Run"), (2, "At Strava")]
    with closing(sqlite3.connect(config.database)) as connection:
        of_strava = "SELECT id, strava_id FROM activity WHERE summary_hash = 'hash'"
        assert connection.execute(of_strava).fetchall() == [(2, 7)]
        assert connection.execute("SELECT activity_id FROM activity_payload").fetchall() == [(2,)]


def test_a_row_whose_import_was_undone_joins_the_activity_that_has_its_strava_id_now(
    config: Config, export_maker: ModuleType, tmp_path: Path
) -> None:
    first = archive(export_maker, tmp_path / "export_1.zip", name="Old title", ending=None)
    import_files(config, [first])
    undo(config, 1)
    with closing(sqlite3.connect(config.database)) as connection, connection:
        connection.execute("UPDATE activity SET strava_id = NULL")  # as where another source was left, and then went
    import_files(config, [archive(export_maker, tmp_path / "export_2.zip", name="New title", ending=None)])
    assert titles(config) == [(2, "New title")]
    import_files(config, [first])
    assert titles(config) == [(2, "Old title")]
