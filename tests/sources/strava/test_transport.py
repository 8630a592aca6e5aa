"""Bad luck on the way, each kind over a real socket: what is tried again, how often, and what it says in the end."""

from __future__ import annotations

import ssl
import threading
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from runcoach import __version__
from runcoach.errors import ConfigError, ExitCode, RateLimitError, RemoteUnavailableError, RuncoachError
from runcoach.sources.remote.exchange import ApiRequest, ApiResponse
from runcoach.sources.remote.transport import retry_delay_s
from runcoach.sources.strava.limiter import RateLimiter
from runcoach.sources.strava.transport import StravaTransport

FULL_QUARTER = {"X-ReadRateLimit-Limit": "100,1000", "X-ReadRateLimit-Usage": "100,500"}
FULL_DAY = {"X-ReadRateLimit-Limit": "100,1000", "X-ReadRateLimit-Usage": "3,1000"}
ROOM = {"X-ReadRateLimit-Limit": "100,1000", "X-ReadRateLimit-Usage": "3,500"}
PAGE = {"Content-Type": "text/html"}


def call(strava: Any, **changes: Any) -> ApiRequest:
    return ApiRequest(**{"method": "GET", "url": f"{strava.url}/api/v3/activities/1", "what": "activity 1", **changes})


def failure(transport: StravaTransport, strava: Any, kind: type[RuncoachError], **changes: Any) -> Any:
    with pytest.raises(RuncoachError) as caught:
        transport.send(call(strava, **changes))
    assert type(caught.value) is kind
    return caught.value


@pytest.mark.parametrize(
    ("made", "elapsed_s", "expected"),
    [
        (1, 0.1, 0.25),
        (2, 0.4, 0.5),
        (3, 0.9, None),  # three tries are enough
        (1, 4.5, 0.25),
        (2, 9.25, 0.5),  # two time-outs of 4.5 s: a third try still begins within ten seconds
        (2, 9.6, None),
        (1, 11.0, None),
    ],
)
def test_when_a_request_is_tried_again(made: int, elapsed_s: float, expected: float | None) -> None:
    assert retry_delay_s(made, elapsed_s) == expected


def test_a_call_that_may_be_made_once_is_made_once() -> None:
    assert retry_delay_s(1, 0.1, tries=1) is None


def test_an_answer_is_the_json_and_the_bytes(strava: Any, transport: StravaTransport) -> None:
    strava.answers(200, {"id": 1, "name": "Morgenlauf – München"})
    answer = transport.send(call(strava))
    assert answer.data == {"id": 1, "name": "Morgenlauf – München"}
    assert answer.raw.startswith(b'{"id": 1')
    assert answer.headers["content-type"] == "application/json; charset=utf-8"
    assert strava.requests[0].headers["user-agent"] == f"runcoach/{__version__}"


OK = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"

#: What is sent as it is before the connection closes.
RAW = {
    "closed": b"",
    "cut body": OK + b'Content-Length: 500\r\n\r\n{"id": 1,',
    "cut chunk": OK + b'Transfer-Encoding: chunked\r\n\r\n40\r\n{"id": 1,',
    "not gzip": OK + b'Content-Encoding: gzip\r\nContent-Length: 9\r\n\r\n{"id": 1}',
    "not http": b"220 mail.example ESMTP\r\n\r\n",
}

#: Bodies that are no JSON.
BODIES = {
    "cut json": b'{"id": 1, "name": ',
    "NaN": b'{"id": NaN}',
    "deep": b"[" * 100_000,
    "not utf-8": b'{"name": "\xff"}',
}


def trouble(strava: Any, kind: str) -> None:
    """Script one misfortune."""
    if kind.isdigit():
        strava.answers(int(kind), raw=b"<html>Sorry</html>", headers=PAGE)
    elif kind == "reset":
        strava.resets()
    elif kind == "page":
        strava.answers(200, raw=b"<!doctype html><title>Down for maintenance</title>", headers=PAGE)
    elif kind in RAW:
        strava.sends(RAW[kind])
    else:
        strava.answers(200, raw=BODIES[kind])


MISFORTUNES = {
    "500": "500",
    "502": "502",
    "503": "503",
    "408": "408",
    "reset": "closed the connection",
    "closed": "closed the connection",
    "cut body": "broke off halfway",
    "cut chunk": "broke off halfway",
    "cut json": "broken JSON",
    "page": "a web page",
    "not gzip": "broke off halfway",
    "not http": "closed the connection",
    "NaN": "broken JSON",
    "deep": "broken JSON",
    "not utf-8": "broken JSON",
}


@pytest.mark.parametrize("kind", MISFORTUNES)
def test_a_passing_trouble_is_tried_again_and_forgotten(
    strava: Any, transport: StravaTransport, pauses: list[float], kind: str
) -> None:
    trouble(strava, kind)
    trouble(strava, kind)
    strava.answers(200, {"id": 1})
    assert transport.send(call(strava)).data == {"id": 1}
    assert len(strava.requests) == 3
    assert pauses == [0.25, 0.5]


@pytest.mark.parametrize(("kind", "said"), MISFORTUNES.items())
def test_a_lasting_trouble_says_which_after_three_tries(
    strava: Any, transport: StravaTransport, pauses: list[float], kind: str, said: str
) -> None:
    for _ in range(3):
        trouble(strava, kind)
    error = failure(transport, strava, RemoteUnavailableError)
    assert said in error.message
    assert "activity 1" in error.message
    assert "later" in error.hint
    assert error.exit_code is ExitCode.FAILED
    assert len(strava.requests) == 3
    assert pauses == [0.25, 0.5]


@pytest.mark.slow
def test_silence_is_a_time_out(strava: Any, impatient: StravaTransport, pauses: list[float]) -> None:
    strava.hangs().hangs().hangs()
    error = failure(impatient, strava, RemoteUnavailableError)
    assert error.message == "Strava did not answer in time when asked for activity 1"
    assert len(strava.requests) == 3
    assert pauses == [0.25, 0.5]


@pytest.mark.slow
def test_silence_halfway_is_a_time_out(strava: Any, impatient: StravaTransport) -> None:
    for _ in range(3):
        strava.sends(b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n" + b'{"id": 1,', keep=True)
    error = failure(impatient, strava, RemoteUnavailableError)
    assert "in time" in error.message


def test_an_answer_that_drips_forever_is_given_up(strava: Any, clock: Any) -> None:
    strava.sends(b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n" + b'{"id": 1,', keep=True)
    ticks = iter([0.0, 1.0, 62.0, 63.0])
    with StravaTransport(RateLimiter(clock=clock), ticks=lambda: next(ticks), silence_s=5.0) as transport:
        error = failure(transport, strava, RemoteUnavailableError)
    assert "takes too long" in error.message


def test_nobody_there(transport: StravaTransport, strava: Any, pauses: list[float]) -> None:
    error = failure(transport, strava, RemoteUnavailableError, url="http://127.0.0.1:9/api/v3/athlete")
    assert error.message == "127.0.0.1:9 cannot be reached: is this machine online?"
    assert pauses == [0.25, 0.5]


def test_tries_end_after_ten_seconds(strava: Any, clock: Any, pauses: list[float]) -> None:
    strava.answers(503).answers(503).answers(503)
    ticks = iter([0.0, 0.0, 0.0, 9.9])
    with StravaTransport(
        RateLimiter(clock=clock), sleep=pauses.append, ticks=lambda: next(ticks), silence_s=5.0
    ) as transport:
        failure(transport, strava, RemoteUnavailableError)
    assert len(strava.requests) == 1
    assert pauses == []


def test_an_answer_without_end_is_refused(strava: Any, clock: Any) -> None:
    strava.answers(200, raw=b" " * 300_000)  # some hundred bytes, compressed
    with StravaTransport(RateLimiter(clock=clock), answer_bytes=200_000, silence_s=5.0) as transport:
        error = failure(transport, strava, RemoteUnavailableError)
    assert "larger than any activity" in error.message
    assert len(strava.requests) == 1


def test_a_redirect_is_not_followed_and_takes_no_token_along(strava: Any, transport: StravaTransport) -> None:
    strava.answers(301, headers={"Location": "https://elsewhere.example/api?session=a1b2c3"})
    error = failure(transport, strava, RemoteUnavailableError, authorization="Bearer a1b2c3")
    assert "elsewhere.example" in error.message
    assert "a1b2c3" not in f"{error} {error.hint}"
    assert "strava_api_url" in error.hint
    assert len(strava.requests) == 1


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 418])
def test_a_refusal_is_an_answer_and_not_tried_again(strava: Any, transport: StravaTransport, status: int) -> None:
    strava.answers(status, raw=b"<html>no</html>", headers=PAGE)
    answer = transport.send(call(strava))
    assert (answer.status, answer.data) == (status, None)
    assert len(strava.requests) == 1


def test_no_content_is_an_answer(strava: Any, transport: StravaTransport) -> None:
    strava.sends(b"HTTP/1.1 204 No Content\r\n\r\n", keep=True)
    assert transport.send(call(strava, method="DELETE")).data is None


@pytest.mark.parametrize(("headers", "window"), [(FULL_QUARTER, "quarter"), (FULL_DAY, "day")])
def test_a_429_with_a_full_budget_ends_the_window(
    strava: Any, transport: StravaTransport, clock: Any, headers: dict[str, str], window: str
) -> None:
    strava.answers(429, {"message": "Rate Limit Exceeded"}, headers=headers)
    error = failure(transport, strava, RateLimitError)
    assert error.window == window
    assert error.until == pytest.approx(clock.now + {"quarter": 602, "day": 35_702}[window])
    assert error.exit_code is ExitCode.LIMIT
    assert len(strava.requests) == 1


def test_after_the_limit_nothing_more_is_sent_until_the_window_ends(
    strava: Any, transport: StravaTransport, clock: Any
) -> None:
    strava.answers(200, {}, headers=FULL_QUARTER).answers(200, {"id": 1})
    transport.send(call(strava))
    failure(transport, strava, RateLimitError)
    assert len(strava.requests) == 1
    clock.now += 602
    assert transport.send(call(strava)).data == {"id": 1}


def test_a_429_with_room_left_is_tried_again(strava: Any, transport: StravaTransport, pauses: list[float]) -> None:
    strava.answers(429, headers=ROOM).answers(200, {"id": 1}, headers=ROOM)
    assert transport.send(call(strava)).data == {"id": 1}
    assert pauses == [0.25]


def test_a_429_that_insists_in_spite_of_room_counts_as_the_quarter(strava: Any, transport: StravaTransport) -> None:
    strava.answers(429, headers=ROOM).answers(429, headers=ROOM).answers(429, headers=ROOM)
    assert failure(transport, strava, RateLimitError).window == "quarter"
    assert len(strava.requests) == 3


def test_a_429_that_says_nothing_counts_as_the_quarter(strava: Any, transport: StravaTransport) -> None:
    strava.answers(429, raw=b"Too many", headers=PAGE)
    assert failure(transport, strava, RateLimitError).window == "quarter"
    assert len(strava.requests) == 1


def test_calls_that_do_not_count_go_out_at_the_limit(strava: Any, transport: StravaTransport) -> None:
    strava.answers(200, {}, headers=FULL_QUARTER).answers(200, {"token_type": "Bearer"})
    transport.send(call(strava))
    assert transport.send(call(strava, method="POST", form={"a": "b"}, counts=False)).status == 200


@pytest.mark.parametrize("kind", ["500", "reset", "cut json"])
def test_a_failed_read_is_not_on_its_way_for_ever(strava: Any, transport: StravaTransport, kind: str) -> None:
    strava.answers(200, {}, headers={"X-ReadRateLimit-Limit": "100,1000", "X-ReadRateLimit-Usage": "90,90"})
    transport.send(call(strava))
    for _ in range(3):
        trouble(strava, kind)
    failure(transport, strava, RemoteUnavailableError)
    assert transport.limiter.reads_left == 10
    assert transport.limiter.reads_sent == 4


def test_connections_are_used_again(strava: Any, transport: StravaTransport) -> None:
    before = threading.active_count()
    for _ in range(5):
        strava.answers(200, {})
        transport.send(call(strava))
    assert threading.active_count() == before + 1  # the server gives each connection a thread


def test_proxies_of_the_environment_do_not_stand_between_us_and_this_machine(
    strava: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    strava.answers(200, {"id": 1})
    with StravaTransport(silence_s=5.0) as transport:
        assert transport.send(call(strava)).data == {"id": 1}


def test_a_proxy_of_the_environment_is_used_for_the_rest(
    strava: Any, monkeypatch: pytest.MonkeyPatch, pauses: list[float]
) -> None:
    monkeypatch.setenv("HTTP_PROXY", strava.url)
    strava.answers(200, {"id": 1})
    with StravaTransport(silence_s=5.0) as transport:
        assert transport.send(call(strava, url="http://api.strava.example/athlete")).data == {"id": 1}
    assert strava.requests[0].path == "/athlete"


def test_a_way_of_asking_that_nobody_knows(transport: StravaTransport, strava: Any, pauses: list[float]) -> None:
    error = failure(transport, strava, RemoteUnavailableError, url="ftp://strava.example/api/v3/athlete")
    assert "cannot be asked for activity 1" in error.message
    assert pauses == []


def test_an_address_that_is_none(transport: StravaTransport, strava: Any) -> None:
    assert (
        "strava_api_url"
        in failure(transport, strava, ConfigError, url="https://strava.example:port/api/v3/athlete").message
    )


@pytest.fixture
def self_signed(tmp_path: Path) -> Iterator[str]:
    """A server whose certificate nobody vouches for; its address."""
    import socket

    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import NameOID

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    builder = builder.serial_number(1).not_valid_before(now - timedelta(1)).not_valid_after(now + timedelta(1))
    certificate = builder.add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False).sign(
        key, hashes.SHA256()
    )
    pem = tmp_path / "server.pem"
    pem.write_bytes(
        certificate.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def greet() -> None:
            connection, _ = listener.accept()
            with connection, suppress(OSError):  # the client hangs up, as it should
                context.wrap_socket(connection, server_side=True).close()

        thread = threading.Thread(target=greet, daemon=True)
        thread.start()
        yield f"https://localhost:{listener.getsockname()[1]}"
        thread.join(10)


def test_a_certificate_that_nobody_vouches_for_is_refused_at_once(
    self_signed: str, transport: StravaTransport, strava: Any, pauses: list[float]
) -> None:
    error = failure(transport, strava, RemoteUnavailableError, url=f"{self_signed}/api/v3/athlete")
    assert "certificate" in error.message
    assert "clock" in error.hint
    assert pauses == []


def test_what_is_sent_and_what_comes_back_is_in_no_repr() -> None:
    sent = ApiRequest("GET", "https://x", "it", secret_params={"a": "s3"}, form={"b": "s3"}, authorization="Bearer s3")
    assert "s3" not in repr(sent)
    assert "s3" not in repr(ApiResponse(200, {}, b"s3", {"t": "s3"}))
