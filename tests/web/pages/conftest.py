"""Pages as a browser shows them: Debian's Chromium in front of a real server, a filled home, and what no page may do.

A page opened with ``visit`` fails its test for any error on the console, any answer that is an error, and any request
to another origin; ``check`` adds what axe-core finds, and a page that is wider than its window.
"""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import httpx
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from runcoach.config import Config, load
from runcoach.domain.activity import Activity
from runcoach.ingest.writer import update_rankings
from runcoach.sandbox.server import Sandbox
from runcoach.sandbox.strava.api import Limits
from runcoach.sandbox.synthetic.athlete import SyntheticAthlete
from runcoach.services.auth.web_login import WebLoginOptions, WebLogins
from runcoach.services.sync.sync import sync
from runcoach.services.sync.sync_types import SyncOptions
from runcoach.store import activities
from runcoach.store.sqlite.connection import write_transaction
from runcoach.store.sqlite.database import open_database

#: A browser waits this long at most, in milliseconds; only a fault ever takes so long.
PATIENCE_MS = 15_000

WINDOWS = {"phone": {"width": 390, "height": 844}, "desktop": {"width": 1440, "height": 900}}

#: What a title must never be able to do; it is that of the newest run of the filled home.
HOSTILE = "<img src=x onerror=alert(1)><script>alert(2)</script>\"'{{7*7}}</td></title>\u202egnp"

#: The classes of the shapes that are filled with black, which is no colour of the dashboard: it is what SVG shapes have
#: without a rule. Those of a class with the number of a loop are easily taken for unused.
BLACK = """
() => [...new Set([...document.querySelectorAll("main svg :is(rect, circle, path, polygon)")]
  .filter((shape) => getComputedStyle(shape).fill === "rgb(0, 0, 0)" && getComputedStyle(shape).opacity !== "0"
    && getComputedStyle(shape).fillOpacity !== "0" && shape.getClientRects().length)
  .map((shape) => `${shape.closest("svg").getAttribute("class")} > ${shape.getAttribute("class")}`))]
"""

_UNLIMITED = Limits(read_quarter=10**6, read_day=10**6, quarter=10**6, day=10**6)


@dataclass
class Visited:
    """A page that is watched: everything it does that no page may do is in ``problems``."""

    page: Page
    origin: str
    problems: list[str] = field(default_factory=list)
    also: tuple[str, ...] = ()
    is_error_page: bool = False

    def __post_init__(self) -> None:
        self.page.set_default_timeout(PATIENCE_MS)
        self.page.on("console", self._heard)
        self.page.on("pageerror", lambda error: self.problems.append(f"script: {error}"))
        self.page.on("request", self._asked)
        self.page.on("dialog", lambda dialog: self.problems.append(f"dialog: {dialog.message}"))

    def _heard(self, message: Any) -> None:
        if message.type in {"error", "warning"} and not self.is_error_page:
            self.problems.append(f"console: {message.text}")

    def _asked(self, request: Any) -> None:
        if not request.url.startswith((f"{self.origin}/", "data:", "blob:", *self.also)):
            self.problems.append(f"another origin: {request.url}")

    def go(self, path: str) -> Visited:
        """Follow a link of the same server, until the page and its scripts are there."""
        response = self.page.goto(self.origin + path)
        assert response is not None
        assert self.is_error_page or response.status < 400, (path, response.status)
        return self

    def check(self) -> None:
        """Nothing found by axe-core, nothing wider than the window, no shape without a colour, no problem so far."""
        found = Axe().run(self.page).response["violations"]
        findings = [f"{one['id']}: {one['help']}: {[node['html'][:200] for node in one['nodes'][:3]]}" for one in found]
        assert findings == []
        assert self.page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, "wider than the window"
        assert self.page.evaluate(BLACK) == [], "no rule gives these shapes a colour"
        assert self.problems == []

    def text(self) -> str:
        """What can be read on it."""
        return self.page.inner_text("main")


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """Debian's Chromium; a machine without one skips what needs it, CI has one.

    Its headless shell is the same without windows and their toolbars, which take most of the time of a page.
    """
    names = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
    program = next(filter(None, map(shutil.which, names)), None)
    if program is None:
        if os.environ.get("CI"):
            pytest.fail("CI has no Chromium")
        pytest.skip("there is no Chromium on this machine")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def visit(chromium: Browser) -> Iterator[Callable[..., Visited]]:
    """Opens a page of a server: ``visit(origin, "/", window="phone", scheme="dark")``; see :class:`Visited`.

    ``also`` are addresses beside the server's own that it may ask, ``script`` False is a browser without scripts.
    """
    opened: list[tuple[BrowserContext, Visited]] = []

    def start(
        origin: str,
        path: str,
        *,
        window: str = "desktop",
        scheme: Any = "light",
        script: bool = True,
        also: tuple[str, ...] = (),
        is_error_page: bool = False,
    ) -> Visited:
        context = chromium.new_context(
            viewport=WINDOWS[window],  # type: ignore[arg-type]
            color_scheme=scheme,
            java_script_enabled=script,
            reduced_motion="reduce",
        )
        visited = Visited(context.new_page(), origin, also=also, is_error_page=is_error_page)
        opened.append((context, visited))
        return visited.go(path)

    yield start
    # What a page was still loading when it was closed is no fault of its own.
    problems = [problem for _, visited in opened for problem in visited.problems]
    for context, _ in opened:
        context.close()
    assert problems == []


def config_of(sandbox: Sandbox, home: Path) -> Config:
    """The configuration of a home that is pointed at a sandbox."""
    found = load(home=home)
    settings = replace(
        found.settings,
        strava_oauth_url=sandbox.oauth_url,
        strava_api_url=sandbox.api_url,
        token_store="file",
    )
    return replace(found, settings=settings)


def connect(config: Config, sandbox: Sandbox) -> None:
    """Log in as the sandbox's runner, who agrees at once."""
    logins = WebLogins(config)
    wishes = WebLoginOptions(str(sandbox.client_id), sandbox.client_secret, "file")
    asked = logins.begin(wishes, "http://127.0.0.1:1/connection/callback")
    answer = httpx.get(asked, trust_env=False, verify=False, timeout=30)
    assert answer.status_code == 302, answer.text
    logins.finish(answer.headers["location"])


@contextmanager
def made_up(home: Path, count: int) -> Iterator[tuple[Config, Sandbox]]:
    """A home that is connected to a sandbox with so many activities, none of them fetched yet."""
    with Sandbox(athlete=SyntheticAthlete(n_activities=count), auto_consent=True, limits=_UNLIMITED) as sandbox:
        config = config_of(sandbox, home)
        connect(config, sandbox)
        yield config, sandbox


@pytest.fixture(scope="session")
def filled_home(tmp_path_factory: pytest.TempPathFactory) -> Config:
    """A connected home of two or three months of runs that no test changes; its newest run has a hostile title."""
    with made_up(tmp_path_factory.mktemp("pages") / "home", 36) as (config, _):
        sync(config, SyncOptions())
        with open_database(config) as connection, write_transaction(connection):
            row = Activity(
                HOSTILE,
                "Run",
                int(time.time()) - 3600,
                0,
                distance_m=7000.0,
                moving_time_sec=2400,
                description=HOSTILE,
                strava_id=9_000_000_001,
            )
            activities.insert(connection, asdict(row))
            update_rankings(connection)
        return config


@pytest.fixture
def command(runcoach: Any, filled_home: Config) -> Callable[..., Any]:
    """The JSON that a command prints about the filled home."""
    home = ("--home", str(filled_home.paths.data.parent))
    return lambda *words: runcoach(*home, *words, "--json").json


@pytest.fixture(scope="session")
def site(filled_home: Config, serve: Callable[..., Any]) -> Iterator[str]:
    """The address of a server in front of the filled home."""
    with serve(filled_home) as up:
        yield up.url


@pytest.fixture(scope="session")
def bare_site(tmp_path_factory: pytest.TempPathFactory, serve: Callable[..., Any]) -> Iterator[str]:
    """The address of a server in front of nothing."""
    with serve(load(home=tmp_path_factory.mktemp("bare") / "home")) as up:
        yield up.url


@pytest.fixture
def connected(tmp_path: Path) -> Iterator[tuple[Config, Sandbox]]:
    """A home of the test's own, logged in to a sandbox that goes on running, with nothing fetched yet."""
    with ExitStack() as stack:
        yield stack.enter_context(made_up(tmp_path / "own", 6))


@pytest.fixture(scope="session")
def hostile() -> str:
    """The title that must stay a title."""
    return HOSTILE
