"""Connections that no two threads share, and what the environment may say about them."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from runcoach.errors import ConfigError
from runcoach.sources.remote.client_pool import IN_FLIGHT, ClientPool


@pytest.fixture
def lanes() -> Iterator[ClientPool]:
    opened = ClientPool()
    yield opened
    opened.close()


def test_no_two_have_the_same_one(lanes: ClientPool) -> None:
    with lanes.one() as first, lanes.one() as second:
        assert first is not second


def test_the_warm_one_is_used_again(lanes: ClientPool) -> None:
    with lanes.one() as first:
        pass
    with lanes.one() as second:
        assert first is second


def test_whoever_finds_all_taken_waits_for_one_to_come_back(lanes: ClientPool) -> None:
    taken, free = threading.Semaphore(0), threading.Event()
    used: list[int] = []

    def hold() -> None:
        with lanes.one() as client:
            taken.release()
            free.wait(10)
            used.append(id(client))

    threads = [threading.Thread(target=hold) for _ in range(IN_FLIGHT + 1)]
    for thread in threads:
        thread.start()
    for _ in range(IN_FLIGHT):
        assert taken.acquire(timeout=10)
    assert not taken.acquire(blocking=False)
    free.set()
    for thread in threads:
        thread.join(10)
    assert len(used) == IN_FLIGHT + 1
    assert len(set(used)) == IN_FLIGHT


def test_one_comes_back_whatever_happened_with_it(lanes: ClientPool) -> None:
    for _ in range(IN_FLIGHT + 1):
        with pytest.raises(ZeroDivisionError), lanes.one():
            raise ZeroDivisionError


@pytest.mark.parametrize("proxy", ["gopher://me:hunter2@proxy.example:70", "socks9://me:hunter2@proxy.example"])
def test_a_proxy_that_cannot_be_used_is_said_without_its_password(monkeypatch: pytest.MonkeyPatch, proxy: str) -> None:
    monkeypatch.setenv("ALL_PROXY", proxy)
    with pytest.raises(ConfigError) as caught:
        ClientPool()
    assert "proxy" in caught.value.message
    assert "hunter2" not in f"{caught.value.message} {caught.value.hint} {caught.value.__context__!r}"


def test_certificates_that_are_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", "/nowhere/to/be/found.pem")
    with pytest.raises(ConfigError, match="certificates"):
        ClientPool()
