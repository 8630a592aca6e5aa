"""What every test stands on: a home of its own, no colours, no clock but the one it sets, and the real files if any."""

from __future__ import annotations

import os
from pathlib import Path

import pytest


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Every folder runcoach uses, redirected below the test's own; nothing of the person running the tests is read."""
    folder = tmp_path / "home"
    monkeypatch.setenv("RUNCOACH_HOME", str(folder))
    monkeypatch.setenv("HOME", str(tmp_path))
    for name in list(os.environ):
        if name.startswith("RUNCOACH_") and name not in {"RUNCOACH_HOME", "RUNCOACH_CORPUS"}:
            monkeypatch.delenv(name)
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "80")
    return folder


@pytest.fixture(scope="session")
def corpus() -> Path:
    """The folder of real files that ``RUNCOACH_CORPUS`` names."""
    named = os.environ.get("RUNCOACH_CORPUS")
    if not named:
        pytest.skip("RUNCOACH_CORPUS names no folder of real files")
    folder = Path(named)
    if not (folder / "activities").is_dir():
        pytest.skip(f"RUNCOACH_CORPUS names {folder}, which holds no activities")
    return folder
