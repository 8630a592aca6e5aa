"""The README and the pages of .github: their commands run, their tables are complete, their links exist."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import typer.main

from runcoach.cli.app import COMMANDS, build
from runcoach.config import SETTINGS
from runcoach.errors import ExitCode

ROOT = Path(__file__).parent.parent
PAGES = [ROOT / "README.md", *sorted((ROOT / ".github").glob("*.md"))]
README = PAGES[0].read_text(encoding="utf-8")


def blocks(language: str, page: Path = PAGES[0]) -> list[str]:
    text = page.read_text(encoding="utf-8")
    return re.findall(rf"^```{language}\n(.*?)^```", text, flags=re.MULTILINE | re.DOTALL)


@pytest.mark.slow
def test_console_commands_of_the_readme_run_in_order(
    runcoach: Callable[..., Any], tmp_path: Path, make_fit: Callable[..., bytes]
) -> None:
    runs = tmp_path / "runs"
    runs.mkdir()
    (runs / "long.fit").write_bytes(make_fit(days_ago=20, km=12.0, pace_s=330))
    (runs / "race.fit").write_bytes(make_fit(days_ago=3, km=5.2, pace_s=255))
    lines = [line for block in blocks("console") for line in block.splitlines() if line.startswith("$ ")]
    assert len(lines) >= 20
    for line in lines:
        program, *arguments = shlex.split(line[2:], comments=True)
        assert program == "runcoach"
        ended = runcoach(*(argument.replace("~", str(tmp_path)) for argument in arguments))
        assert ended.code == 0, (arguments, ended.err)
        assert ended.out or ended.err, arguments


def _mentioned_commands(page: Path) -> set[str]:
    """Every ``runcoach …`` in code of a page, up to a comment, a pipe or the end of the code, but not inside quotes."""
    text = page.read_text(encoding="utf-8")
    lines = [line for language in ("sh", "console") for block in blocks(language, page) for line in block.splitlines()]
    code = [*lines, *(" ".join(span.split()) for span in re.findall(r"(?<!`)`([^`]+)`(?!`)", text))]
    return {part for line in code for part in re.findall(r'(?:^|[ &$(;/])(runcoach [a-z-](?:"[^"]*"|[^#|&;)])*)', line)}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_commands_and_options_in_the_pages_exist(page: Path) -> None:
    app = typer.main.get_command(build())
    global_options = {name for option in app.params for name in option.opts}
    for line in _mentioned_commands(page):
        command, options = app, set(global_options)
        for word in shlex.split(line)[1:]:
            if word.startswith("-"):
                assert word.split("=")[0] in options, (page.name, line)
            elif word in getattr(command, "commands", {}):
                command = command.commands[word]  # type: ignore[attr-defined]
                options |= {name for option in command.params for name in (*option.opts, *option.secondary_opts)}
        assert command is not app or "-" in line, (page.name, line)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_between_the_pages_exist(page: Path) -> None:
    for target in re.findall(r"\]\(((?!https?:)[^)]+)\)", page.read_text(encoding="utf-8")):
        path, _, anchor = target.partition("#")
        linked = page.parent / path if path else page
        assert linked.exists(), target
        headings = re.findall(r"^#+ (.*)$", linked.read_text(encoding="utf-8"), flags=re.MULTILINE)
        assert not anchor or anchor in {re.sub(r"[^\w -]", "", h).lower().replace(" ", "-") for h in headings}, target


def test_every_command_is_in_the_table() -> None:
    table = README.split("### Commands", 1)[1].split("###", 1)[0]
    named = {
        word.split()[0]
        for cell in re.findall(r"^\| (.*?) \|", table, flags=re.MULTILINE)
        for word in re.findall(r"`([^`]+)`", cell)
    }
    assert named == set(COMMANDS)


def test_every_exit_code_is_in_the_table() -> None:
    table = README.split("### Exit codes", 1)[1].split("###", 1)[0]
    assert {int(code) for code in re.findall(r"^\| (\d+) \|", table, flags=re.MULTILINE)} == {int(c) for c in ExitCode}


@pytest.mark.parametrize("setting", SETTINGS, ids=lambda setting: setting.name)
def test_every_setting_is_in_the_table(setting: Any) -> None:
    assert f"| `{setting.name}` | `{setting.environment}` |" in README


def test_the_first_two_commands_install_and_test() -> None:
    main, tests = blocks("sh")[:2]
    assert main.strip() == "python3 -m venv .venv && . .venv/bin/activate && pip install . && runcoach demo"
    assert tests.strip() == "pip install '.[test]' && pytest"
