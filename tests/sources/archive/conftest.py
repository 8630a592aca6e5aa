"""Runs for exports, and all rows of one."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from runcoach.sources.archive.opening import open_archive
from runcoach.sources.archive.rows import BadRow, Row


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
