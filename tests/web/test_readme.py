"""The API page: its curl lines run against a real server, its table has every route."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest

PAGE = (Path(__file__).parents[2] / ".github" / "API.md").read_text(encoding="utf-8")

#: The address of the server in the page.
AT = "http://127.0.0.1:8765"


def typed() -> list[str]:
    """The lines of the page's shell blocks, without the one that starts the server."""
    blocks = re.findall(r"^```sh\n(.*?)^```", PAGE, flags=re.MULTILINE | re.DOTALL)
    return [line for block in blocks for line in block.splitlines() if not line.startswith("runcoach serve")]


def shell(lines: list[str], folder: Path) -> str:
    """The output of some lines."""
    script = "\n".join(lines)
    return subprocess.run(["sh", "-ec", script], check=True, cwd=folder, capture_output=True, text=True).stdout


@pytest.mark.slow
def test_every_curl_line_of_the_api_page_works(changing: Any, tmp_path: Path) -> None:
    lines = [line.replace(AT, changing.url) for line in typed()]
    settings = [line for line in lines if not line.startswith("curl")]
    calls = [line for line in lines if line.startswith("curl")]
    assert len(settings) == 3
    assert len(calls) >= 9
    for call in calls:
        printed = shell([*settings, call], tmp_path)
        if "-o run.png" in call:
            assert (tmp_path / "run.png").read_bytes().startswith(b"\x89PNG")
        elif "-sI" in call:
            assert "HTTP/1.1 200 OK" in printed
            assert "etag: " in printed
        elif "/sync" in call:
            assert json.loads(printed)["status"] == 409  # accepted; this server has no worker
        else:
            assert "data" in json.loads(printed), call
    assert [event["message"].split(" ")[0] for event in changing.data("/audit?limit=2")] == ["effort", "effort"]


@pytest.mark.slow
def test_every_route_is_in_the_table(served: Any) -> None:
    table = PAGE.split("| below `/api/v1` |", 1)[1].split("\n\n", 1)[0]
    for path in served.get("/openapi.json").json()["paths"]:
        if path != "/api/v1/token":
            ending = path.removeprefix("/api/v1").replace("{reference}", "{id}")
            short = "/" + ending.rsplit("/", 1)[1]
            assert any(f"`{told}`" in table for told in (ending, short, f"POST {ending}")), path


@pytest.mark.parametrize("age", ["86400, stale-while-revalidate=604800", "3600, stale-while-revalidate=86400"])
def test_the_cache_ages_are_in_the_table(age: str) -> None:
    assert f"`public, max-age={age}`" in PAGE
