"""Pages as the server sends them, without a browser: figures in the right units, who may see what, honest refusals."""

from __future__ import annotations

import hashlib
import html
import json
import re
import sqlite3
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from runcoach.config import Config, load
from runcoach.domain.activity import Effort, Quality, SourceRecord
from runcoach.domain.activity_fields import SOURCE_TITLES, STRAVA_FIRST
from runcoach.domain.recording import Totals
from runcoach.services.edits import ActivityEdit, edit
from runcoach.store import activity_sources
from runcoach.store.sqlite.connection import write_transaction
from runcoach.store.sqlite.database import open_database
from runcoach.web.security import allow

Serve = Callable[..., Any]

PAGES = ("/", "/activities", "/activities/1", "/bests", "/connection", "/nowhere")

READS_HTML = {"Accept": "text/html"}


def get(up: Any, path: str, **headers: str) -> Any:
    return up.client.get(f"{up.url}{path}", headers={**READS_HTML, **headers})


@pytest.mark.slow
@pytest.mark.parametrize("path", PAGES)
def test_no_page_holds_a_script_a_style_or_an_address_of_elsewhere(
    filled_home: Config, serve: Serve, path: str
) -> None:
    with serve(filled_home) as up:
        answer = get(up, path)
    page = re.sub(r"&[#\w]+;", "", answer.text)
    assert re.findall(r"<script(?![^>]*\bsrc=)", page) == []
    assert re.findall(r"<[^>]*\s(?:style|on\w+)=", page) == []
    assert re.findall(r"""(?:src|action)=["'](?!/)[^"']*""", page) == []
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert "unsafe" not in answer.headers["content-security-policy"]


@pytest.mark.slow
def test_numbers_are_in_the_units_of_the_setting(filled_home: Config, serve: Serve) -> None:
    miles = replace(filled_home, settings=replace(filled_home.settings, units="imperial"))
    with serve(filled_home) as metric, serve(miles) as imperial:
        # The newest run is 7 km.
        assert "<strong>7.00</strong> km" in get(metric, "/").text
        page = get(imperial, "/").text
        assert "<strong>4.35</strong> mi" in page
        assert "</strong> km" not in page
        assert "Minimum mi" in get(imperial, "/activities").text


@pytest.mark.slow
def test_distance_filters_are_in_the_units_of_the_setting(filled_home: Config, serve: Serve) -> None:
    miles = replace(filled_home, settings=replace(filled_home.settings, units="imperial"))
    with serve(miles) as up:
        # 7 km are 4.35 miles.
        assert "4.35" in get(up, "/activities?min=4.3&max=4.4").text
        assert "4.35" not in get(up, "/activities?min=6.9&max=7.1").text


@pytest.mark.slow
def test_an_unchanged_page_is_304(filled_home: Config, serve: Serve) -> None:
    with serve(filled_home) as up:
        first = get(up, "/activities")
        again = get(up, "/activities", **{"If-None-Match": first.headers["etag"]})
        assert (first.headers["cache-control"], again.status_code, again.content) == ("no-cache", 304, b"")


@pytest.mark.slow
def test_scripts_and_styles_are_cached_under_one_version(filled_home: Config, serve: Serve) -> None:
    with serve(filled_home) as up:
        sources = re.findall(r'(?:src|href)="(/static/[^"]+)"', get(up, "/connection").text)
        folders = {source.rsplit("/", 1)[0] for source in sources}
        assert len(folders) == 1
        for path in [*sources, f"{folders.pop()}/frame.js"]:
            answer = get(up, path)
            assert (answer.status_code, "immutable" in answer.headers["cache-control"]) == (200, True)
        old = get(up, "/static/0123456789ab/frame.js")
        assert (old.status_code, old.headers["cache-control"]) == (200, "no-cache")


@pytest.mark.slow
def test_errors_are_html_for_browsers_and_problems_for_scripts(filled_home: Config, serve: Serve) -> None:
    with serve(filled_home) as up:
        page = get(up, "/nowhere")
        assert (page.status_code, "Page not found" in page.text) == (404, True)
        for path, headers in (("/nowhere", {}), ("/api/v1/nowhere", READS_HTML), ("/static/nowhere.js", READS_HTML)):
            problem = up.client.get(f"{up.url}{path}", headers=headers)
            assert problem.headers["content-type"] == "application/problem+json"
            assert problem.status_code == 404


@pytest.mark.slow
@pytest.mark.parametrize("path", ["/", "/activities", "/connection"])
def test_an_unreadable_database_is_a_page_with_a_hint(tmp_path: Path, serve: Serve, path: str) -> None:
    config = load(home=tmp_path / "broken")
    config.database.parent.mkdir(parents=True)
    config.database.write_bytes(b"this is no database, whatever its name says" * 100)
    with serve(config) as up:
        answer = get(up, path)
    assert answer.status_code == 503
    assert "cannot be read" in answer.text
    assert "To fix it" in answer.text


@pytest.mark.slow
def test_with_a_server_token_only_the_login_callback_is_open(filled_home: Config, serve: Serve) -> None:
    access = allow(("box.local",), hashlib.sha256(b"the token").digest())
    with serve(filled_home, access) as up:
        for path in ("/", "/activities", "/connection", "/connection/state", "/connection/import", "/nowhere"):
            answer = get(up, path)
            assert (answer.status_code, answer.headers["location"]) == (303, "/login"), path
        assert up.client.get(f"{up.url}/connection/state").status_code == 401
        # Strava sends the browser here, and with it comes no cookie.
        ended = get(up, "/connection/callback?state=guess&code=x")
        assert ended.status_code == 400
        assert access.form_token not in ended.text
        assert "Not connected" in ended.text
        known = {"Authorization": "Bearer the token"}
        page = get(up, "/", **known)
        assert (page.status_code, "Log out" in page.text) == (200, True)
        begun = up.client.post(f"{up.url}/connection/import", headers=known)
        assert begun.status_code == 200


@pytest.mark.slow
def test_a_login_returns_to_the_name_that_the_browser_knows(filled_home: Config, serve: Serve) -> None:
    with serve(filled_home) as up:
        name = up.url.replace("127.0.0.1", "localhost")
        for origin in (up.url, name):
            headers = {**up.change, "Origin": origin}
            begun = up.client.post(f"{origin}/connection/login", json={}, headers=headers)
            asked = begun.json()["data"]["location"]
            assert f"redirect_uri={origin.replace(':', '%3A').replace('/', '%2F')}%2Fconnection%2Fcallback" in asked


@pytest.mark.slow
def test_invalid_values_are_not_repeated_in_errors(filled_home: Config, serve: Serve) -> None:
    with serve(filled_home) as up:
        form = {"clientId": "123", "clientSecret": "a secret with spaces", "more": "x" * 50}
        for body in (form, {**form, "clientSecret": "s3cret" * 100}, {"clientId": "12", "clientSecret": "short1"}):
            answer = up.client.post(f"{up.url}/connection/login", json=body, headers=up.change)
            assert 400 <= answer.status_code < 500
            assert body["clientSecret"] not in answer.text


@pytest.mark.slow
@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/connection/jobs/retry", {"id": 2**63}),
        ("/connection/jobs/retry", {"id": -(2**63) - 1}),
        ("/connection/jobs/retry", {"id": 10**400}),
        ("/connection/import/undo", {"batch": 2**63}),
        ("/connection/import/undo", {"batch": 0}),
    ],
)
def test_numbers_that_no_row_can_have_are_refused(
    serve: Serve, filled_home: Any, path: str, body: dict[str, int]
) -> None:
    with serve(filled_home) as up:
        sent = json.dumps(body).encode()
        headers = {**up.change, "Content-Type": "application/json"}
        assert up.client.post(f"{up.url}{path}", content=sent, headers=headers).status_code == 422


@pytest.mark.slow
def test_a_page_names_every_kind_of_source(config: Config, whole: Any, keep: Any, serve: Serve) -> None:
    kinds = {kind for kind in STRAVA_FIRST if kind != "edit"}
    assert set(SOURCE_TITLES) == kinds
    with open_database(config) as connection, write_transaction(connection):
        for kind in sorted(kinds):
            activity_id = keep(connection, whole())
            source = SourceRecord(kind, "fit", "run.fit", Totals(distance_m=9000.0), notes=("2 samples repaired",))
            activity_sources.add(connection, activity_id, source, {}, None)
    with serve(config) as up:
        for activity_id, kind in enumerate(sorted(kinds), start=1):
            text = html.unescape(get(up, f"/activities/{activity_id}").text)
            assert f"<strong>{SOURCE_TITLES[kind]}</strong>" in text
            assert "Different in this source: 9.00 km" in text
            assert "2 samples repaired" in text


@pytest.mark.slow
def test_a_page_shows_edits_official_results_and_efforts_that_do_not_count(
    config: Config, connection: sqlite3.Connection, whole: Any, keep: Any, serve: Serve
) -> None:
    recorded = Effort(5000, 5000.0, 1250.0, 0.0, 1250.0)
    jump = Effort(1000, 1000.0, 60.0, 10.0, 70.0, Quality.SUSPECT, "GPS jump")
    clean = Effort(1000, 1000.0, 240.0, 100.0, 340.0)
    with write_transaction(connection):
        activity_id = keep(connection, whole(efforts=[recorded, jump, clean]))
        says = {"name": "Run", "sport_type": "Run", "start_time": 1_760_000_000, "utc_offset_s": 7200, "trainer": False}
        source = SourceRecord("file", "fit", "run.fit", Totals(distance_m=5100.0))
        activity_sources.add(connection, activity_id, source, {"says": says, "assumes": {}}, None)
    edit(config, str(activity_id), ActivityEdit(name="City run", official_time="21:05", official_distance="5k"))
    with serve(config) as up:
        text = html.unescape(get(up, f"/activities/{activity_id}").text)
        bests = get(up, "/bests").text
    assert "official</span> result entered by hand" in text
    assert "recorded; the official result counts" in text
    assert "not counted: GPS jump" in text
    assert "Edited by hand: name, official_distance_m, official_time_s" in text
    assert text.count("data-ignore") == 2  # the clean effort over 1 km, and the whole run
    assert text.count('data-distance="1000"') == 1
    assert "Official</span>" in bests
