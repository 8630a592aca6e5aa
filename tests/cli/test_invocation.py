"""Global options, error messages and exit codes."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest

from runcoach import __version__
from runcoach.__main__ import main
from runcoach.cli.app import COMMANDS
from runcoach.cli.invocation import globals_first
from runcoach.cli.output import one_line

Run = Callable[..., Any]


@pytest.mark.parametrize(
    ("given", "sorted_"),
    [
        (["best", "--profile", "me", "--window", "1y"], ["--profile", "me", "best", "--window", "1y"]),
        (["best", "--quiet", "--units=imperial"], ["--quiet", "--units=imperial", "best"]),
        (["import", "--", "--quiet"], ["import", "--", "--quiet"]),
        (["best", "--home"], ["--home", "best"]),
    ],
)
def test_global_options_are_accepted_anywhere(given: list[str], sorted_: list[str]) -> None:
    options, others = globals_first(given)
    assert options + others == sorted_


def test_version_option(runcoach: Run) -> None:
    assert runcoach("--version").out == f"runcoach {__version__}\n"


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help_with_an_example_and_json(runcoach: Run, command: str) -> None:
    ended = runcoach(command, "--help")
    assert ended.code == 0
    assert f"runcoach {command}" in ended.out
    assert "Example" in ended.out
    if command not in {"sandbox", "serve", "mcp", "demo"}:  # servers and a show: none has an answer to give
        assert "--json" in ended.out


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (["bset"], 2, "bset"),
        (["best", "--windwo", "1y"], 2, "runcoach best --help"),
        (["best", "--window", "7 parsecs"], 2, "90d"),
        (["best", "--distance", "-5k"], 2, "not a valid distance"),
        (["best", "--as-of", "2026-02-30"], 2, "not a valid date"),
        (["best", "--top", "0"], 2, "--top"),
        (["best", "--top", "many"], 2, "--top"),
        (["show", "one"], 1, "no activities yet"),
        (["splits", "1"], 1, "runcoach import"),
        (["activities", "--sort", "shoes"], 2, "sort by date"),
        (["import", "nowhere"], 1, "nowhere does not exist"),
        (["config", "set", "colour", "green"], 2, "settings: units"),
        (["config", "set", "units", "furlongs"], 2, "metric or imperial"),
        (["--profile", "../../etc", "status"], 2, "letters, digits"),
        (["--units", "leagues", "status"], 2, "metric or imperial"),
    ],
)
def test_an_error_is_one_line_with_a_hint(runcoach: Run, arguments: list[str], code: int, says: str) -> None:
    ended = runcoach(*arguments)
    assert ended.code == code
    assert ended.out == ""
    assert ended.err.startswith("runcoach: ")
    assert ended.err.count("\n") == 1
    assert says in ended.err


def test_errors_are_json_with_json_option(runcoach: Run) -> None:
    ended = runcoach("show", "7", "--json")
    assert ended.code == 1
    assert ended.json == {
        "command": "show",
        "version": 1,
        "error": {
            "code": "not_found",
            "message": "there are no activities yet",
            "hint": "run `runcoach import FOLDER` first",
        },
    }


@pytest.mark.parametrize("command", ["activities", "best", "totals", "audit"])
def test_an_empty_database_suggests_the_next_step(runcoach: Run, command: str) -> None:
    ended = runcoach(command)
    assert (ended.code, ended.out) == (0, "")
    assert ended.err.count("\n") == 1
    assert runcoach(command, "--json").json["data"] == []


def test_quiet_suppresses_messages(runcoach: Run) -> None:
    assert runcoach("best", "--quiet").err == ""


def test_debug_prints_a_traceback(runcoach: Run) -> None:
    ended = runcoach("--debug", "best", "--window", "x")
    assert "Traceback" in ended.err
    assert ended.code == 2


def test_one_line_escapes_control_characters() -> None:
    assert one_line("a\x1b[31m\nb") == "a\\x1b[31m b"


def test_config_shows_the_origin_of_each_setting(runcoach: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def origin() -> tuple[str, str]:
        (row,) = [s for s in runcoach("config", "--json").json["data"]["settings"] if s["name"] == "units"]
        return row["value"], row["origin"]

    assert origin() == ("metric", "default")
    runcoach("config", "set", "units", "imperial")
    assert origin() == ("imperial", "config.toml")
    monkeypatch.setenv("RUNCOACH_UNITS", "metric")
    assert origin() == ("metric", "environment")
    monkeypatch.delenv("RUNCOACH_UNITS")
    runcoach("config", "unset", "units")
    assert origin() == ("metric", "default")


@pytest.mark.slow
@pytest.mark.parametrize(
    "command",
    [["best"], ["activities"], ["status"], ["totals"], ["best", "--json"], ["today"], ["races"], ["durability"]],
)
def test_reading_commands_import_no_heavy_modules(command: list[str], runcoach: Run) -> None:
    """sqlmodel alone would cost five times what the whole command takes."""
    from runcoach.config import load
    from runcoach.store import jobs
    from runcoach.store.sqlite.connection import write_transaction
    from runcoach.store.sqlite.database import open_database

    with open_database(load()) as connection, write_transaction(connection):
        jobs.enqueue(connection, "fetch", {"stravaId": 1, "startTime": 0}, "sync")  # status estimates when it is done
    code = (
        "import sys; from runcoach.cli.app import run; code = run(sys.argv[1:]);"
        "print(sorted({'sqlmodel', 'sqlalchemy', 'numpy', 'httpx', 'keyring', 'cryptography', 'pydantic', 'tzfpy'}"
        " & set(sys.modules)), file=sys.stderr); sys.exit(code)"
    )
    ended = subprocess.run(
        [sys.executable, "-c", code, *command], capture_output=True, text=True, env=os.environ, check=True
    )
    assert ended.stderr.splitlines()[-1] == "[]"


@pytest.mark.slow
def test_a_closed_pipe_is_not_an_error(home: object) -> None:
    ended = subprocess.run(
        f"{sys.executable} -m runcoach --help | head -c 1", shell=True, capture_output=True, text=True, check=True
    )
    assert ended.stderr == ""


def test_ctrl_c_in_any_command_says_interrupted(monkeypatch: pytest.MonkeyPatch, runcoach: Callable[..., Any]) -> None:
    def interrupt(*_: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("runcoach.services.queries.status.status", interrupt)
    ended = runcoach("status")
    assert (ended.code, ended.out, ended.err.strip()) == (130, "", "interrupted")


def test_interrupt_while_modules_are_imported_ends_with_130_and_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    class Interrupting:
        def find_spec(self, name: str, *_: object) -> None:
            if name == "runcoach.cli.app":
                raise KeyboardInterrupt

    monkeypatch.delitem(sys.modules, "runcoach.cli.app")
    monkeypatch.setattr(sys, "meta_path", [Interrupting(), *sys.meta_path])
    assert main() == 130
    assert capsys.readouterr().err == "interrupted\n"
