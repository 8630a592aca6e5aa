"""The README tells the truth: its commands run, its tables name what is there."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from runcoach.cli.app import COMMANDS
from runcoach.config import SETTINGS
from runcoach.errors import ExitCode

README = (Path(__file__).parent.parent / "README.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", README, flags=re.MULTILINE | re.DOTALL)


def commands(language: str) -> list[list[str]]:
    lines = [line for block in blocks(language) for line in block.splitlines()]
    return [shlex.split(line[2:], comments=True) for line in lines if line.startswith("$ ")]


def test_the_commands_of_the_readme_run_in_their_order(
    runcoach: Callable[..., Any], tmp_path: Path, make_fit: Callable[..., bytes]
) -> None:
    runs = tmp_path / "runs"
    runs.mkdir()
    (runs / "long.fit").write_bytes(make_fit(days_ago=20, km=12.0, pace_s=330))
    (runs / "race.fit").write_bytes(make_fit(days_ago=3, km=5.2, pace_s=255))
    lines = commands("console")
    assert len(lines) > 10
    for program, *arguments in lines:
        assert program == "runcoach"
        ended = runcoach(*(argument.replace("~", str(tmp_path)) for argument in arguments))
        assert ended.code == 0, (arguments, ended.err)
        assert ended.out or ended.err, arguments


def test_every_command_is_in_the_table() -> None:
    table = README.split("### Commands", 1)[1].split("###", 1)[0]
    named = {
        word.split()[0]
        for cell in re.findall(r"^\| (.*?) \|", table, flags=re.MULTILINE)
        for word in re.findall(r"`([^`]+)`", cell)
    }
    assert named == set(COMMANDS)


def test_every_exit_code_is_in_the_table() -> None:
    table = README.split("### Output and exit codes", 1)[1].split("###", 1)[0]
    assert {int(code) for code in re.findall(r"^\| (\d+) \|", table, flags=re.MULTILINE)} == {int(c) for c in ExitCode}


@pytest.mark.parametrize("setting", SETTINGS, ids=lambda setting: setting.name)
def test_every_variable_is_named(setting: Any) -> None:
    assert setting.environment in README


def test_the_two_commands_to_start_are_the_first_two() -> None:
    main, tests = blocks("sh")[:2]
    assert main.strip().endswith("pip install . && runcoach demo")
    assert tests.strip() == "pip install '.[test]' && pytest"
