"""Pages of runners whose files lack much: nothing that is unknown is a figure, and no chart is empty."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import asdict
from html import unescape
from pathlib import Path
from typing import Any

import httpx
import pytest

from runcoach.config import Config, load
from runcoach.domain.activity import Activity
from runcoach.domain.windows import local_today
from runcoach.store import activities
from runcoach.store.sqlite.connection import write_transaction
from runcoach.store.sqlite.database import open_database

PAGES = (
    "/",
    "/fitness",
    "/races",
    "/calendar",
    f"/calendar?show={local_today().year}",
    "/calendar?show=all",
    "/routes",
)

DAY_S = 86_400

pytestmark = pytest.mark.slow


def row(days_ago: int, name: str = "Evening run", **values: Any) -> Activity:
    """A run of half an hour without a distance, unless ``values`` has one."""
    noon_s = 43_200 + DAY_S * (local_today().toordinal() - 719_163)
    usual = {"sport_type": "Run", "moving_time_sec": 1800}
    return Activity(name, start_time=noon_s - days_ago * DAY_S, utc_offset_s=0, **{**usual, **values})


def stored(home: Path, rows: Sequence[Activity]) -> Config:
    config = load(home=home)
    with open_database(config) as connection, write_transaction(connection):
        for each in rows:
            activities.insert(connection, asdict(each))
    return config


def text_of(url: str, path: str) -> str:
    """What stands on a page, without tags, scripts and tooltips."""
    page = httpx.get(url + path, trust_env=False, verify=False, follow_redirects=True).raise_for_status().text
    main = re.sub(r"<title.*?</title>", "", page[page.index("<main") : page.index("</main>")], flags=re.DOTALL)
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", main)))


def test_an_unknown_distance_is_not_shown_as_one(tmp_path: Path, serve: Callable[..., Any]) -> None:
    with serve(stored(tmp_path, [row(days) for days in range(0, 40, 2)])) as up:
        for path in (*PAGES, f"/years/{local_today().year}"):
            text = text_of(up.url, path)
            assert not re.search(r"\b0(\.0+)? km|– ?/?km|\b0 m\b", text), (path, text)
            assert "nan" not in text.lower(), path
        assert "30:00" in text_of(up.url, "/calendar")


def test_without_runs_no_chart_is_empty(tmp_path: Path, serve: Callable[..., Any]) -> None:
    rides = [row(days, sport_type="Ride", distance_m=20_000.0) for days in range(3)]
    with serve(stored(tmp_path, rides)) as up:
        page = httpx.get(up.url, trust_env=False, verify=False).text
        assert "3 activities" in text_of(up.url, "/")
        assert "grid-line" not in page
        assert 'class="chart calendar"' not in page
        assert "No runs yet" in text_of(up.url, "/calendar")
        assert (
            "connection"
            in httpx.get(f"{up.url}/races", trust_env=False, verify=False).text.split("<main")[1].split("</main>")[0]
        )


def test_dates_of_an_earlier_year_say_so(tmp_path: Path, serve: Callable[..., Any]) -> None:
    with serve(stored(tmp_path, [row(800, distance_m=5000.0), row(801, distance_m=6000.0)])) as up:
        year = str(local_today().year - 2)
        weeks = re.search(r"This week and the four before(.*?)Fitness", text_of(up.url, "/"))
        assert weeks is not None
        assert re.search(rf"\d+ \w{{3}} ({year}|{int(year) - 1})", weeks[1])
        newest = text_of(up.url, "/fitness?range=all").rpartition("Newest runs")[2]
        assert re.search(rf"Evening run \d+ \w{{3}} ({year}|{int(year) - 1})", newest)


def test_weeks_before_the_first_run_are_not_listed_as_empty(tmp_path: Path, serve: Callable[..., Any]) -> None:
    with serve(stored(tmp_path, [row(0, distance_m=5000.0)])) as up:
        text = text_of(up.url, "/")
        assert "0 runs" not in text.split("Weekly distance")[0]
        assert f"and {local_today().year - 1} up to the same day" not in text


def test_the_time_of_a_year_stays_in_one_line_on_a_phone(
    tmp_path: Path, serve: Callable[..., Any], visit: Callable[..., Any]
) -> None:
    with serve(stored(tmp_path, [row(0, distance_m=99_000.0, moving_time_sec=49_560)])) as up:
        figures = visit(up.url, "/", window="phone").page.locator("section:has(> * #to-date) .stat dd:not(.note)")
        heights = {round(one.bounding_box()["height"]) for one in figures.all()}
        assert len(heights) == 1
        assert figures.last.inner_text().split() == ["13", "h", "46"]


def test_titles_leave_room_for_each_other_on_a_phone(
    tmp_path: Path, serve: Callable[..., Any], visit: Callable[..., Any]
) -> None:
    names = ["Zürcher Silvesterlauf über alle Brücken der Stadt", "ריצת בוקר בפארק", "皇居一周ランニング大会"]
    races = [row(9 * nth, name, distance_m=42_195.0, workout_type=1) for nth, name in enumerate(names)]
    with serve(stored(tmp_path, races)) as up:
        for path in ("/races", "/fitness"):
            page = visit(up.url, path, window="phone")
            page.check()
            for title in page.page.locator("th.name").all():
                assert title.bounding_box()["width"] > 130
            # A date stays behind a title that is written from right to left.
            assert page.page.evaluate("getComputedStyle(document.querySelector('th.name a')).unicodeBidi") == "isolate"
