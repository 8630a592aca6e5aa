"""The dashboard in front of 5,000 activities: medians of pages at the server, first paint in headless Chromium."""

from __future__ import annotations

import http.client
import shutil
import statistics
import tempfile
import time
from pathlib import Path
from urllib.parse import urlsplit

from bench_best import fill
from bench_serve import draw_nothing, record_an_hour, served

#: Pages, each promised in 60 ms at the server and painted first within 300 ms.
PAGES = (
    "/",
    "/activities",
    "/activities?sort=pace&sport=running&q=run",
    "/activities/5000",
    "/bests",
    "/fitness",
    "/fitness?range=all",
    "/races",
    "/calendar",
    "/calendar?show=2025",
    "/calendar?show=all",
    "/years/2025",
    "/routes",
    "/gear",
    "/connection",
)

PROMISED_MS, PROMISED_PAINT_MS = 60, 300

_ROUNDS, _PAINTS = 40, 7

_PAINT = "performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? null"


def median_ms(connection: http.client.HTTPConnection, path: str) -> tuple[float, int]:
    """The median of whole answers, and how long one is in bytes."""
    times, size = [], 0
    for _ in range(_ROUNDS):
        begun = time.perf_counter()
        connection.request("GET", path, headers={"Accept": "text/html", "Accept-Encoding": "gzip"})
        answer = connection.getresponse()
        size = len(answer.read())
        times.append(time.perf_counter() - begun)
        assert answer.status == 200, (path, answer.status)
    return statistics.median(times) * 1000, size


def paints_ms(url: str) -> dict[str, float]:
    """Path → the median of the first contentful paint, in a browser that has the styles already."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        page = browser.new_context(viewport={"width": 1440, "height": 900}).new_page()
        medians = {}
        for path in PAGES:
            times = []
            for _ in range(_PAINTS):
                page.goto(url + path)
                page.wait_for_function(f"() => {_PAINT} !== null")
                times.append(float(page.evaluate(_PAINT)))
            medians[path] = statistics.median(times)
        browser.close()
        return medians


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        fill(home)
        record_an_hour(home, 5000)
        draw_nothing(home)
        with served(home) as (url, _):
            time.sleep(2)
            connection = http.client.HTTPConnection(urlsplit(url).netloc)
            for path in PAGES:
                median, size = median_ms(connection, path)
                print(f"{path}: {median:.1f} ms, {size} bytes (promised: {PROMISED_MS})")
            connection.close()
            for path, median in paints_ms(url).items():
                print(f"{path}: first contentful paint {median:.0f} ms (promised: {PROMISED_PAINT_MS})")


if __name__ == "__main__":
    main()
