"""A real server on a loopback socket, in front of a real file: a few recorded runs, and many that are rows alone."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from runcoach.config import Config, load
from runcoach.domain.activity import Activity
from runcoach.ingest.writer import update_rankings
from runcoach.services.imports.import_files import import_files
from runcoach.store import activities
from runcoach.store.sqlite.connection import write_transaction
from runcoach.store.sqlite.database import open_database
from runcoach.web.app import create_app
from runcoach.web.security import Access, allow
from runcoach.web.server import Server, listen

#: What stands in the columns that no answer may show.
HIDDEN = "what-only-the-file-may-know"

START_S = 10


@dataclass(frozen=True)
class Served:
    """A running server: where it is, and a client for it."""

    url: str
    client: httpx.Client
    access: Access

    @property
    def api(self) -> str:
        """Where the API begins."""
        return f"{self.url}/api/v1"

    @property
    def change(self) -> dict[str, str]:
        """The headers of a change."""
        return {"X-Runcoach-Token": self.access.form_token}

    def get(self, path: str, **asked: Any) -> httpx.Response:
        """One answer of the API."""
        return self.client.get(f"{self.api}{path}", **asked)

    def data(self, path: str, **asked: Any) -> Any:
        """What an answer of the API holds."""
        response = self.get(path, **asked)
        assert response.status_code == 200, response.text
        return response.json()["data"]


@contextmanager
def running(config: Config, access: Access | None = None, **wishes: Any) -> Iterator[Served]:
    """A server in a thread of its own, gone at the end of the block."""
    access = access or allow(())
    app = create_app(config, access=access, worker=wishes.pop("worker", None), **wishes)
    listener = listen("127.0.0.1", 0)
    up = threading.Event()
    server = Server(app, up.set)
    thread = threading.Thread(target=server.run, args=([listener],))
    thread.start()
    try:
        assert up.wait(START_S)
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        with httpx.Client(trust_env=False, verify=False, timeout=30) as client:
            yield Served(url, client, access)
    finally:
        server.should_exit = True
        thread.join(START_S)
        listener.close()
        assert not thread.is_alive()


@pytest.fixture(scope="session")
def serve() -> Callable[..., Any]:
    """Starts a server for a configuration."""
    return running


def gpx(days_ago: float, *, km: float, pace_s: float) -> str:
    """A recorded run northwards, with hills and a heart."""
    start = datetime.now(UTC).replace(microsecond=0, hour=6, minute=0, second=0) - timedelta(days=days_ago)

    def point(second: int) -> str:
        when = (start + timedelta(seconds=second)).strftime("%Y-%m-%dT%H:%M:%SZ")
        lat, lon = 52.0 + second * 1000 / pace_s / 111_195.0, 4.9 + 0.00002 * abs(second % 100 - 50) / 50
        return (
            f'<trkpt lat="{lat:.7f}" lon="{lon:.7f}"><ele>{10 + second % 60}</ele><time>{when}</time>'
            f"<extensions><hr>{140 + second % 30}</hr></extensions></trkpt>"
        )

    points = "".join(point(second) for second in range(round(km * pace_s) + 1))
    return (
        '<gpx version="1.1" creator="watch" xmlns="http://www.topografix.com/GPX/1/1"><trk><name>Dike run</name>'
        f"<type>running</type><trkseg>{points}</trkseg></trk></gpx>"
    )


def fill(config: Config, folder: Path) -> None:
    """Three recorded runs (1 to 3; the first more than a year ago) and sixty rows (4 to 63) with secrets beside them.

    Some rows lack what lists are sorted by, and pairs of them began at the same second.
    """
    files = []
    for number, (days, km, pace_s) in enumerate(((400, 6.0, 330.0), (20, 5.5, 300.0), (2, 3.0, 310.0))):
        files.append(folder / f"{number}.gpx")
        files[-1].write_text(gpx(days, km=km, pace_s=pace_s))
    import_files(config, files)
    with open_database(config) as connection, write_transaction(connection):
        for number in range(60):
            row = Activity(
                f"Run <b>{number}</b>" if number % 7 else "same name",
                "Ride" if number % 5 == 0 else "Run",
                1_700_000_000 + (number // 2) * 86_400,  # in pairs that began at the same second
                3600,
                distance_m=None if number % 6 == 0 else 1000.0 * (number % 9 + 1),
                moving_time_sec=300 * (number % 9 + 1),
                strava_id=9_000_000_000 + number,
            )
            activity_id = activities.insert(connection, asdict(row))
            activities.put_raw(connection, activity_id, f'{{"raw": "{HIDDEN}"}}'.encode())
        update_rankings(connection)


@pytest.fixture(scope="session")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Config:
    """The configuration of a filled file that no test changes."""
    folder = tmp_path_factory.mktemp("served")
    config = load(home=folder / "home")
    fill(config, folder)
    return config


@pytest.fixture(scope="session")
def fill_and_serve() -> Callable[..., Any]:
    """Fills the file of a configuration and starts a server for it."""

    @contextmanager
    def start(config: Config, folder: Path, **wishes: Any) -> Iterator[Served]:
        fill(config, folder)
        with running(config, **wishes) as up:
            yield up

    return start


@pytest.fixture(scope="session")
def served(filled: Config) -> Iterator[Served]:
    """A server in front of the filled file."""
    with running(filled) as up:
        yield up


@pytest.fixture
def changing(tmp_path: Path, filled: Config) -> Iterator[Served]:
    """A server in front of a file of the test's own, a copy of the filled one."""
    shutil.copytree(filled.paths.data.parent, tmp_path / "home")
    with running(load(home=tmp_path / "home")) as up:
        yield up
