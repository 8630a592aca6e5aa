"""Tests of the schema and of migrations."""

from __future__ import annotations

import pytest


@pytest.fixture
def fast_migration() -> None:
    """Nothing here is copied: all migrations run."""
