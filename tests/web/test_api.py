"""What the API answers: lists page by page, one activity and its parts, best efforts, changes."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import polyline
import pytest
from reading import read

from runcoach.config import load
from runcoach.domain.filters import EffortFilter
from runcoach.domain.windows import parse_window
from runcoach.services.queries import activities
from runcoach.services.queries.best_efforts import fastest_efforts
from runcoach.store import pagination
from runcoach.store.sqlite.connection import write_transaction
from runcoach.store.sqlite.database import open_database

PARTS = ("", "/splits", "/laps", "/efforts", "/streams", "/map", "/thumbnail")


def walk(served: Any, **asked: Any) -> list[dict[str, Any]]:
    """Every row of a list, page by page."""
    rows: list[dict[str, Any]] = []
    cursor: dict[str, str] = {}
    while True:
        answer = served.get("/activities", params={**asked, **cursor}).json()
        rows += answer["data"]
        assert len(rows) < 1000, "the pages go round in a circle"
        if answer["nextCursor"] is None:
            return rows
        assert len(answer["data"]) == asked["limit"]
        cursor = {"cursor": answer["nextCursor"]}


@pytest.mark.parametrize("sort", ["date", "distance", "time", "pace", "fastest", "climb", "name"])
@pytest.mark.parametrize("reverse", [False, True])
def test_pages_put_together_are_the_list_itself(served: Any, filled: Any, sort: str, reverse: bool) -> None:
    from runcoach.domain.filters import ActivityFilter

    whole = read(activities.activities, filled, ActivityFilter(), sort=sort, reverse=reverse, limit=None).rows
    rows = walk(served, sort=sort, reverse=reverse, limit=7)
    assert [row["id"] for row in rows] == [row["id"] for row in whole]
    assert len(rows) == 63


@pytest.mark.slow
@pytest.mark.parametrize("reverse", [False, True])
def test_pages_by_name_continue_after_long_titles(changing: Any, tmp_path: Path, reverse: bool) -> None:
    with closing(sqlite3.connect(tmp_path / "home" / "data" / "default.db")) as connection, connection:
        for number in range(5):
            connection.execute(
                "INSERT INTO activity (name, sport_type, start_time, utc_offset_s, created_at, updated_at)"
                " VALUES (?, 'Run', ?, 0, 0, 0)",
                ("🏃" * 3000 + "ab"[number % 2], 1_900_000_000 + number),
            )
        (expected,) = connection.execute("SELECT count(*) FROM activity WHERE deleted_at IS NULL").fetchone()
    rows = walk(changing, sort="name", reverse=reverse, limit=1)
    assert len({row["id"] for row in rows}) == len(rows) == expected


@pytest.mark.slow
def test_a_run_added_between_two_pages_shifts_no_rows(changing: Any, tmp_path: Path) -> None:
    first = changing.get("/activities", params={"limit": 10}).json()
    with closing(sqlite3.connect(tmp_path / "home" / "data" / "default.db")) as connection, connection:
        connection.execute(
            "INSERT INTO activity (name, sport_type, start_time, utc_offset_s, created_at, updated_at)"
            " VALUES ('just now', 'Run', 1900000000, 0, 0, 0)"
        )
    second = changing.get("/activities", params={"limit": 10, "cursor": first["nextCursor"]}).json()
    ids = [row["id"] for row in first["data"] + second["data"]]
    assert len(set(ids)) == 20
    assert second["total"] == first["total"] + 1


def test_filters_are_those_of_the_command_line(served: Any, runcoach: Any, filled: Any) -> None:
    asked = {"sport": "running", "since": "2023-11", "minDistance": "3k", "maxDistance": "8000", "text": "RUN"}
    rows = walk(served, limit=500, **asked)
    line = ["--sport", "running", "--since", "2023-11", "--min", "3k", "--max", "8000", "--text", "RUN"]
    home = str(filled.paths.data.parent)
    printed = runcoach("--home", home, "activities", *line, "--limit", "0", "--json").json["data"]
    assert rows == printed
    assert 0 < len(rows) < 63


def test_a_list_has_the_requested_fields(served: Any) -> None:
    rows = served.data("/activities", params={"fields": "id,distanceKm, name", "limit": 3})
    assert [list(row) for row in rows] == [["id", "distanceKm", "name"]] * 3


@pytest.mark.parametrize("name", ["raw", "thumbPng", "summaryHash", "id;drop", "start_time"])
def test_an_unknown_field_is_refused(served: Any, name: str) -> None:
    answer = served.get("/activities", params={"fields": f"id,{name}"})
    assert answer.status_code == 400
    assert "distanceKm" in answer.json()["hint"]


@pytest.mark.parametrize("cursor", ["e30", "AAAA", "WzEsMiwzLDRd", "W1sxXV0", "x" * 2000])
def test_an_invalid_cursor_is_refused(served: Any, cursor: str) -> None:
    assert served.get("/activities", params={"cursor": cursor}).status_code == 400


@pytest.mark.slow
@pytest.mark.parametrize("letter", ["x", "é", "🏃", '"', "\x01"])
@pytest.mark.parametrize("reverse", [False, True])
def test_a_list_sorted_by_long_names_is_walked_to_its_end(
    serve: Any, config: Any, whole: Any, keep: Any, letter: str, reverse: bool
) -> None:
    with open_database(config) as connection, write_transaction(connection):
        for number in range(7):
            keep(connection, whole(name=letter * 3000 + str(number % 2), start_time=1_760_000_000 + number))
    with serve(config) as up:
        rows = walk(up, sort="name", reverse=reverse, limit=2)
    assert sorted(row["id"] for row in rows) == list(range(1, 8))


@pytest.mark.slow
def test_rows_and_total_are_of_one_state_while_another_process_writes(
    changing: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = pagination.page

    def page_then_delete(*arguments: Any, **options: Any) -> Any:
        found = page(*arguments, **options)
        with closing(sqlite3.connect(tmp_path / "home" / "data" / "default.db")) as connection, connection:
            connection.execute("DELETE FROM activity WHERE id > 20")
        return found

    monkeypatch.setattr(pagination, "page", page_then_delete)
    first, second = (changing.get("/activities", params={"limit": 500}).json() for _ in range(2))
    assert (first["total"], len(first["data"])) == (63, 63)
    assert (second["total"], len(second["data"])) == (20, 20)


def test_a_cursor_of_another_order_is_refused(served: Any) -> None:
    cursor = served.get("/activities", params={"limit": 5}).json()["nextCursor"]
    assert served.get("/activities", params={"limit": 5, "sort": "name", "cursor": cursor}).status_code == 400


def test_an_activity_is_found_by_either_id(served: Any) -> None:
    row = served.data("/activities", params={"text": "same name", "limit": 1})[0]
    for reference in (row["id"], row["stravaId"], f"strava:{row['stravaId']}"):
        assert served.data(f"/activities/{reference}")["id"] == row["id"]
    assert served.get(f"/activities/strava:{row['id']}").status_code == 404


def test_one_activity_has_every_column_and_its_sources(served: Any) -> None:
    told = served.data("/activities/1")
    assert told["name"] == "Dike run"
    assert told["sources"][0]["format"] == "gpx"
    assert told["date"].endswith("T06:00:00Z")
    assert set(served.data("/activities", params={"limit": 1})[0]) < set(told)


def test_splits_come_by_kilometre_and_by_mile(served: Any) -> None:
    kilometres, miles = (served.data("/activities/1/splits", params={"unit": unit}) for unit in ("km", "mi"))
    assert [split["km"] for split in kilometres] == [1, 2, 3, 4, 5, 6, 7]
    assert [round(split["distanceM"], -2) for split in miles] == [1600, 1600, 1600, 1200]


def test_efforts_carry_their_ranks(served: Any) -> None:
    efforts = {effort["distanceM"]: effort for effort in served.data("/activities/2/efforts")}
    assert efforts[5000]["ranks"] == {"all": 1, "1y": 1}
    assert served.data("/activities/1/efforts")[4]["ranks"] == {"all": 2, "1y": None}


@pytest.mark.slow
def test_stored_ranks_of_an_earlier_day_are_not_used(changing: Any, tmp_path: Path) -> None:
    before = changing.data("/activities/2/efforts")
    with closing(sqlite3.connect(tmp_path / "home" / "data" / "default.db")) as connection, connection:
        connection.execute("UPDATE best_effort SET as_of = '2001-01-01', rank = rank + 40")
    assert changing.data("/activities/2/efforts") == before


def test_every_channel_of_thinned_streams_is_on_the_same_samples(served: Any) -> None:
    whole = served.data("/activities/1/streams")
    thinned = served.data("/activities/1/streams", params={"max_points": 100})
    assert whole["samples"] == whole["returned"] == thinned["samples"] == 1981
    assert 60 <= thinned["returned"] <= 100
    places = [whole["channels"]["timeS"].index(at) for at in thinned["channels"]["timeS"]]
    assert places[0] == 0
    assert places[-1] == 1980
    for name, values in whole["channels"].items():
        assert thinned["channels"][name] == [values[place] for place in places]
        assert max(thinned["channels"][name]) == max(values)
        assert min(thinned["channels"][name]) == min(values)


def test_streams_of_some_channels(served: Any) -> None:
    told = served.data("/activities/1/streams", params={"channels": "heartRateBpm,powerW"})
    assert list(told["channels"]) == ["timeS", "heartRateBpm"]
    refused = served.get("/activities/1/streams", params={"channels": "shoes"})
    assert refused.status_code == 400
    assert "heartRateBpm" in refused.json()["hint"]


@pytest.mark.slow
def test_the_map_is_geojson_and_a_polyline_of_the_whole_way(served: Any) -> None:
    told = served.data("/activities/1/map")
    line = told["geojson"]["geometry"]
    assert told["geojson"]["type"] == "Feature"
    assert line["type"] == "LineString"
    assert len(line["coordinates"]) == 1981
    assert line["coordinates"][0] == pytest.approx([4.9, 52.0], abs=0.001)  # longitude first, as GeoJSON has it
    west, south, east, north = told["bounds"]
    assert all(west <= lng <= east and south <= lat <= north for lng, lat in line["coordinates"])
    for (lat, lng), (drawn_lng, drawn_lat) in zip(polyline.decode(told["polyline"]), line["coordinates"], strict=True):
        assert lat == pytest.approx(drawn_lat, abs=1e-5)
        assert lng == pytest.approx(drawn_lng, abs=1e-5)
    assert len(served.data("/activities/1/map", params={"max_points": 50})["geojson"]["geometry"]["coordinates"]) <= 50


def test_unrecorded_channels_are_absent(served: Any) -> None:
    assert served.data("/activities/10/streams") == {"activityId": 10, "samples": 0, "returned": 0, "channels": {}}
    told = served.data("/activities/10/map")
    assert (told["geojson"]["geometry"], told["polyline"], told["bounds"]) == (None, None, None)
    assert served.data("/activities/10/laps") == []
    assert served.get("/activities/10/splits", params={"unit": "mi"}).status_code == 404


@pytest.mark.slow
@pytest.mark.parametrize("size", [256, 512])
def test_the_thumbnail_is_a_png(changing: Any, size: int) -> None:
    answer = changing.get("/activities/1/thumbnail", params={"size": size})
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "image/png"
    assert answer.content.startswith(b"\x89PNG")
    assert int.from_bytes(answer.content[16:20]) == size


def test_best_is_what_the_service_says(served: Any, filled: Any) -> None:
    rows = served.data("/best", params={"window": "1y", "top": 2})
    found = read(fastest_efforts, filled, EffortFilter(window=parse_window("1y")), top=2).rows
    assert [(row["distanceM"], row["rank"], row["activityId"]) for row in rows] == [
        (row.distance_m, row.rank, row.activity_id) for row in found
    ]
    assert [row["activityId"] for row in served.data("/best", params={"distance": "5k"})] == [2, 1]
    assert served.data("/best", params={"distance": "3000"})[0]["activityId"] == 2
    assert served.data("/best", params={"asOf": "2001"}) == []


def test_a_progression_holds_what_was_faster_than_all_before(served: Any) -> None:
    records = served.data("/best/progression", params={"distance": "5000"})
    assert [record["activityId"] for record in records] == [1, 2]
    assert records[0]["gainedS"] is None
    assert records[1]["gainedS"] == records[0]["durationS"] - records[1]["durationS"] > 0
    shorter = served.data("/best/progression", params={"distance": "1k"})
    assert [record["activityId"] for record in shorter] == [1, 2]  # the third run was slower than the second
    assert served.get("/best/progression", params={"distance": "3000"}).status_code == 400


def test_totals_sum_up(served: Any, filled: Any) -> None:
    years = served.data("/totals", params={"by": "year"})
    assert sum(year["activities"] for year in years) == 63
    assert len(served.data("/totals", params={"by": "week", "limit": 2})) == 2


def test_status_counts(served: Any) -> None:
    told = served.data("/status")
    assert told["counts"]["activities"] == 63
    assert told["worker"] is None


@pytest.mark.slow
def test_an_effort_is_ignored_and_restored(changing: Any) -> None:
    choice = {"activity": "2", "distance": "5k", "reason": "short course"}
    answer = changing.client.post(f"{changing.api}/efforts/ignore", json=choice, headers=changing.change)
    assert answer.status_code == 200, answer.text
    assert answer.json()["data"]["best"]["activityId"] == 1
    assert changing.data("/best", params={"distance": "5k"})[0]["activityId"] == 1
    assert "short course" in changing.data("/audit", params={"activity": "2"})[0]["message"]
    assert changing.client.post(
        f"{changing.api}/efforts/restore", json={"activity": "2", "distance": "5k"}, headers=changing.change
    ).json()["data"] == {**answer.json()["data"], "ignored": False, "best": changing.data("/best?distance=5k")[0]}
    assert changing.data("/best", params={"distance": "5k"})[0]["activityId"] == 2


def test_a_sync_request_without_a_worker_is_409(served: Any) -> None:
    answer = served.client.post(f"{served.api}/sync", headers=served.change)
    assert answer.status_code == 409
    assert "runcoach sync" in answer.json()["hint"]


class Noting:
    """Stands where the worker stands, and notes what it is asked."""

    def __init__(self) -> None:
        self.asked: list[bool] = []

    def request_sync(self, *, full: bool = False) -> bool:
        self.asked.append(full)
        return len(self.asked) == 1

    def wake(self) -> None:
        """Called after an upload only."""


@pytest.mark.slow
def test_a_sync_is_asked_for(serve: Any, filled: Any) -> None:
    worker = Noting()
    with serve(filled, worker=worker) as up:
        answers = [up.client.post(f"{up.api}/sync", headers=up.change, json=body) for body in ({"full": True}, {})]
    assert [answer.status_code for answer in answers] == [202, 202]
    assert [answer.json()["data"]["queued"] for answer in answers] == [True, False]
    assert worker.asked == [True, False]


@pytest.mark.slow
def test_reading_an_empty_profile_creates_no_file(serve: Any, tmp_path: Path) -> None:
    config = load(home=tmp_path / "new")
    with serve(config) as up:
        for path in ("/activities", "/best", "/totals", "/jobs", "/audit", "/best/progression?distance=5k"):
            assert up.data(path) == []
        assert up.data("/status")["counts"]["activities"] == 0
        assert {up.get(f"/activities/1{part}").status_code for part in PARTS} == {404}
        assert up.client.get(f"{up.url}/").status_code == 200
    assert not config.database.exists()


@pytest.mark.slow
def test_get_requests_write_nothing(changing: Any, tmp_path: Path) -> None:
    database = tmp_path / "home" / "data" / "default.db"
    with closing(sqlite3.connect(database)) as watching:
        before = watching.execute("PRAGMA data_version").fetchone()
        for part in PARTS[:-1]:  # a thumbnail is kept when it is first drawn
            changing.get(f"/activities/1{part}")
        for path in ("/activities", "/best", "/totals", "/status", "/jobs", "/audit"):
            changing.get(path)
        assert watching.execute("PRAGMA data_version").fetchone() == before


@pytest.mark.parametrize("asked", [{}, {"distance": "half"}, {"distance": "10k", "asOf": "2023-11-20"}])
def test_predictions_are_those_of_the_command(served: Any, runcoach: Any, filled: Any, asked: dict[str, str]) -> None:
    answer = served.get("/predictions", params=asked).json()
    options = {"distance": "", "asOf": "--as-of"}
    words = [word for name, value in asked.items() for word in (options[name], value) if word]
    home = ("--home", str(filled.paths.data.parent))
    printed = runcoach(*home, "predict", *words, "--json").json
    assert answer == {name: printed[name] for name in ("data", "reason", "vdot", "trainingPaces")}
    assert (
        served.get("/predictions/backtest").json()["data"]
        == runcoach(*home, "predict", "--backtest", "--json").json["data"]
    )
