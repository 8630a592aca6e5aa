"""Runs command lines in this process, as a shell would: arguments in; exit code, stdout and stderr out."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from runcoach.cli.app import run


@dataclass(frozen=True)
class Ended:
    """How one command line ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """What was printed, as JSON."""
        return json.loads(self.out)


@pytest.fixture
def runcoach(capsys: pytest.CaptureFixture[str]) -> Callable[..., Ended]:
    """Runs ``runcoach ARGUMENTS`` and returns how it ended."""

    def call(*arguments: str) -> Ended:
        code = run([str(argument) for argument in arguments])
        out, err = capsys.readouterr()
        return Ended(int(code), out, err)

    return call
