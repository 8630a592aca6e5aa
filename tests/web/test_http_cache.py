"""How long answers may be kept: the table of ages, tags of the content alone, 304, packing, HEAD."""

from __future__ import annotations

import gzip
import re
import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from runcoach.web.http_cache import accepts_gzip
from runcoach.web.security import allow

DETAIL = "max-age=3600, stale-while-revalidate=86400"
LIST = "max-age=300, stale-while-revalidate=1800"
THUMBNAIL = "max-age=86400, stale-while-revalidate=604800"

#: Route → what its Cache-Control says after public or private; None: it is not kept.
KEPT = {
    "/activities": LIST,
    "/totals": LIST,
    "/activities/1": DETAIL,
    "/activities/1/splits": DETAIL,
    "/activities/1/laps": DETAIL,
    "/activities/1/streams": DETAIL,
    "/activities/1/map": DETAIL,
    "/activities/1/thumbnail": THUMBNAIL,
    "/activities/1/efforts": None,
    "/best": None,
    "/best/progression?distance=5k": None,
    "/status": None,
    "/jobs": None,
    "/audit": None,
    "/token": None,
}

DIGEST = b"\x07" * 32


@pytest.mark.parametrize("path", KEPT)
def test_cache_ages_are_those_of_the_specification(served: Any, path: str) -> None:
    age = KEPT[path]
    answer = served.get(path)
    assert answer.headers["cache-control"] == ("no-store" if age is None else f"public, {age}")
    assert ("etag" in answer.headers) == (age is not None)


@pytest.mark.slow
def test_responses_are_private_with_a_server_token(serve: Any, filled: Any) -> None:
    access = allow((), DIGEST)
    with serve(filled, access) as up:
        up.client.cookies.set("runcoach_session", access.new_session())
        for path, age in KEPT.items():
            answer = up.get(path)
            assert answer.status_code == 200
            assert answer.headers["cache-control"] == ("no-store" if age is None else f"private, {age}")
            assert answer.headers["vary"].startswith("Authorization, Cookie")


@pytest.mark.slow
def test_pages_are_revalidated(served: Any) -> None:
    for path in ("/", "/api/v1/docs", "/api/v1/openapi.json"):
        assert served.client.get(f"{served.url}{path}").headers["cache-control"] == "no-cache"


def test_static_files_are_cached_if_the_path_has_their_version(served: Any) -> None:
    style = f"{served.url}/static/plain.css"
    assert served.client.get(style).headers["cache-control"] == "no-cache"
    assert "immutable" in served.client.get(f"{style}?v=1").headers["cache-control"]


@pytest.mark.parametrize("path", [path for path, age in KEPT.items() if age is not None])
def test_a_matching_etag_is_304_without_a_body(served: Any, path: str) -> None:
    first = served.get(path)
    tag = first.headers["etag"]
    assert tag.startswith('"')  # strong
    for told in (tag, f"W/{tag}", f'"other", {tag}', "*", f'"a,b",{tag}'):
        again = served.get(path, headers={"If-None-Match": told})
        assert (again.status_code, again.content) == (304, b""), told
        assert again.headers["etag"] == tag
        assert again.headers["cache-control"] == first.headers["cache-control"]
    assert served.get(path, headers={"If-None-Match": '"other"'}).content == first.content


@pytest.mark.slow
def test_etags_depend_on_the_content_only(serve: Any, served: Any, filled: Any) -> None:
    with serve(filled) as another:
        for path in ("/activities?limit=3", "/activities/1", "/activities/1/map"):
            assert served.get(path).headers["etag"] == another.get(path).headers["etag"]
    assert served.get("/activities/1").headers["etag"] != served.get("/activities/2").headers["etag"]
    assert served.get("/activities/1?v=1").headers["etag"] == served.get("/activities/1?v=2").headers["etag"]


@pytest.mark.slow
def test_the_page_links_to_json_that_a_change_of_another_run_makes_anew(changing: Any, tmp_path: Path) -> None:
    def link() -> str:
        found = re.search(
            r'href="(/api/v1/activities/3\?v=\w+)"', changing.client.get(f"{changing.url}/activities/3").text
        )
        assert found is not None
        return found[1]

    before = link()
    assert link() == before
    assert changing.client.get(f"{changing.url}{before}").json()["data"]["spike"] == "none"
    with closing(sqlite3.connect(tmp_path / "home" / "data" / "default.db")) as connection, connection:
        connection.execute("UPDATE activity SET distance_m = 2000 WHERE id = 2")
    assert link() != before
    assert changing.client.get(f"{changing.url}{link()}").json()["data"]["spike"] == "30"


@pytest.mark.slow
@pytest.mark.parametrize("path", ["/", "/activities", "/activities/1"])
def test_pages_link_to_other_thumbnails_when_more_is_hidden(serve: Any, filled: Any, path: str) -> None:
    def addresses(hidden_m: int) -> set[str]:
        config = replace(filled, settings=replace(filled.settings, thumbnail_hidden_m=hidden_m))
        with serve(config) as up:
            page = up.client.get(up.url + path)
        assert page.status_code == 200
        return set(re.findall(r'src="(/api/v1/activities/\d+/thumbnail[^"]*)"', page.text))

    usual, more = addresses(200), addresses(500)
    assert usual
    assert len(more) == len(usual)
    assert usual.isdisjoint(more)


def test_a_changed_activity_changes_the_etag(changing: Any, tmp_path: Path) -> None:
    before = changing.get("/activities/1").headers["etag"]
    with closing(sqlite3.connect(tmp_path / "home" / "data" / "default.db")) as connection, connection:
        connection.execute("UPDATE activity SET name = 'Another' WHERE id = 1")
    answer = changing.get("/activities/1", headers={"If-None-Match": before})
    assert answer.status_code == 200
    assert answer.json()["data"]["name"] == "Another"


def test_large_responses_are_compressed_with_their_own_etag(served: Any) -> None:
    plain = served.get("/activities/1/streams", headers={"Accept-Encoding": "identity"})
    with served.client.stream(
        "GET", f"{served.api}/activities/1/streams", headers={"Accept-Encoding": "gzip"}
    ) as answer:
        packed = b"".join(answer.iter_raw())
    assert "content-encoding" not in plain.headers
    assert answer.headers["content-encoding"] == "gzip"
    assert gzip.decompress(packed) == plain.content
    assert packed[4:8] == bytes(4)  # no time of day in it: the same content is the same bytes
    assert len(packed) < len(plain.content) / 2
    assert answer.headers["etag"] != plain.headers["etag"]
    assert "Accept-Encoding" in plain.headers["vary"]
    assert "Accept-Encoding" in answer.headers["vary"]


def test_small_and_compressed_responses_are_not_compressed(served: Any) -> None:
    for path in ("/token", "/activities/10/laps", "/activities/1/thumbnail"):
        answer = served.get(path, headers={"Accept-Encoding": "gzip"})
        assert "content-encoding" not in answer.headers
        assert "vary" not in answer.headers


@pytest.mark.parametrize(
    ("accepted", "takes"),
    [
        ("gzip", True),
        ("deflate, GZIP;q=0.5", True),
        ("gzip;q=0", False),
        ("*", True),
        ("*;q=0", False),
        ("gzip;q=x", False),
        ("br", False),
        ("", False),
    ],
)
def test_gzip_follows_accept_encoding(accepted: str, takes: bool) -> None:
    assert accepts_gzip(accepted) is takes


@pytest.mark.parametrize("path", [*KEPT, "/activities/999", "/nowhere"])
def test_head_is_get_without_its_body(served: Any, path: str) -> None:
    full = served.get(path)
    head = served.client.head(f"{served.api}{path}")
    assert head.status_code == full.status_code
    assert head.content == b""
    same = ("content-type", "content-length", "etag", "cache-control", "vary")
    assert {name: head.headers.get(name) for name in same} == {name: full.headers.get(name) for name in same}
