"""The sandbox as a server: starting, stopping, keep-alive, and whom it does not listen to."""

from __future__ import annotations

import socket
import threading
from email.utils import parsedate_to_datetime

import httpx
import pytest

from runcoach.errors import UsageError
from runcoach.sandbox.http_server import Request
from runcoach.sandbox.server import Sandbox, serve
from runcoach.sandbox.synthetic.athlete import SyntheticAthlete


def test_listens_on_loopback_and_names_its_two_addresses(sandbox: Sandbox) -> None:
    assert sandbox.url.startswith("http://127.0.0.1:")
    assert sandbox.oauth_url == sandbox.url
    assert sandbox.api_url == f"{sandbox.url}/api/v3"


def test_one_connection_carries_many_requests(sandbox: Sandbox) -> None:
    host, port = sandbox.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=5) as raw:
        reader = raw.makefile("rb")
        for _ in range(3):
            raw.sendall(f"GET / HTTP/1.1\r\nHost: {host}\r\n\r\n".encode())
            assert reader.readline() == b"HTTP/1.1 200 OK\r\n"
            length = 0
            while (line := reader.readline()) != b"\r\n":
                if line.lower().startswith(b"content-length:"):
                    length = int(line.split(b":")[1])
            assert b"runcoach sandbox" in reader.read(length)
        reader.close()


def test_stop_ends_every_thread_and_connection(today: object) -> None:
    before = threading.active_count()
    with Sandbox(athlete=SyntheticAthlete(1, runs=3)) as running, httpx.Client(trust_env=False, verify=False) as client:
        client.get(running.url)
        url = running.url
    assert threading.active_count() == before
    with pytest.raises(httpx.ConnectError):
        httpx.get(url, trust_env=False, verify=False)
    with pytest.raises(RuntimeError, match="not running"):
        _ = running.url


def test_a_busy_port_is_said(sandbox: Sandbox) -> None:
    taken = int(sandbox.url.rsplit(":", 1)[1])
    with pytest.raises(UsageError, match=f"port {taken} is not free"):
        Sandbox(athlete=SyntheticAthlete(1, runs=3), port=taken).start()


def test_the_date_header_goes_by_the_clock(sandbox: Sandbox, browser: httpx.Client) -> None:
    said = parsedate_to_datetime(browser.get("/").headers["date"])
    assert said.timestamp() == sandbox.clock()


def test_foreign_hosts_large_bodies_and_chunks_are_refused(browser: httpx.Client) -> None:
    assert browser.get("/", headers={"Host": "evil.example"}).status_code == 421
    assert browser.post("/oauth/token", content=b"x" * 1_000_001).status_code == 413
    assert browser.post("/oauth/token", content=iter([b"x"])).status_code == 413


def test_unknown_paths_are_404(browser: httpx.Client, app: httpx.Client) -> None:
    assert browser.get("/nowhere").status_code == 404
    assert browser.get("/oauth/nowhere").status_code == 404
    assert app.get("/nowhere").status_code == 404
    assert app.put("/athlete").status_code == 404


def test_requests_are_logged_and_reads_counted(sandbox: Sandbox, app: httpx.Client, browser: httpx.Client) -> None:
    app.get("/athlete/activities", params={"per_page": 2})
    app.get("/activities/1")
    browser.get("/")
    assert [(entry.method, entry.path, entry.status) for entry in sandbox.requests] == [
        ("GET", "/api/v3/athlete/activities", 200),
        ("GET", "/api/v3/activities/1", 404),
        ("GET", "/", 200),
    ]
    assert sandbox.requests[0].query == {"per_page": "2"}
    assert sandbox.reads == 2


def test_a_request_that_outlives_its_log_is_forgotten(sandbox: Sandbox, app: httpx.Client) -> None:
    def forget(_request: Request) -> None:
        sandbox.log.clear()

    sandbox.before_reply.append(forget)
    app.get("/athlete")
    assert sandbox.requests == []


def test_calls_at_once_are_counted(sandbox: Sandbox, app: httpx.Client) -> None:
    together = threading.Barrier(4, timeout=5)

    def meet(_request: Request) -> None:
        together.wait()

    sandbox.before_reply.append(meet)
    threads = [threading.Thread(target=app.get, args=("/athlete",)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sandbox.log.most_at_once == 4


def test_a_failure_while_answering_comes_to_light() -> None:
    def broken(_request: Request) -> None:
        raise ArithmeticError("the hook is broken")

    running = Sandbox(athlete=SyntheticAthlete(1, runs=3)).start()
    running.before_reply.append(broken)
    with pytest.raises(httpx.RemoteProtocolError):
        httpx.get(running.url, trust_env=False, verify=False)
    with pytest.raises(RuntimeError, match="failed while answering") as caught:
        running.stop()
    assert isinstance(caught.value.__cause__, ArithmeticError)


def test_latency_ends_with_the_sandbox() -> None:
    running = Sandbox(athlete=SyntheticAthlete(1, runs=3), latency_s=3600).start()
    arrived, ended = threading.Event(), threading.Event()
    running.before_reply.append(lambda _request: arrived.set())

    def ask() -> None:
        with pytest.raises((httpx.HTTPError, AssertionError)):
            assert httpx.get(running.url, trust_env=False, verify=False, timeout=None).status_code == 0
        ended.set()

    thread = threading.Thread(target=ask)
    thread.start()
    assert arrived.wait(5)
    running.stop()
    assert ended.wait(5)
    thread.join()


def test_ctrl_c_ends_serving_without_a_fuss() -> None:
    class CtrlC(threading.Event):
        def wait(self, timeout: float | None = None) -> bool:  # noqa: ARG002 - as the base class has it
            raise KeyboardInterrupt

    lines: list[str] = []
    serve(port=0, athlete=SyntheticAthlete(1, runs=3), say=lines.append, until=CtrlC())
    assert lines[-1] == "Stopped."


def test_serve_says_how_to_use_it_and_ends_when_told() -> None:
    lines: list[str] = []
    until = threading.Event()
    until.set()
    serve(port=0, athlete=SyntheticAthlete(1, runs=3), say=lines.append, until=until)
    text = "\n".join(lines)
    assert "RUNCOACH_STRAVA_OAUTH_URL=http://127.0.0.1:" in text
    assert "/api/v3" in text
    assert str(Sandbox.client_id) in text
    assert Sandbox.client_secret in text
    assert "/sandbox/faults" in text
