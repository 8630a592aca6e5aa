"""Files that come through the page: chosen or dropped, several or an archive, told one by one, taken back."""

from __future__ import annotations

import base64
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from reading import read

from runcoach.config import Config, load
from runcoach.domain.filters import ActivityFilter
from runcoach.services.queries import activities
from runcoach.web.pages import uploads as uploads_page

Visit = Callable[..., Any]
Serve = Callable[..., Any]

#: Drops files on the page as a browser does, but for the hand that drags them.
DROP = """
(files) => {
  const transfer = new DataTransfer();
  for (const [name, content] of files) {
    const bytes = Uint8Array.from(atob(content), (letter) => letter.charCodeAt(0));
    transfer.items.add(new File([bytes], name));
  }
  for (const kind of ["dragenter", "dragover", "drop"]) {
    document.body.dispatchEvent(new DragEvent(kind, { dataTransfer: transfer, bubbles: true, cancelable: true }));
  }
}
"""


@pytest.fixture
def empty(tmp_path: Path, serve: Serve) -> Iterator[tuple[Any, Config]]:
    """A server in front of a home with nothing in it."""
    config = load(home=tmp_path / "own")
    with serve(config) as up:
        yield up, config


def test_chosen_files_are_imported_and_listed_one_by_one(
    empty: tuple[Any, Config], visit: Visit, make_fit: Callable[..., bytes]
) -> None:
    up, config = empty
    visited = visit(up.url, "/connection")
    visited.page.locator("#files").set_input_files(
        [
            {"name": "morning.fit", "mimeType": "", "buffer": make_fit(days_ago=3)},
            {"name": "<b>broken</b>.fit", "mimeType": "", "buffer": b"not a recording at all"},
        ]
    )
    result = visited.page.locator("#import-result")
    result.get_by_text("1 new activity.").wait_for()
    assert "morning.fit" in result.inner_text()
    assert "failed" in result.inner_text()
    assert result.locator("b").count() == 0
    visited.check()
    assert read(activities.activities, config, ActivityFilter()).total == 1
    (source,) = read(activities.show, config, "1").sources
    assert source["name"] == "morning.fit"
    assert not list((config.paths.cache / config.profile / "uploads").glob("**/*.fit"))


def test_dropped_files_are_imported_and_undone(
    empty: tuple[Any, Config], visit: Visit, make_fit: Callable[..., bytes]
) -> None:
    up, config = empty
    visited = visit(up.url, "/connection", window="phone")
    files = [(f"{days}.fit", base64.b64encode(make_fit(days_ago=days)).decode()) for days in (2, 4)]
    visited.page.evaluate(DROP, files)
    result = visited.page.locator("#import-result")
    result.get_by_text("2 new activities.").wait_for()
    visited.check()
    result.get_by_role("button", name="Undo this import").click()
    visited.page.get_by_role("button", name="Undo import").click()
    visited.page.locator("#imports").get_by_text("Undone").wait_for()
    assert read(activities.activities, config, ActivityFilter()).total == 0


def test_the_archive_comes_as_one_file(empty: tuple[Any, Config], visit: Visit, tmp_path: Path, archive: Path) -> None:
    up, config = empty
    visited = visit(up.url, "/connection")
    visited.page.locator("#files").set_input_files(archive)
    visited.page.locator("#import-result").get_by_text("new activit").wait_for()
    assert read(activities.activities, config, ActivityFilter()).total == 2
    assert not list(tmp_path.glob("own/cache/**/*.zip"))


@pytest.fixture
def archive(tmp_path: Path, export_maker: ModuleType, make_fit: Callable[..., bytes]) -> Path:
    """Strava's bulk export with two runs."""
    import zipfile

    path = tmp_path / "export.zip"
    with zipfile.ZipFile(path, "w") as made:
        rows = []
        for number, days in enumerate((5, 9), start=1):
            made.writestr(f"activities/{number}.fit", make_fit(days_ago=days))
            rows.append(
                f'{number},"Nov {number}, 2026, 7:00:12 AM",Run {number},Run,,3000,10.0,activities/{number}.fit'
            )
        head = (
            "Activity ID,Activity Date,Activity Name,Activity Type,Activity Description,Elapsed Time,Distance,Filename"
        )
        made.writestr("activities.csv", "\n".join([head, *rows]))
    return path


@pytest.mark.slow
def test_uploaded_names_stay_inside_the_upload_folder(
    empty: tuple[Any, Config], make_fit: Callable[..., bytes]
) -> None:
    up, config = empty
    key = up.client.post(f"{up.url}/connection/import", headers=up.change).json()["data"]["key"]
    for name in ("..%2F..%2F..%2Fowned.fit", "%2Fetc%2Fowned.fit", "C%3A%5Cowned.fit", "a%00b.fit", ""):
        headers = {**up.change, "X-Import-Key": key, "X-File-Name": name}
        answer = up.client.post(f"{up.url}/connection/import/file", content=make_fit(), headers=headers)
        assert answer.status_code == 200, name
    root = config.paths.cache / config.profile / "uploads" / f"{os.getpid()}.{key}"
    assert sorted(str(path.relative_to(root)) for path in root.rglob("*") if path.is_file()) == [
        "C_/owned.fit",
        "a_b.fit",
        "etc/owned.fit",
        "file",
        "owned.fit",
    ]


@pytest.mark.slow
def test_an_upload_may_be_larger_than_other_bodies_and_is_refused_past_its_own_limit(
    config: Config, serve: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    for limit, status in ((3_000_000, 200), (2_999_999, 413)):
        monkeypatch.setitem(uploads_page.BODY_LIMITS, uploads_page.FILES, limit)
        with serve(config) as up:
            key = up.client.post(f"{up.url}/connection/import", headers=up.change).json()["data"]["key"]
            headers = {**up.change, "X-Import-Key": key, "X-File-Name": "large.fit"}
            path = f"{up.url}/connection/import/file"
            assert up.client.post(path, content=b"x" * 3_000_000, headers=headers).status_code == status


@pytest.mark.slow
def test_an_upload_without_the_right_key_or_token_is_refused(empty: tuple[Any, Config]) -> None:
    up, _ = empty
    up.client.post(f"{up.url}/connection/import", headers=up.change)
    path = f"{up.url}/connection/import/file"
    assert up.client.post(path, content=b"x", headers={**up.change, "X-Import-Key": "guess"}).status_code == 404
    assert up.client.post(path, content=b"x").status_code == 403
    assert up.client.post(f"{up.url}/connection/import/start", json={"key": "x"}, headers=up.change).status_code == 404
