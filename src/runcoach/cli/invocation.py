"""One run of the command line: its global options, its configuration, and where its output goes."""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from runcoach.domain.units import Units

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Sequence
    from contextlib import AbstractContextManager

    import typer
    from rich.console import Console, RenderableType

    from runcoach.config import Config

#: Global options that take a value, and those that do not; they may stand anywhere on the line.
WITH_VALUE = frozenset({"--profile", "--home", "--units"})
WITHOUT_VALUE = frozenset({"--quiet", "-q", "--debug", "--no-color"})

#: How wide a table may be where no terminal says how wide it is.
WIDTH_WITHOUT_TERMINAL = 100


@dataclass(slots=True)
class Invocation:
    """What the global options said; commands reach it with :func:`of`."""

    config: Config | None = None
    quiet: bool = False
    debug: bool = False
    no_color: bool = False
    _consoles: dict[bool, Any] = field(default_factory=dict)

    @property
    def settings(self) -> Config:
        """The configuration, which the callback has loaded before any command runs."""
        if self.config is None:
            raise RuntimeError("the configuration has not been loaded")
        return self.config

    def reader(self) -> AbstractContextManager[sqlite3.Connection]:
        """The profile's database, open for reading: once a command."""
        from runcoach.services.reader import open_reader

        return open_reader(self.settings)

    @property
    def units(self) -> Units:
        """What distances are printed in."""
        return Units(self.settings.settings.units)

    def console(self, *, stderr: bool = False) -> Console:
        """Rich's console on stdout (data) or stderr (talk), made when first asked for."""
        if stderr not in self._consoles:
            from rich.console import Console

            stream = sys.stderr if stderr else sys.stdout
            width = None if stream.isatty() else _columns()
            self._consoles[stderr] = Console(
                stderr=stderr, no_color=self.no_color or None, width=width, highlight=False, soft_wrap=False
            )
        console: Console = self._consoles[stderr]
        return console

    def say(self, message: str) -> None:
        """A line of talk on stderr, unless the person asked for quiet."""
        if not self.quiet:
            print(message, file=sys.stderr)  # noqa: T201

    def warn(self, message: str) -> None:
        """A line on stderr that is worth a mail from cron: said even when quiet."""
        print(f"runcoach: {message}", file=sys.stderr)  # noqa: T201

    @property
    def is_watched(self) -> bool:
        """Whether a person follows on a terminal."""
        return not self.quiet and sys.stderr.isatty()

    def print(self, line: str) -> None:
        """A line of plain text on stdout, at once."""
        print(line, flush=True)  # noqa: T201

    def show(self, *what: RenderableType) -> None:
        """Tables and text on stdout, one below the other; a table as wide as there is room for."""
        from rich.table import Table

        from runcoach.cli.tables import fitted

        console = self.console()
        for item in what:
            console.print(fitted(item, console.width) if isinstance(item, Table) else item)


def of(context: typer.Context) -> Invocation:
    """The invocation that a command belongs to."""
    invocation = context.obj
    if not isinstance(invocation, Invocation):
        raise TypeError("this command was not started by runcoach")
    return invocation


def globals_first(arguments: Sequence[str]) -> list[str]:
    """The same arguments with the global options in front, wherever a person wrote them before a ``--``."""
    front, rest = _sorted_out(arguments)
    return front + rest


def without_globals(arguments: Sequence[str]) -> list[str]:
    """What is left of the arguments without the global options: the command comes first."""
    return _sorted_out(arguments)[1]


def _sorted_out(arguments: Sequence[str]) -> tuple[list[str], list[str]]:
    front: list[str] = []
    rest: list[str] = []
    remaining = list(arguments)
    while remaining:
        word = remaining.pop(0)
        if word == "--":
            rest += [word, *remaining]
            break
        if word in WITHOUT_VALUE or word.partition("=")[0] in WITH_VALUE:
            front.append(word)
            if word in WITH_VALUE and remaining:
                front.append(remaining.pop(0))
        else:
            rest.append(word)
    return front, rest


def _columns() -> int:
    import os

    stated = os.environ.get("COLUMNS", "")
    return int(stated) if stated.isdecimal() and int(stated) > 0 else WIDTH_WITHOUT_TERMINAL
