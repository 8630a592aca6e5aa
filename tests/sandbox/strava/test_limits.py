"""Rate limits by the clock: headers, refusals, windows, and what a refusal costs."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from runcoach.sandbox.server import Sandbox
from runcoach.sandbox.strava.api import Budget, Limits

QUARTER_LEFT_S, DAY_LEFT_S = 7 * 60 + 30, (11 * 60 + 52) * 60 + 30  # the clock stands at 12:07:30


def usage(answer: httpx.Response) -> tuple[str, str]:
    return answer.headers["X-RateLimit-Usage"], answer.headers["X-ReadRateLimit-Usage"]


def test_every_answer_carries_the_four_headers(app: httpx.Client) -> None:
    answer = app.get("/athlete")
    assert answer.headers["X-RateLimit-Limit"] == "200,2000"
    assert answer.headers["X-ReadRateLimit-Limit"] == "100,1000"
    assert usage(answer) == ("1,1", "1,1")
    assert usage(app.get("/activities/1")) == ("2,2", "2,2")  # a 404 counts
    assert usage(app.get("/athlete", headers={"Authorization": "Bearer x"})) == ("3,3", "3,3")  # so does a 401


def test_over_the_quarter_calls_are_refused_but_count(sandbox: Sandbox, app: httpx.Client, clock: Any) -> None:
    sandbox.budget.change(read_quarter=2)
    assert [app.get("/athlete").status_code for _ in range(4)] == [200, 200, 429, 429]
    refused = app.get("/athlete")
    assert refused.json() == {
        "message": "Rate Limit Exceeded",
        "errors": [{"resource": "Application", "field": "read rate limit", "code": "exceeded"}],
    }
    assert usage(refused) == ("5,5", "5,5")
    clock.turn(QUARTER_LEFT_S - 1)
    assert app.get("/athlete").status_code == 429
    clock.turn(1)
    fresh = app.get("/athlete")
    assert fresh.status_code == 200
    assert usage(fresh) == ("1,7", "1,7")


def test_the_day_begins_at_midnight_utc(sandbox: Sandbox, app: httpx.Client, clock: Any) -> None:
    sandbox.budget.change(read_day=1)
    assert [app.get("/athlete").status_code for _ in range(2)] == [200, 429]
    clock.turn(QUARTER_LEFT_S)
    assert app.get("/athlete").status_code == 429
    clock.turn(DAY_LEFT_S - QUARTER_LEFT_S)
    assert usage(app.get("/athlete")) == ("1,1", "1,1")


def test_the_overall_limit_has_its_own_name(sandbox: Sandbox, app: httpx.Client) -> None:
    sandbox.budget.change(quarter=0)
    assert app.get("/athlete").json()["errors"][0]["field"] == "overall rate limit"


def test_others_share_the_budget(sandbox: Sandbox, app: httpx.Client) -> None:
    sandbox.budget.change(used_read_quarter=99, used_quarter=120)
    assert usage(app.get("/athlete")) == ("121,1", "100,1")
    assert app.get("/athlete").status_code == 429


def test_logging_in_and_subscriptions_cost_nothing(sandbox: Sandbox, app: httpx.Client, browser: httpx.Client) -> None:
    browser.post("/oauth/token", data={"client_id": "1"})
    app.get("/push_subscriptions")
    assert usage(app.get("/athlete")) == ("1,1", "1,1")
    assert sandbox.reads == 1


@pytest.mark.parametrize("wrong", [{"weekly": 3}, {"used_weekly": 3}, {"read_day": -1}])
def test_unknown_limits_are_refused(clock: Any, wrong: dict[str, int]) -> None:
    with pytest.raises(ValueError, match=r"unknown limit|negative"):
        Budget(Limits(), clock).change(**wrong)


def test_a_clock_set_back_starts_a_window_too(clock: Any) -> None:
    budget = Budget(Limits(read_quarter=1), clock)
    assert budget.spend(reading=True) is None
    assert budget.spend(reading=True) == "read rate limit"
    clock.turn(-3600)
    assert budget.spend(reading=True) is None
