"""The Typer application: its commands, the global options, and the conversion of errors to messages and exit codes."""

from __future__ import annotations

import inspect
import os
import re
import sys
from collections.abc import Iterable, Sequence
from importlib import import_module
from pathlib import Path
from typing import Annotated, Any

import typer

from runcoach import __version__
from runcoach.cli.invocation import CommandGroup, Invocation, globals_first
from runcoach.cli.options import complete_profile
from runcoach.cli.output import emit_json_error, one_line
from runcoach.cli.streams import discard_output
from runcoach.errors import ExitCode, OutputClosedError, OutputError, RuncoachError, UsageError

#: Each command and its module below ``commands``, with what holds it there if that is not the function ``command``:
#: another function, or an ``app`` with subcommands.
COMMANDS = {
    "import": "import_files",
    "login": "login",
    "connect": "connect",
    "sync": "sync",
    "connections": "connections",
    "disconnect": "connect:disconnect",
    "activities": "activities",
    "show": "show",
    "splits": "splits",
    "best": "best:app",
    "totals": "totals",
    "year": "year",
    "today": "today",
    "durability": "durability",
    "wellness": "wellness",
    "races": "races",
    "gear": "gear:app",
    "routes": "routes:app",
    "predict": "predict",
    "workout": "workout",
    "goal": "goals:app",
    "goals": "goals",
    "compare": "compare",
    "fitness": "fitness",
    "zones": "zones:app",
    "imports": "import_files:imports",
    "duplicates": "duplicates",
    "merge": "duplicates:merge",
    "split": "duplicates:split",
    "edit": "edit",
    "undelete": "edit:undelete",
    "recompute": "recompute",
    "thumbnails": "thumbnails",
    "jobs": "jobs:app",
    "schedule": "schedule:app",
    "audit": "audit",
    "serve": "serve",
    "mcp": "mcp",
    "webhook": "webhook:app",
    "status": "status",
    "doctor": "doctor",
    "backup": "backup",
    "restore": "backup:restore",
    "export": "export",
    "forget": "forget",
    "config": "config:app",
    "logout": "login:logout",
    "sandbox": "sandbox",
    "demo": "demo",
}


#: Typer's messages (patterns) and what is printed instead; the first that matches counts.
_USAGE_MESSAGES = (
    (r"Invalid value for '(.+?)': '(.*)' is not a valid int(?: range)?", r"\1: '\2' is not a whole number"),
    (r"Invalid value for '(.+?)': -?\d+ is not in the range x>=(\d+)", r"\1 must be at least \2"),
    (r"Invalid value for '(.+?)': -?\d+ is not in the range (\d+)<=x<=(\d+)", r"\1 must be from \2 to \3"),
    (r"Invalid value for '(.+?)': (.*)", r"\1: \2"),
    (r"Got unexpected extra argument(?:\(s\)|s)? \((.*)\)", r"unexpected argument: \1"),
    (r"Missing (\w+) '(.*)'", r"missing \1: \2"),
    (r"No such (.*)", r"no such \1"),
)


def build(names: Iterable[str] = COMMANDS) -> typer.Typer:
    """Create the application with these commands; importing only the one that runs keeps the start-up short."""
    app = CommandGroup(
        name="runcoach",
        add_completion=names is COMMANDS,  # with one command only, its import would cost start-up time
        rich_markup_mode="rich",
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
        help="Your running history on your own machine: splits, best efforts and totals from files or Strava.",
        epilog="Start with: runcoach demo, runcoach import FOLDER, or runcoach login",
    )
    app.callback()(_global_options)
    for name in names:
        path, _, attribute = COMMANDS[name].partition(":")
        command = getattr(import_module(f"runcoach.cli.commands.{path}"), attribute or "command")
        if isinstance(command, typer.Typer):
            app.add_typer(command, name=name)
        else:
            app.command(name)(command)
    _unwrap_help(app)
    return app


def _unwrap_help(app: typer.Typer) -> None:
    """Make a line of each paragraph of the help texts, so that it wraps at the width of the terminal."""
    for info in (*app.registered_commands, app.registered_callback):
        doc = None if info is None else inspect.getdoc(info.callback)
        if info is not None and doc:
            info.help = re.sub(r"(?<=\S)\n(?=\S)", " ", doc)
    for group in app.registered_groups:
        if group.typer_instance is not None:
            _unwrap_help(group.typer_instance)


def _print_version(requested: bool) -> None:
    if requested:
        print(f"runcoach {__version__}")  # noqa: T201
        raise typer.Exit


def _global_options(
    context: typer.Context,
    profile: Annotated[
        str | None,
        typer.Option(
            help="Use a separate profile (database and login).", metavar="NAME", autocompletion=complete_profile
        ),
    ] = None,
    home: Annotated[Path | None, typer.Option(help="Store all files below this folder.", metavar="FOLDER")] = None,
    units: Annotated[str | None, typer.Option(help="metric (km) or imperial (miles).", metavar="UNITS")] = None,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Print only data and errors.")] = False,
    debug: Annotated[bool, typer.Option("--debug", help="Show a traceback for errors.")] = False,
    no_color: Annotated[bool, typer.Option("--no-color", help="No colors (also with NO_COLOR set).")] = False,
    version: Annotated[
        bool, typer.Option("--version", help="Print the version.", callback=_print_version, is_eager=True)
    ] = False,
) -> None:
    from runcoach import config

    current: Invocation = context.obj
    current.quiet, current.debug, current.no_color = quiet, debug, no_color
    current.loaded = config.load(home=home, profile=profile, flags={"units": units})


def run(arguments: Sequence[str]) -> int:
    """Run one command line and return its exit code.

    A known error becomes one line on stderr and, with ``--json``, an error envelope on stdout.
    """
    options, words = globals_first(arguments)
    command = words[0] if words and words[0] in COMMANDS else None
    current = Invocation(command or "runcoach")
    if not words and "_RUNCOACH_COMPLETE" not in os.environ:  # where a shell asks Typer for completions
        words = ["--help"]
    try:
        app = build([command] if command else COMMANDS)
        result: Any = app(args=options + words, standalone_mode=False, prog_name="runcoach", obj=current)
        sys.stdout.flush()
        # Typer turns Ctrl-C into a plain 130 and says nothing.
        is_interrupted = result == ExitCode.INTERRUPTED and not isinstance(result, ExitCode)
        return _interrupted() if is_interrupted else int(result or ExitCode.OK)
    except OutputError as error:
        discard_output()
        return ExitCode.OK if isinstance(error, OutputClosedError) else _report(error, (), current)
    except RuncoachError as error:
        return _report(error, arguments, current)
    except typer.TyperException as error:
        return _report(_as_usage_error(error), arguments, current)
    except (KeyboardInterrupt, typer.Abort):
        return _interrupted()
    except Exception as error:
        if current.debug:
            raise
        return _report(_unexpected(error, current), arguments, current)


def _interrupted() -> ExitCode:
    print("interrupted", file=sys.stderr)  # noqa: T201
    return ExitCode.INTERRUPTED


def _unexpected(error: Exception, current: Invocation) -> RuncoachError:
    """Convert an unexpected error: missing permissions, a damaged database, or else a bug."""
    if isinstance(error, PermissionError):
        hint = "check the permissions of the folder, or choose another with --home"
        return RuncoachError(f"{error.filename or 'a file'}: {error.strerror}", hint=hint)
    if current.loaded is not None:
        from runcoach.services.maintenance.checks.database import find_damage

        if (found := find_damage(current.loaded)) is not None:
            return found
    return RuncoachError(
        f"unexpected error: {type(error).__name__}: {error}",
        hint="this is a bug: please report it with the output of --debug",
    )


def _report(error: RuncoachError, arguments: Sequence[str], current: Invocation) -> int:
    if current.debug:
        import traceback

        traceback.print_exception(error)
    if "--json" in arguments:
        emit_json_error(current.command, error)
    print(f"runcoach: {one_line(error.with_hint)}", file=sys.stderr)  # noqa: T201
    return error.exit_code


def _as_usage_error(error: typer.TyperException) -> UsageError:
    context = getattr(error, "ctx", None)
    path = context.command_path if context is not None else "runcoach"
    message = error.format_message().rstrip(".")
    for pattern, replacement in _USAGE_MESSAGES:
        message, count = re.subn(f"^{pattern}$", replacement, message, flags=re.DOTALL)
        if count:
            break
    return UsageError(message or "missing subcommand", hint=f"see `{path} --help`")
