"""Gear: sums of its activities, and the distance at which it is to be retired."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from runcoach.config import Config
from runcoach.domain.activity import BuiltActivity
from runcoach.errors import NotFoundError, UsageError
from runcoach.services.edits import ActivityEdit, edit
from runcoach.services.history.gear import gear, set_retire_at
from runcoach.store.sqlite.database import open_database, open_reader

DAY = 86_400


@pytest.fixture
def shoes(config: Config, whole: Callable[..., BuiltActivity], keep: Callable[..., int]) -> Config:
    """Three runs in one pair of shoes, one in another; a deleted run and a ride."""
    with open_database(config) as connection:
        for days, name, columns in (
            (0, "Pegasus 40", {}),
            (1, "Pegasus 41", {"moving_time_sec": 3600}),
            (2, "Pegasus 41", {"distance_m": 20_000.0, "moving_time_sec": 6000}),
            (3, "Pegasus 41", {"distance_m": None, "moving_time_sec": 900}),
            (4, "Canyon", {"sport_type": "Ride", "distance_m": 40_000.0}),
            (5, None, {}),
        ):
            keep(connection, whole(start_time=1_760_000_000 + days * DAY, gear_name=name, **columns))
        deleted = keep(connection, whole(start_time=1_761_000_000, gear_name="Pegasus 41"))
        connection.execute("UPDATE activity SET deleted_at = 1 WHERE id = ?", (deleted,))
        connection.execute(
            "INSERT INTO gear (strava_id, name, is_retired, updated_at) VALUES ('g1', 'Pegasus 40', 1, 1)"
        )
    return config


def test_gear_sums_its_activities(shoes: Config) -> None:
    with open_reader(shoes) as connection:
        bike, new, old = gear(connection)
    assert (bike.name, bike.activities, bike.distance_m, bike.pace_sec_per_km) == ("Canyon", 1, 40_000.0, None)
    assert (new.name, new.activities, new.distance_m, new.moving_time_sec) == ("Pegasus 41", 3, 30_000.0, 10_500)
    assert new.pace_sec_per_km == 320.0
    assert (new.first_date, new.last_date, new.is_retired) == ("2025-10-10", "2025-10-12", None)
    assert old.is_retired is True


@pytest.mark.parametrize(
    ("retire_at_m", "state", "left_m"),
    [(None, None, None), (40_000.0, None, 10_000.0), (33_000.0, "soon", 3_000.0), (30_000.0, "due", 0.0)],
)
def test_gear_warns_before_its_distance(
    shoes: Config, retire_at_m: float | None, state: str | None, left_m: float | None
) -> None:
    changed = set_retire_at(shoes, "pegasus 41", retire_at_m)
    assert (changed.state, changed.left_m) == (state, left_m)


def test_gear_is_found_by_a_part_of_its_name_that_no_other_has(shoes: Config) -> None:
    assert set_retire_at(shoes, "41", 1_000.0).name == "Pegasus 41"
    assert set_retire_at(shoes, "41", None).retire_at_m is None
    assert set_retire_at(shoes, "40", 1_000.0).state is None, "retired gear needs no warning"
    with pytest.raises(UsageError, match="Pegasus 41 or Pegasus 40"):
        set_retire_at(shoes, "pegasus", 1_000.0)
    with pytest.raises(NotFoundError, match="Vaporfly"):
        set_retire_at(shoes, "Vaporfly", 1_000.0)


def test_command_shows_sets_and_clears(shoes: Config, runcoach: Callable[..., Any]) -> None:
    assert "Pegasus 41" in runcoach("gear").out
    assert runcoach("gear", "set", "41", "--retire-at", "31").err == "Pegasus 41: 30 km of 31 km\n"
    assert "1 km left" in runcoach("gear").out
    row = runcoach("gear", "--json").json["data"][1]
    assert (row["retireAtM"], row["leftM"], row["state"]) == (31_000.0, 1_000.0, "soon")
    assert runcoach("gear", "set", "41", "--retire-at", "20mi", "--units", "imperial").code == 0
    assert runcoach("gear", "set", "41", "--retire-at", "far").code == 2
    assert runcoach("gear", "set", "41", "--retire-at", "none").code == 0
    assert runcoach("gear", "--json").json["data"][1]["retireAtM"] is None


def test_shoes_are_entered_by_hand_and_reset(tmp_path: Any, runcoach: Any, make_fit: Any, config: Config) -> None:
    (tmp_path / "run.fit").write_bytes(make_fit(km=2.0))
    assert "No activity has gear yet" in runcoach("gear").err
    runcoach("import", str(tmp_path / "run.fit"))
    assert edit(config, "1", ActivityEdit(gear=" Pegasus 41 ")).changed == {"gear_name": [None, "Pegasus 41"]}
    assert [row["name"] for row in runcoach("gear", "--json").json["data"]] == ["Pegasus 41"]
    assert edit(config, "1", ActivityEdit(reset=("gear",))).changed == {"gear_name": ["Pegasus 41", None]}
    with pytest.raises(UsageError, match="no name"):
        edit(config, "1", ActivityEdit(gear=" "))
