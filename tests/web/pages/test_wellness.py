"""The page of daily values: figures in the HTML, each source by itself, and what to do where there is nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from runcoach.config import load
from runcoach.domain.wellness import WellnessValue
from runcoach.domain.windows import local_today
from runcoach.store.sqlite.connection import write_transaction
from runcoach.store.sqlite.database import open_database
from runcoach.store.training import wellness
from runcoach.web.pages.coach.wellness import Point

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def body_site(tmp_path_factory: pytest.TempPathFactory, serve: Callable[..., Any]) -> Iterator[str]:
    """A server in front of forty days of values from two sources."""
    config = load(home=Path(tmp_path_factory.mktemp("body")) / "home")
    values = []
    for ago in range(40):
        day = (local_today() - timedelta(days=ago)).isoformat()
        values += [
            WellnessValue("resting-hr", day, "apple_health", "<b>Watch</b>", 45.0 + ago % 7),
            WellnessValue("resting-hr", day, "garmin", "", 44.0 + ago % 5),
            WellnessValue("sleep", day, "garmin", "", 25_000.0 + ago),
        ]
    with open_database(config) as connection, write_transaction(connection):
        wellness.put(connection, values, None)
    with serve(config) as up:
        yield up.url


@pytest.mark.parametrize(("window", "scheme"), [("phone", "dark"), ("desktop", "light")])
def test_the_page_has_a_card_for_each_metric_and_source(
    body_site: str, visit: Callable[..., Any], window: str, scheme: str
) -> None:
    page = visit(body_site, "/wellness", window=window, scheme=scheme)
    page.check()
    cards = page.page.locator(".cards .card")
    assert cards.count() == 3
    assert "<b>Watch</b>" in page.text()
    assert "45 bpm" in " ".join(cards.nth(0).inner_text().split()) + " ".join(cards.nth(1).inner_text().split())
    assert page.page.locator("tbody tr").count() == 28


def test_the_figures_and_courses_are_there_without_scripts(body_site: str, visit: Callable[..., Any]) -> None:
    page = visit(body_site, "/wellness?days=30", script=False)
    assert page.page.locator(".chart circle").count() == 90
    assert page.page.locator(".chart .line").count() == 87


def test_without_values_the_page_says_how_to_get_some(bare_site: str, visit: Callable[..., Any]) -> None:
    page = visit(bare_site, "/wellness", window="phone")
    page.check()
    assert "Export All Health Data" in page.text()


def test_a_gap_of_more_than_a_week_interrupts_the_line() -> None:
    from runcoach.domain.units import Units
    from runcoach.services.training.wellness import DailyValue
    from runcoach.web.pages.coach.wellness import _points
    from runcoach.web.pages.formatting import Formatter

    today = local_today()
    values = [
        DailyValue((today - timedelta(days=ago)).isoformat(), "weight", 60.0 + ago, "kg", "garmin", None, 1)
        for ago in (20, 12, 5, 0)
    ]
    points: tuple[Point, ...] = _points(values, today - timedelta(days=20), today, Formatter(Units.METRIC))
    assert [point.is_joined for point in points] == [False, False, True, True]
    assert (points[0].x, points[-1].x) == (1.0, 99.0)
    assert points[0].y < points[-1].y
