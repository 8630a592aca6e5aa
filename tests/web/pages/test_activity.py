"""The page of one activity: its numbers without a script, one cursor through all that is drawn, and decisions."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from runcoach.config import Config, checked
from runcoach.domain.units import Units
from runcoach.errors import ConfigError
from runcoach.services.imports.import_files import import_files
from runcoach.services.sync.sync import sync
from runcoach.services.sync.sync_types import SyncOptions
from runcoach.web.pages.rates import average_sec_per_km, rate_of
from runcoach.web.pages.runs.splits import laps_repeat_splits, split_bars

Visit = Callable[..., Any]

MARKER = "document.querySelector('.route-marker').getAttribute('transform')"


def ask(site: str, path: str) -> Any:
    """What the API of a server says."""
    return httpx.get(f"{site}/api/v1{path}", trust_env=False, verify=False, timeout=30).json()["data"]


def find(site: str, which: Callable[[dict[str, Any]], Any]) -> dict[str, Any]:
    """The newest activity for which something holds."""
    return next(row for row in ask(site, "/activities?limit=100") if which(row))


def place_now(page: Any, distance_m: int) -> str:
    """The place of all time that the page says an effort has today."""
    found = re.search(r"\d+|–", page.locator(f"#effort-{distance_m} td").nth(3).inner_text())
    assert found is not None
    return found[0]


@pytest.fixture
def run(site: str) -> dict[str, Any]:
    """A recorded run outdoors with a heart rate, of 5 km or more."""
    return find(
        site, lambda row: row["sportType"] == "Run" and row["hasGps"] and row["avgHr"] and row["distanceKm"] > 5
    )


def drawn(visited: Any) -> Any:
    """The page, once its charts are there."""
    visited.page.locator("#track[data-drawn]").wait_for()
    return visited.page


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("window", ["phone", "desktop"])
def test_the_page_has_no_accessibility_or_script_errors(
    site: str, visit: Visit, run: dict[str, Any], window: str, scheme: str
) -> None:
    page = visit(site, f"/activities/{run['id']}", window=window, scheme=scheme)
    drawn(page)
    page.check()


def test_the_numbers_of_an_activity_are_there_without_scripts(site: str, visit: Visit, run: dict[str, Any]) -> None:
    page = visit(site, f"/activities/{run['id']}", script=False).page
    text = page.inner_text("main")
    assert f"{run['distanceM'] / 1000:.2f} km" in text
    assert f"{run['avgHr']} bpm" in text
    splits, efforts = (ask(site, f"/activities/{run['id']}/{part}") for part in ("splits", "efforts"))
    assert page.locator(".splits tbody tr").count() == len(splits)
    widths = [
        float((bar.get_attribute("width") or "").rstrip("%")) for bar in page.locator(".splits .bar rect + rect").all()
    ]
    whole = [split for split in splits if split["distanceM"] > 900]
    fastest = min(range(len(whole)), key=lambda at: whole[at]["movingTimeSec"] / whole[at]["distanceM"])
    assert widths[fastest] == max(widths) == 100.0
    assert page.locator(".efforts tbody tr[id]").count() == len(efforts)
    for effort in efforts:
        assert place_now(page, effort["distanceM"]) == str(effort["ranks"]["all"] or "–")
    assert page.get_by_role("link", name="View on Strava").get_attribute("href") == (
        f"https://www.strava.com/activities/{run['stravaId']}"
    )
    assert "Strava's API" in text
    assert "Compared with Strava" in text


def test_one_cursor_goes_through_charts_and_route(site: str, visit: Visit, run: dict[str, Any]) -> None:
    page = drawn(visit(site, f"/activities/{run['id']}"))
    charts = page.locator("[data-charts]")
    box = charts.bounding_box()
    page.mouse.move(box["x"] + box["width"] * 0.3, box["y"] + 80)
    first, where = page.evaluate(MARKER), page.locator("[data-where]").inner_text()
    page.mouse.move(box["x"] + box["width"] * 0.8, box["y"] + 300)
    assert page.evaluate(MARKER) != first
    assert page.locator("[data-where]").inner_text() != where
    assert (
        len(set(page.locator(".profile-chart g").evaluate_all("all => all.map(g => g.getAttribute('transform'))"))) == 1
    )
    values = page.locator(".profile-value").all_inner_texts()
    assert len(values) >= 3
    assert all(value != "" for value in values)


def test_the_route_moves_the_cursor_of_the_charts(site: str, visit: Visit, run: dict[str, Any]) -> None:
    page = drawn(visit(site, f"/activities/{run['id']}"))
    places = set()
    for dot in ("start", "finish"):
        box = page.locator(f".route-{dot}").bounding_box()
        page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
        places.add(page.locator("[data-where]").inner_text())
    assert all("km" in place for place in places)


def test_arrow_keys_move_the_cursor_and_update_aria_values(site: str, visit: Visit, run: dict[str, Any]) -> None:
    page = drawn(visit(site, f"/activities/{run['id']}"))
    slider = page.get_by_role("slider")
    slider.focus()
    page.keyboard.press("End")
    last = slider.get_attribute("aria-valuetext")
    page.keyboard.press("ArrowLeft")
    assert slider.get_attribute("aria-valuetext") != last
    assert "pace" in last
    assert "heart rate" in last
    assert int(slider.get_attribute("aria-valuenow")) < int(slider.get_attribute("aria-valuemax"))
    page.keyboard.press("Home")
    assert slider.get_attribute("aria-valuenow") == "0"


def test_an_effort_is_highlighted_on_route_and_charts(site: str, visit: Visit, run: dict[str, Any]) -> None:
    page = drawn(visit(site, f"/activities/{run['id']}#effort-1000"))
    chosen = page.locator("#effort-1000 .stretch")
    assert chosen.get_attribute("aria-pressed") == "true"
    widths = page.locator(".band").evaluate_all("all => all.map(band => Number(band.getAttribute('width')))")
    plot = page.locator(".profile-chart").first.bounding_box()["width"] - 56
    share = 1000 / run["distanceM"]
    assert all(abs(width - plot * share) < plot * 0.02 for width in widths)
    assert page.locator(".route-chosen").get_attribute("d")
    page.locator(".splits .stretch").nth(2).click()
    assert chosen.get_attribute("aria-pressed") == "false"
    assert page.locator("[data-chosen]").inner_text() == "km 3"
    page.locator(".splits .stretch").nth(2).click()
    assert page.locator(".route-chosen").get_attribute("d") == ""


def test_the_route_is_coloured_by_pace_or_heart_rate(site: str, visit: Visit, run: dict[str, Any]) -> None:
    page = drawn(visit(site, f"/activities/{run['id']}"))
    assert page.locator(".route-line.pace-5").get_attribute("d") != "M0 0"
    assert "faster than" in page.locator("[data-high]").inner_text()
    page.get_by_role("button", name="Heart rate").click()
    assert page.locator(".route-line.pace-5").count() == 0
    assert page.locator(".route-line.effort-5").get_attribute("d") != "M0 0"
    assert "bpm" in page.locator("[data-high]").inner_text()


def test_zoom_shows_less_of_the_route(site: str, visit: Visit, run: dict[str, Any]) -> None:
    page = drawn(visit(site, f"/activities/{run['id']}"))
    wide = "Number(document.querySelector('.route-drawing').getAttribute('viewBox').split(' ')[2])"
    whole = page.evaluate(wide)
    page.get_by_role("button", name="Zoom in").click()
    assert page.evaluate(wide) == pytest.approx(whole / 2)
    page.get_by_role("button", name="Zoom out").click()
    assert page.evaluate(wide) == pytest.approx(whole)


def test_a_run_links_to_the_previous_and_next_one(site: str, visit: Visit, run: dict[str, Any]) -> None:
    page = visit(site, f"/activities/{run['id']}").page
    before = page.locator("a[rel=prev]").get_attribute("href")
    page.locator("a[rel=prev]").click()
    page.wait_for_url(f"**{before}")
    assert page.locator("a[rel=next]").get_attribute("href") == f"/activities/{run['id']}"


def test_a_run_without_gps_has_charts_and_no_route(site: str, visit: Visit) -> None:
    indoor = find(site, lambda row: row["trainer"] and row["distanceM"])
    page = visit(site, f"/activities/{indoor['id']}")
    drawn(page)
    page.check()
    assert page.page.locator(".route-card").count() == 0
    assert page.page.locator(".profile-chart").count() >= 2
    assert "Climb" not in page.text()


def test_a_hostile_title_is_text_and_a_run_without_samples_says_what_helps(
    site: str, visit: Visit, hostile: str
) -> None:
    row = find(site, lambda row: row["name"] == hostile)
    page = visit(site, f"/activities/{row['id']}", window="phone")
    page.check()
    assert page.page.locator("h1").inner_text() == hostile
    assert page.page.locator("img[src=x]").count() == 0
    assert "No samples" in page.text()
    assert "runcoach sync" not in page.page.title()


@pytest.mark.parametrize("reference", ["999999", "no-number", "strava:77"])
def test_an_unknown_activity_has_a_404_page(site: str, visit: Visit, reference: str) -> None:
    page = visit(site, f"/activities/{reference}", is_error_page=True)
    page.check()
    assert f"There is no activity {reference}" in page.text()
    assert page.page.get_by_role("link", name="All activities").is_visible()
    assert httpx.get(f"{site}/activities/{reference}", trust_env=False, verify=False).status_code == 404


def test_strava_s_number_of_a_run_finds_it(site: str, visit: Visit, run: dict[str, Any]) -> None:
    page = visit(site, f"/activities/strava:{run['stravaId']}").page
    assert page.locator("h1").inner_text() == run["name"]


def test_an_effort_is_ignored_with_a_reason_and_restored(
    connected: tuple[Config, Any], serve: Callable[..., Any], visit: Visit
) -> None:
    config, _ = connected
    sync(config, SyncOptions())
    with serve(config) as up:
        best = next(row for row in ask(up.url, "/best") if row["distanceM"] == 1000)
        page = visit(up.url, f"/activities/{best['activityId']}").page
        row = page.locator("#effort-1000")
        row.get_by_role("button", name="Ignore").click()
        page.get_by_label("Reason (optional)").fill("lost <b>GPS</b>")
        with page.expect_navigation():
            page.get_by_role("button", name="Ignore it").click()
        ignored = page.locator("tr.out", has=page.get_by_role("button", name="Restore"))
        assert "lost <b>GPS</b>" in ignored.locator("+ .remark").inner_text()
        now = next((each for each in ask(up.url, "/best") if each["distanceM"] == 1000), None)
        assert now is None or (now["activityId"], now["startS"]) != (best["activityId"], best["startS"])
        with page.expect_navigation():
            ignored.get_by_role("button", name="Restore").click()
        assert place_now(page, 1000) == "1"
        assert next(each for each in ask(up.url, "/best") if each["distanceM"] == 1000) == best


def test_a_refused_change_is_shown(site: str, visit: Visit, run: dict[str, Any]) -> None:
    visited = visit(site, f"/activities/{run['id']}", is_error_page=True)
    page = visited.page
    page.route("**/api/v1/efforts/ignore", lambda route: route.abort())
    page.locator("#effort-1000").get_by_role("button", name="Ignore").click()
    page.get_by_role("button", name="Ignore it").click()
    page.get_by_text("runcoach does not respond").wait_for()


def test_failed_samples_are_reported_and_can_be_loaded_again(site: str, visit: Visit, run: dict[str, Any]) -> None:
    page = visit(site, "/bests", is_error_page=True).page
    page.route("**/streams**", lambda route: route.fulfill(status=503, body="{}"))
    page.goto(f"{site}/activities/{run['id']}")
    page.get_by_text("The charts could not be drawn").wait_for()
    page.unroute("**/streams**")
    page.get_by_role("button", name="Try again").click()
    page.locator("#track[data-drawn]").wait_for()


@pytest.mark.slow
def test_tiles_come_from_the_one_origin_that_is_set(
    filled_home: Config, serve: Callable[..., Any], site: str, run: dict[str, Any]
) -> None:
    tiles = "https://tiles.example.org/{z}/{x}/{y}.png"
    with serve(replace(filled_home, settings=replace(filled_home.settings, map_tiles_url=tiles))) as up:
        answer = httpx.get(f"{up.url}/activities/{run['id']}", trust_env=False, verify=False)
        elsewhere = httpx.get(f"{up.url}/bests", trust_env=False, verify=False)
    assert "img-src 'self' data: https://tiles.example.org;" in answer.headers["content-security-policy"]
    assert "OpenStreetMap contributors" in answer.text
    assert "example.org" not in elsewhere.headers["content-security-policy"]
    usual = httpx.get(f"{site}/activities/{run['id']}", trust_env=False, verify=False)
    assert "https:" not in usual.headers["content-security-policy"]


def test_map_tiles_are_drawn_below_the_route(
    filled_home: Config, serve: Callable[..., Any], visit: Visit, run: dict[str, Any]
) -> None:
    tiles = "https://tiles.example.org/{z}/{x}/{y}.png"
    with serve(replace(filled_home, settings=replace(filled_home.settings, map_tiles_url=tiles))) as up:
        page = visit(up.url, "/bests", also=("https://tiles.example.org/",)).page
        asked: list[str] = []

        def answer(route: Any) -> None:
            asked.append(route.request.url)
            route.fulfill(status=200, content_type="image/svg+xml", body='<svg xmlns="http://www.w3.org/2000/svg"/>')

        page.route("https://tiles.example.org/**", answer)
        page.goto(f"{up.url}/activities/{run['id']}")
        page.locator(".route-tiles image").first.wait_for(state="attached")
        page.wait_for_load_state("networkidle")
    assert 0 < len(asked) <= 60


@pytest.mark.parametrize(
    "url",
    [
        "http://tiles.example.org/{z}/{x}/{y}.png",
        "https://tiles.example.org/{z}/{x}.png",
        "https://tiles.example.org; script-src */{z}/{x}/{y}.png",
        "https://*/{z}/{x}/{y}.png",
    ],
)
def test_tiles_that_would_widen_the_policy_are_refused(url: str) -> None:
    with pytest.raises(ConfigError):
        checked("map_tiles_url", url, "test")


def test_bars_of_splits_are_measured_by_speed() -> None:
    def split(metres: float, seconds: int | None, climb_m: float | None) -> dict[str, Any]:
        return {"distance_m": metres, "moving_time_sec": seconds, "elev_gain_m": climb_m}

    bars = split_bars([split(1000, 300, 10), split(1000, 400, -40), split(1000, None, None), split(30, 5, 0)])
    assert [bar.is_fastest for bar in bars] == [True, False, False, False]
    assert bars[0].width == 100.0
    assert bars[1].width == 6.0
    assert bars[2].width == 0.0
    assert bars[3].width == 3.0  # 30 m, faster than any kilometre, and no match for one
    assert (bars[0].climb_x, bars[0].climb_width) == (50.0, 12.5)
    assert (bars[1].climb_x, bars[1].climb_width) == (0.0, 50.0)
    assert [(bar.from_m, bar.to_m) for bar in bars] == [(0, 1000), (1000, 2000), (2000, 3000), (3000, 3030)]


@pytest.mark.parametrize(("climb_m", "width"), [(5.0, 12.5), (20.0, 50.0), (40.0, 50.0)])
def test_a_climb_below_20_m_does_not_fill_its_half_of_the_column(climb_m: float, width: float) -> None:
    (bar,) = split_bars([{"distance_m": 1000.0, "moving_time_sec": 300, "elev_gain_m": climb_m}])
    assert (bar.climb_x, bar.climb_width) == (50.0, width)


def test_no_splits_have_no_bars() -> None:
    assert split_bars([]) == []


def test_miles_for_those_who_run_in_miles(
    filled_home: Config, serve: Callable[..., Any], visit: Visit, run: dict[str, Any]
) -> None:
    with serve(replace(filled_home, settings=replace(filled_home.settings, units="imperial"))) as up:
        page = drawn(visit(up.url, f"/activities/{run['id']}"))
        assert f"{run['distanceM'] / 1609.344:.2f} mi" in page.inner_text("main")
        assert page.locator(".splits thead th").first.inner_text() == "mi"
        assert page.locator(".splits tbody tr").count() == -(-run["distanceM"] // 1609.344)
        page.get_by_role("slider").press("End")
        assert "mi ·" in page.locator("[data-where]").inner_text()


@pytest.mark.corpus
def test_real_runs_are_drawn(corpus: Path, tmp_path: Path, serve: Callable[..., Any], visit: Visit) -> None:
    from runcoach.config import load
    from runcoach.services.imports.import_files import import_files

    config = load(home=tmp_path / "real")
    import_files(config, [corpus / "activities" / "fit"])
    with serve(config) as up:
        longest = ask(up.url, "/activities?limit=6&sort=distance&sport=Run")
        assert len(longest) == 6
        for window in ("phone", "desktop"):
            page = visit(up.url, "/", window=window)
            for row in longest:
                drawn(page.go(f"/activities/{row['id']}"))
                page.check()


def test_charts_are_drawn_by_time_and_smoothed(site: str, visit: Visit, run: dict[str, Any]) -> None:
    page = drawn(visit(site, f"/activities/{run['id']}#effort-1000"))
    trace, band = page.locator(".profile .trace").first, page.locator(".band").first
    by_distance, chosen = trace.get_attribute("d"), float(band.get_attribute("width"))
    page.get_by_label("Smoothing").select_option("strong")
    smooth = trace.get_attribute("d")
    assert smooth != by_distance
    assert abs(float(band.get_attribute("width")) - chosen) < 1
    page.get_by_role("button", name="Time", exact=True).click()
    assert trace.get_attribute("d") != smooth
    assert "km" not in page.locator(".profile-chart").last.text_content()
    slider = page.get_by_role("slider")
    slider.focus()
    page.keyboard.press("End")
    where = page.locator("[data-where]").inner_text()
    assert re.fullmatch(r"[\d:]+ · [\d.]+ km", where), where
    page.locator(".splits .stretch").nth(2).click()
    assert float(band.get_attribute("width")) > 0


def test_a_zoomed_route_is_never_empty_and_can_be_reset(site: str, visit: Visit, run: dict[str, Any]) -> None:
    page = drawn(visit(site, f"/activities/{run['id']}"))
    whole = page.get_by_role("button", name="Whole route")
    view = page.locator(".route-drawing")
    first = view.get_attribute("viewBox")
    assert whole.is_disabled()
    for _ in range(5):
        page.get_by_role("button", name="Zoom in").click()
    seen = page.evaluate(
        """() => {
          const path = document.querySelector(".route-casing");
          const view = path.ownerSVGElement.viewBox.baseVal;
          const inside = ({ x, y }) =>
            x > view.x && x < view.x + view.width && y > view.y && y < view.y + view.height;
          const length = path.getTotalLength();
          const places = Array.from({ length: 5000 }, (_, at) => (at / 5000) * length);
          return places.filter((place) => inside(path.getPointAtLength(place))).length;
        }"""
    )
    assert seen > 0
    page.keyboard.press("0")
    assert view.get_attribute("viewBox") == first
    assert page.locator(".route-number").first.text_content() in {"1", "2", "5"}
    assert page.locator(".route-arrow").count() > 0


def ride_of_ten_minutes(path: Path) -> Path:
    """A GPX file of a ride northwards at 6 m/s."""
    points = "".join(
        f'<trkpt lat="{52 + second * 6 / 111_195:.6f}" lon="4.9"><ele>5</ele>'
        f"<time>2026-10-04T08:{second // 60:02d}:{second % 60:02d}Z</time></trkpt>"
        for second in range(600)
    )
    path.write_text(
        '<gpx version="1.1" creator="watch" xmlns="http://www.topografix.com/GPX/1/1"><trk><type>cycling</type>'
        f"<trkseg>{points}</trkseg></trk></gpx>"
    )
    return path


def test_a_ride_has_a_speed_and_no_pace(
    config: Config, tmp_path: Path, serve: Callable[..., Any], visit: Visit
) -> None:
    import_files(config, [ride_of_ten_minutes(tmp_path / "ride.gpx")])
    with serve(config) as up:
        visited = visit(up.url, "/activities/1")
        page = drawn(visited)
        assert re.search(r"Speed\s+21\.[56] km/h", page.inner_text(".totals"))
        titles = page.locator(".profile-title").all_inner_texts()
        assert titles[0] == "Speed"
        assert "Pace" not in titles
        visited.check()


def swim_of_ten_minutes(path: Path) -> Path:
    """A GPX file of a swim northwards at 1 m/s; its heart rate was lost after 15 seconds."""
    points = "".join(
        f'<trkpt lat="{52 + second / 111_195:.6f}" lon="4.9"><ele>0</ele>'
        f"<time>2026-10-04T08:{second // 60:02d}:{second % 60:02d}Z</time><extensions><TrackPointExtension>"
        f"{'<hr>120</hr>' if second < 15 else ''}<cad>{28 + second % 3}</cad>"
        "</TrackPointExtension></extensions></trkpt>"
        for second in range(600)
    )
    path.write_text(
        '<gpx version="1.1" creator="watch" xmlns="http://www.topografix.com/GPX/1/1"><trk><type>swimming</type>'
        f"<trkseg>{points}</trkseg></trk></gpx>"
    )
    return path


def test_a_swim_has_a_pace_per_100_m_strokes_and_no_chart_of_a_lost_heart_rate(
    config: Config, tmp_path: Path, serve: Callable[..., Any], visit: Visit
) -> None:
    import_files(config, [swim_of_ten_minutes(tmp_path / "swim.gpx")])
    with serve(config) as up:
        visited = visit(up.url, "/activities/1", window="phone")
        page = drawn(visited)
        assert re.search(r"Pace\s+1:40 /100 m", page.inner_text(".totals"))
        assert "29 strokes/min" in page.inner_text(".totals")
        assert "Climb" not in page.inner_text(".totals")
        assert page.locator(".profile-title").all_inner_texts() == ["Pace", "Cadence"]
        assert not page.get_by_role("button", name="Heart rate").is_visible()
        visited.check()


@pytest.mark.parametrize(
    ("sport", "units", "text", "unit"),
    [
        ("Run", Units.METRIC, "5:00", "/km"),
        ("Hike", Units.IMPERIAL, "8:03", "/mi"),
        ("Swim", Units.METRIC, "0:30", "/100 m"),
        ("Swim", Units.IMPERIAL, "0:27", "/100 yd"),
        ("Ride", Units.METRIC, "12.0", "km/h"),
        ("Rowing", Units.IMPERIAL, "7.5", "mph"),
    ],
)
def test_each_sport_states_how_fast_in_its_own_way(sport: str, units: Units, text: str, unit: str) -> None:
    rate = rate_of(sport, units)
    assert (rate.text(300.0), rate.unit) == (text, unit)
    assert rate.text(None) == "–"


def test_the_average_of_any_sport_is_moving_time_by_distance() -> None:
    row = {"avg_pace_sec_per_km": None, "distance_m": 2000.0, "moving_time_sec": 500}
    assert average_sec_per_km(row) == 250.0
    assert average_sec_per_km({**row, "avg_pace_sec_per_km": 251}) == 251.0
    assert average_sec_per_km({**row, "distance_m": 0.0}) is None


def _kilometre(moving_s: float, metres: float = 1000.0) -> dict[str, Any]:
    return {"distance_m": metres, "moving_time_sec": moving_s, "elapsed_time_sec": moving_s, "elev_gain_m": None}


def test_a_part_of_a_split_has_neither_the_longest_bar_nor_the_fastest_pace() -> None:
    first, second, part = split_bars([_kilometre(300), _kilometre(310), _kilometre(8, 40.0)])
    assert (first.width, first.is_fastest) == (100.0, True)
    assert part.is_partial
    assert part.width < second.width < 100.0
    assert not part.is_fastest


def test_laps_that_are_the_splits_are_recognized() -> None:
    splits = [_kilometre(300), _kilometre(310), _kilometre(150, 500.0)]
    laps = [{"distance_m": 1001.0, "moving_s": 301.0, "elapsed_s": 301.0} for _ in range(3)]
    laps[1] = {"distance_m": 999.0, "moving_s": 309.0, "elapsed_s": 400.0}
    assert laps_repeat_splits(laps, splits)
    assert not laps_repeat_splits([{**lap, "distance_m": 1609.0} for lap in laps], splits)
    assert not laps_repeat_splits([laps[0], {**laps[1], "moving_s": 330.0}, laps[2]], splits)
    assert not laps_repeat_splits(laps[:1], splits)
    assert not laps_repeat_splits(laps, [])


@pytest.mark.parametrize("width", [390, 768, 1024, 1440])
def test_no_table_of_a_run_is_cut_off(site: str, visit: Visit, run: dict[str, Any], width: int) -> None:
    page = visit(site, f"/activities/{run['id']}").page
    page.set_viewport_size({"width": width, "height": 900})
    for path in (f"/activities/{run['id']}", "/bests"):
        page.goto(site + path)
        cut = page.evaluate(
            """() => [...document.querySelectorAll("main .scroll")]
                 .filter((one) => one.scrollWidth > one.clientWidth + 1).map((one) => one.ariaLabel)"""
        )
        assert cut == [], path


def test_a_track_without_progress_of_time_has_neither_speed_nor_moving_time(
    config: Config, tmp_path: Path, serve: Callable[..., Any], visit: Visit
) -> None:
    points = "".join(
        f'<trkpt lat="{46 + number * 0.001:.3f}" lon="14.5"><ele>{900 + number}</ele>'
        "<time>2010-10-03T08:00:00Z</time></trkpt>"
        for number in range(60)
    )
    (tmp_path / "walk.gpx").write_text(
        '<gpx version="1.1" xmlns="http://www.topografix.com/GPX/1/1"><trk><type>workout</type>'
        f"<trkseg>{points}</trkseg></trk></gpx>"
    )
    import_files(config, [tmp_path / "walk.gpx"])
    with serve(config) as up:
        page = drawn(visit(up.url, "/activities/1"))
        assert page.locator(".profile-title").all_inner_texts() == ["Elevation"]
        assert "Moving time" not in page.inner_text(".totals")
