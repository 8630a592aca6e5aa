"""No token, code or client secret in errors and logs, whatever fails."""

from __future__ import annotations

import logging
import traceback
from base64 import b64encode
from collections import Counter
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from runcoach.errors import RuncoachError
from runcoach.sources.strava.client import PushSubscriptions, StravaClient
from runcoach.sources.strava.oauth import Application, exchange_code, refresh, revoke
from runcoach.sources.strava.transport import StravaTransport

ACCESS = "a1b2c3d4e5f60718293a4b5c6d7e8f9001122334"
REFRESH = "f0e1d2c3b4a5968778695a4b3c2d1e0f99887766"
CODE = "c0dec0dec0dec0dec0dec0dec0dec0dec0dec0de"
SECRET = "5ec7e75ec7e75ec7e75ec7e75ec7e75ec7e75ec7"
VERIFY = "7e57ab1e7e57ab1e7e57ab1e7e57ab1e7e57ab1e"
APPLICATION = Application("24523", SECRET)
SECRETS = [ACCESS, REFRESH, CODE, SECRET, VERIFY, b64encode(f"24523:{SECRET}".encode()).decode()]

ACTIONS: dict[str, Callable[[StravaTransport, str], object]] = {
    "read": lambda transport, url: StravaClient(transport, url, lambda: ACCESS).athlete(),
    "renew": lambda transport, url: StravaClient(transport, url, lambda: ACCESS, lambda _: REFRESH).activity(1),
    "exchange": lambda transport, url: exchange_code(transport, url, APPLICATION, CODE),
    "refresh": lambda transport, url: refresh(transport, url, APPLICATION, REFRESH),
    "revoke": lambda transport, url: revoke(transport, url, APPLICATION, REFRESH),
    "subscribe": lambda transport, url: PushSubscriptions(transport, url, APPLICATION, silence_s=0.05).create(
        "https://x.org/", VERIFY
    ),
    "subscriptions": lambda transport, url: PushSubscriptions(transport, url, APPLICATION).existing(),
    "unsubscribe": lambda transport, url: PushSubscriptions(transport, url, APPLICATION).delete(1),
}

#: An error response that repeats secrets of the request.
ECHO = {
    "message": f"{ACCESS} {REFRESH}",
    "errors": [{"resource": SECRET, "field": f"client_secret={SECRET}", "code": f"{CODE} {VERIFY}"}],
    "access_token": ACCESS,
    "refresh_token": REFRESH,
}


def cut(strava: Any) -> None:
    for _ in range(3):
        strava.sends(f"HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n{ACCESS}{REFRESH}{SECRET}".encode())


def refuse(status: int, strava: Any) -> None:
    for _ in range(3):
        strava.answers(status, ECHO)


FAILURES: dict[str, Callable[[Any], object]] = {
    "hangs": lambda strava: strava.hangs().hangs().hangs(),
    "resets": lambda strava: strava.resets().resets().resets(),
    "cut": cut,
    "no json": lambda strava: [strava.answers(200, raw=f"{{{ACCESS} {SECRET}".encode()) for _ in range(3)],
    "wrong": lambda strava: strava.answers(200, [f"{ACCESS} {REFRESH}"]),
    "wrong grant": lambda strava: strava.answers(200, {"access_token": f"{ACCESS}\n", "refresh_token": [REFRESH]}),
    "moved": lambda strava: strava.answers(302, headers={"Location": f"https://{ACCESS}@x.org/?secret={SECRET}"}),
    **{str(status): partial(refuse, status) for status in (400, 401, 403, 404, 418, 429, 500)},
}


#: Every failure with two actions, every action with at least three failures.
CASES = [
    (list(ACTIONS)[action % len(ACTIONS)], failure)
    for index, failure in enumerate(FAILURES)
    for action in (index, index + 3)
]


def all_texts_of(error: BaseException) -> str:
    """The traceback, texts and attributes of an error and its causes."""
    parts = ["".join(traceback.format_exception(error))]
    seen: set[int] = set()
    todo: list[BaseException | None] = [error]
    while todo:
        link = todo.pop()
        if link is None or id(link) in seen:
            continue
        seen.add(id(link))
        parts += [str(link), repr(link), repr(link.args), repr(vars(link))]
        assert not type(link).__module__.startswith(("httpx", "httpcore", "json")), "holds the request or the answer"
        todo += [link.__cause__, link.__context__]
    return "\n".join(parts)


def test_cases_cover_every_action() -> None:
    counts = Counter(action for action, _ in set(CASES))
    assert len(set(CASES)) == 2 * len(FAILURES)
    assert set(counts) == set(ACTIONS)
    assert min(counts.values()) >= 3


@pytest.mark.slow
@pytest.mark.parametrize(("action", "failure"), CASES)
def test_no_secret_in_error_or_log_after_failure(
    strava: Any, impatient: StravaTransport, caplog: pytest.LogCaptureFixture, action: str, failure: str
) -> None:
    caplog.set_level(logging.DEBUG)
    FAILURES[failure](strava)
    texts = ""
    try:
        ACTIONS[action](impatient, strava.url)
    except RuncoachError as error:
        texts = all_texts_of(error) + str(error.hint)
    assert strava.requests
    assert caplog.records
    for secret in SECRETS:
        assert secret not in texts
        for record in caplog.records:
            if not record.getMessage().startswith("receive_response_headers"):  # repeated by the server itself
                assert secret not in record.getMessage()


@pytest.mark.parametrize("action", ["subscriptions", "unsubscribe"])
def test_secret_in_query_is_sent_and_not_logged(
    strava: Any, transport: StravaTransport, caplog: pytest.LogCaptureFixture, action: str
) -> None:
    caplog.set_level(logging.DEBUG)
    strava.answers(200, [])
    ACTIONS[action](transport, strava.url)
    assert strava.requests[0].query["client_secret"] == SECRET
    assert "/push_subscriptions" in caplog.text
    assert SECRET not in caplog.text
    assert SECRET not in repr([vars(record) for record in caplog.records])


@pytest.mark.parametrize("action", [name for name in ACTIONS if name not in {"subscriptions", "unsubscribe"}])
def test_no_secret_in_url_of_other_requests(strava: Any, impatient: StravaTransport, action: str) -> None:
    strava.answers(500).answers(500).answers(500)
    with pytest.raises(RuncoachError):
        ACTIONS[action](impatient, strava.url)
    for request in strava.requests:
        assert not any(secret in f"{request.path} {request.query}" for secret in SECRETS)


@pytest.mark.parametrize("token", ["a1b2", "9f8e7d6c", "sesame", "tok-en"])
@pytest.mark.parametrize("echo", ["{}", "Bearer {}", "bad token {} given"])
def test_a_short_token_that_a_response_repeats_is_struck_out(
    strava: Any, token: str, echo: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("runcoach.errors._HELD_SECRETS", set())
    text = echo.format(token)
    strava.answers(403, {"message": text, "errors": [{"resource": text, "field": token, "code": f"no {token}"}]})
    with StravaTransport(sleep=lambda _: None) as transport, pytest.raises(RuncoachError) as raised:
        StravaClient(transport, strava.url, lambda: token).athlete()
    for shown in (str(raised.value), raised.value.message, repr(raised.value), str(raised.value.hint)):
        assert token not in shown
