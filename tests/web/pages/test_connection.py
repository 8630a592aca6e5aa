"""The connection page: a login through the server's own callback, what Strava says otherwise, the queue, one sync."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from runcoach.config import Config, load
from runcoach.sandbox.server import Sandbox
from runcoach.sandbox.synthetic.athlete import SyntheticAthlete
from runcoach.services.auth.store_choice import KeyringCheck
from runcoach.services.sync.worker import Worker
from runcoach.store import jobs
from runcoach.store.remote import credentials, sync_state
from runcoach.store.sqlite.connection import write_transaction
from runcoach.store.sqlite.database import open_database, open_reader

Visit = Callable[..., Any]
Serve = Callable[..., Any]


@pytest.fixture
def working(connected: tuple[Config, Sandbox], serve: Serve) -> Iterator[tuple[str, Config, Sandbox]]:
    """A server with a worker in front of a home of the test's own."""
    config, sandbox = connected
    worker = Worker(config)
    worker.start()
    try:
        with serve(config, worker=worker) as up:
            yield up.url, config, sandbox
    finally:
        worker.stop()


def degrade(config: Config) -> None:
    with open_database(config) as connection, write_transaction(connection):
        row = credentials.current(connection)
        assert row is not None
        credentials.degrade(connection, row["id"], "the test says so")


def test_a_refused_login_is_a_banner_on_every_page_and_fixed_by_reconnecting(
    working: tuple[str, Config, Sandbox], visit: Visit
) -> None:
    origin, config, sandbox = working
    degrade(config)
    for path in ("/", "/activities"):
        banner = visit(origin, path).page.locator(".frame-banner")
        assert "no longer accepts the login" in banner.inner_text()
        assert banner.get_by_role("link", name="Reconnect").get_attribute("href") == "/connection#strava"
    visited = visit(origin, "/", also=(sandbox.url,))
    page = visited.page
    page.get_by_role("link", name="Reconnect").click()
    visited.check()
    page.get_by_role("button", name="Reconnect").click()
    page.get_by_role("heading", name="Connected as").wait_for()
    visited.check()
    # The code that was in the address is not in the browser's history.
    assert page.url == f"{origin}/connection"
    page.get_by_role("link", name="Show my runs").click()
    page.get_by_text("Connected", exact=True).wait_for()
    assert page.locator(".frame-banner").count() == 0
    with open_reader(config) as connection:
        row = credentials.current(connection)
        assert row is not None
        assert row["status"] == "active"


def test_the_first_login_takes_the_application_and_never_shows_its_secret(
    sandbox_at: Callable[..., tuple[Config, Sandbox]], serve: Serve, visit: Visit
) -> None:
    config, sandbox = sandbox_at()
    with serve(config) as up:
        page = visit(up.url, "/connection", also=(sandbox.url,)).page
        page.get_by_label("Client ID").fill(str(sandbox.client_id))
        page.get_by_label("Client secret").fill(sandbox.client_secret)
        page.get_by_label("Store the login").select_option("file")
        page.get_by_role("button", name="Connect with Strava").click()
        page.get_by_role("heading", name="Connected as").wait_for()
        page.get_by_role("link", name="Show progress").click()
        page.get_by_text("Use another application").click()
        assert page.get_by_label("Client ID").input_value() == str(sandbox.client_id)
        assert page.get_by_label("Client secret").input_value() == ""
        assert sandbox.client_secret not in page.content()


def test_a_wrong_client_secret_is_shown_and_nothing_is_stored(
    sandbox_at: Callable[..., tuple[Config, Sandbox]], serve: Serve, visit: Visit
) -> None:
    config, sandbox = sandbox_at()
    with serve(config) as up:
        visited = visit(up.url, "/connection", also=(sandbox.url,), is_error_page=True)
        visited.page.get_by_label("Client ID").fill(str(sandbox.client_id))
        visited.page.get_by_label("Client secret").fill("0" * 40)
        visited.page.get_by_label("Store the login").select_option("file")
        visited.page.get_by_role("button", name="Connect with Strava").click()
        visited.page.get_by_role("heading", name="Not connected").wait_for()
        visited.check()
        assert "Nothing was stored" in visited.text()
        assert httpx.get(f"{up.url}/api/v1/status", trust_env=False, verify=False).json()["data"]["connection"] is None


@pytest.mark.slow
def test_a_login_callback_is_accepted_once_with_its_state(connected: tuple[Config, Sandbox], serve: Serve) -> None:
    config, _ = connected
    with serve(config) as up:
        begun = up.client.post(f"{up.url}/connection/login", json={}, headers=up.change)
        back = up.client.get(begun.json()["data"]["location"]).headers["location"]
        assert back.startswith(f"{up.url}/connection/callback?")
        stranger = up.client.get(back.replace("state=", "state=x"))
        assert (stranger.status_code, "pending login matches" in stranger.text) == (400, True)
        first, second = up.client.get(back), up.client.get(back)
        assert (first.status_code, first.headers["cache-control"]) == (200, "no-store")
        assert "Connected as" in first.text
        assert second.status_code == 400


@pytest.mark.slow
def test_a_login_needs_the_form_token(connected: tuple[Config, Sandbox], serve: Serve) -> None:
    config, _ = connected
    with serve(config) as up:
        for headers in ({}, {**up.change, "Origin": "https://elsewhere.example"}, {"X-Runcoach-Token": "guess"}):
            assert up.client.post(f"{up.url}/connection/login", json={}, headers=headers).status_code == 403


@pytest.mark.slow
def test_a_denied_consent_changes_nothing(connected: tuple[Config, Sandbox], serve: Serve) -> None:
    config, _ = connected
    with serve(config) as up:
        begun = up.client.post(f"{up.url}/connection/login", json={}, headers=up.change)
        state = httpx.URL(begun.json()["data"]["location"]).params["state"]
        answer = up.client.get(f"{up.url}/connection/callback", params={"state": state, "error": "access_denied"})
        assert "Access was denied" in answer.text
        assert "Connect” again" in answer.text
        assert up.data("/status")["connection"]["status"] == "active"


def test_a_paused_application_page_offers_the_archive(
    connected: tuple[Config, Sandbox], serve: Serve, visit: Visit
) -> None:
    config, _ = connected
    with open_database(config) as connection, write_transaction(connection):
        sync_state.put(connection, "api_inactive", "paused")
    with serve(config) as up:
        page = visit(up.url, "/activities").page
        assert "paused your API application" in page.locator(".frame-banner").inner_text()
        page.get_by_role("link", name="Show how to fix it").click()
        text = page.locator("#strava").inner_text()
        assert "Request Your Archive" in text
        assert "strava.com/settings/api" in text


def test_sync_now_fetches_runs_and_refreshes_the_page(working: tuple[str, Config, Sandbox], visit: Visit) -> None:
    origin, _, _ = working
    visited = visit(origin, "/connection")
    visited.page.get_by_role("button", name="Sync now").click()
    visited.page.get_by_text("Sync requested.").wait_for()
    visited.page.locator("#audit").get_by_text("fetched from Strava").first.wait_for()
    visited.check()
    assert "reads left" in visited.page.locator("#work").inner_text()


def test_failed_jobs_are_shown_with_their_error_and_retried(
    connected: tuple[Config, Sandbox], serve: Serve, visit: Visit
) -> None:
    config, _ = connected
    with open_database(config) as connection, write_transaction(connection):
        jobs.enqueue(connection, "fetch", {"stravaId": 77}, "sync")
        job = jobs.claim(connection, "fetch", 1e10)
        assert job is not None
        for _ in range(jobs.MAX_ATTEMPTS):
            jobs.failed(connection, job, "<b>Strava</b> was out of reach", 0.0, 0.0)
            job = connection.execute("SELECT * FROM job").fetchone()
    with serve(config) as up:
        visited = visit(up.url, "/connection", window="phone", scheme="dark")
        queue = visited.page.locator("#queue")
        assert "<b>Strava</b> was out of reach" in queue.inner_text()
        assert "1 fetch failed" in queue.inner_text()
        visited.check()
        queue.get_by_role("button", name="Retry", exact=True).click()
        visited.page.get_by_text("is queued again").wait_for()
        queue.get_by_text("queued", exact=False).first.wait_for()
        assert up.data("/jobs")[0]["status"] == "queued"


def test_the_backfill_estimate_is_shown(connected: tuple[Config, Sandbox], serve: Serve, visit: Visit) -> None:
    config, _ = connected
    with open_database(config) as connection, write_transaction(connection):
        for number in range(1200):
            jobs.enqueue(connection, "fetch", {"stravaId": 1000 + number, "startTime": 1_600_000_000}, "sync")
    with serve(config) as up:
        visited = visit(up.url, "/connection")
        text = visited.page.locator("#work").inner_text()
        assert "1,200 activities with 2,400 reads" in text
        assert "Finished by" in text
        visited.check()


@pytest.fixture
def sandbox_at(tmp_path: Any, request: pytest.FixtureRequest) -> Iterator[Callable[..., tuple[Config, Sandbox]]]:
    """Starts a sandbox for a home that knows nothing of it but its addresses."""
    from dataclasses import replace

    from runcoach.sandbox.synthetic.athlete import SyntheticAthlete

    running: list[Sandbox] = []

    def start() -> tuple[Config, Sandbox]:
        sandbox = Sandbox(athlete=SyntheticAthlete(n_activities=3), auto_consent=True)
        sandbox.start()
        running.append(sandbox)
        found = load(home=tmp_path / "fresh")
        settings = replace(found.settings, strava_oauth_url=sandbox.oauth_url, strava_api_url=sandbox.api_url)
        return replace(found, settings=settings), sandbox

    yield start
    for sandbox in running:
        sandbox.stop()


def test_garmin_is_connected_on_the_page_and_its_key_is_not_shown_again(
    home: Path, serve: Serve, visit: Visit, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(KeyringCheck, "works", lambda _: False)
    with Sandbox(athlete=SyntheticAthlete(n_activities=3)) as sandbox:
        monkeypatch.setenv("GARMIN_PERSONAL_API_BASE_URL", sandbox.garmin_url)
        config = load()
        worker = Worker(config)
        worker.start()
        try:
            with serve(config, worker=worker) as up:
                key = sandbox.garmin.account.key
                visited = visit(up.url, "/connection")
                page = visited.page
                garmin = page.locator("#source-garmin")
                garmin.get_by_text("Connect Garmin").click()
                garmin.get_by_label("Key", exact=True).fill(key)
                assert garmin.get_by_label("Store the key").input_value() == "file"  # there is nothing else
                assert garmin.get_by_label("Store the key").locator("option").count() == 1
                garmin.get_by_role("button", name="Connect", exact=True).click()
                garmin.get_by_text("Connected", exact=True).wait_for()
                garmin.get_by_text("3", exact=True).wait_for()
                visited.check()
                assert key not in page.content()
                assert not any(key.encode() in path.read_bytes() for path in home.rglob("*") if path.is_file())
                garmin.get_by_role("button", name="Disconnect").click()
                page.locator("#sure").get_by_role("button", name="Disconnect").click()
                garmin.get_by_text("Not connected").wait_for()
        finally:
            worker.stop()


@pytest.mark.slow
def test_a_keyring_that_works_is_preselected(config: Config, serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(KeyringCheck, "works", lambda _: True)
    with serve(config) as up:
        page = httpx.get(f"{up.url}/connection", trust_env=False, verify=False).text
    assert page.count('<option value="keyring" selected>') == 3  # Strava, Garmin, intervals.icu
    assert page.count('<option value="file">') == 3
    assert "D-Bus" not in page


def test_a_refused_key_is_shown_beside_the_form(
    home: Path, serve: Serve, visit: Visit, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Sandbox(athlete=SyntheticAthlete(n_activities=1)) as sandbox:
        monkeypatch.setenv("GARMIN_PERSONAL_API_BASE_URL", sandbox.garmin_url)
        with serve(load()) as up:
            visited = visit(up.url, "/connection", is_error_page=True)
            garmin = visited.page.locator("#source-garmin")
            garmin.get_by_text("Connect Garmin").click()
            garmin.get_by_label("Key", exact=True).fill("wrong-key-1234")
            garmin.get_by_label("Store the key").select_option("file")
            garmin.get_by_role("button", name="Connect", exact=True).click()
            garmin.get_by_text("does not accept this key").wait_for()
