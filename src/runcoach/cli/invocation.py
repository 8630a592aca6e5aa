"""State of one invocation of the command line: global options, configuration and consoles."""

from __future__ import annotations

import inspect
import os
import sqlite3
import sys
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from functools import wraps
from typing import TYPE_CHECKING, Any

import typer

from runcoach.cli.output import (
    LONG_TABLE,
    LONG_TEXT,
    fit_columns,
    one_line,
    print_rows,
    printable,
    text,
    write_envelope,
)
from runcoach.config import Config
from runcoach.domain.units import Units

if TYPE_CHECKING:
    from rich.console import Console, RenderableType

#: Global options that take a value, and those that do not; all of them are accepted anywhere before ``--``.
WITH_VALUE = frozenset({"--profile", "--home", "--units"})
WITHOUT_VALUE = frozenset({"--quiet", "-q", "--debug", "--no-color"})

#: Width of tables when stdout is not a terminal and COLUMNS is not set.
WIDTH_WITHOUT_TERMINAL = 100


@dataclass(slots=True)
class Invocation:
    """One run of one command, which has it as its first parameter, ``current`` (see :class:`CommandGroup`)."""

    command: str = "runcoach"
    loaded: Config | None = None
    quiet: bool = False
    debug: bool = False
    no_color: bool = False
    _consoles: dict[bool, Any] = field(default_factory=dict)

    @property
    def config(self) -> Config:
        """The configuration, loaded by the callback of the global options before any command runs."""
        if self.loaded is None:
            raise RuntimeError("the configuration has not been loaded")
        return self.loaded

    def reader(self) -> AbstractContextManager[sqlite3.Connection]:
        """Open the profile's database for reading; call it once per command."""
        from runcoach.services.reader import open_reader

        return open_reader(self.config)

    @property
    def units(self) -> Units:
        """The units in which distances are printed."""
        return Units(self.config.settings.units)

    @property
    def is_interactive(self) -> bool:
        """Whether progress should be shown: stderr is a terminal, without ``--quiet``."""
        return not self.quiet and sys.stderr.isatty()

    def console(self, *, stderr: bool = False) -> Console:
        """Rich's console for stdout (data) or stderr (messages), created on first use."""
        if stderr not in self._consoles:
            from rich.console import Console

            is_terminal = (sys.stderr if stderr else sys.stdout).isatty()
            columns = os.environ.get("COLUMNS", "")
            stated = int(columns) if columns.isdecimal() else 0
            width = None if is_terminal else stated or WIDTH_WITHOUT_TERMINAL
            self._consoles[stderr] = Console(
                stderr=stderr, no_color=self.no_color or None, width=width, highlight=False, markup=False, emoji=False
            )
        console: Console = self._consoles[stderr]
        return console

    def say(self, message: str) -> None:
        """Print a message on stderr, unless ``--quiet`` is set."""
        if not self.quiet:
            print(one_line(message), file=sys.stderr)  # noqa: T201

    def warn(self, message: str) -> None:
        """Print a message on stderr, also with ``--quiet``: cron mails it."""
        print(f"runcoach: {one_line(message)}", file=sys.stderr)  # noqa: T201

    def print(self, line: str) -> None:
        """Print a line of plain text on stdout and flush it."""
        print(line, flush=True)  # noqa: T201

    def show_text(self, value: str) -> None:
        """Print a text of several lines on stdout; a long one without rich, which would wrap it in one piece."""
        if len(value) <= LONG_TEXT:
            self.show(*(text(line) for line in value.splitlines()))
            return
        self.print("\n".join(map(printable, value.splitlines())))

    def emit_json(self, data: Any, **more: Any) -> None:
        """Print the result of the command as JSON on stdout, with further members in ``more``."""
        from runcoach.domain.json_format import to_json

        write_envelope(self.command, {"data": to_json(data), **to_json(more)})

    def answered(self, data: Any, *, as_json: bool, empty: str = "") -> bool:
        """Print a result as JSON, or the message ``empty`` where there are no rows; False where it is to be shown."""
        is_empty = bool(empty) and not data
        if as_json:
            self.emit_json(data)
        elif is_empty:
            self.say(empty)
        return as_json or is_empty

    def report(self, data: Any, message: str, *, as_json: bool) -> None:
        """Print what was changed as JSON, or a message about it."""
        if as_json:
            self.emit_json(data)
        else:
            self.say(message)

    def show(self, *items: RenderableType) -> None:
        """Print tables and text on stdout; columns that do not fit are left out."""
        from rich.table import Table

        console = self.console()
        for item in items:
            table = fit_columns(item, console.width) if isinstance(item, Table) else None
            if table is not None and table.row_count > LONG_TABLE and not any(one.ratio for one in table.columns):
                print_rows(console, table)
            else:
                console.print(item if table is None else table)


class CommandGroup(typer.Typer):
    """Commands that take the :class:`Invocation` as ``current``, their first parameter, instead of Typer's context.

    The callback of a group runs only where none of its commands is named.
    """

    def command(self, *arguments: Any, **options: Any) -> Callable[[Callable[..., Any]], Any]:
        """Decorator: register a command."""
        register = super().command(*arguments, **options)
        return lambda function: register(_taking_context(function))

    def callback(self, *arguments: Any, **options: Any) -> Callable[[Callable[..., Any]], Any]:
        """Decorator: register what runs without a command."""
        register = super().callback(*arguments, **options)
        return lambda function: register(_taking_context(function))


def _taking_context(function: Callable[..., Any]) -> Callable[..., Any]:
    """A command as Typer calls it, which recognizes its context by the type of a parameter."""
    signature = inspect.signature(function, eval_str=True)
    first, *others = signature.parameters.values() or [None]
    if first is None or first.name != "current":
        return function

    @wraps(function)
    def call(context: typer.Context, **options: Any) -> Any:
        return None if context.invoked_subcommand else function(context.obj, **options)

    call.__signature__ = signature.replace(  # type: ignore[attr-defined]
        parameters=[first.replace(name="context", annotation=typer.Context), *others]
    )
    return call


def globals_first(arguments: Sequence[str]) -> tuple[list[str], list[str]]:
    """The global options among the arguments, and the others: the command comes first."""
    options: list[str] = []
    others: list[str] = []
    remaining = list(arguments)
    while remaining:
        word = remaining.pop(0)
        if word == "--":
            others += [word, *remaining]
            break
        if word in WITHOUT_VALUE or word.partition("=")[0] in WITH_VALUE:
            options.append(word)
            if word in WITH_VALUE and remaining:
                options.append(remaining.pop(0))
        else:
            others.append(word)
    return options, others
