"""The little server at the end of a login: one right address counts, once; everything else is turned away."""

from __future__ import annotations

import contextlib
import re
import socket
import threading
from collections.abc import Iterator

import httpx
import pytest

from runcoach.errors import LoginError, UsageError
from runcoach.services.auth import callback_pages as pages
from runcoach.services.auth.callback_server import CallbackParams, CallbackServer, read_callback, redirect_uri

STATE = "a-state-that-nobody-can-guess"
CODE = "c0de" * 10
RIGHT = f"?state={STATE}&code={CODE}&scope=read,activity:read_all"


@pytest.fixture
def server() -> Iterator[CallbackServer]:
    with CallbackServer(STATE) as opened:
        yield opened


class Window(threading.Thread):
    """A browser window that waits for its page."""

    def __init__(self, address: str) -> None:
        super().__init__()
        self.address = address
        self.start()

    def run(self) -> None:
        self.response = get(self.address)

    @property
    def page(self) -> httpx.Response:
        self.join(30)
        return self.response


def get(address: str, method: str = "GET") -> httpx.Response:
    return httpx.request(method, address, timeout=30, trust_env=False, verify=False)


def test_the_right_address_is_brought_back_and_the_browser_told_how_it_ended(server: CallbackServer) -> None:
    window = Window(server.redirect_uri + RIGHT)
    assert server.wait(30) == CallbackParams(CODE, "read,activity:read_all")
    server.show(pages.connected("Anna <b>", "Some will be missing."))
    page = window.page
    assert page.status_code == 200
    assert "<h1>Connected as Anna &lt;b&gt;</h1>" in page.text
    assert "Some will be missing." in page.text


def test_a_page_loads_nothing_and_tells_nobody(server: CallbackServer) -> None:
    page = get(server.redirect_uri)
    policy = page.headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert "unsafe" not in policy
    assert page.headers["referrer-policy"] == "no-referrer"
    assert page.headers["cache-control"] == "no-store"
    assert page.headers["server"] == "runcoach"
    assert not re.search(r"""(src|href)=["'](?!data:)|<script|@import|url\(""", page.text)
    (style,) = re.findall(r"<style>(.*?)</style>", page.text, re.DOTALL)
    import base64
    import hashlib

    assert base64.b64encode(hashlib.sha256(style.encode()).digest()).decode() in policy


def test_it_listens_on_loopback_alone(server: CallbackServer) -> None:
    assert server.redirect_uri.startswith("http://127.0.0.1:")
    port = int(server.redirect_uri.split(":")[2].split("/")[0])
    others = {info[4][0] for info in socket.getaddrinfo(socket.gethostname(), None, socket.AF_INET)} - {"127.0.0.1"}
    for address in {*others, "127.0.0.2"}:
        with socket.socket() as stranger:
            stranger.settimeout(5)
            assert stranger.connect_ex((str(address), port)) != 0


@pytest.mark.parametrize(
    "query",
    [
        "",
        f"?code={CODE}",
        f"?state=&code={CODE}",
        f"?state={STATE}x&code={CODE}",
        f"?state={STATE[:-1]}&code={CODE}",
        f"?state=%C3%A9%ED%A0%80&code={CODE}",
        f"?state={STATE}",
        f"?state={STATE}&code=",
        f"?state={STATE}&code={'x' * 600}",
        f"?state={STATE}&code={'x' * 60_000}",
        f"?state={STATE}&code=a%0Ab",
        f"?state={STATE}&code={CODE}&code=other",
        f"?state={STATE}&state=other&code={CODE}",
        f"?{'&'.join(f'a{n}=1' for n in range(50))}&state={STATE}&code={CODE}",
    ],
)
def test_a_wrong_address_is_told_so_and_the_login_goes_on_waiting(server: CallbackServer, query: str) -> None:
    page = get(server.redirect_uri + query)
    assert page.status_code == 400
    assert "another login" in page.text
    with pytest.raises(LoginError, match="within 0 s"):
        server.wait(0.0)
    window = Window(server.redirect_uri + RIGHT)
    assert server.wait(30).code == CODE
    server.show(pages.connected("Anna", None))
    assert window.page.status_code == 200


def test_an_address_counts_once(server: CallbackServer) -> None:
    window = Window(server.redirect_uri + RIGHT)
    server.wait(30)
    second = get(server.redirect_uri + RIGHT.replace(CODE, "other"))
    assert second.status_code == 410
    assert server.wait(30).code == CODE
    server.show(pages.connected("Anna", None))
    assert window.page.status_code == 200
    assert get(server.redirect_uri + RIGHT).status_code == 410


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/", 404),
        ("GET", "/favicon.ico", 404),
        ("GET", f"/callback/{RIGHT}", 404),
        ("HEAD", f"/callback{RIGHT}", 405),
        ("POST", f"/callback{RIGHT}", 405),
        ("OPTIONS", "/callback", 405),
        ("BREW", "/callback", 405),
    ],
)
def test_strays_are_turned_away(server: CallbackServer, method: str, path: str, status: int) -> None:
    reply = get(server.redirect_uri.removesuffix("/callback") + path, method)
    assert reply.status_code == status
    assert (reply.headers.get("allow") == "GET") is (status == 405)
    assert (reply.text == "") is (method == "HEAD")
    with pytest.raises(LoginError):
        server.wait(0.0)


def test_noise_and_silence_hold_nobody_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """Connections that browsers open ahead of need, that say nonsense, far too much, or leave halfway."""
    monkeypatch.setattr("runcoach.services.auth.callback_server._Handler.timeout", None)
    with CallbackServer(STATE) as server:
        host, port = "127.0.0.1", int(server.redirect_uri.split(":")[2].split("/")[0])
        silent = socket.create_connection((host, port), timeout=5)
        with socket.create_connection((host, port)) as noisy:
            noisy.sendall(b"\x16\x03\x01\x02\x00 hello\r\n\r\n")
            assert b"runcoach" in noisy.makefile("rb").read()
        with socket.create_connection((host, port)) as flooding, contextlib.suppress(ConnectionError):
            flooding.sendall(b"GET /callback?" + b"x" * 1_000_000)
            flooding.recv(1)
        with socket.create_connection((host, port)) as leaving:
            leaving.sendall(f"GET /callback{RIGHT} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
            assert server.wait(30).code == CODE
        server.show(pages.connected("Anna", None))
    assert silent.recv(1) == b"", "it is closed with the login"
    silent.close()


def test_a_login_that_is_called_off_tells_the_browser_that_waits() -> None:
    with pytest.raises(KeyboardInterrupt), CallbackServer(STATE) as server:
        window = Window(server.redirect_uri + RIGHT)
        server.wait(30)
        raise KeyboardInterrupt
    assert window.page.status_code == 503
    assert "cancelled" in window.page.text


def test_the_browser_has_its_page_before_everything_is_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    """However long it takes to send it: here until somebody waits for that."""
    someone_waits = threading.Event()

    class Heard(threading.Event):
        def wait(self, timeout: float | None = None) -> bool:
            someone_waits.set()
            return super().wait(timeout)

    real = pages.Page.html
    with CallbackServer(STATE) as server:
        monkeypatch.setattr(server, "_shown", Heard())
        window = Window(server.redirect_uri + RIGHT)
        server.wait(30)
        monkeypatch.setattr(pages.Page, "html", lambda page: (someone_waits.wait(5), real(page))[1])
        server.show(pages.connected("Anna", None))
    assert someone_waits.is_set()
    assert window.page.status_code == 200


def test_a_taken_port_is_told(server: CallbackServer) -> None:
    port = int(server.redirect_uri.split(":")[2].split("/")[0])
    with pytest.raises(UsageError, match=f"port {port} of this machine is in use") as refusal:
        CallbackServer(STATE, port)
    assert "--port" in (refusal.value.hint or "")


@pytest.mark.slow
def test_a_port_of_choice_can_be_taken_again_at_once() -> None:
    with CallbackServer(STATE) as first:
        port = int(first.redirect_uri.split(":")[2].split("/")[0])
        get(first.redirect_uri)
    with CallbackServer(STATE, port) as second:
        assert second.redirect_uri == redirect_uri(port)


@pytest.mark.parametrize(
    ("address", "redirect"),
    [
        (f"http://127.0.0.1:8737/callback{RIGHT}", CallbackParams(CODE, "read,activity:read_all")),
        (f"127.0.0.1:8737/callback{RIGHT}", CallbackParams(CODE, "read,activity:read_all")),
        (f"localhost:8737/callback{RIGHT}#top", CallbackParams(CODE, "read,activity:read_all")),
        (f"?state={STATE}&error=access_denied", CallbackParams(error="access_denied")),
        (f"?state={STATE}&error=%1b[31m", CallbackParams(error="an error without a name")),
        (f"?state={STATE}&code={CODE}", CallbackParams(CODE)),
        (f"?state={STATE}&code={CODE}&scope=%3Cscript%3E", CallbackParams(CODE)),
        (CODE, None),
        ("http://[::1", None),
        ("", None),
    ],
)
def test_what_an_address_says(address: str, redirect: CallbackParams | None) -> None:
    assert read_callback(address, STATE) == redirect


def test_a_code_is_never_shown() -> None:
    assert CODE not in repr(CallbackParams(CODE, "read"))
