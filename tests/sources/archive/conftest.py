"""Runs for exports, and all rows of one."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from runcoach.sources.strava_export.export import open_export
from runcoach.sources.strava_export.row_parser import ExportRow, InvalidRow


@pytest.fixture
def read_rows() -> Callable[[Path], tuple[list[ExportRow], list[InvalidRow]]]:
    """Opens an archive and reads all of its rows: the good ones and the bad ones."""

    def read(path: Path) -> tuple[list[ExportRow], list[InvalidRow]]:
        good: list[ExportRow] = []
        bad: list[InvalidRow] = []
        with open_export(path) as archive:
            for row in archive.rows():
                if isinstance(row, InvalidRow):
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
