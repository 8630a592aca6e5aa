"""Syncs with Garmin and intervals.icu against their stand-ins."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from runcoach.config import Config, load
from runcoach.domain.filters import ActivityFilter
from runcoach.errors import DegradedError, ExitCode, LoginError, NotConnectedError, RemoteUnavailableError, UsageError
from runcoach.sandbox.faults import FaultKind
from runcoach.sandbox.garmin import PersonalAccount
from runcoach.sandbox.intervals import KEY as INTERVALS_KEY
from runcoach.sandbox.server import Sandbox
from runcoach.sandbox.synthetic.athlete import SyntheticAthlete
from runcoach.services.auth.api_key import connect, disconnect, key_end_note
from runcoach.services.exports.export import ExportOptions, export
from runcoach.services.exports.originals import ExportedOriginals
from runcoach.services.imports.import_files import import_files
from runcoach.services.sync.remote.sync import sync_remote
from runcoach.services.sync.sync_types import SyncOptions, SyncReport
from runcoach.store.remote import connections
from runcoach.store.sqlite.database import open_reader

TODAY = date(2026, 11, 23)

Sync = Callable[..., SyncReport]


class Clock:
    def __init__(self) -> None:
        self.now = datetime(2026, 11, 23, 12, tzinfo=UTC).timestamp()

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def sandbox(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> Iterator[Sandbox]:
    with Sandbox(athlete=SyntheticAthlete(today=TODAY, n_activities=12), clock=clock) as running:
        monkeypatch.setenv("GARMIN_PERSONAL_API_BASE_URL", running.garmin_url)
        monkeypatch.setenv("RUNCOACH_INTERVALS_API_URL", running.intervals_url)
        yield running


@pytest.fixture
def account(sandbox: Sandbox) -> PersonalAccount:
    return sandbox.garmin.account


@pytest.fixture
def config(home: Path, sandbox: Sandbox, account: PersonalAccount) -> Config:
    config = load()
    connect(config, "garmin", account.key, token_store="file")
    return load()


@pytest.fixture
def sync(config: Config, clock: Clock) -> Sync:
    def run(source: str = "garmin", **options: Any) -> SyncReport:
        return sync_remote(config, source, SyncOptions(**options), clock=clock, sleep=lambda _: None)

    return run


def rows(config: Config, sql: str, *values: object) -> list[tuple[Any, ...]]:
    with open_reader(config) as connection:
        return [tuple(row) for row in connection.execute(sql, values)]


def requests(sandbox: Sandbox, *parts: str) -> int:
    return sum(any(part in entry.path for part in parts) for entry in sandbox.requests)


@pytest.mark.slow
def test_the_first_sync_fetches_every_activity_with_one_request_each(
    sync: Sync, sandbox: Sandbox, config: Config, account: PersonalAccount
) -> None:
    sandbox.log.clear()
    report = sync()
    assert (report.new, report.left, report.failed, report.exit_code) == (12, 0, 0, ExitCode.OK)
    assert requests(sandbox, "activitylist-service") == 1
    assert requests(sandbox, "download-service") == 12
    names = {activity.name for activity in account.newest_first()}
    assert {name for (name,) in rows(config, "SELECT name FROM activity")} == names
    assert rows(config, "SELECT DISTINCT kind FROM activity_source") == [("garmin",)]


@pytest.mark.slow
def test_originals_are_exported_as_garmin_served_them(
    sync: Sync, config: Config, account: PersonalAccount, tmp_path: Path
) -> None:
    sync()
    newest, *older = account.newest_first()
    served = [activity.content() for activity in reversed([newest, *older]) if activity.content is not None]
    typed_in = 12 - len(served)
    report = export(config, tmp_path / "out", ExportOptions(("original",), ActivityFilter()))
    assert report.originals == ExportedOriginals(files=len(served), without_file=typed_in)
    assert [path.read_bytes() for path in sorted((tmp_path / "out/original").rglob("*.fit"))] == served
    assert newest.content is not None
    account.delete(newest.activity_id)
    sync(full=True)
    report = export(config, tmp_path / "out", ExportOptions(("original",), ActivityFilter()))
    assert report.originals == ExportedOriginals(files=len(served) - 1, without_file=typed_in)


@pytest.mark.slow
def test_no_original_is_kept_where_none_is_wanted(sync: Sync, config: Config, tmp_path: Path) -> None:
    no_originals = replace(config, settings=replace(config.settings, keep_originals="none"))
    sync_remote(no_originals, "garmin", SyncOptions(limit=2))
    assert rows(config, "SELECT count(*) FROM original_file") == [(0,)]
    report = export(config, tmp_path / "out", ExportOptions(("original",), ActivityFilter()))
    assert report.originals == ExportedOriginals(downloaded=2)


@pytest.mark.slow
def test_with_nothing_new_it_takes_one_request(sync: Sync, sandbox: Sandbox) -> None:
    sync()
    sandbox.log.clear()
    report = sync()
    assert (report.new, report.updated, report.listed) == (0, 0, 12)
    assert len(sandbox.requests) == 1


@pytest.mark.slow
def test_a_token_is_kept_for_the_next_process(sync: Sync, sandbox: Sandbox) -> None:
    sandbox.log.clear()
    sync()
    sync()
    assert requests(sandbox, "personal-api-key/token") == 1


@pytest.mark.slow
def test_a_race_typed_as_one_at_garmin_is_a_race(sync: Sync, config: Config, account: PersonalAccount) -> None:
    newest = account.newest_first()[0].activity_id
    account.edit(newest, is_race=True, name="Cross 🏁")
    sync()
    assert rows(config, "SELECT workout_type FROM activity WHERE name = 'Cross 🏁'") == [(1,)]


@pytest.mark.slow
def test_a_new_title_needs_no_download(sync: Sync, sandbox: Sandbox, config: Config, account: PersonalAccount) -> None:
    sync()
    account.edit(account.newest_first()[3].activity_id, name="renamed")
    sandbox.log.clear()
    report = sync()
    assert report.updated == 1
    assert requests(sandbox, "download-service") == 0
    assert rows(config, "SELECT count(*) FROM activity WHERE name = 'renamed'") == [(1,)]


@pytest.mark.slow
def test_an_activity_without_a_file_is_kept_with_its_totals(
    sync: Sync, config: Config, account: PersonalAccount
) -> None:
    newest = account.newest_first()[0]
    account.edit(newest.activity_id, content=None, distance_m=10_000.0, duration_s=3000.0, type_key="running")
    sync()
    assert rows(
        config,
        "SELECT distance_m, elapsed_time_sec, sport_type FROM activity WHERE start_time = ?",
        newest.start_time_s,
    ) == [(10_000.0, 3000, "Run")]


def packed(*names: str, content: bytes = b"") -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in names:
            archive.writestr(name, content)
    return buffer.getvalue()


@pytest.mark.slow
@pytest.mark.parametrize(
    "content",
    [
        lambda: b"nonsense",
        packed,
        lambda: packed("a.fit", "b.fit"),
        lambda: packed("a.fit", content=bytes(200_000_000)),
    ],
    ids=["no FIT", "empty ZIP", "two files", "bomb"],
)
def test_an_unreadable_file_costs_its_samples_alone(
    sync: Sync, config: Config, account: PersonalAccount, content: Callable[[], bytes]
) -> None:
    newest = account.newest_first()[0]
    account.edit(newest.activity_id, content=content, distance_m=5000.0, duration_s=1500.0)
    assert sync().failed == 0
    ((notes,),) = rows(
        config,
        "SELECT notes FROM activity_source s JOIN activity a ON a.id = s.activity_id WHERE a.start_time = ?",
        newest.start_time_s,
    )
    assert "only the totals of the list are imported" in notes


@pytest.mark.slow
def test_what_is_deleted_at_garmin_leaves_the_lists_after_a_whole_list(
    sync: Sync, config: Config, account: PersonalAccount
) -> None:
    sync()
    oldest = account.newest_first()[-1]
    account.delete(oldest.activity_id)
    assert sync().deleted == 0
    assert sync(full=True).deleted == 1
    assert rows(config, "SELECT deleted_at IS NOT NULL FROM activity WHERE start_time = ?", oldest.start_time_s) == [
        (1,)
    ]


@pytest.mark.slow
def test_an_activity_that_is_elsewhere_too_is_not_deleted_with_its_copy_at_garmin(
    sync: Sync, config: Config, account: PersonalAccount, tmp_path: Path
) -> None:
    recorded = next(each for each in account.newest_first() if each.content is not None)
    assert recorded.content is not None
    (tmp_path / "run.fit").write_bytes(recorded.content())
    import_files(config, [tmp_path / "run.fit"])
    sync()
    account.delete(recorded.activity_id)
    sync(full=True)
    assert rows(config, "SELECT deleted_at FROM activity WHERE start_time = ?", recorded.start_time_s) == [(None,)]


@pytest.mark.slow
def test_many_missing_at_once_are_not_believed_without_a_word(
    sync: Sync, config: Config, account: PersonalAccount
) -> None:
    sync()
    for activity in account.newest_first()[:6]:
        account.delete(activity.activity_id)
    report = sync(full=True)
    assert (report.withheld, report.deleted) == (6, 0)
    assert sync(full=True, accept_deletions=True).deleted == 6


@pytest.mark.slow
def test_a_429_leaves_the_rest_queued(sync: Sync, sandbox: Sandbox, config: Config, clock: Clock) -> None:
    sandbox.faults.add(FaultKind.LIMITED, path="download-service", skip=3)
    report = sync()
    assert report.exit_code is ExitCode.LIMIT
    assert 0 < report.new < 12
    assert report.new + report.left == 12
    assert report.limit_until == clock.now + 900
    clock.now += 901
    assert sync().new == report.left


@pytest.mark.slow
def test_a_failing_download_is_retried_later_and_the_others_come(
    sync: Sync, sandbox: Sandbox, account: PersonalAccount, clock: Clock
) -> None:
    broken = next(each for each in account.newest_first() if each.content is not None).activity_id
    sandbox.faults.add(FaultKind.UNAVAILABLE, path=f"download-service/files/activity/{broken}", times=3)
    report = sync()
    assert (report.failed, report.exit_code) == (1, ExitCode.PARTLY)
    assert report.new == 11
    clock.now += 120
    assert sync().new == 1


@pytest.mark.slow
def test_a_list_that_cannot_be_read_is_an_error_and_noted(sync: Sync, sandbox: Sandbox, config: Config) -> None:
    sync()
    sandbox.faults.add(FaultKind.UNAVAILABLE, path="activitylist-service", times=3)
    with pytest.raises(RemoteUnavailableError, match="Garmin has trouble of its own"):
        sync()
    with open_reader(config) as connection:
        stored = connections.find(connection, "garmin")
    assert stored is not None
    assert "trouble" in (stored.last_error or "")
    assert stored.last_success_at is not None


@pytest.mark.slow
def test_a_revoked_key_degrades_and_a_new_one_goes_on(
    sync: Sync, sandbox: Sandbox, config: Config, account: PersonalAccount
) -> None:
    sync()
    sandbox.garmin.key_is_valid = False
    sandbox.garmin.revoke_tokens()
    with pytest.raises(DegradedError):
        sync()
    asked = len(sandbox.requests)
    with pytest.raises(DegradedError, match="does not accept this key"):
        sync()
    assert len(sandbox.requests) == asked
    sandbox.garmin.key_is_valid = True
    account.key = "another-key"
    connect(config, "garmin", "another-key")
    assert sync().new == 0


def test_a_key_of_another_athlete_is_refused(sync: Sync, config: Config, account: PersonalAccount) -> None:
    for activity in account.newest_first():
        account.edit(activity.activity_id, extra={"ownerId": 17})
    with pytest.raises(LoginError, match="belongs to 17"):
        connect(config, "garmin", account.key)


@pytest.mark.parametrize("key", ["", "short", "with blank inside", 'quoted"key"here', "ключ-ключ-ключ"])
def test_what_is_no_key_is_refused_before_anything_is_sent(home: Path, sandbox: Sandbox, key: str) -> None:
    with pytest.raises(UsageError, match="not a key"):
        connect(load(), "garmin", key, token_store="file")
    assert sandbox.requests == []


@pytest.mark.slow
def test_the_key_is_nowhere_in_the_clear(sync: Sync, home: Path, account: PersonalAccount) -> None:
    sync()
    for path in home.rglob("*"):
        assert not path.is_file() or account.key.encode() not in path.read_bytes(), path


@pytest.mark.slow
def test_disconnecting_removes_the_key_and_keeps_the_runs(sync: Sync, config: Config) -> None:
    sync()
    assert disconnect(config, "garmin")
    assert not disconnect(config, "garmin")
    with pytest.raises(NotConnectedError, match="not connected"):
        sync()
    assert rows(config, "SELECT count(*) FROM activity WHERE deleted_at IS NULL") == [(12,)]


def test_a_key_that_ends_soon_is_told(sync: Sync, config: Config, clock: Clock) -> None:
    with open_reader(config) as connection:
        stored = connections.find(connection, "garmin")
    assert stored is not None
    assert key_end_note(stored, clock.now) is None
    ending = replace(stored, key_ends_at=int(clock.now) + 6 * 86_400)
    assert "ends on 2026-11-29" in (key_end_note(ending, clock.now) or "")
    assert key_end_note(replace(stored, key_ends_at=int(clock.now) + 8 * 86_400), clock.now) is None


@pytest.mark.slow
def test_intervals_rows_from_strava_are_skipped_and_counted_once(
    sync: Sync, config: Config, account: PersonalAccount
) -> None:
    for activity in account.newest_first()[:4]:
        account.edit(activity.activity_id, source="STRAVA")
    connect(config, "intervals", INTERVALS_KEY)
    first = sync("intervals")
    assert (first.new, first.skipped) == (8, 4)
    again = sync("intervals")
    assert (again.new, again.skipped) == (0, 0)
