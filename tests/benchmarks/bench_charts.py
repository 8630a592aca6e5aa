"""Charts in headless Chromium, from the navigation to the drawn frame, cold and warm; and a track of 100 hours.

Cold is a browser context that has never seen the server; warm is the same page again. A frame that takes long is what
a person feels as freezing.
"""

from __future__ import annotations

import shutil
import statistics
import sys
import tempfile
import time
from pathlib import Path
from urllib.request import ProxyHandler, build_opener

import numpy as np
from bench_best import fill
from bench_serve import draw_nothing, record_an_hour, served
from playwright.sync_api import Browser, BrowserContext, sync_playwright

from runcoach.config import load
from runcoach.domain.activity import BuiltActivity, SourceRecord
from runcoach.domain.recording import Totals
from runcoach.domain.streams import Streams
from runcoach.ingest.writer import update_rankings
from runcoach.store import activities
from runcoach.store.sqlite.connection import write_transaction
from runcoach.store.sqlite.database import open_database
from runcoach.store.stream_codec import pack

PROMISED_COLD_MS, PROMISED_WARM_MS, PROMISED_HTML_MS = 1500, 600, 60

HOUR, HUNDRED_HOURS = 5000, 4999

_ROUNDS = 7

#: Page → how it shows that its charts are there.
PAGES = {f"/activities/{HOUR}": "#track[data-drawn]", "/bests": "#progression[data-drawn]"}

_DRAWN = """
([path, drawn]) => new Promise((done) => {
  const look = () => document.querySelector(drawn)
    ? requestAnimationFrame(() => setTimeout(() => done(performance.now())))
    : requestAnimationFrame(look);
  look();
})
"""

#: The longest time between two frames while the cursor is moved along the charts.
_LONGEST_FRAME = """
async () => {
  const charts = document.querySelector("[data-charts]");
  const box = charts.getBoundingClientRect();
  let [last, longest] = [performance.now(), 0];
  for (let step = 0; step < 120; step += 1) {
    const place = { clientX: box.left + (box.width * step) / 120, clientY: box.top + 40, bubbles: true };
    charts.dispatchEvent(new PointerEvent("pointermove", place));
    await new Promise(requestAnimationFrame);
    const now = performance.now();
    [last, longest] = [now, Math.max(longest, now - last)];
  }
  return longest;
}
"""

_WATCH_TASKS = """
window.longestTask = 0;
new PerformanceObserver((list) => {
  for (const task of list.getEntries()) window.longestTask = Math.max(window.longestTask, task.duration);
}).observe({ type: "longtask", buffered: true });
"""


def record_hundred_hours(home: Path, activity_id: int) -> None:
    """Give one activity 360,000 samples, one a second."""
    rng = np.random.default_rng(9)
    seconds = np.arange(360_000.0)
    metres = np.cumsum(np.clip(1.4 + np.sin(seconds / 4000) * 0.8 + rng.normal(0, 0.2, seconds.size), 0, None))
    channels = {
        "distance_m": metres,
        "lat_deg": 46.0 + np.sin(metres / 90_000) * 0.4 + np.sin(metres / 900) * 0.002,
        "lng_deg": 7.0 + np.cos(metres / 70_000) * 0.5 + np.cos(metres / 700) * 0.002,
        "altitude_m": 1500 + np.sin(metres / 8000) * 900,
        "heart_rate_bpm": np.rint(120 + np.sin(seconds / 9000) * 20 + rng.normal(0, 2, seconds.size)),
        "cadence_spm": np.rint(140 + rng.normal(0, 8, seconds.size)),
    }
    with open_database(load(home=home)) as connection, write_transaction(connection):
        activity = activities.read(connection, activity_id)
        source = SourceRecord("file", "fit", "long.fit", Totals())
        whole = BuiltActivity(activity, source, "Run", streams=pack(Streams(seconds, channels).quantized()))  # type: ignore[arg-type]
        connection.execute("DELETE FROM activity_stream WHERE activity_id = ?", (activity_id,))
        activities.put_parts(connection, activity_id, whole)
        update_rankings(connection)


def html_ms(url: str) -> float:
    """The median of whole answers."""
    opener = build_opener(ProxyHandler({}))
    times = []
    for _ in range(30):
        begun = time.perf_counter()
        with opener.open(url) as answer:
            answer.read()
        times.append(time.perf_counter() - begun)
    return statistics.median(times) * 1000


def drawn_ms(context: BrowserContext, url: str, path: str, drawn: str) -> float:
    """From the navigation to the frame after the charts were drawn."""
    page = context.new_page()
    page.goto(url + path, wait_until="commit")
    took: float = page.evaluate(_DRAWN, [path, drawn])
    page.close()
    return took


def measure(browser: Browser, url: str, path: str, drawn: str) -> None:
    """Print the medians of one page."""
    cold, warm = [], []
    for _ in range(_ROUNDS):
        context = browser.new_context(viewport={"width": 1440, "height": 900})
        cold.append(drawn_ms(context, url, path, drawn))
        warm.append(drawn_ms(context, url, path, drawn))
        context.close()
    print(
        f"{path}: charts {statistics.median(cold):.0f} ms cold (promised: {PROMISED_COLD_MS}),"
        f" {statistics.median(warm):.0f} ms warm (promised: {PROMISED_WARM_MS});"
        f" HTML {html_ms(url + path):.0f} ms (promised: {PROMISED_HTML_MS})"
    )


def main() -> None:
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    if chromium is None:
        sys.exit("there is no Chromium on this machine")
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        home = Path(folder)
        fill(home)
        record_an_hour(home, HOUR)
        record_hundred_hours(home, HUNDRED_HOURS)
        draw_nothing(home)
        with served(home) as (url, _):
            browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
            for path, drawn in PAGES.items():
                measure(browser, url, path, drawn)
            page = browser.new_page()
            page.add_init_script(_WATCH_TASKS)
            begun = time.perf_counter()
            page.goto(f"{url}/activities/{HUNDRED_HOURS}")
            page.locator("#track[data-drawn]").wait_for()
            took = (time.perf_counter() - begun) * 1000
            task, frame = page.evaluate("window.longestTask"), page.evaluate(_LONGEST_FRAME)
            print(
                f"100 h, 360,000 samples: drawn after {took:.0f} ms, longest task {task:.0f} ms,"
                f" longest frame while the cursor moves {frame:.0f} ms"
            )
            browser.close()


if __name__ == "__main__":
    main()
