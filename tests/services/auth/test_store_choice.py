"""The token store that a page preselects."""

from __future__ import annotations

from dataclasses import replace

import pytest

from runcoach.config import Config
from runcoach.errors import KeyringUnusableError
from runcoach.services.auth import store_choice as module
from runcoach.services.auth.api_key import connect
from runcoach.services.auth.store_choice import KeyringCheck, StoreChoice, store_choice
from runcoach.store.sqlite.database import open_reader


class Keyring:
    """In place of the operating system's; ``works`` says whether there is one, ``asked`` how often it was asked."""

    works = True
    asked = 0

    def __init__(self, *_: object) -> None:
        pass

    @property
    def name(self) -> str:
        Keyring.asked += 1
        if not Keyring.works:
            raise KeyringUnusableError("no keyring")
        return "keyring"


@pytest.fixture
def keyring(monkeypatch: pytest.MonkeyPatch) -> type[Keyring]:
    monkeypatch.setattr(module, "OsKeyring", Keyring)
    monkeypatch.setattr(Keyring, "works", True)
    monkeypatch.setattr(Keyring, "asked", 0)
    return Keyring


def choose(config: Config, setting: str = "auto") -> StoreChoice:
    with open_reader(config) as connection:
        config = replace(config, settings=replace(config.settings, token_store=setting))
        return store_choice(config, connection, KeyringCheck(config))


def test_keyring_is_preselected_where_it_works(config: Config, keyring: type[Keyring]) -> None:
    assert choose(config) == StoreChoice("keyring", has_keyring=True)
    assert choose(config, "file") == StoreChoice("file", has_keyring=True)


@pytest.mark.parametrize("setting", ["auto", "keyring", "file"])
def test_file_is_preselected_where_no_keyring_works(config: Config, keyring: type[Keyring], setting: str) -> None:
    keyring.works = False
    assert choose(config, setting) == StoreChoice("file", has_keyring=False)


def test_file_stays_preselected_once_it_is_in_use(config: Config, keyring: type[Keyring], sandbox: object) -> None:
    account = sandbox.garmin.account  # type: ignore[attr-defined]
    pointed = replace(config, settings=replace(config.settings, garmin_api_url=sandbox.garmin_url))  # type: ignore[attr-defined]
    connect(pointed, "garmin", account.key, token_store="file")
    assert choose(pointed).preselected == "file"


def test_keyring_is_asked_once_a_minute(config: Config, keyring: type[Keyring]) -> None:
    now = [0.0]
    check = KeyringCheck(config, clock=lambda: now[0])
    assert [check.works(), check.works()] == [True, True]
    assert keyring.asked == 1
    keyring.works = False
    now[0] = 60.0
    assert not check.works()


def test_keyring_that_does_not_answer_counts_as_unusable(config: Config, monkeypatch: pytest.MonkeyPatch) -> None:
    import threading

    released = threading.Event()

    class Silent(Keyring):
        @property
        def name(self) -> str:
            released.wait(30)
            return "keyring"

    monkeypatch.setattr(module, "OsKeyring", Silent)
    monkeypatch.setattr(module, "WITHIN_S", 0.01)
    assert not KeyringCheck(config).works()
    released.set()
