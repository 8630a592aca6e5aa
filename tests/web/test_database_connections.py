"""How many database connections a request and a command open: one each, so that an answer shows one state."""

from __future__ import annotations

import sqlite3
from typing import Any

import pytest

PAGES = (
    "/",
    "/activities",
    "/activities/rows",
    "/activities/1",
    "/activities/999999",
    "/bests",
    "/connection",
    "/connection/state",
)

ROUTES = (
    "/activities",
    "/activities/1",
    "/activities/1/splits",
    "/activities/1/splits?unit=mi",
    "/activities/1/laps",
    "/activities/1/efforts",
    "/activities/1/streams",
    "/activities/1/map",
    "/best",
    "/best/progression?distance=5k",
    "/totals",
    "/jobs",
    "/audit",
    "/audit?activity=1",
    "/status",
)

COMMANDS = (
    ("activities",),
    ("activities", "--text", "nothing like it"),
    ("show", "1"),
    ("splits", "1"),
    ("best",),
    ("best", "--distance", "3000"),
    ("totals",),
    ("compare", "--until", "2000"),
    ("status",),
    ("audit",),
    ("audit", "1"),
    ("jobs",),
    ("imports",),
)


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The databases that were opened, in order."""
    names: list[str] = []
    connect = sqlite3.connect

    def counted(database: Any, *arguments: Any, **options: Any) -> Any:
        names.append(str(database))
        return connect(database, *arguments, **options)

    monkeypatch.setattr(sqlite3, "connect", counted)
    return names


@pytest.mark.parametrize("path", PAGES)
def test_a_page_opens_the_database_once(served: Any, opened: list[str], path: str) -> None:
    assert served.client.get(served.url + path).status_code == (404 if "999999" in path else 200)
    assert len(opened) == 1


@pytest.mark.parametrize("path", ROUTES)
def test_a_route_of_the_api_opens_the_database_once(served: Any, opened: list[str], path: str) -> None:
    assert served.get(path).status_code == 200
    assert len(opened) == 1


@pytest.mark.parametrize("arguments", COMMANDS, ids=" ".join)
def test_a_command_opens_the_database_once(
    runcoach: Any, filled: Any, opened: list[str], monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...]
) -> None:
    monkeypatch.setenv("RUNCOACH_HOME", str(filled.paths.config.parent))
    assert runcoach(*arguments).code == 0
    assert len(opened) == 1


@pytest.mark.slow
def test_a_page_without_a_file_opens_no_database_on_the_disk(serve: Any, config: Any, opened: list[str]) -> None:
    with serve(config) as up:
        assert up.client.get(f"{up.url}/").status_code == 200
    assert opened == [":memory:"]
    assert not config.database.exists()
