"""The map of all runs, the list of routes and one route in a browser: no error, and the figures of the API."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import httpx
import pytest

from runcoach.config import Config
from runcoach.domain.units import format_pace

Visit = Callable[..., Any]

#: A colour in the map that is not its background.
DRAWN = """
() => { const canvas = document.querySelector("#heat canvas");
  return canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data.some((value) => value > 0); }
"""


def ask(site: str, path: str) -> Any:
    return httpx.get(f"{site}/api/v1{path}", trust_env=False, verify=False, timeout=30).json()["data"]


@pytest.mark.parametrize(("window", "scheme"), [("phone", "dark"), ("desktop", "light")])
def test_the_pages_have_no_accessibility_or_script_errors(site: str, visit: Visit, window: str, scheme: str) -> None:
    page = visit(site, "/routes", window=window, scheme=scheme)
    page.page.wait_for_selector("#heat[data-drawn]")
    page.check()
    page = visit(site, f"/routes/{ask(site, '/routes')[0]['id']}", window=window, scheme=scheme)
    page.check()
    # The mark of the best run does not push the times off the screen of a phone.
    assert page.page.get_by_text("best", exact=True).is_visible()
    assert page.page.evaluate("(table => table.scrollWidth <= table.clientWidth)(document.querySelector('.scroll'))")


def test_a_page_without_runs_says_so(bare_site: str, visit: Visit) -> None:
    page = visit(bare_site, "/routes", window="phone")
    page.check()
    assert "No routes yet" in page.text()
    missing = visit(bare_site, "/routes/17", is_error_page=True)
    missing.check()
    assert "No such route" in missing.text()


def test_figures_are_those_of_the_api_without_a_script(site: str, visit: Visit) -> None:
    page = visit(site, "/routes", script=False).page
    routes = ask(site, "/routes")
    links = page.locator(".matched h3 a").evaluate_all("all => all.map(one => one.getAttribute('href'))")
    assert links == [f"/routes/{route['id']}" for route in routes[:30]]
    paces = page.locator(".matched-best strong").all_inner_texts()
    assert paces == [format_pace(route["best"]["paceSecPerKm"]) for route in routes[:30]]
    picture = page.locator(".matched img").first.get_attribute("src")
    assert picture is not None
    assert picture.endswith("-200")  # metres hidden: another setting is another address
    detail = ask(site, f"/routes/{routes[0]['id']}")
    page.goto(f"{site}/routes/{routes[0]['id']}")
    rows = page.locator("tbody th a").evaluate_all("all => all.map(one => one.getAttribute('href'))")
    assert rows == [f"/activities/{run['activityId']}" for run in detail["runs"]]


def test_routes_are_those_of_the_command(site: str, visit: Visit, command: Callable[..., Any]) -> None:
    page = visit(site, "/routes", script=False).page
    rows = page.locator(".matched").all()
    routes = command("routes")["data"][:30]
    assert len(routes) > 1
    for row, route in zip(rows, routes, strict=True):
        assert row.locator("h3").inner_text() == route["name"]
        assert f"{route['distanceM'] / 1000:.1f} km · {route['runs']} runs" in row.inner_text()
        assert format_pace(route["best"]["paceSecPerKm"]) == row.locator(".matched-best strong").inner_text()


def test_the_map_is_drawn_and_moves_by_keys_and_buttons(site: str, visit: Visit) -> None:
    visited = visit(site, "/routes")
    page = visited.page
    page.wait_for_selector("#heat[data-drawn]")
    assert page.evaluate(DRAWN)
    picture = "document.querySelector('#heat canvas').toDataURL()"
    whole = page.evaluate(picture)
    page.locator("[data-map]").focus()
    page.keyboard.press("+")
    near = page.evaluate(picture)
    page.keyboard.press("ArrowLeft")
    assert len({whole, near, page.evaluate(picture)}) == 3
    page.get_by_role("button", name="Reset").click()
    assert page.evaluate(picture) == whole
    page.get_by_role("button", name="Zoom out").click()
    assert page.evaluate(picture) != whole
    assert visited.problems == []


def test_a_run_is_compared_with_the_last_times_on_its_page(site: str, visit: Visit) -> None:
    route = next(route for route in ask(site, "/routes") if route["runs"] > 1)
    found = ask(site, f"/activities/{route['last']['activityId']}/route")
    page = visit(site, f"/activities/{route['last']['activityId']}", script=False).page
    card = page.locator("section:has(> .card-head #here)")
    links = card.locator("tbody a").evaluate_all("all => all.map(one => one.getAttribute('href'))")
    assert links == [f"/activities/{run['activityId']}" for run in found["before"]]
    assert f"Run {found['number']} of {found['runs']} here" in card.inner_text()


def test_map_tiles_are_of_the_place_and_only_where_set(
    filled_home: Config, serve: Callable[..., Any], visit: Visit, site: str
) -> None:
    tiles = "https://tiles.example.org/{z}/{x}/{y}.png"
    asked: list[str] = []

    def answer(route: Any) -> None:
        asked.append(route.request.url)
        route.fulfill(status=200, content_type="image/svg+xml", body='<svg xmlns="http://www.w3.org/2000/svg"/>')

    with serve(replace(filled_home, settings=replace(filled_home.settings, map_tiles_url=tiles))) as up:
        page = visit(up.url, "/gear", also=("https://tiles.example.org/",)).page
        page.route("https://tiles.example.org/**", answer)
        page.goto(f"{up.url}/routes")
        page.wait_for_selector("#heat[data-drawn]")
        page.wait_for_load_state("networkidle")
        assert "OpenStreetMap contributors" in page.inner_text("#heat")
    assert 0 < len(asked) <= 60
    area = ask(site, "/routes/map")["areas"][0]
    zoom, x, y = (int(part) for part in asked[0].removesuffix(".png").split("/")[-3:])
    east = (area["lngDeg"] + 180.0) / 360.0 * 2**zoom
    north = (0.5 - math.asinh(math.tan(math.radians(area["latDeg"]))) / (2.0 * math.pi)) * 2**zoom
    assert abs(x - east) < 10
    assert abs(y - north) < 10
    usual = httpx.get(f"{site}/routes", trust_env=False, verify=False)
    assert "https:" not in usual.headers["content-security-policy"]
