"""No route tells what only the file may know: Strava's own answer, the bytes of images, handles, tokens."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from typing import Any

from runcoach.services import thumbnails

#: Parameters for the placeholders of a path, and what a route cannot do without.
FILLED_IN = {"{reference}": "10"}
WITH_POSITIONS = {"/api/v1/routes/{reference}": "1"}
NEEDED = {"/api/v1/best/progression": {"distance": "5000"}}


def names(value: Any) -> Iterator[str]:
    """Every key of a JSON value."""
    if isinstance(value, dict):
        for name, inner in value.items():
            yield name
            yield from names(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from names(inner)


def test_no_route_shows_the_large_fields_or_a_handle(served: Any, filled: Any) -> None:
    picture = thumbnails.thumbnail(filled, "1")
    routes = served.get("/openapi.json").json()["paths"]
    assert len(routes) >= 15
    read = 0
    for path, methods in routes.items():
        if "get" not in methods:
            continue
        address = path.replace("{reference}", WITH_POSITIONS.get(path, FILLED_IN["{reference}"]))
        answer = served.client.get(f"{served.url}{address}", params=NEEDED.get(path))
        assert answer.status_code == 200, (path, answer.text)
        assert b"what-only-the-file-may-know" not in answer.content
        if not path.endswith("/thumbnail"):
            found = set(names(answer.json()))
            assert not found & {"raw", "thumbPng", "thumb_png", "accessToken", "refreshToken", "handle", "secretHandle"}
            assert base64.b64encode(picture.png[:60]).decode()[:40] not in answer.text
            read += 1
    assert read >= 12


def test_the_schemas_have_no_large_or_secret_fields(served: Any) -> None:
    described = served.get("/openapi.json").json()["components"]["schemas"]
    assert not {"raw", "thumbPng"} & {name for shape in described.values() for name in shape.get("properties", {})}
