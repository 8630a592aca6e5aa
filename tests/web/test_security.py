"""Who may ask and who may change: names, origins, tokens, and what every answer says to browsers."""

from __future__ import annotations

import hashlib
import http.client
import json
import os
import socket
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from runcoach.config import Config
from runcoach.services.server_token import end_session, ended_sessions, ensure_server_token
from runcoach.services.sync.webhook_subscription import RECEIVER_PATH
from runcoach.store.remote import sync_state
from runcoach.store.sqlite.database import open_database
from runcoach.vault import open_vault
from runcoach.web import peer_owner
from runcoach.web.attempts import BURST, INTERVAL_S, AttemptLimiter
from runcoach.web.peer_owner import can_find_owner, owner_of
from runcoach.web.security import RECEIVER_PREFIX, Access, allow, host_name, is_loopback

TOKEN = "a-token-that-a-person-was-shown"


def raw(
    url: str, method: str, path: str, headers: dict[str, str], body: bytes | None = None
) -> tuple[int, dict[str, str]]:
    """One answer with exactly these headers: status and headers."""
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=10)
    with closing(connection):
        connection.putrequest(method, path, skip_host="Host" in headers, skip_accept_encoding=True)
        for name, value in {**headers, **({} if body is None else {"Content-Length": str(len(body))})}.items():
            connection.putheader(name, value)
        connection.endheaders(body)
        answer = connection.getresponse()
        answer.read()
        return answer.status, {name.lower(): value for name, value in answer.getheaders()}


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("127.0.0.1", 200),
        ("localhost:1234", 200),
        ("LOCALHOST", 200),
        ("[::1]:80", 200),
        ("localhost.", 200),
        ("evil.example", 421),
        ("127.0.0.1.evil.example", 421),
        ("localhost@evil.example", 421),
        ("evil.example/localhost", 421),
        ("192.168.0.7:8765", 421),
        ("", 421),
        ("[", 421),
    ],
)
def test_only_names_of_this_machine_are_answered_to(served: Any, host: str, status: int) -> None:
    for path in ("/api/v1/status", "/", "/static/plain.css"):
        assert raw(served.url, "GET", path, {"Host": host})[0] == status


@pytest.mark.slow
def test_a_name_may_be_added(serve: Any, filled: Any) -> None:
    with serve(filled, allow(["MyBox.local"])) as up:
        assert raw(up.url, "GET", "/api/v1/status", {"Host": "mybox.local:80"})[0] == 200


@pytest.mark.slow
@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"Sec-Fetch-Site": "same-origin"}, 200),
        ({"Sec-Fetch-Site": "none"}, 200),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-site"}, 403),
        ({"Origin": "http://HOST"}, 200),
        ({"Origin": "http://evil.example"}, 403),
        ({"Origin": "http://HOST.evil.example"}, 403),
        ({"Origin": "http://127.0.0.1:1"}, 403),
        ({"Origin": "null"}, 403),
        ({"Origin": "file://HOST"}, 403),
        ({"X-Runcoach-Token": "wrong"}, 403),
        ({"X-Runcoach-Token": ""}, 403),
        ({"X-Runcoach-Token": "ä"}, 403),
    ],
)
def test_changes_come_from_our_own_pages_and_scripts(changing: Any, headers: dict[str, str], status: int) -> None:
    host = urlsplit(changing.url).netloc
    told = {name: value.replace("HOST", host) for name, value in headers.items()}
    body = b'{"activity": "2", "distance": "5k"}'
    sent = {"Content-Type": "application/json", **changing.change, **told}
    assert raw(changing.url, "POST", "/api/v1/efforts/ignore", sent, body)[0] == status
    ignored = changing.data("/activities/2/efforts")[4]["ignoredAt"]
    assert (ignored is not None) == (status == 200)


def test_a_change_without_the_token_is_refused_and_says_how(served: Any) -> None:
    answer = served.client.post(f"{served.api}/efforts/ignore", json={"activity": "2", "distance": "5k"})
    assert answer.status_code == 403
    assert "/api/v1/token" in answer.json()["hint"]


def test_the_form_token_is_returned_to_clients_that_may_read(served: Any) -> None:
    assert served.data("/token")["token"] == served.access.form_token
    assert served.get("/token", headers={"Accept": "text/plain"}).text == f"{served.access.form_token}\n"
    assert f'content="{served.access.form_token}"' in served.client.get(served.url).text


def test_every_process_has_a_token_of_its_own() -> None:
    assert allow(()).form_token != allow(()).form_token
    assert allow(()).form_token not in repr(allow(()))


@pytest.fixture
def guarded(serve: Any, filled: Any) -> Any:
    """A server that asks for its access token."""
    with serve(filled, allow(["mybox.local"], hashlib.sha256(TOKEN.encode()).digest())) as up:
        yield up


@pytest.mark.slow
def test_without_the_server_token_everything_is_401(guarded: Any) -> None:
    for path in ("/status", "/activities", "/activities/1/thumbnail", "/token", "/openapi.json", "/docs", "/nowhere"):
        for headers in (
            {},
            {"Authorization": "Bearer wrong"},
            {"Authorization": TOKEN},
            {"Cookie": "runcoach_session=x"},
        ):
            answer = guarded.get(path, headers=headers)
            assert answer.status_code == 401
            assert answer.headers["www-authenticate"].startswith("Bearer")


@pytest.mark.slow
def test_a_script_sends_the_token_with_each_request(guarded: Any) -> None:
    bearer = {"Authorization": f"Bearer {TOKEN}"}
    assert guarded.get("/status", headers=bearer).status_code == 200
    wish = {"activity": "2", "distance": "50k"}
    assert guarded.client.post(f"{guarded.api}/efforts/ignore", json=wish, headers=bearer).status_code == 404  # let in


@pytest.mark.slow
def test_a_browser_logs_in_and_out(guarded: Any) -> None:
    page = guarded.client.get(guarded.url, headers={"Accept": "text/html"})
    assert (page.status_code, page.headers["location"]) == (303, "/login")
    assert guarded.client.get(f"{guarded.url}/login").status_code == 200
    wrong = guarded.client.post(f"{guarded.url}/login", data={"token": "guess"})
    assert (wrong.status_code, "set-cookie" in wrong.headers) == (401, False)
    right = guarded.client.post(f"{guarded.url}/login", data={"token": TOKEN})
    assert right.status_code == 303
    cookie = right.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "samesite=strict" in cookie.lower()
    assert TOKEN not in cookie
    assert guarded.get("/status").status_code == 200
    assert guarded.client.post(f"{guarded.api}/sync").status_code == 403  # a cookie alone changes nothing
    assert guarded.client.post(f"{guarded.url}/logout", headers=guarded.change).status_code == 303
    assert guarded.get("/status").status_code == 401


@pytest.mark.slow
def test_a_login_from_a_page_elsewhere_is_refused(guarded: Any) -> None:
    headers = {"Origin": "http://evil.example"}
    assert guarded.client.post(f"{guarded.url}/login", data={"token": TOKEN}, headers=headers).status_code == 403


@pytest.mark.parametrize("path", ["/", "/api/v1/activities/1", "/api/v1/nowhere", "/static/plain.css", "/login"])
def test_every_response_has_security_headers(served: Any, path: str) -> None:
    headers = served.client.get(f"{served.url}{path}").headers
    policy = headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["cross-origin-resource-policy"] == "same-origin"
    assert "access-control-allow-origin" not in headers
    assert "server" not in headers


@pytest.mark.slow
def test_pages_load_nothing_from_elsewhere(served: Any) -> None:
    for path in ("/", "/api/v1/docs"):
        text = served.client.get(f"{served.url}{path}").text
        assert "</h1>" in text
        assert 'src="http' not in text
        assert 'href="http' not in text
        assert "<script>" not in text
        assert "style=" not in text


@pytest.mark.slow
def test_the_description_shows_every_route(served: Any) -> None:
    page = served.get("/docs").text
    for path in served.get("/openapi.json").json()["paths"]:
        assert path in page


@pytest.mark.slow
def test_webhook_only_serves_nothing_else(serve: Any, filled: Any) -> None:
    with serve(filled, webhook_only=True) as up:
        for path in ("/", "/login", "/api/v1/status", "/api/v1/token", "/static/plain.css"):
            assert up.client.get(f"{up.url}{path}").status_code == 404
            assert up.client.post(f"{up.url}{path}", headers=up.change).status_code == 404
            assert raw(up.url, "POST", path, {"Host": "evil.example"}, b"")[0] == 404  # nor says what would help


def test_the_webhook_prefix_is_exempt_from_access_checks() -> None:
    assert RECEIVER_PREFIX == RECEIVER_PATH


@pytest.mark.parametrize(
    ("host", "is_local"),
    [
        *((host, True) for host in ("127.0.0.1", "127.8.8.8", "::1", "[::1]", "localhost")),
        *((host, False) for host in ("0.0.0.0", "::", "192.168.0.7", "mybox.local", "")),
    ],
)
def test_is_loopback(host: str, is_local: bool) -> None:
    assert is_loopback(host) is is_local


@pytest.mark.parametrize(
    ("header", "name"),
    [("a:1", "a"), ("A", "a"), ("[::1]:2", "::1"), ("a:b", "a"), ("x@a", ""), ("[::1", ""), ("a/b", "")],
)
def test_the_name_in_a_host_header(header: str, name: str) -> None:
    assert host_name(header) == name


def test_the_server_token_is_shown_once_and_stored_sealed(config: Config, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RUNCOACH_TOKEN_STORE", "file")
    from runcoach.config import load

    config = load()
    first, again = ensure_server_token(config), ensure_server_token(config)
    assert first.token is not None
    assert again.token is None
    assert again.digest == first.digest == hashlib.sha256(first.token.encode()).digest()
    assert first.token not in repr(first)
    renewed = ensure_server_token(config, renew=True)
    assert renewed.token not in {None, first.token}
    assert ensure_server_token(config).digest == renewed.digest
    with open_database(config) as connection:
        kept = json.loads(sync_state.get(connection, "serve_access") or "")
    assert open_vault(config.paths, "file").get(kept["handle"]) == {"sha256": renewed.digest.hex()}
    files = [path for path in config.paths.data.parent.rglob("*") if path.is_file()]
    assert len(files) >= 3
    for path in files:
        content = path.read_bytes()
        for secret in (first.token, first.digest.hex(), renewed.digest.hex()):
            assert secret.encode() not in content, path
    with open_database(config) as connection:
        assert connection.execute("SELECT count(*) FROM audit WHERE entity = 'admin'").fetchone()[0] == 2


@pytest.mark.parametrize("path", ["/api/v1/sync", "/webhook/x", "/connection/import/file"])
def test_content_length_beside_transfer_encoding_is_refused(served: Any, path: str) -> None:
    head = f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n"
    headers = "".join(f"{name}: {value}\r\n" for name, value in served.change.items())
    with socket.create_connection((urlsplit(served.url).hostname or "", urlsplit(served.url).port or 0)) as client:
        client.sendall(f"{head}{headers}\r\n2\r\n{{}}\r\n0\r\n\r\nGET /api/v1/status HTTP/1.1\r\n\r\n".encode())
        client.settimeout(10)
        received = b"".join(iter(lambda: client.recv(65536), b""))
    assert received.startswith(b"HTTP/1.1 400 ")
    assert received.count(b"HTTP/1.1 ") == 1


@pytest.mark.slow
def test_a_copied_cookie_is_worthless_after_logout(guarded: Any) -> None:
    right = guarded.client.post(f"{guarded.url}/login", data={"token": TOKEN})
    copied = {"Cookie": right.headers["set-cookie"].partition(";")[0]}
    guarded.client.cookies.clear()
    assert guarded.get("/status", headers=copied).status_code == 200
    other = {"Cookie": f"runcoach_session={guarded.access.new_session()}"}
    assert (
        guarded.client.post(f"{guarded.url}/logout", headers={**guarded.change, **copied}).headers["location"]
        == "/login"
    )
    assert guarded.get("/status", headers=copied).status_code == 401
    assert guarded.get("/status", headers=other).status_code == 200


def test_an_ended_session_stays_ended_after_a_restart_until_it_expires(config: Config) -> None:
    access = allow((), b"digest")
    session = access.session(access.new_session())
    assert session is not None
    end_session(config, *session)
    end_session(config, "long ago", 17)
    assert ended_sessions(config) == {session[0]}
    assert ended_sessions(config, now=session[1] + 1) == set()


def test_an_expired_or_changed_session_is_invalid(monkeypatch: pytest.MonkeyPatch) -> None:
    access = allow((), b"digest")
    cookie = access.new_session()
    session = access.session(cookie)
    assert session is not None
    assert access.session(cookie.replace(session[0], "x")) is None
    assert access.session(cookie.replace(str(session[1]), str(session[1] + 1))) is None
    assert allow((), b"another").session(cookie) is None
    assert [access.session(text) for text in ("", ".", "..", "a.1.ä", session[0])] == [None] * 5
    monkeypatch.setattr(time, "time", lambda: session[1])
    assert access.session(cookie) is None


@pytest.mark.slow
@pytest.mark.parametrize("way", ["login", "bearer"])
def test_failed_attempts_are_slowed_even_for_the_right_token(guarded: Any, way: str) -> None:
    def attempt(token: str) -> int:
        if way == "login":
            return int(guarded.client.post(f"{guarded.url}/login", data={"token": token}).status_code)
        return int(guarded.get("/status", headers={"Authorization": f"Bearer {token}"}).status_code)

    cookie = {"Cookie": f"runcoach_session={guarded.access.new_session()}"}
    assert [attempt("guess") for _ in range(BURST)] == [401] * BURST
    assert {attempt("guess") for _ in range(50)} == {429}
    assert attempt(TOKEN) == 429
    assert guarded.get("/status", headers=cookie).status_code == 200


def test_attempts_come_back_over_time_and_for_each_address() -> None:
    now = [0.0]
    limiter = AttemptLimiter(lambda: now[0])
    for _ in range(BURST):
        assert limiter.wait_s("a") == 0
        limiter.count_failure("a")
    assert limiter.wait_s("a") == pytest.approx(INTERVAL_S)
    assert limiter.wait_s("b") == 0
    now[0] = INTERVAL_S
    assert limiter.wait_s("a") == 0
    limiter.count_failure("a")
    assert limiter.wait_s("a") > 0
    for number in range(2000):
        limiter.count_failure(str(number))
    assert len(limiter._left) == 1000


def client_of_user(url: str, user: int) -> str:
    """What another user's process receives for a GET."""
    program = (
        f"import urllib.request as r\ntry: print(r.urlopen({url!r}).status)\nexcept r.HTTPError as e: print(e.code)"
    )
    return subprocess.run(  # the interpreter of the system, which every user may run
        ["/usr/bin/env", "python3", "-S", "-c", program], user=user, capture_output=True, text=True, check=False
    ).stdout.strip()


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux" or os.getuid() != 0, reason="only root can become another user")
def test_another_user_of_this_machine_is_refused(serve: Any, filled: Any) -> None:
    with serve(filled, allow((), only_user=1234)) as up:
        for path in ("/api/v1/activities", "/", "/static/plain.css", "/login"):
            assert client_of_user(f"{up.url}{path}", 65534) == "403"
        assert client_of_user(f"{up.url}/api/v1/activities", 1234) == "200"
        assert client_of_user(f"{up.url}/api/v1/activities", 0) == "200"  # root can read the file as well
        assert client_of_user(f"{up.url}/webhook/x", 65534) == "404"  # a tunnel may run as another user


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel's tables are those of Linux")
def test_the_owner_of_a_connection_is_found_until_it_is_closed() -> None:
    assert can_find_owner()
    for family, host, target in (
        (socket.AF_INET, "127.0.0.1", "127.0.0.1"),
        (socket.AF_INET6, "127.0.0.1", "::ffff:127.0.0.1"),
    ):
        with socket.create_server((host, 0)) as listener, socket.socket(family) as client:
            client.connect((target, listener.getsockname()[1]))
            accepted, peer = listener.accept()
            with accepted:
                assert owner_of(peer, accepted.getsockname()) == os.getuid()
                client.close()
                assert owner_of(peer, accepted.getsockname()) is None
    assert owner_of(("127.0.0.1", 1), ("127.0.0.1", 2)) is None


def test_without_the_kernels_tables_no_owner_is_found(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(peer_owner, "_TABLES", (tmp_path / "none",))
    assert not can_find_owner()


@pytest.mark.slow
def test_where_owners_cannot_be_found_a_token_in_the_url_opens_a_session(serve: Any, filled: Any) -> None:
    with serve(filled, allow((), hashlib.sha256(TOKEN.encode()).digest(), token_in_url=True)) as up:
        assert up.get("/status").status_code == 401
        assert up.get("/status", params={"token": "guess"}).status_code == 401
        opened = up.client.get(f"{up.url}//evil.example/?sport=Run&token={TOKEN}")
        assert (opened.status_code, opened.headers["location"]) == (303, "/evil.example/?sport=Run")
        assert up.get("/status").status_code == 200


@pytest.mark.slow
def test_a_server_token_is_not_accepted_in_a_url(guarded: Any) -> None:
    assert guarded.get("/status", params={"token": TOKEN}).status_code == 401


@pytest.mark.slow
def test_a_server_on_all_addresses_answers_to_the_address_of_the_connection(serve: Any, filled: Any) -> None:
    access = allow(["0.0.0.0"], hashlib.sha256(TOKEN.encode()).digest(), any_address=True)
    with serve(filled, Access(frozenset({"mybox"}), access.digest, any_address=True)) as up:
        bearer = {"Authorization": f"Bearer {TOKEN}"}
        assert raw(up.url, "GET", "/api/v1/status", {**bearer, "Host": "127.0.0.1:8765"})[0] == 200
        assert raw(up.url, "GET", "/api/v1/status", {**bearer, "Host": "192.0.2.7"})[0] == 421
        assert raw(up.url, "GET", "/api/v1/status", {**bearer, "Host": "evil.example"})[0] == 421
