"""Strava's bad days: every trouble in any order over a whole backfill, lists that change while they are read, wrong
clocks; in the end the file is what it would have been on a good day."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
from killing import content, query
from stand_in import Clock, StandIn, standing_in

from runcoach.config import Config
from runcoach.errors import DegradedError, ExitCode, RemoteError, RuncoachError
from runcoach.sandbox.faults import FaultKind, Faults
from runcoach.services.sync import sync as syncing
from runcoach.services.sync.sync_types import SyncOptions, SyncProgress, SyncReport
from runcoach.sources.remote.transport import Transport

pytestmark = pytest.mark.slow

#: All but those that come well and say less than they should.
PASSING = tuple(trouble for trouble in FaultKind if trouble not in {FaultKind.MISSING_FIELDS, FaultKind.NULLS})

#: More than a quarter of an hour at a time, so that no job waits longer than this for its next try.
NEXT_TRY_S = 1200.0

MOST_SYNCS = 60


def run_sync(
    config: Config, clock: Clock, progress: Callable[[SyncProgress], None] = lambda _: None, **options: Any
) -> SyncReport:
    def sleep(seconds: float) -> None:
        clock.now += seconds

    return syncing.sync(config, SyncOptions(**options), progress=progress, clock=clock, sleep=sleep)


@contextmanager
def nobody_waits(faults: Faults, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Pauses between tries take no time, and a silence ends as soon as it has begun."""
    kept: dict[str, Any] = Transport.__init__.__kwdefaults__ or {}
    monkeypatch.setitem(kept, "sleep", lambda _: None)
    over = threading.Event()

    def release() -> None:
        while not over.is_set():
            if faults.holding.acquire(timeout=0.05):
                faults.release()

    releaser = threading.Thread(target=release)
    releaser.start()
    try:
        yield
    finally:
        over.set()
        faults.release()
        releaser.join()


def sync_until_home(config: Config, clock: Clock, each_time: Callable[[int], None] = lambda _: None) -> int:
    """Sync as cron does, whatever comes, until nothing is left; how many syncs it took."""
    for number in range(MOST_SYNCS):
        each_time(number)
        with suppress(RemoteError):
            report = run_sync(config, clock)
            if (report.left, report.open_trouble) == (0, 0) and report.listed:
                return number
        clock.now += NEXT_TRY_S
    pytest.fail("it never came home")


@pytest.mark.parametrize("seed", range(3))
def test_every_trouble_in_any_order_over_a_whole_backfill(
    seed: int, fresh: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with standing_in(activities=16) as strava:
        go_through_every_trouble(strava, random.Random(seed), fresh, monkeypatch)


def go_through_every_trouble(
    strava: StandIn, chance: random.Random, fresh: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    good, bad = strava.log_in(fresh / "good"), strava.log_in(fresh / "bad")
    run_sync(good, strava.clock)
    sandbox = strava.sandbox

    def worse(number: int) -> None:
        """A few troubles for each of the first syncs, until ten have struck, and good days afterwards."""
        sandbox.faults.clear()
        if number < 4 or len(sandbox.faults.triggered) < 10:
            for trouble in chance.sample(PASSING, k=4):
                sandbox.faults.add(trouble, times=chance.randint(1, 9), skip=chance.randint(0, 6))
            if chance.random() < 0.5:
                sandbox.oauth.expire()

    with nobody_waits(sandbox.faults, monkeypatch):
        sync_until_home(bad, strava.clock, worse)
    assert len(sandbox.faults.triggered) >= 10
    assert told(bad) == told(good)


@pytest.mark.parametrize("trouble", [FaultKind.MISSING_FIELDS, FaultKind.NULLS, FaultKind.UNKNOWN_FIELDS])
def test_answers_that_say_less_are_kept_as_far_as_they_go_and_mended_by_the_next_whole_list(
    trouble: FaultKind, fresh: Path, strava: StandIn
) -> None:
    good, bad = strava.log_in(fresh / "good"), strava.log_in(fresh / "bad")
    run_sync(good, strava.clock)
    strava.sandbox.faults.add(trouble, times=None, path=r"/athlete/activities")
    with suppress(RemoteError):
        run_sync(bad, strava.clock)
    strava.sandbox.faults.clear()
    strava.clock.now += 8 * 86_400
    sync_until_home(bad, strava.clock)
    run_sync(good, strava.clock)
    assert told(bad) == told(good)


def told(config: Config) -> dict[str, list[Any]]:
    """What a file says of Strava's activities, whatever tries it took: the queue and the trail of tries aside."""
    held = content(config.paths.data.parent)
    aside = {"audit", "job", "sync_state", "activity_payload"}
    return {table: rows for table, rows in held.items() if table not in aside}


def test_access_taken_back_in_the_middle_costs_nothing_but_a_login(fresh: Path, strava: StandIn) -> None:
    good, bad = strava.log_in(fresh / "good"), strava.log_in(fresh / "bad")
    run_sync(good, strava.clock)
    sandbox = strava.sandbox
    with pytest.raises(DegradedError):
        run_sync(bad, strava.clock, lambda moment: sandbox.revoke() if moment.done else None)
    strava.log_in(fresh / "bad")
    assert run_sync(bad, strava.clock).exit_code is ExitCode.OK
    assert told(bad) == told(good)


# Lists that change while they are read.


@pytest.fixture
def small_pages(monkeypatch: pytest.MonkeyPatch) -> int:
    """Strava's longest page has three activities."""
    monkeypatch.setattr("runcoach.services.sync.listing.PER_PAGE", 3)
    monkeypatch.setitem(
        __import__("runcoach.sources.strava.client", fromlist=["x"]).StravaClient.list_activities.__kwdefaults__,
        "per_page",
        3,
    )
    return 3


def once_after(seen: int, act: Callable[[], object]) -> Callable[[SyncProgress], None]:
    """A follower that does something once, as soon as so many activities have been listed."""
    left = [act]

    def follow(moment: SyncProgress) -> None:
        if left and moment.stage == "list" and moment.done >= seen:
            left.pop()()

    return follow


@pytest.mark.parametrize("seen", [3, 6])
@pytest.mark.parametrize("change", ["deleted", "added", "uploaded late"])
@pytest.mark.parametrize("first", [True, False])
def test_a_list_that_changes_between_two_pages_loses_nothing_and_doubles_nothing(
    change: str, seen: int, first: bool, fresh: Path, small_pages: int
) -> None:
    with standing_in(activities=8) as strava:
        sandbox, config = strava.sandbox, strava.log_in(fresh)
        if not first:
            run_sync(config, strava.clock)
        victim = sandbox.athlete.activity_ids[seen - 2]
        act: Callable[[], object] = {
            "deleted": lambda: sandbox.athlete.delete(victim),
            "added": lambda: sandbox.add_run(name="Just now"),
            "uploaded late": lambda: sandbox.add_run(days_ago=9, name="Late"),
        }[change]
        run_sync(config, strava.clock, once_after(seen, act), full=not first)
        # The next one, whichever it is, may be needed to notice; nobody has to wait for the next whole list.
        run_sync(config, strava.clock)
        standing = query(fresh, "SELECT strava_id FROM activity WHERE deleted_at IS NULL ORDER BY start_time DESC")
        here = [row[0] for row in standing]
        expected = sandbox.athlete.activity_ids
        tombstoned = {row[0] for row in query(fresh, "SELECT strava_id FROM activity WHERE deleted_at IS NOT NULL")}
        assert tombstoned <= {victim}
        missing = set(expected) - set(here)
        # An old run that is uploaded while its page has been read already comes with the next whole list.
        assert not missing or change == "uploaded late"
        assert len(here) == len(set(here))
        strava.clock.now += 8 * 86_400
        run_sync(config, strava.clock)
        here = [row[0] for row in query(fresh, "SELECT strava_id FROM activity WHERE deleted_at IS NULL")]
        assert sorted(here) == sorted(expected)


# Wrong clocks.


class Wrong:
    """This machine's clock: Strava's, and so much more."""

    def __init__(self, right: Clock) -> None:
        self._right = right
        self.ahead_s = 0.0

    @property
    def now(self) -> float:
        return self._right.now + self.ahead_s

    @now.setter
    def now(self, value: float) -> None:
        self._right.now = value - self.ahead_s

    def __call__(self) -> float:
        return self.now


HOUR_S, YEAR_S = 3600.0, 365 * 86_400.0


@pytest.mark.parametrize("jumps", [(-HOUR_S, 0.0), (YEAR_S, 0.0), (-YEAR_S, YEAR_S), (0.0, -HOUR_S)])
def test_a_clock_that_jumps_between_syncs_costs_nothing(jumps: tuple[float, float], fresh: Path) -> None:
    with standing_in(activities=6) as strava:
        good, bad = strava.log_in(fresh / "good"), strava.log_in(fresh / "bad")
        run_sync(good, strava.clock)
        clock = Wrong(strava.clock)
        strava.sandbox.faults.add("500", times=6, path="/streams")
        for jump in jumps:
            clock.ahead_s = jump
            run_sync(bad, clock, limit=3)  # type: ignore[arg-type]
        clock.ahead_s = 0.0
        strava.clock.now += NEXT_TRY_S
        assert run_sync(bad, strava.clock).left == 0
        assert told(bad) == told(good)
        # A late upload still comes within a week, however far ahead the clock was at the last whole list.
        late = strava.sandbox.add_run(days_ago=300)
        strava.clock.now += 8 * 86_400
        for number in range(205):
            strava.sandbox.athlete.edit(late, name=f"Late {number}")
        run_sync(bad, strava.clock)
        assert query(fresh / "bad", "SELECT 1 FROM activity WHERE strava_id = ?", late)


def test_a_whole_list_of_the_future_does_not_keep_the_next_one_away(fresh: Path, small_pages: int) -> None:
    with standing_in(activities=7) as strava:
        config, clock = strava.log_in(fresh), Wrong(strava.clock)
        clock.ahead_s = YEAR_S
        for _ in range(2):
            run_sync(config, clock)  # type: ignore[arg-type]
        late = strava.sandbox.add_run(days_ago=300)
        strava.clock.now += 8 * 86_400
        run_sync(config, strava.clock)
        assert query(fresh, "SELECT 1 FROM activity WHERE strava_id = ?", late)


def test_a_clock_that_jumps_during_a_sync_neither_hangs_nor_loses(fresh: Path) -> None:
    with standing_in(activities=6) as strava:
        good, bad = strava.log_in(fresh / "good"), strava.log_in(fresh / "bad")
        run_sync(good, strava.clock)
        clock = Wrong(strava.clock)
        jumps = [YEAR_S, -HOUR_S, -YEAR_S, 0.0]

        def jump(moment: SyncProgress) -> None:
            clock.ahead_s = jumps.pop() if jumps else 0.0

        strava.sandbox.faults.add("500", times=4, path="/streams")
        with suppress(RuncoachError):
            run_sync(bad, clock, jump)  # type: ignore[arg-type]
        strava.clock.now += NEXT_TRY_S
        assert run_sync(bad, strava.clock).left == 0
        assert told(bad) == told(good)
