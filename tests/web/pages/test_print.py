"""Pages as they are printed: on A4, light, without navigation, and nothing wider than the paper."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

Visit = Callable[..., Any]

#: A4 with margins of 12 mm, in pixels.
_PAPER = {"width": 703, "height": 1032}

_PAGES = ("/", "/activities", "/bests", "/fitness", "/races", "/calendar", "/gear", "/connection", "/activities/1")


@pytest.mark.parametrize("path", _PAGES)
def test_a_page_is_printed_light_without_navigation_and_not_cut(site: str, visit: Visit, path: str) -> None:
    page = visit(site, path, scheme="dark").page
    page.wait_for_load_state("networkidle")
    page.emulate_media(media="print")
    page.set_viewport_size(_PAPER)
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert page.evaluate("getComputedStyle(document.querySelector('h1')).color") == "rgb(23, 33, 31)"
    for part in (".top", ".nav", ".foot", ".toolbar", "main .button"):
        assert not any(one.is_visible() for one in page.locator(part).all()), part
    cut = page.evaluate(
        """() => [...document.querySelectorAll("main :is(svg, table, img)")]
             .filter((one) => one.checkVisibility() && one.getBoundingClientRect().right > innerWidth + 1)
             .map((one) => one.outerHTML.slice(0, 80))"""
    )
    assert cut == []


def test_tables_and_pictures_are_printed_as_on_a_desktop(site: str, visit: Visit) -> None:
    page = visit(site, "/activities", scheme="dark").page
    page.emulate_media(media="print")
    page.set_viewport_size(_PAPER)
    assert page.get_by_role("columnheader", name="Heart rate").is_visible()
    assert page.evaluate("getComputedStyle(document.querySelector('.thumb')).filter").startswith("invert(1)")
    page.goto(f"{site}/bests")
    assert page.get_by_role("columnheader", name="3 months").is_visible()
