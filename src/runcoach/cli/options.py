"""Confirmation of commands that replace or delete data."""

from __future__ import annotations

import sys

import typer

from runcoach.errors import DeclinedError, UsageError


def confirm(question: str, declined: str) -> None:
    """Ask on the terminal; DeclinedError with the message ``declined`` on no, UsageError without a terminal."""
    if not sys.stdin.isatty():
        raise UsageError("there is no terminal to ask on", hint="--yes says yes")
    if not typer.confirm(question, err=True):
        raise DeclinedError(declined)
