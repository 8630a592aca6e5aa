"""Pictures from the queue and on demand: of the activity as it is, never of what is to be hidden, kept or not."""

from __future__ import annotations

import sqlite3
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from runcoach.config import Config, load
from runcoach.domain.activity import BuiltActivity
from runcoach.domain.streams import Streams
from runcoach.errors import NotFoundError, UsageError
from runcoach.images import thumbnail as images
from runcoach.services.imports.import_files import import_files
from runcoach.services.sync.sync import sync
from runcoach.services.sync.sync_types import SyncOptions
from runcoach.services.thumbnails import Thumbnail, draw_queued, thumbnail
from runcoach.store import activities, jobs
from runcoach.store.remote import known_activities
from runcoach.store.sqlite.connection import write_transaction
from runcoach.store.sqlite.database import open_database


def track(seed: int = 0, size: int = 1200) -> Streams:
    turn = np.linspace(0.0, 2.0 + seed, size)
    return Streams(
        np.arange(float(size)),
        {"lat_deg": 48.0 + 0.02 * np.sin(turn), "lng_deg": 7.8 + 0.02 * np.cos(2 * turn) + turn * 0.01},
    ).quantized()


@pytest.fixture
def runs(
    connection: sqlite3.Connection,
    keep: Callable[[sqlite3.Connection, BuiltActivity], int],
    whole: Callable[..., BuiltActivity],
) -> list[int]:
    """Three runs with tracks, the last one the newest."""
    with write_transaction(connection):
        return [
            keep(connection, whole(streams=track(seed), start_time=1_760_000_000 + seed * 86_400)) for seed in range(3)
        ]


@pytest.fixture
def change(
    connection: sqlite3.Connection, whole: Callable[..., BuiltActivity]
) -> Callable[[int, Streams | None], None]:
    """Gives an activity another track, as an import or a sync does."""

    def put(activity_id: int, streams: Streams | None) -> None:
        with write_transaction(connection):
            activities.put_parts(connection, activity_id, whole(streams=streams))

    return put


def queue(connection: sqlite3.Connection) -> list[tuple[int, str]]:
    rows = connection.execute(
        "SELECT json_extract(payload, '$.activityId'), status FROM job WHERE type = 'thumbnail' ORDER BY id"
    )
    return [tuple(row) for row in rows]


def rows(connection: sqlite3.Connection, activity_id: int) -> list[tuple[Any, ...]]:
    found = connection.execute(
        "SELECT url, width, height FROM thumbnail WHERE activity_id = ? ORDER BY width", (activity_id,)
    )
    return [tuple(row) for row in found]


def cached(config: Config, activity_id: int) -> Path:
    return config.paths.cache / "default" / "thumbnails" / f"{activity_id}-512.png"


def hiding(config: Config, metres: int) -> Config:
    return replace(config, settings=replace(config.settings, thumbnail_hidden_m=metres))


def expected(streams: Streams | None, sport: str = "Run", hidden_m: int = 200) -> images.Drawing:
    return images.draw(streams, sport, hidden_m)


def test_storing_a_track_queues_its_thumbnail(connection: sqlite3.Connection, runs: list[int]) -> None:
    assert queue(connection) == [(run, "queued") for run in runs]


def test_draw_queued_stores_both_sizes(config: Config, connection: sqlite3.Connection, runs: list[int]) -> None:
    report = draw_queued(config)
    assert (report.drawn, report.failed, report.left, report.exit_code) == (3, 0, 0, 0)
    for seed, run in enumerate(runs):
        drawing = expected(track(seed))
        url = f"/api/v1/activities/{run}/thumbnail"
        assert rows(connection, run) == [(url, 256, 256), (f"{url}?size=512", 512, 512)]
        payload = connection.execute("SELECT thumb_png FROM activity_payload WHERE activity_id = ?", (run,)).fetchone()
        assert payload["thumb_png"] == drawing.small
        assert cached(config, run).read_bytes() == drawing.large
        assert stat.S_IMODE(cached(config, run).stat().st_mode) == 0o600
    assert stat.S_IMODE(cached(config, 1).parent.stat().st_mode) == 0o700
    assert queue(connection) == [(run, "done") for run in runs]
    assert draw_queued(config).drawn == 0


def test_draw_queued_draws_newest_first_up_to_the_limit(
    config: Config, connection: sqlite3.Connection, runs: list[int]
) -> None:
    assert draw_queued(config, limit=2).left == 1
    assert [bool(rows(connection, run)) for run in runs] == [False, True, True]


def test_draw_queued_stops_on_request(config: Config, runs: list[int]) -> None:
    seen: list[int] = []
    report = draw_queued(config, stop=lambda: len(seen) == 1, progress=lambda _, total: seen.append(total))
    assert (report.drawn, report.left, seen) == (1, 2, [3])


def test_thumbnail_on_demand_ends_its_job(config: Config, connection: sqlite3.Connection, runs: list[int]) -> None:
    drawing = expected(track(1))
    small, large = thumbnail(config, str(runs[1])), thumbnail(config, str(runs[1]), 512)
    assert (small.png, small.width, small.height) == (drawing.small, 256, 256)
    assert (large.png, large.width, large.height) == (drawing.large, 512, 512)
    assert small.etag != large.etag
    assert small.etag.startswith('"')
    assert small.etag.endswith('"')
    assert (runs[1], "done") in queue(connection)
    assert draw_queued(config).drawn == 2


def test_stored_thumbnail_is_not_drawn_again(config: Config, runs: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    draw_queued(config)
    before = [thumbnail(config, str(runs[0]), size) for size in (256, 512)]
    monkeypatch.setattr(images, "draw", refuse)
    assert [thumbnail(config, str(runs[0]), size) for size in (256, 512)] == before


def refuse(*given: object) -> images.Drawing:
    raise AssertionError("drawn again")


def test_changed_track_changes_its_thumbnail_at_once(
    config: Config,
    connection: sqlite3.Connection,
    runs: list[int],
    change: Callable[[int, Streams | None], None],
) -> None:
    draw_queued(config)
    before = thumbnail(config, str(runs[0]))
    change(runs[0], track(7))
    assert queue(connection)[-1] == (runs[0], "queued")
    assert rows(connection, runs[0]) == []
    after = thumbnail(config, str(runs[0]))
    assert after.png == expected(track(7)).small
    assert after.etag != before.etag
    assert thumbnail(config, str(runs[0]), 512).png == expected(track(7)).large


def test_a_track_that_is_taken_away_leaves_the_sign_of_the_sport(
    config: Config, runs: list[int], change: Callable[[int, Streams | None], None]
) -> None:
    draw_queued(config)
    change(runs[0], None)
    assert draw_queued(config).drawn == 1
    assert thumbnail(config, str(runs[0])).png == expected(None).small


def test_another_sport_is_another_sign(config: Config, connection: sqlite3.Connection, runs: list[int]) -> None:
    with write_transaction(connection):
        connection.execute("DELETE FROM activity_stream")
    draw_queued(config, redraw_all=True)
    with write_transaction(connection):
        activities.update(connection, runs[0], {"sport_type": "Ride"})
    assert thumbnail(config, str(runs[0])).png == expected(None, "Ride").small


def test_many_changes_are_one_job(
    connection: sqlite3.Connection, runs: list[int], change: Callable[[int, Streams | None], None]
) -> None:
    for seed in range(5):
        change(runs[0], track(seed))
    assert len(queue(connection)) == len(runs)


def test_changed_setting_redraws_all_thumbnails(
    config: Config, connection: sqlite3.Connection, runs: list[int]
) -> None:
    draw_queued(config)
    wary = hiding(config, 700)
    assert draw_queued(wary).drawn == 3
    assert thumbnail(wary, str(runs[0])).png == expected(track(0), hidden_m=700).small
    assert draw_queued(wary).drawn == 0


@pytest.mark.parametrize("size", [256, 512])
def test_no_thumbnail_shows_more_than_the_setting_allows(config: Config, runs: list[int], size: int) -> None:
    open_hearted, wary = hiding(config, 0), hiding(config, 700)
    draw_queued(open_hearted)
    drawing = expected(track(0), hidden_m=700)
    assert thumbnail(wary, str(runs[0]), size).png == (drawing.small if size == 256 else drawing.large)
    assert not cached(config, runs[1]).exists()  # nor does one lie about


def test_lost_cache_is_redrawn(config: Config, runs: list[int]) -> None:
    draw_queued(config)
    before = thumbnail(config, str(runs[0]), 512)
    cached(config, runs[0]).unlink()
    assert thumbnail(config, str(runs[0]), 512) == before
    assert cached(config, runs[0]).exists()


def test_cached_file_of_another_activity_or_truncated_is_not_returned(config: Config, runs: list[int]) -> None:
    draw_queued(config)
    whole_one = cached(config, runs[0]).read_bytes()
    for wrong in (cached(config, runs[1]).read_bytes(), whole_one[:-40], b""):
        cached(config, runs[0]).write_bytes(wrong)
        assert thumbnail(config, str(runs[0]), 512).png == whole_one


def test_unwritable_cache_is_reported(config: Config, runs: list[int]) -> None:
    config.paths.cache.parent.mkdir(parents=True, exist_ok=True)
    config.paths.cache.write_text("in the way")
    report = draw_queued(config)
    assert report.drawn == 3
    assert report.problem is not None
    assert str(config.paths.cache) in report.problem
    assert thumbnail(config, str(runs[0]), 512).png == expected(track(0)).large


@contextmanager
def someone_writing(config: Config) -> Iterator[None]:
    with open_database(config) as other, write_transaction(other):
        yield


def test_thumbnail_is_drawn_but_not_stored_while_another_process_writes(
    config: Config, connection: sqlite3.Connection, runs: list[int]
) -> None:
    with someone_writing(config):
        assert thumbnail(config, str(runs[0])).png == expected(track(0)).small
    assert rows(connection, runs[0]) == []
    assert thumbnail(config, str(runs[0])).png == expected(track(0)).small
    assert len(rows(connection, runs[0])) == 2


@pytest.mark.parametrize("what", ["track", "sport"])
def test_outdated_drawing_is_not_stored(
    config: Config,
    connection: sqlite3.Connection,
    runs: list[int],
    change: Callable[[int, Streams | None], None],
    monkeypatch: pytest.MonkeyPatch,
    what: str,
) -> None:
    draw = images.draw
    changed: list[int] = []
    with write_transaction(connection):
        connection.execute("DELETE FROM activity_stream WHERE activity_id = ?", (runs[2],))

    def draw_slowly(streams: Streams | None, sport: str, hidden_m: float) -> images.Drawing:
        drawing = draw(streams, sport, hidden_m)
        if not changed:
            changed.append(runs[2])
            if what == "track":
                change(runs[2], track(9))
            else:
                with write_transaction(connection):
                    activities.update(connection, runs[2], {"sport_type": "Ride"})
        return drawing

    monkeypatch.setattr(images, "draw", draw_slowly)
    assert draw_queued(config).drawn == 3
    right = expected(track(9)) if what == "track" else expected(None, "Ride")
    assert thumbnail(config, str(runs[2])).png == right.small
    assert {status for _, status in queue(connection)} == {"done"}


def damage(connection: sqlite3.Connection, activity_id: int) -> None:
    with write_transaction(connection):
        connection.execute(
            "UPDATE activity_stream SET data = x'00' WHERE activity_id = ? AND channel = 'lat_deg'", (activity_id,)
        )


def test_failed_thumbnail_is_retried_then_given_up(
    config: Config, connection: sqlite3.Connection, runs: list[int]
) -> None:
    damage(connection, runs[2])
    now = 4_000_000_000.0
    report = draw_queued(config, clock=lambda: now)
    assert (report.drawn, report.failed, report.left, report.exit_code) == (2, 1, 1, 3)
    assert draw_queued(config, clock=lambda: now).failed == 0
    for hour in range(1, jobs.MAX_ATTEMPTS):
        assert draw_queued(config, clock=lambda later=now + hour * 3600.0: later).failed == 1  # type: ignore[misc]
    assert (runs[2], "error") in queue(connection)
    assert "given up after 5 attempts" in connection.execute("SELECT message FROM audit").fetchone()["message"]
    assert draw_queued(config, clock=lambda: now + 1e6) == draw_queued(
        config, clock=lambda: now + 2e6
    )  # nothing, for good
    assert len(queue(connection)) == 3


def test_a_failure_is_over_with_a_sound_track(
    config: Config, connection: sqlite3.Connection, runs: list[int], change: Callable[[int, Streams | None], None]
) -> None:
    damage(connection, runs[2])
    draw_queued(config)
    change(runs[2], track(2))
    assert thumbnail(config, str(runs[2])).png == expected(track(2)).small
    assert {status for _, status in queue(connection)} == {"done"}


def test_job_of_a_dead_process_is_drawn(config: Config, connection: sqlite3.Connection, runs: list[int]) -> None:
    with write_transaction(connection):
        assert jobs.claim(connection, "thumbnail", 4e9) is not None
    assert draw_queued(config).drawn == 3


def test_activities_without_thumbnails_are_queued(
    config: Config, connection: sqlite3.Connection, runs: list[int]
) -> None:
    with write_transaction(connection):
        connection.execute("DELETE FROM job")
    assert draw_queued(config).drawn == 3


def test_a_deleted_activity_waits_until_it_comes_back(
    config: Config, connection: sqlite3.Connection, runs: list[int]
) -> None:
    with write_transaction(connection):
        known_activities.mark_deleted(connection, runs[0])
    assert draw_queued(config).drawn == 2
    assert rows(connection, runs[0]) == []
    with write_transaction(connection):
        known_activities.revive(connection, runs[0])
    assert draw_queued(config).drawn == 1
    assert len(rows(connection, runs[0])) == 2


def test_redraw_all(config: Config, runs: list[int]) -> None:
    draw_queued(config)
    assert draw_queued(config, redraw_all=True).drawn == 3


def test_an_activity_typed_in_by_hand_has_a_picture_too(
    config: Config,
    connection: sqlite3.Connection,
    keep: Callable[[sqlite3.Connection, BuiltActivity], int],
    whole: Callable[..., BuiltActivity],
) -> None:
    with write_transaction(connection):
        activity_id = keep(connection, whole(sport_type="Swim", has_gps=False))
    assert draw_queued(config).drawn == 1
    assert thumbnail(config, str(activity_id)).png == expected(None, "Swim").small


@pytest.mark.parametrize(("reference", "size"), [("1", 128), ("1", 0), ("1", -1), ("x", 256)])
def test_invalid_size_and_unknown_activity_are_errors(
    config: Config, runs: list[int], reference: str, size: int
) -> None:
    with pytest.raises(UsageError):
        thumbnail(config, reference, size)


def test_nothing_is_found_where_nothing_is(config: Config, runs: list[int]) -> None:
    with pytest.raises(NotFoundError):
        thumbnail(config, "999")


def test_without_a_file_there_is_nothing_to_draw_and_none_is_made(config: Config) -> None:
    assert draw_queued(config).drawn == 0
    with pytest.raises(NotFoundError):
        thumbnail(config, "1")
    assert not config.database.exists()


def test_an_import_queues_what_it_brings(config: Config, tmp_path: Path, make_fit: Callable[..., bytes]) -> None:
    (tmp_path / "out.fit").write_bytes(make_fit(days_ago=3))
    (tmp_path / "in.fit").write_bytes(make_fit(days_ago=2, indoor=True))
    import_files(config, [tmp_path / "out.fit", tmp_path / "in.fit"])
    assert draw_queued(config).drawn == 2
    import_files(config, [tmp_path / "out.fit"])
    assert draw_queued(config).drawn == 0


@pytest.mark.slow
def test_a_sync_queues_what_it_brings_and_not_what_is_still_to_come(connected: Config) -> None:
    """An activity that only the list has told of is drawn when it is here in full, or when someone asks."""
    first = sync(connected, SyncOptions(limit=2))
    assert first.left > 0
    with open_database(connected) as connection:
        waiting = connection.execute("SELECT count(*) FROM job WHERE type = 'fetch' AND status = 'queued'").fetchone()[
            0
        ]
        here = connection.execute("SELECT count(*) FROM activity").fetchone()[0]
    assert draw_queued(connected).drawn == here - waiting
    second = sync(connected, SyncOptions())
    assert (second.left, second.exit_code, second.open_trouble) == (0, 0, 0)
    assert draw_queued(connected).drawn == waiting


@pytest.mark.slow
def test_pictures_that_wait_or_failed_are_no_matter_of_a_sync(connected: Config, runcoach: Callable[..., Any]) -> None:
    sync(connected, SyncOptions())
    with open_database(connected) as connection:
        activity_id = connection.execute("SELECT activity_id FROM activity_stream LIMIT 1").fetchone()[0]
        damage(connection, activity_id)
        connection.execute("UPDATE activity_stream SET data = x'00' WHERE activity_id = ?", (activity_id,))
    assert draw_queued(connected).failed == 1
    report = sync(connected, SyncOptions())
    assert (report.left, report.open_trouble, report.exit_code) == (0, 0, 0)
    assert "Queue" not in runcoach("status").out
    assert runcoach("status", "--json").json["data"]["thumbnails"]["retry"] == 1


def test_fetches_are_before_the_work_of_this_machine_in_the_list_of_jobs(
    connection: sqlite3.Connection, runs: list[int], runcoach: Callable[..., Any]
) -> None:
    with write_transaction(connection):
        jobs.enqueue(connection, "fetch", {"stravaId": 77}, "sync")
        connection.execute("UPDATE job SET updated_at = 1 WHERE type = 'fetch'")
    listed = runcoach("jobs", "--json").json["data"]
    assert [job["type"] for job in listed[:1]] == ["fetch"]
    assert sorted(job["type"] for job in listed[1:]) == ["analytics"] * 3 + ["thumbnail"] * 3
    assert f"thumbnail {runs[2]}" in runcoach("jobs").out


def test_the_command_draws_what_is_queued(runs: list[int], runcoach: Callable[..., Any]) -> None:
    ended = runcoach("thumbnails")
    assert (ended.code, ended.out) == (0, "3 thumbnails drawn\n")
    assert runcoach("thumbnails").out == "No thumbnails to draw.\n"
    answer = runcoach("thumbnails", "--all", "--json")
    assert answer.json["data"] == {"drawn": 3, "failed": 0, "left": 0, "problem": None}


@pytest.mark.parametrize(("options", "edge"), [([], "large"), (["--size", "256"], "small")])
def test_the_command_writes_a_picture(
    runs: list[int], runcoach: Callable[..., Any], tmp_path: Path, options: list[str], edge: str
) -> None:
    file = tmp_path / "run.png"
    ended = runcoach("thumbnails", str(runs[0]), "--output", str(file), *options)
    assert ended.code == 0
    assert file.read_bytes() == getattr(expected(track(0)), edge)


def test_the_json_of_a_picture_holds_addresses_alone(runs: list[int], runcoach: Callable[..., Any]) -> None:
    ended = runcoach("thumbnails", str(runs[0]), "--json")
    data = ended.json["data"]
    assert [found["width"] for found in data["thumbnails"]] == [256, 512]
    assert set(data["thumbnails"][0]) == {"url", "width", "height", "createdAt"}
    assert "PNG" not in ended.out


@pytest.mark.parametrize(
    "arguments",
    [("--output", "x.png"), ("1", "--all"), ("1", "--size", "300"), ("1", "--output", "/dev/null/x.png")],
)
def test_thumbnails_command_rejects_invalid_options(
    runs: list[int], runcoach: Callable[..., Any], arguments: tuple[str, ...]
) -> None:
    ended = runcoach("thumbnails", *arguments)
    assert ended.code == 2
    assert not ended.out


def test_a_picture_that_fails_is_named_and_the_exit_code_says_so(
    connection: sqlite3.Connection, runs: list[int], runcoach: Callable[..., Any]
) -> None:
    damage(connection, runs[0])
    ended = runcoach("thumbnails")
    assert ended.code == 3
    assert "1 thumbnail could not be drawn" in ended.err
    assert runcoach("jobs", "retry").code == 0
    assert runcoach("thumbnails").code == 3


@pytest.mark.slow
def test_running_the_jobs_draws_too(connected: Config, runcoach: Callable[..., Any]) -> None:
    sync(connected, SyncOptions(limit=1))
    assert runcoach("jobs", "run").code == 0
    with open_database(connected) as connection:
        undrawn = connection.execute(
            "SELECT count(*) FROM activity WHERE NOT EXISTS (SELECT 1 FROM thumbnail WHERE activity_id = activity.id)"
        )
        assert undrawn.fetchone()[0] == 0
        assert jobs.next_due(connection, "thumbnail") is None


def test_the_setting_is_metres(config: Config, runcoach: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
    assert load().settings.thumbnail_hidden_m == 200
    assert runcoach("config", "set", "thumbnail_hidden_m", "350").code == 0
    assert load().settings.thumbnail_hidden_m == 350
    for wrong in ("-1", "a mile", "1e3", "10001", "٣٠"):
        assert runcoach("config", "set", "thumbnail_hidden_m", "--", wrong).code == 2
    monkeypatch.setenv("RUNCOACH_THUMBNAIL_HIDDEN_M", "0")
    assert load().settings.thumbnail_hidden_m == 0


def test_thumbnail_repr_omits_the_image() -> None:
    assert "png" not in repr(Thumbnail(1, b"\x89PNG", '"x"', 256, 256)).lower()
