"""The maker of exports, and archives made with it."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from runcoach.sources.archive.opening import open_archive
from runcoach.sources.archive.rows import BadRow, Row

_MAKER = Path(__file__).parents[2] / "support" / "export_maker.py"


@pytest.fixture(scope="session")
def export_maker() -> ModuleType:
    """The module that writes exports; tests are no package, so it is loaded by its path."""
    spec = importlib.util.spec_from_file_location("export_maker", _MAKER)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["export_maker"] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def read_rows() -> Callable[[Path], tuple[list[Row], list[BadRow]]]:
    """Opens an archive and reads all of its rows: the good ones and the bad ones."""

    def read(path: Path) -> tuple[list[Row], list[BadRow]]:
        good: list[Row] = []
        bad: list[BadRow] = []
        with open_archive(path) as archive:
            for row in archive.rows():
                if isinstance(row, BadRow):
                    bad.append(row)
                else:
                    good.append(row)
        return good, bad

    return read


@pytest.fixture
def run_of(export_maker: ModuleType) -> Callable[..., Any]:
    """Makes a run; every one has its own id and day."""
    made = 0

    def make(**told: Any) -> Any:
        nonlocal made
        made += 1
        return export_maker.Run(**{"activity_id": 8_228_026_758 + made, "start": 1_750_000_000 + 86_400 * made, **told})

    return make
