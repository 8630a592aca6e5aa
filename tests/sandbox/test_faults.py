"""Bad luck on demand: every kind of it as a client meets it on the wire."""

from __future__ import annotations

import json
import threading
from typing import Any

import httpx
import pytest

from runcoach.sandbox.faults import Fault, FaultKind, Faults
from runcoach.sandbox.server import Sandbox
from runcoach.sandbox.synthetic.plan import RunKind


def some_run(sandbox: Sandbox) -> int:
    return next(each for each in sandbox.athlete.activity_ids if sandbox.athlete.plan(each).kind is RunKind.TEMPO)


@pytest.mark.parametrize("status", [500, 502, 503, 429])
def test_refusals_strike_so_often_and_then_no_more(sandbox: Sandbox, app: httpx.Client, status: int) -> None:
    sandbox.faults.add(str(status), times=2)
    answers = [app.get("/athlete") for _ in range(3)]
    assert [answer.status_code for answer in answers] == [status, status, 200]
    assert answers[0].headers["X-ReadRateLimit-Usage"] == "1,1"  # a 429 with room left
    assert sandbox.faults.triggered == [(FaultKind(str(status)), "/api/v3/athlete")] * 2


def test_html_for_json(sandbox: Sandbox, app: httpx.Client) -> None:
    sandbox.faults.add(FaultKind.HTML)
    answer = app.get("/athlete")
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/html")
    with pytest.raises(json.JSONDecodeError):
        answer.json()


def test_cut_body(sandbox: Sandbox, app: httpx.Client) -> None:
    sandbox.faults.add(FaultKind.CUT)
    with pytest.raises(httpx.RemoteProtocolError, match=r"incomplete|without sending complete"):
        app.get("/athlete/activities")
    assert app.get("/athlete").status_code == 200
    assert [entry.status for entry in sandbox.requests] == [0, 200]


def test_connection_reset(sandbox: Sandbox, app: httpx.Client) -> None:
    sandbox.faults.add(FaultKind.RESET)
    with pytest.raises(httpx.ReadError):
        app.get("/athlete")
    assert app.get("/athlete").status_code == 200


def test_a_time_out_holds_until_it_is_released(sandbox: Sandbox, app: httpx.Client) -> None:
    sandbox.faults.add(FaultKind.TIMEOUT)
    with pytest.raises(httpx.ReadTimeout):
        app.get("/athlete", timeout=0.05)
    assert app.get("/athlete").status_code == 200
    sandbox.faults.add(FaultKind.TIMEOUT)
    failed: list[BaseException] = []

    def wait() -> None:
        try:
            app.get("/athlete", timeout=None)
        except httpx.HTTPError as error:
            failed.append(error)

    assert sandbox.faults.holding.acquire(timeout=5)
    waiting = threading.Thread(target=wait)
    waiting.start()
    assert sandbox.faults.holding.acquire(timeout=5)
    sandbox.faults.release()
    waiting.join(5)
    assert [type(error) for error in failed] == [httpx.RemoteProtocolError]


def test_unknown_fields_at_every_depth(sandbox: Sandbox, app: httpx.Client) -> None:
    sandbox.faults.add(FaultKind.UNKNOWN_FIELDS)
    detail = app.get(f"/activities/{some_run(sandbox)}").json()
    assert "not_yet_documented" in detail
    assert all("not_yet_documented" in split for split in detail["splits_metric"])
    assert "not_yet_documented" in detail["map"]


def test_missing_fields_spare_what_an_activity_is_known_by(sandbox: Sandbox, app: httpx.Client) -> None:
    activity = some_run(sandbox)
    sandbox.faults.add(FaultKind.MISSING_FIELDS)
    detail = app.get(f"/activities/{activity}").json()
    assert detail["id"] == activity
    assert "start_date" in detail
    assert "distance" not in detail
    assert "name" not in detail
    assert all(set(split) == {"split"} for split in detail["splits_metric"])
    sandbox.faults.add(FaultKind.MISSING_FIELDS, fields=("splits_metric", "map"))
    named = app.get(f"/activities/{activity}").json()
    assert "splits_metric" not in named
    assert "map" not in named
    assert "distance" in named


def test_nulls(sandbox: Sandbox, app: httpx.Client) -> None:
    activity = some_run(sandbox)
    sandbox.faults.add(FaultKind.NULLS)
    detail = app.get(f"/activities/{activity}").json()
    whole = app.get(f"/activities/{activity}").json()
    assert set(detail) == set(whole)
    assert detail["id"] == activity
    assert detail["distance"] is None
    assert detail["laps"][0]["elapsed_time"] is None
    sandbox.faults.add(FaultKind.NULLS)
    keys = {"keys": "time,heartrate,latlng", "key_by_type": "true"}
    streams = app.get(f"/activities/{activity}/streams", params=keys).json()
    assert None not in streams["time"]["data"]
    assert streams["heartrate"]["data"][3] is None
    assert streams["heartrate"]["data"][4] is not None
    sandbox.faults.add(FaultKind.NULLS, fields=("laps",))
    assert app.get(f"/activities/{activity}").json()["laps"] is None


def test_paths_and_skipping(sandbox: Sandbox, app: httpx.Client) -> None:
    activity = some_run(sandbox)
    sandbox.faults.add("503", path=r"/streams$", skip=1)
    paths = ["/athlete", f"/activities/{activity}/streams", "/athlete", f"/activities/{activity}/streams"]
    assert [app.get(path).status_code for path in paths] == [200, 200, 200, 503]


def test_logging_in_is_spared_unless_it_is_meant(sandbox: Sandbox, app: httpx.Client, browser: httpx.Client) -> None:
    sandbox.faults.add("500")
    assert browser.post("/oauth/token", data={}).status_code == 400
    sandbox.faults.clear()
    sandbox.faults.add("500", path="^/oauth/token")
    assert app.get("/athlete").status_code == 200
    assert browser.post("/oauth/token", data={}).status_code == 500


def test_an_error_is_left_as_it_is(sandbox: Sandbox, app: httpx.Client) -> None:
    sandbox.faults.add(FaultKind.NULLS)
    assert app.get("/activities/1").json()["message"] == "Record Not Found"


def test_random_troubles_come_again_with_the_same_seed() -> None:
    def run(seed: int) -> list[Any]:
        faults = Faults([Fault(kind, times=None, rate=0.4 / len(FaultKind)) for kind in FaultKind], seed=seed)
        return [fault.kind if (fault := faults.next_for("/api/v3/athlete")) else None for _ in range(300)]

    assert run(5) == run(5)
    assert run(5) != run(6)
    hit = [each for each in run(5) if each]
    assert 80 < len(hit) < 160
    assert len(set(hit)) == len(FaultKind)


def test_pending_faults_are_told() -> None:
    faults = Faults([Fault(FaultKind.RESET, times=None), Fault(FaultKind.CUT, times=0)])
    assert [each["fault"] for each in faults.pending()] == ["reset"]
    faults.clear()
    assert faults.next_for("/api/v3/athlete") is None
