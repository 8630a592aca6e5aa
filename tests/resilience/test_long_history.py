"""A history of many pages is listed, reconciled and asked everything; its 20,000 are for the documented command."""

from __future__ import annotations

from pathlib import Path

import pytest
from killing import Mother
from long_history import QUESTIONS, measure

pytestmark = pytest.mark.slow


def test_many_pages_are_listed_reconciled_and_asked(mother: Mother, fresh: Path) -> None:
    said: list[str] = []
    measure(mother, fresh, 1500, said.append)
    assert len(said) == 2 + len(QUESTIONS)
    whole = next(line for line in said if "sync --full" in line)
    assert "nothing new (9 requests)" in whole  # eight pages, and the empty one that ends them
