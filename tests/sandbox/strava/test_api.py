"""The API over a socket: lists and their order, details, streams, gear, and what a scope does not show."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from runcoach.sandbox.http_server import Request
from runcoach.sandbox.server import Sandbox
from runcoach.sandbox.synthetic.plan import RunKind

LogIn = Callable[..., str]


def listed(app: httpx.Client, **query: Any) -> list[dict[str, Any]]:
    answer = app.get("/athlete/activities", params=query)
    assert answer.status_code == 200
    return list(answer.json())


def of_kind(sandbox: Sandbox, kind: RunKind) -> int:
    return next(each for each in sandbox.athlete.activity_ids if sandbox.athlete.plan(each).kind is kind)


class TestList:
    def test_newest_first_until_an_empty_page(self, sandbox: Sandbox, app: httpx.Client) -> None:
        pages = [listed(app, page=page, per_page=15) for page in (1, 2, 3, 4, 5)]
        seen = [each["id"] for page in pages for each in page]
        assert seen == sandbox.athlete.activity_ids
        assert [len(page) for page in pages[:2]] == [15, 15]
        assert pages[-1] == []
        starts = [each["start_date"] for page in pages for each in page]
        assert starts == sorted(starts, reverse=True)
        assert {each["resource_state"] for page in pages for each in page} == {2}

    def test_oldest_first_when_after_is_given(self, sandbox: Sandbox, app: httpx.Client) -> None:
        oldest_first = sandbox.athlete.activity_ids[::-1]
        start = sandbox.athlete.plan(oldest_first[4]).start_time
        assert [each["id"] for each in listed(app, after=start, per_page=3)] == oldest_first[5:8]
        assert [each["id"] for each in listed(app, after=start, per_page=3, page=2)] == oldest_first[8:11]
        assert [each["id"] for each in listed(app, after=start - 1, per_page=1)] == [oldest_first[4]]

    def test_before_leaves_out_what_starts_then(self, sandbox: Sandbox, app: httpx.Client) -> None:
        newest_first = sandbox.athlete.activity_ids
        start = sandbox.athlete.plan(newest_first[3]).start_time
        assert [each["id"] for each in listed(app, before=start, per_page=2)] == newest_first[4:6]
        between = listed(app, before=start, after=sandbox.athlete.plan(newest_first[8]).start_time)
        assert [each["id"] for each in between] == newest_first[4:8][::-1]

    def test_thirty_a_page_unless_asked(self, app: httpx.Client) -> None:
        assert len(listed(app)) == 30
        assert len(listed(app, per_page=200)) > 40

    @pytest.mark.parametrize("wrong", [{"per_page": 201}, {"per_page": 0}, {"page": 0}, {"page": "x"}, {"after": "x"}])
    def test_wrong_parameters(self, app: httpx.Client, wrong: dict[str, Any]) -> None:
        assert app.get("/athlete/activities", params=wrong).status_code == 400

    def test_the_list_may_change_between_two_pages(self, sandbox: Sandbox, app: httpx.Client) -> None:
        before = sandbox.athlete.activity_ids
        changes = ["a run comes", "a run goes"]

        def change(request: Request) -> None:
            if request.query.get("page") == "2":
                if changes.pop(0) == "a run comes":
                    sandbox.add_run()
                else:
                    sandbox.athlete.delete(before[3])

        sandbox.before_reply.append(change)
        first, second = listed(app, page=1, per_page=10), listed(app, page=2, per_page=10)
        assert second[0]["id"] == first[-1]["id"]  # a run came: the last one is seen twice
        shifted = [each["id"] for each in listed(app, page=1, per_page=10)]
        assert listed(app, page=2, per_page=10)[0]["id"] == before[10]
        assert before[9] not in shifted  # a run went: one is not seen at all


class TestOneActivity:
    @pytest.mark.slow
    def test_detail_repeats_the_summary_and_adds_to_it(self, app: httpx.Client) -> None:
        for summary in listed(app, per_page=200):
            detail = app.get(f"/activities/{summary['id']}").json()
            same = {key: value for key, value in summary.items() if key not in {"resource_state", "map"}}
            assert {key: detail[key] for key in same} == same
            assert detail["resource_state"] == 3
            assert detail["map"]["summary_polyline"] == summary["map"]["summary_polyline"]

    def test_laps_are_also_an_answer_of_their_own(self, sandbox: Sandbox, app: httpx.Client) -> None:
        activity = of_kind(sandbox, RunKind.INTERVALS)
        laps = app.get(f"/activities/{activity}/laps").json()
        assert laps == app.get(f"/activities/{activity}").json()["laps"]
        assert len(laps) > 5
        assert [lap["lap_index"] for lap in laps] == list(range(1, len(laps) + 1))

    def test_streams_are_those_asked_for(self, sandbox: Sandbox, app: httpx.Client) -> None:
        path = f"/activities/{of_kind(sandbox, RunKind.TEMPO)}/streams"
        some = app.get(path, params={"keys": "time,heartrate,latlng", "key_by_type": "true"}).json()
        assert set(some) == {"time", "distance", "heartrate", "latlng"}
        sizes = {len(stream["data"]) for stream in some.values()}
        assert sizes == {some["time"]["original_size"]}
        as_list = app.get(path, params={"keys": "time"}).json()
        assert [stream["type"] for stream in as_list] == ["time", "distance"]

    def test_a_manual_activity_has_no_streams(self, sandbox: Sandbox, app: httpx.Client) -> None:
        activity = of_kind(sandbox, RunKind.MANUAL)
        detail = app.get(f"/activities/{activity}").json()
        assert detail["manual"]
        assert detail["upload_id"] is None
        assert detail["laps"] == []
        streams = app.get(f"/activities/{activity}/streams", params={"keys": "time", "key_by_type": "true"})
        assert streams.status_code == 404
        assert streams.json()["message"] == "Resource Not Found"

    def test_a_treadmill_has_no_positions(self, sandbox: Sandbox, app: httpx.Client) -> None:
        activity = of_kind(sandbox, RunKind.TREADMILL)
        detail = app.get(f"/activities/{activity}").json()
        keys = "time,distance,latlng,altitude,heartrate,moving"
        streams = app.get(f"/activities/{activity}/streams", params={"keys": keys, "key_by_type": "true"}).json()
        assert detail["trainer"]
        assert detail["start_latlng"] == []
        assert detail["best_efforts"] == []
        assert "latlng" not in streams
        assert "altitude" not in streams
        assert streams["distance"]["data"][-1] == detail["distance"]

    def test_unknown_activities_are_404(self, app: httpx.Client) -> None:
        for path in ("/activities/1", "/activities/1/streams", "/activities/1/laps", "/activities/9999999999999999999"):
            answer = app.get(path)
            assert answer.status_code == 404
            assert answer.json()["message"] == "Record Not Found"


class TestAthleteAndGear:
    def test_athlete_in_brief_and_in_full(self, app: httpx.Client, log_in: LogIn) -> None:
        assert app.get("/athlete").json()["resource_state"] == 2
        full = {"Authorization": f"Bearer {log_in('read,profile:read_all')}"}
        athlete = app.get("/athlete", headers=full).json()
        assert athlete["resource_state"] == 3
        assert [shoe["id"][0] for shoe in athlete["shoes"]] == ["g"] * 5
        assert [bike["id"][0] for bike in athlete["bikes"]] == ["b"]

    def test_gear_has_run_what_its_runs_have(self, app: httpx.Client) -> None:
        everything = listed(app, per_page=200)
        gear_id = next(each["gear_id"] for each in everything if each["gear_id"])
        used = sum(each["distance"] for each in everything if each["gear_id"] == gear_id)
        gear = app.get(f"/gear/{gear_id}").json()
        assert gear["resource_state"] == 3
        assert gear["distance"] == pytest.approx(used, abs=1)
        activity = next(each for each in everything if each["gear_id"] == gear_id)
        assert app.get(f"/activities/{activity['id']}").json()["gear"]["name"] == gear["name"]

    def test_unknown_gear(self, app: httpx.Client) -> None:
        assert app.get("/gear/g1").status_code == 404


class TestScopes:
    def test_without_read_all_private_activities_are_not_there(
        self, sandbox: Sandbox, app: httpx.Client, log_in: LogIn
    ) -> None:
        private = {each for each in sandbox.athlete.activity_ids if sandbox.athlete.plan(each).private}
        assert private
        fewer = {"Authorization": f"Bearer {log_in('read,activity:read')}"}
        seen = {each["id"] for each in app.get("/athlete/activities?per_page=200", headers=fewer).json()}
        assert seen == set(sandbox.athlete.activity_ids) - private
        for path in ("", "/streams", "/laps"):
            hidden = f"/activities/{next(iter(private))}{path}"
            assert app.get(hidden, headers=fewer).status_code == 404
            assert app.get(hidden).status_code == 200

    @pytest.mark.parametrize("path", ["/athlete/activities", "/activities/1", "/activities/1/streams"])
    def test_without_any_activity_scope_the_permission_is_named(
        self, app: httpx.Client, log_in: LogIn, path: str
    ) -> None:
        answer = app.get(path, headers={"Authorization": f"Bearer {log_in('read')}"})
        assert answer.status_code == 401
        assert answer.json() == {
            "message": "Authorization Error",
            "errors": [{"resource": "AccessToken", "field": "activity:read_permission", "code": "missing"}],
        }


def test_an_inactive_app_is_refused_everything(sandbox: Sandbox, app: httpx.Client) -> None:
    sandbox.inactive = True
    for path in ("/athlete", "/athlete/activities", "/activities/1", "/push_subscriptions"):
        answer = app.get(path)
        assert answer.status_code == 403
        assert answer.json() == {
            "message": "Forbidden",
            "errors": [{"resource": "Application", "field": "Status", "code": "Inactive"}],
        }
    sandbox.inactive = False
    assert app.get("/athlete").status_code == 200
