"""A disk that is full, a folder that may not be written, a file that is torn or gone: one line with a remedy, nothing
made worse, and the same command again comes to the same end."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from killing import Ended, Mother, content, copied, database, environment, point
from scenarios import FirstSync, Import, Scenario
from stand_in import StandIn, standing_in
from tearing import READING, check_torn

KIB = 1024

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="permissions and disks are taken away as on Linux")


def _more_room(mount: str, place: Path) -> None:
    subprocess.run([mount, "-o", "remount,size=256m", place], check=True)


@contextmanager
def disk(place: Path, size_kib: int) -> Iterator[Callable[[], None]]:
    """A disk of this size at ``place``; what is given out makes room on it. Skips where none can be mounted."""
    place.mkdir(parents=True)
    mount = shutil.which("mount")
    if (
        mount is None
        or subprocess.run(
            [mount, "-t", "tmpfs", "-o", f"size={size_kib}k", "tmpfs", place], check=False, capture_output=True
        ).returncode
    ):
        pytest.skip("no disk can be mounted here")
    try:
        yield partial(_more_room, mount, place)
    finally:
        subprocess.run(["umount", place], check=True)


@pytest.fixture(params=[Import, FirstSync])
def scenario(request: pytest.FixtureRequest, mother: Mother, fresh: Path, strava: StandIn) -> Scenario:
    more = (strava,) if request.param is FirstSync else ()
    made: Scenario = request.param(mother, fresh, *more)
    return made


def is_explained(ended: Ended) -> bool:
    """Whether it ended as it should where it could not do its work: code 1, one line, and what to do about it."""
    return ended.code == 1 and ended.is_one_line and "(" in ended.err


@pytest.mark.parametrize("room_kib", [8, 200])
def test_a_full_disk_is_said_and_with_room_the_same_command_comes_to_its_end(scenario: Scenario, room_kib: int) -> None:
    taken = sum(path.stat().st_size for path in scenario.template.rglob("*") if path.is_file())
    scenario.home = scenario.home.parent / "disk" / "home"
    with disk(scenario.home.parent, taken // KIB + 64 + room_kib) as make_room:
        scenario.start()
        ended = scenario.live()
        assert is_explained(ended), ended
        make_room()
        scenario.go_on()
        assert scenario.ending() == scenario.expected


@pytest.mark.parametrize("most_kib", [100, 400])
def test_a_file_that_may_not_grow_is_said_and_then_the_same_command_comes_to_its_end(
    scenario: Scenario, most_kib: int
) -> None:
    scenario.start()
    ended = scenario.live(file_bytes=most_kib * KIB)
    assert is_explained(ended), ended
    scenario.go_on()
    assert scenario.ending() == scenario.expected


def test_a_read_only_medium_can_be_read_and_backed_up(scenario: Scenario, mother: Mother, tmp_path: Path) -> None:
    scenario.home = scenario.home.parent / "medium" / "home"
    with disk(scenario.home.parent, 64 * KIB):
        scenario.start()
        assert scenario.live().code == 0
        medium = scenario.home.parent
        subprocess.run([str(shutil.which("mount")), "-o", "remount,ro", medium], check=True)
        for argv in (*READING, ("backup", str(tmp_path / "copy.db"))):
            ended = mother.run(argv, environment(scenario.home))
            assert ended.code == 0, (argv, ended)
    with closing(sqlite3.connect(tmp_path / "copy.db")) as copy:
        assert copy.execute("SELECT count(*) FROM activity").fetchone()[0] > 0


# Permissions.


@pytest.fixture(scope="module")
def seasoned(mother: Mother, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, StandIn]]:
    """A home with runs in it, logged in; made once."""
    home = tmp_path_factory.mktemp("seasoned") / "home"
    with standing_in(activities=5) as strava:
        strava.log_in(home)
        assert mother.run(["sync", "--no-wait"], strava.environment(home), now=strava.clock.now).code == 0
        yield home, strava


@pytest.fixture
def kept(seasoned: tuple[Path, StandIn], fresh: Path) -> Path:
    """A copy of it."""
    return copied(seasoned[0], fresh / "kept")


@pytest.fixture
def its_strava(seasoned: tuple[Path, StandIn]) -> StandIn:
    """The stand-in that it is logged in to."""
    return seasoned[1]


@contextmanager
def without_leave(*paths: Path, mode: int = 0o500) -> Iterator[None]:
    """These may be read and not written."""
    before = [path.stat().st_mode for path in paths]
    for path in paths:
        path.chmod(mode if path.is_dir() else mode & 0o600)
    try:
        yield
    finally:
        for path, was in zip(paths, before, strict=True):
            path.chmod(was)


@pytest.mark.parametrize("folder", ["data", "state", "."])
@pytest.mark.parametrize("argv", [("sync", "--no-wait"), ("import", "FILES"), ("recompute",)])
def test_a_folder_that_may_not_be_written_is_named(
    folder: str, argv: tuple[str, ...], mother: Mother, kept: Path, its_strava: StandIn, tmp_path: Path
) -> None:
    before = content(kept)
    words = [str(tmp_path) if word == "FILES" else word for word in argv]
    paths = [kept / folder, *(kept / folder).iterdir()] if folder != "." else [kept, kept / "data", kept / "state"]
    with without_leave(*paths):
        ended = mother.run(words, its_strava.environment(kept), obeys_permissions=True)
    assert "did not expect" not in ended.err, ended
    assert ended.code == 0 or ended.is_one_line, ended
    if ended.code == 0 or folder == "state":
        return
    assert str(kept) in ended.err
    assert content(kept) == before


@pytest.mark.parametrize("folder", ["data", "state"])
def test_a_folder_that_may_not_be_looked_into_is_named(
    folder: str, mother: Mother, kept: Path, its_strava: StandIn, tmp_path: Path
) -> None:
    before = content(kept)
    (files := tmp_path / "files").mkdir()
    with without_leave(kept / folder, mode=0):
        for argv in (
            *READING[:2],
            ("sync", "--no-wait"),
            ("import", str(files)),
            ("config",),
            ("backup",),
            ("doctor",),
        ):
            ended = mother.run(argv, its_strava.environment(kept), obeys_permissions=True)
            assert "did not expect" not in ended.err, (argv, ended)
            assert ended.code == 0 or ended.is_one_line or argv == ("doctor",), (argv, ended)
    assert content(kept) == before


def test_a_home_that_cannot_be_made_is_named(mother: Mother, tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    try:
        for argv in (
            ("import", str(tmp_path)),
            ("sync",),
            ("status",),
            ("best",),
            ("config", "set", "units", "imperial"),
        ):
            ended = mother.run(argv, environment(tmp_path / "home"), obeys_permissions=True)
            assert ended.code in {0, 1, 2, 4}
            assert ended.code == 0 or ended.is_one_line, ended
    finally:
        tmp_path.chmod(0o700)


def test_permission_lost_in_the_middle_of_a_sync(mother: Mother, fresh: Path, strava: StandIn) -> None:
    home, alone = fresh / "home", fresh / "alone"
    for each in (home, alone):
        strava.log_in(each)
    assert mother.run(["sync", "--no-wait"], strava.environment(alone), now=strava.clock.now).code == 0
    asked = 0

    def take_away(request: Any) -> None:
        nonlocal asked
        asked += "/streams" in request.path
        if asked == 2:
            (home / "data").chmod(0)
            database(home).exists()

    strava.sandbox.before_reply.append(take_away)
    ended = mother.run(["sync", "--no-wait"], strava.environment(home), obeys_permissions=True)
    strava.sandbox.before_reply.remove(take_away)
    (home / "data").chmod(0o700)
    assert ended.code == 0 or ended.is_one_line, ended
    assert mother.run(["sync", "--no-wait"], strava.environment(home), now=strava.clock.now).code == 0
    assert content(home) == content(alone)


# Torn files.


@pytest.mark.parametrize("seed", [0, 1, 2, 3])
def test_a_torn_file(seed: int, mother: Mother, kept: Path, its_strava: StandIn) -> None:
    home = kept.parent / "home"
    check_torn(mother, kept, home, seed, env=its_strava.environment(home), now=its_strava.clock.now)


def test_values_of_the_wrong_kind_are_told_as_damage(mother: Mother, kept: Path, its_strava: StandIn) -> None:
    """A page that has come to lie in another's place holds rows that SQLite reads without complaint."""
    with closing(sqlite3.connect(database(kept))) as connection:
        connection.execute("PRAGMA writable_schema = 1")
        connection.execute("UPDATE sqlite_schema SET sql = replace(sql, ') STRICT', ')') WHERE name = 'activity'")
        connection.commit()
    with closing(sqlite3.connect(database(kept))) as connection:
        connection.execute(
            "UPDATE activity SET start_time = 'yesterday', elapsed_time_sec = 'long', distance_m = 'far'"
        )
        connection.execute("PRAGMA writable_schema = 1")
        connection.execute("UPDATE sqlite_schema SET sql = sql || ' STRICT' WHERE name = 'activity'")
        connection.commit()
    said = []
    for argv in (("recompute",), ("show", "1"), ("splits", "1"), ("totals",), ("sync", "--full", "--no-wait")):
        ended = mother.run(argv, its_strava.environment(kept), now=its_strava.clock.now)
        assert "did not expect" not in ended.err, (argv, ended)
        assert ended.code in {0, 1}
        said.append(ended.err)
    assert any("is damaged" in line and "runcoach restore" in line for line in said), said


# Deleted files.


@pytest.mark.parametrize("part", [0.3, 0.6, 1.0])
def test_a_file_deleted_while_it_is_used_is_noticed(scenario: Scenario, part: float) -> None:
    scenario.start()
    number = round(part * (len(scenario.points) - 1))
    path = database(scenario.home)
    gone = [str(path) + ending for ending in ("", "-wal", "-shm")]
    name, before = point(scenario.points, number)
    ended = scenario.live(watched=True, loses_at=(name, before), loses=gone)
    if ended.code == 0:
        # The deletion came when nothing was to be written any more, before anything was opened, or not at all.
        came = [place for place, reached in enumerate(ended.points) if reached == name][before:]
        was_last = bool(came) and not any("COMMIT" in later for later in ended.points[came[0] + 1 :])
        assert was_last or scenario.ending() == scenario.expected, ended
        return
    assert ended.is_one_line, ended
    assert "deleted or replaced" in ended.err or ended.code == 4, ended
    if isinstance(scenario, Import):
        scenario.go_on()
        assert scenario.ending() == scenario.expected
    else:
        assert os.path.lexists(path) is False or scenario.live().code == 4
