"""The trial under cron's bare environment, with programs that behave and misbehave."""

from __future__ import annotations

import json
import os
import pwd
from pathlib import Path

import pytest

from runcoach.services.scheduling.environment_check import LINGER, Account, try_token
from runcoach.services.scheduling.unit_files import Launch


@pytest.fixture
def account(tmp_path: Path) -> Account:
    return Account("anna", str(tmp_path))


def program(folder: Path, *lines: str) -> str:
    script = folder / "my 100% runcoach"
    script.write_text("\n".join(["#!/bin/sh", *lines, ""]))
    script.chmod(0o755)
    return str(script)


def answers(error: dict[str, str | None]) -> str:
    return f"echo '{json.dumps({'command': 'schedule', 'version': 1, 'error': error})}'; exit 4"


def test_the_trial_sees_what_cron_gives_and_what_the_line_adds_and_nothing_else(
    tmp_path: Path, account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RUNCOACH_UNITS", "imperial")
    dump = program(
        tmp_path,
        'env -0 > "$PWD/seen"',
        'printf "%s\\n" "$@" > "$PWD/words"',
        "cat",
        'echo \'{"data": {"store": "it"}}\'',
    )
    launch = Launch((dump,), ("--home", "/50% of it"), {"A": "100%"}, {"BUS": "unix:path=/x"})
    tried = try_token(launch, account)
    assert (tried.ok, tried.message) == (True, "tokens and keys could be read (it)")
    seen = dict(word.split("=", 1) for word in (tmp_path / "seen").read_text().split("\0")[:-1])
    assert {name: value for name, value in seen.items() if name not in {"PWD", "OLDPWD", "_", "SHLVL"}} == {
        "HOME": str(tmp_path),
        "LOGNAME": "anna",
        "USER": "anna",
        "SHELL": "/bin/sh",
        "PATH": "/usr/bin:/bin",
        "A": "100%",
        "BUS": "unix:path=/x",
    }
    assert (tmp_path / "words").read_text().splitlines() == ["--home", "/50% of it", "schedule", "check", "--json"]


def test_a_refusal_is_told_with_its_remedy(tmp_path: Path, account: Account) -> None:
    refusing = program(tmp_path, answers({"code": "keyring_locked", "message": "it is locked", "hint": "unlock it"}))
    tried = try_token(Launch((refusing,), (), {}, {}), account)
    assert (tried.ok, tried.message, tried.hint) == (False, "it is locked", "unlock it")


def test_where_there_is_no_keyring_lingering_may_help(tmp_path: Path, account: Account) -> None:
    refusing = program(tmp_path, answers({"code": "keyring", "message": "there is none", "hint": "use a file"}))
    assert try_token(Launch((refusing,), (), {}, {}), account).hint == f"use a file; {LINGER}"


@pytest.mark.parametrize(
    ("lines", "says"),
    [
        (["echo 'No module named runcoach' >&2", "exit 1"], "does not start there: No module named runcoach"),
        (["exit 3"], "ended with exit code 3 and said nothing"),
        (["echo 1"], "ended with exit code 0 and said nothing"),
        (["echo hello"], "ended with exit code 0 and said nothing"),
        (["printf '\\377'", "echo 'oh\\377' >&2", "exit 1"], "does not start there: oh\N{REPLACEMENT CHARACTER}"),
        (["kill -9 $$"], "does not start there"),
    ],
)
def test_a_program_that_does_not_start(tmp_path: Path, account: Account, lines: list[str], says: str) -> None:
    tried = try_token(Launch((program(tmp_path, *lines),), (), {}, {}), account)
    assert not tried.ok
    assert says in tried.message
    assert tried.hint


def test_a_program_that_is_not_there(tmp_path: Path, account: Account) -> None:
    tried = try_token(Launch((f"{tmp_path}/gone/runcoach",), (), {}, {}), account)
    assert not tried.ok
    assert "not found" in tried.message


@pytest.mark.slow
def test_a_keyring_that_never_answers_is_given_up(tmp_path: Path, account: Account) -> None:
    """The program waits in a child of its own, which has to end with it: it would hold the pipe open for ever."""
    os.mkfifo(tmp_path / "never")
    waiting = program(tmp_path, "cat never", "echo done")
    tried = try_token(Launch((waiting,), (), {}, {}), account, within_s=0.2)
    assert not tried.ok
    assert "took more than" in tried.message
    assert "--token-store file" in str(tried.hint)


def test_an_account_is_what_the_system_knows(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    entry = pwd.getpwuid(os.getuid())
    assert Account.of_this_process() == Account(entry.pw_name, entry.pw_dir)
    monkeypatch.setattr("runcoach.services.scheduling.environment_check.os.getuid", lambda: 4_000_000_000)
    monkeypatch.setenv("USER", "nobody here")
    assert Account.of_this_process() == Account("nobody here", str(tmp_path))


def test_a_home_folder_that_is_missing(tmp_path: Path) -> None:
    launch = Launch((program(tmp_path, "pwd >&2", "exit 1"),), (), {}, {})
    assert try_token(launch, Account("anna", f"{tmp_path}/gone")).message.endswith(": /")
