"""A server as a process and as a socket: where it says it is, how it ends, and clients that are slow or half there."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from runcoach.config import Config, load
from runcoach.errors import UsageError
from runcoach.services.sync.worker import Worker
from runcoach.web import peer_owner, server
from runcoach.web.serve import ServeOptions, _access, _watching, address
from runcoach.web.server import listen

PATIENCE_S = 30


@contextmanager
def process(home: Path, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    """``runcoach serve`` in a process of its own."""
    command = [sys.executable, "-m", "runcoach", "serve", "--no-open", *arguments]
    environment = {**os.environ, "RUNCOACH_HOME": str(home), "RUNCOACH_TOKEN_STORE": "file"}
    started = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment, cwd=Path(home).parent
    )
    try:
        yield started
    finally:
        if started.poll() is None:
            started.kill()
        started.communicate()


@pytest.mark.slow
@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 0), (signal.SIGINT, 130)])
def test_a_signal_ends_it_cleanly(home: Path, number: signal.Signals, code: int) -> None:
    with process(home, "--port", "0", "--watch", str(home)) as started:
        assert started.stdout is not None
        url = started.stdout.readline().strip()
        assert urlsplit(url).hostname == "127.0.0.1"
        with httpx.Client(trust_env=False, verify=False) as client:  # whose connection stays open meanwhile
            status = client.get(f"{url}/api/v1/status").json()["data"]
            assert status["worker"]["isRunning"] is True
            started.send_signal(number)
            out, err = started.communicate(timeout=PATIENCE_S)
    assert started.returncode == code
    assert out == ""
    assert f"Serving at {url} " in err
    assert "Traceback" not in err


@pytest.mark.slow
def test_watching_a_file_is_refused(home: Path, tmp_path: Path) -> None:
    (tmp_path / "run.fit").touch()
    with process(home, "--port", "0", "--watch", str(tmp_path / "run.fit")) as started:
        _, err = started.communicate(timeout=PATIENCE_S)
    assert started.returncode == 2
    assert "is not a folder" in err


@pytest.mark.slow
def test_an_exposed_server_requires_a_token_shown_once(home: Path) -> None:
    with process(home, "--port", "0", "--host", "0.0.0.0", "--allow-host", "mybox.local") as started:
        assert started.stdout is not None
        assert started.stderr is not None
        url = started.stdout.readline().strip()
        token = started.stderr.readline().rsplit(" ", 1)[1].strip()
        with httpx.Client(trust_env=False, verify=False) as client:
            assert client.get(f"{url}/api/v1/status").status_code == 401
            bearer = {"Authorization": f"Bearer {token}"}
            assert client.get(f"{url}/api/v1/status", headers=bearer).status_code == 200
            assert client.get(f"{url}/api/v1/status", headers={**bearer, "Host": "mybox.local"}).status_code == 200
        started.send_signal(signal.SIGTERM)
        started.communicate(timeout=PATIENCE_S)
    with process(home, "--port", "0", "--allow-host", "mybox.local") as again:
        assert again.stdout is not None
        url = again.stdout.readline().strip()
        with httpx.Client(trust_env=False, verify=False) as client:
            assert client.get(f"{url}/api/v1/status").status_code == 401  # behind a proxy strangers come from 127.0.0.1
            assert client.get(f"{url}/api/v1/status", headers=bearer).status_code == 200
        again.send_signal(signal.SIGTERM)
        _, err = again.communicate(timeout=PATIENCE_S)
    assert token not in err


def test_a_port_in_use_is_one_line_with_a_hint(runcoach: Callable[..., Any]) -> None:
    with listen("127.0.0.1", 0) as taken:
        port = taken.getsockname()[1]
        ended = runcoach("serve", "--no-open", "--port", str(port))
    assert ended.code == 2
    assert ended.err == f"runcoach: port {port} is taken (give another --port, or 0 for any free one)\n"


def test_the_listening_socket_disables_nagle() -> None:
    with listen("127.0.0.1", 0) as listening:
        assert listening.proto == socket.IPPROTO_TCP  # else asyncio leaves Nagle's algorithm on, which costs 40 ms


@pytest.mark.parametrize("host", ["no.such.host.invalid", "203.0.113.7", "\x00", "x" * 300])
def test_a_foreign_address_cannot_be_listened_on(host: str) -> None:
    with pytest.raises(UsageError):
        listen(host, 0).close()


def test_an_invalid_sync_interval_is_refused_before_the_start(runcoach: Callable[..., Any]) -> None:
    ended = runcoach("serve", "--no-open", "--port", "0", "--sync-every", "often")
    assert (ended.code, ended.out) == (2, "")


@pytest.mark.parametrize(
    ("host", "url"),
    [("127.0.0.1", "http://127.0.0.1:80"), ("0.0.0.0", "http://127.0.0.1:80"), ("::1", "http://[::1]:80")],
)
def test_the_address_can_be_opened_as_it_is(host: str, url: str) -> None:
    assert address(host, 80) == url


@pytest.mark.slow
@pytest.mark.parametrize(
    "sent",
    [
        b"",
        b"GET /api/v1/status HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Slow: ",
        b"POST /api/v1/sync HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 100\r\n\r\nhalf of it",
        b"GET /api/v1/token HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\nGET /api",
    ],
    ids=["silent", "half a head", "half a body", "half of the second"],
)
def test_an_unfinished_request_is_closed(serve: Any, filled: Any, monkeypatch: pytest.MonkeyPatch, sent: bytes) -> None:
    monkeypatch.setattr(server, "MAX_REQUEST_S", 0.2)
    monkeypatch.setattr(server, "IDLE_S", 0.2)
    with serve(filled) as up:
        parts = urlsplit(up.url)
        with socket.create_connection((parts.hostname, parts.port), timeout=PATIENCE_S) as half:
            half.sendall(sent)
            while True:
                try:
                    if not half.recv(65_536):
                        break
                except ConnectionResetError:
                    break
        assert up.get("/status").status_code == 200


@pytest.mark.slow
def test_a_slow_body_that_makes_progress_is_accepted(serve: Any, filled: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    import threading

    monkeypatch.setattr(server, "MAX_REQUEST_S", 1.0)
    monkeypatch.setattr(server, "PROGRESS_BYTES", 10)

    def slowly() -> Iterator[bytes]:
        for part in (b'{"activity": "999",', b' "distance": "5k",', b' "reason": "none"}'):
            threading.Event().wait(0.5)
            yield part

    with serve(filled) as up:
        headers = {"Content-Type": "application/json", **up.change}
        answer = up.client.post(f"{up.api}/efforts/ignore", content=slowly(), headers=headers)
        assert answer.status_code == 404


@pytest.mark.slow
def test_a_slow_response_is_not_cut_off(serve: Any, filled: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    import threading

    from runcoach.services.queries import activities

    deadline_s, release, laps = 0.1, threading.Event(), activities.laps

    def slow(*arguments: Any) -> Any:
        release.wait(deadline_s * 5)
        return laps(*arguments)

    monkeypatch.setattr(server, "MAX_REQUEST_S", deadline_s)
    monkeypatch.setattr(activities, "laps", slow)
    with serve(filled) as up:
        assert up.get("/activities/1/laps").status_code == 200


@pytest.mark.slow
@pytest.mark.parametrize(
    "sent",
    [
        b"GET / HTTP/1.1\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nHost: evil.example\r\n\r\n",
        b"\x16\x03\x01\x00\xa5\x01\x00\x00",
        b"GET " + b"/x" * 50_000 + b" HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
        b"POST /api/v1/sync HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: -1\r\n\r\n",
        b"POST /api/v1/sync HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 99999999999999999999999\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: upgrade\r\n\r\n",
    ],
    ids=["no host", "two hosts", "tls", "long", "negative", "endless", "websocket"],
)
def test_malformed_http_is_400_and_not_logged(
    serve: Any, filled: Any, sent: bytes, capfd: pytest.CaptureFixture[str]
) -> None:
    with serve(filled) as up:
        parts = urlsplit(up.url)
        with socket.create_connection((parts.hostname, parts.port), timeout=PATIENCE_S) as rude:
            rude.sendall(sent)
            answer = rude.recv(65_536)
        assert answer.startswith((b"HTTP/1.1 4", b"HTTP/1.1 200"))
        assert b"Traceback" not in answer
        assert up.get("/status").status_code == 200
    assert capfd.readouterr() == ("", "")


class Printed:
    """Keeps what the server prints."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def say(self, message: str) -> None:
        self.lines.append(message)

    def warn(self, message: str) -> None:
        self.lines.append(message)

    def print(self, line: str) -> None:
        self.lines.append(line)


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux" or os.getuid() != 0, reason="only root can become another user")
def test_a_server_on_loopback_refuses_other_users_of_the_machine(home: Path) -> None:
    with process(home, "--port", "0") as started:
        assert started.stdout is not None
        url = f"{started.stdout.readline().strip()}/api/v1/status"
        program = (
            f"import urllib.request as r\ntry: print(r.urlopen({url!r}).status)\nexcept r.HTTPError as e: print(e)"
        )
        ended = [
            subprocess.run(
                ["/usr/bin/env", "python3", "-S", "-c", program], user=user, capture_output=True, text=True, check=False
            )
            for user in (0, 65534)
        ]
    assert [one.stdout.strip() for one in ended] == ["200", "HTTP Error 403: Forbidden"]


def test_without_owners_a_server_on_loopback_has_a_token_in_its_url_and_in_a_private_file(
    config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(peer_owner, "can_find_owner", lambda: False)
    printed = Printed()
    path = config.paths.state / "default.serve-header"
    with _access(config, ServeOptions(), "http://127.0.0.1:8765", printed) as (access, url):
        token = url.removeprefix("http://127.0.0.1:8765/?token=")
        assert access.is_token(token)
        assert (access.token_in_url, access.only_user) == (True, None)
        assert path.read_text() == f"Authorization: Bearer {token}\n"
        assert path.stat().st_mode & 0o777 == 0o600
        assert str(path) in printed.lines[0]
        assert token not in "".join(printed.lines)
    assert not path.exists()


@pytest.mark.skipif(sys.platform != "linux", reason="owners are found on Linux")
def test_on_linux_a_server_on_loopback_is_for_its_user_without_a_token(config: Config) -> None:
    with _access(config, ServeOptions(), "http://127.0.0.1:8765", Printed()) as (access, url):
        assert (access.only_user, access.demands_token, url) == (os.getuid(), False, "http://127.0.0.1:8765")
    with _access(config, ServeOptions(webhook_only=True), "http://127.0.0.1:8765", Printed()) as (access, _):
        assert access.only_user is None


def test_a_server_on_all_addresses_answers_to_the_names_of_the_machine_and_prints_them(
    config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RUNCOACH_TOKEN_STORE", "file")
    monkeypatch.setattr(socket, "gethostname", lambda: "mybox")
    monkeypatch.setattr(
        socket, "getaddrinfo", lambda *_: [(0, 0, 0, "", ("192.0.2.7", 0)), (0, 0, 0, "", ("127.0.1.1", 0))]
    )
    printed = Printed()
    with _access(load(), ServeOptions(host="0.0.0.0"), "http://127.0.0.1:8765", printed) as (access, _):
        assert {"mybox", "mybox.local", "192.0.2.7", "127.0.0.1"} <= access.hosts
        assert "127.0.1.1" not in access.hosts
        assert access.any_address
    assert any("http://mybox:8765" in line and "http://192.0.2.7:8765" in line for line in printed.lines)
    with _access(load(), ServeOptions(allow_hosts=("proxy",)), "http://127.0.0.1:8765", printed) as (access, _):
        assert "mybox" not in access.hosts
        assert not access.any_address


class Output:
    """What a server prints; ``imported`` is set with each message."""

    def __init__(self) -> None:
        self.said: list[str] = []
        self.imported = threading.Event()

    def say(self, message: str) -> None:
        self.said.append(message)
        self.imported.set()

    warn = print = say


def test_a_watched_folder_is_imported_and_the_worker_woken(
    config: Config, tmp_path: Path, make_fit: Callable[..., bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("runcoach.services.imports.watch.INTERVAL_S", 0.001)
    folder, output, worker = tmp_path / "runs", Output(), Worker(config)
    (tmp_path / "watch").mkdir()
    (tmp_path / "watch" / "run.fit").write_bytes(make_fit(days_ago=1))
    (tmp_path / "watch" / "broken.fit").write_bytes(b"no file of a watch")
    with _watching(config, (folder,), worker, output):
        (tmp_path / "watch").rename(folder)  # as one that is plugged in later
        assert output.imported.wait(PATIENCE_S)
    assert output.said == [f"{folder}: imported 1 new activity, 1 of 2 files failed"]
    assert worker._was_woken
