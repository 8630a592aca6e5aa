"""The question before what cannot easily be taken back: a person answers it on a terminal, a script with a flag."""

from __future__ import annotations

import sys

import typer

from runcoach.errors import UsageError


def confirm(question: str) -> None:
    """Go on only if a person says yes; UsageError where there is nobody to ask."""
    if not sys.stdin.isatty():
        raise UsageError("there is no terminal to ask on", hint="--yes says yes")
    typer.confirm(question, abort=True, err=True)
