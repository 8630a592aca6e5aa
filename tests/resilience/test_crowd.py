"""Two syncs, an import and ten readers at once on one file: nobody sees an error, and nothing is lost or doubled."""

from __future__ import annotations

from pathlib import Path

import pytest
from crowd import READERS, complaints, crowd, make_files
from killing import Mother, content, environment
from stand_in import StandIn

pytestmark = pytest.mark.slow

ROUNDS = 2


def test_nobody_is_disturbed_and_all_of_it_is_there(mother: Mother, fresh: Path, strava: StandIn) -> None:
    home, alone = fresh / "crowd", fresh / "alone"
    strava.log_in(home)
    strava.log_in(alone)
    for number in range(ROUNDS):
        strava.sandbox.add_run(days_ago=number + 0.5)
        files = make_files(fresh, number, 3)
        assert complaints(crowd(mother, home, files, strava)) == []
        for argv in (("sync", "--no-wait"), ("import", str(files))):
            assert mother.run(argv, strava.environment(alone), now=strava.clock.now).code == 0
    assert mother.run(["sync", "--no-wait"], strava.environment(home), now=strava.clock.now).code == 0
    assert content(home) == content(alone)


def test_a_file_that_is_not_there_yet_is_made_once(mother: Mother, fresh: Path) -> None:
    """The first moment of a profile: an import and ten readers, none of which found anything."""
    for number in range(4):
        home = fresh / f"home {number}"
        files = make_files(fresh, number, 1)
        env = environment(home)
        ended = mother.run_at_once([(argv, env) for argv in (("import", str(files)), *READERS)])
        assert [(each.code, each.err) for each in ended[1:] if each.code != 0] == []
        assert ended[0].code == 0, ended[0]
        assert len(content(home)["activity"]) == 1
