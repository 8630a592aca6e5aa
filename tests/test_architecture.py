"""The import graph, the size of folders, and the contributor pages."""

from __future__ import annotations

import re
import subprocess
from collections import Counter
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import grimp
import pytest

from runcoach.cli.app import COMMANDS

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "src" / "runcoach"
PAGES = ("ARCHITECTURE.md", "CONTRIBUTING.md")
MAX_MODULES = 16

#: All that the top level of the repository holds, beside names that begin with a dot.
TOP_LEVEL = {"LICENSE", "README.md", "pyproject.toml", "src", "tests"}

#: Paths in backticks: `store/jobs.py`, `web/`, `analysis/splits.py::compute_splits`.
PATH = re.compile(r"`((?:[\w.-]+/)+[\w.-]*|[\w.-]+\.(?:py|md|toml|yaml))(?:::(\w+))?`")


def cycle(graph: dict[str, set[str]]) -> list[str]:
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        return list(error.args[1])
    return []


def test_there_are_no_import_circles() -> None:
    graph = grimp.build_graph("runcoach")
    assert len(graph.modules) > 200
    assert cycle({name: graph.find_modules_directly_imported_by(name) for name in graph.modules}) == []


def test_a_circle_would_be_found() -> None:
    assert cycle({"a": {"b"}, "b": {"c"}, "c": {"a"}}) != []


def test_the_top_level_holds_what_is_agreed() -> None:
    if not (ROOT / ".git").exists():
        pytest.skip("not a checkout")
    command = ["git", "-c", "safe.directory=*", "ls-files"]  # also where the checkout is another user's
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    names = {path.split("/")[0] for path in listed.stdout.splitlines()}
    assert {name for name in names if not name.startswith(".")} == TOP_LEVEL


def test_no_folder_holds_more_than_16_modules() -> None:
    modules = (path for path in PACKAGE.rglob("*.py") if path.name != "__init__.py")
    counted = Counter(path.parent.relative_to(PACKAGE).as_posix() for path in modules)
    command_modules = {module.partition(":")[0] for module in COMMANDS.values()}
    assert counted.pop("cli/commands") >= len(command_modules)
    assert {folder: count for folder, count in counted.items() if count > MAX_MODULES} == {}


@pytest.mark.parametrize("page", PAGES)
def test_the_paths_and_names_of_a_contributor_page_exist(page: str) -> None:
    mentioned = PATH.findall((ROOT / ".github" / page).read_text(encoding="utf-8"))
    assert len(mentioned) > 5
    missing = [(path, name) for path, name in mentioned if not exists(path, name)]
    assert missing == []


def exists(path: str, name: str) -> bool:
    found = next((base / path for base in (PACKAGE, ROOT, ROOT / ".github") if (base / path).exists()), None)
    if found is None or not name:
        return found is not None
    return bool(re.search(rf"^(?:class |def )?{name}\b", found.read_text(encoding="utf-8"), flags=re.MULTILINE))


def test_a_removed_path_or_name_is_noticed() -> None:
    assert exists("cli/app.py", "COMMANDS")
    assert not exists("cli/app.py", "NO_SUCH_NAME")
    assert not exists("cli/no_such_module.py", "")
