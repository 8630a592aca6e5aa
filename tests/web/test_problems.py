"""Every refusal is a problem (RFC 9457): unknown routes and methods, absurd parameters, broken and huge bodies."""

from __future__ import annotations

import http.client
import json
import sqlite3
from contextlib import closing
from typing import Any
from urllib.parse import urlsplit

import pytest

from runcoach.config import load


def is_problem(answer: Any, status: int) -> dict[str, Any]:
    """The problem that an answer is."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["cache-control"] == "no-store"
    told: dict[str, Any] = answer.json()
    assert {"type", "title", "status", "detail", "hint"} <= set(told)
    assert told["status"] == status
    assert told["type"].startswith("urn:runcoach:problem:")
    assert "Traceback" not in answer.text
    assert "/src/" not in answer.text
    return told


@pytest.mark.parametrize(
    "path", ["/nowhere", "/activities/1/shoes", "/activities/", "/../../etc/passwd", "/%00", "/%ff"]
)
def test_an_unknown_path_is_a_404_problem(served: Any, path: str) -> None:
    is_problem(served.get(path), 404)


@pytest.mark.parametrize(
    "path", ["/static/../app.py", "/static/%2e%2e/app.py", "/static/..%2fapp.py", "/static//etc/passwd"]
)
def test_static_paths_stay_inside_the_folder(served: Any, path: str) -> None:
    connection = http.client.HTTPConnection(urlsplit(served.url).netloc, timeout=10)
    with closing(connection):
        connection.request("GET", path)  # as it stands: a client library would tidy it up
        answer = connection.getresponse()
        assert answer.status == 404
        assert b"FastAPI" not in answer.read()


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/activities/999999", 404),
        ("/activities/strava:1", 404),
        ("/activities/999999999999999999", 404),
        ("/activities/9999999999999999999999", 422),
        ("/activities/one", 422),
        ("/activities/-1", 422),
        ("/activities/1e3", 422),
        ("/activities/²", 422),
        ("/activities/1%00", 422),
        ("/activities?limit=1000000000", 422),
        ("/activities?limit=0", 422),
        ("/activities?limit=-5", 422),
        ("/activities?limit=NaN", 422),
        ("/activities?limit=1.5", 422),
        ("/activities?limit=", 422),
        ("/activities?sort=shoes", 422),
        ("/activities?since=yesterday", 422),
        ("/activities?since=2026-02-30", 400),
        ("/activities?minDistance=-5k", 400),
        ("/activities?minDistance=infinity", 400),
        ("/activities?colour=red", 422),
        (f"/activities?text={'x' * 500}", 422),
        ("/activities?cursor=../..", 422),
        ("/activities/1/streams?max_points=1", 422),
        ("/activities/1/streams?max_points=1e9", 422),
        ("/activities/1/streams?channels=raw", 400),
        ("/activities/1/map?max_points=-1", 422),
        ("/activities/1/thumbnail?size=257", 422),
        ("/activities/1/thumbnail?size=big", 422),
        ("/activities/1/splits?unit=furlong", 422),
        ("/activities/1?what=all", 422),
        ("/best?window=0d", 422),
        ("/best?window=7parsecs", 422),
        ("/best?distance=nowhere", 400),
        ("/best?top=0", 422),
        ("/best?asOf=0000-00-00", 400),
        ("/best/progression", 422),
        ("/best/progression?distance=3000", 400),
        ("/totals?by=day", 422),
        ("/jobs?status=lost", 422),
        ("/audit?activity=999999", 404),
        ("/audit?entity=shoe", 422),
        ("/status?verbose=1", 422),
    ],
)
def test_invalid_parameters_are_400_or_422(served: Any, path: str, status: int) -> None:
    is_problem(served.get(path), status)


@pytest.mark.parametrize(("method", "path"), [("DELETE", "/activities/1"), ("PUT", "/status"), ("POST", "/best")])
def test_an_unsupported_method_is_a_405_problem(served: Any, method: str, path: str) -> None:
    answer = served.client.request(method, f"{served.api}{path}", headers=served.change)
    is_problem(answer, 405)
    assert "GET" in answer.headers["allow"]


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        (b"{not json", "application/json", 400),
        (b"", "application/json", 422),
        (b"[]", "application/json", 422),
        (b'"text"', "application/json", 422),
        (b"\xff\xfe\x00", "application/json", 400),
        (b"[" * 100_000, "application/json", 400),
        (b'{"activity": "2", "distance": "5k", "more": 1}', "application/json", 422),
        (b'{"activity": 2, "distance": "5k"}', "application/json", 422),
        (b'{"activity": "2", "distance": "5k", "reason": "\\ud83d"}', "application/json", 422),
        (b'{"activity": "2", "distance": "5 parsecs"}', "application/json", 400),
        (b'{"activity": "2", "distance": "50k"}', "application/json", 404),
        (b'{"activity": "999", "distance": "5k"}', "application/json", 404),
        (b'{"activity": "2", "distance": "5k"}', "text/plain", 422),
        (b"activity=2&distance=5k", "application/x-www-form-urlencoded", 422),
    ],
)
def test_invalid_bodies_are_422(served: Any, body: bytes, kind: str, status: int) -> None:
    headers = {"Content-Type": kind, **served.change}
    is_problem(served.client.post(f"{served.api}/efforts/ignore", content=body, headers=headers), status)


def test_ten_megabytes_are_refused_with_or_without_content_length(served: Any) -> None:
    headers = {"Content-Type": "application/json", **served.change}
    huge = b" " * 10_000_000
    for body in (huge, (huge[i : i + 65_536] for i in range(0, len(huge), 65_536))):
        is_problem(served.client.post(f"{served.api}/efforts/ignore", content=body, headers=headers), 413)
    assert served.data("/status")["counts"]["activities"] == 63  # and it goes on


def test_a_body_declared_too_large_is_refused_before_it_arrives(served: Any) -> None:
    with closing(http.client.HTTPConnection(urlsplit(served.url).netloc, timeout=10)) as connection:
        connection.putrequest("POST", "/api/v1/efforts/ignore")
        for name, value in {**served.change, "Content-Length": "10000000"}.items():
            connection.putheader(name, value)
        connection.endheaders()
        assert connection.getresponse().status == 413


@pytest.mark.slow
def test_a_damaged_database_is_a_503_problem(serve: Any, tmp_path: Any) -> None:
    config = load(home=tmp_path / "damaged")
    config.database.parent.mkdir(parents=True)
    config.database.write_bytes(b"this is no database, whatever its name says" * 100)
    with serve(config) as up:
        for _ in range(2):
            told = is_problem(up.get("/activities"), 503)
            assert "damaged" in told["detail"]


@pytest.mark.slow
def test_an_unexpected_error_is_a_500_without_details(
    serve: Any, filled: Any, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    from runcoach.services.queries import activities

    def breaks(*_: Any, **__: Any) -> None:
        raise RuntimeError("the secret is 42")

    monkeypatch.setattr(activities, "laps", breaks)
    with serve(filled) as up:
        told = is_problem(up.get("/activities/1/laps"), 500)
        assert up.get("/activities/1").status_code == 200
    assert "42" not in json.dumps(told)
    said = capfd.readouterr().err
    assert said == "runcoach: a request failed: RuntimeError\n"


@pytest.mark.slow
def test_a_lone_surrogate_is_escaped_in_json(changing: Any, tmp_path: Any) -> None:
    with closing(sqlite3.connect(tmp_path / "home" / "data" / "default.db")) as connection, connection:
        connection.execute(
            "INSERT INTO audit (entity, entity_id, action, message, meta, created_at)"
            " VALUES ('admin', 0, 'create', 'odd', '{\"title\": \"\\ud83d\"}', 0)"
        )
    answer = changing.get("/audit?limit=1")
    assert answer.status_code == 200
    assert b'"\\ud83d"' in answer.content
    assert answer.json()["data"][0]["meta"]["title"] == "\ud83d"


@pytest.mark.slow
def test_hostile_titles_are_text(changing: Any, tmp_path: Any) -> None:
    title = '</script><script>alert(1)</script>\u202e\x1b[31m\ud83d\ude00"\\'
    title = title.encode("utf-16", "surrogatepass").decode("utf-16")
    with closing(sqlite3.connect(tmp_path / "home" / "data" / "default.db")) as connection, connection:
        connection.execute("UPDATE activity SET name = ? WHERE id = 1", (title,))
    answer = changing.get("/activities/1")
    assert answer.json()["data"]["name"] == title
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["x-content-type-options"] == "nosniff"
