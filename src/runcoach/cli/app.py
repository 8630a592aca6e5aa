"""Puts the commands together and runs them: global options, and the one place where errors become a line."""

from __future__ import annotations

import sys
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from runcoach import __version__
from runcoach.cli import invocation
from runcoach.cli.invocation import Invocation
from runcoach.cli.streams import discard_output
from runcoach.errors import ExitCode, OutputClosedError, OutputError, RuncoachError, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

#: Every command and the module it lives in. A module has ``command``, or ``app`` where the command has subcommands.
COMMANDS = {
    "import": "import_files",
    "login": "login",
    "connect": "connect",
    "sync": "sync",
    "connections": "connections",
    "disconnect": "disconnect",
    "activities": "activities",
    "show": "show",
    "splits": "splits",
    "best": "best",
    "totals": "totals",
    "compare": "compare",
    "imports": "import_batches",
    "duplicates": "duplicates",
    "merge": "merge",
    "split": "split",
    "undelete": "undelete",
    "recompute": "recompute",
    "thumbnails": "thumbnails",
    "jobs": "jobs",
    "schedule": "schedule",
    "audit": "audit",
    "serve": "serve",
    "webhook": "webhook",
    "status": "status",
    "doctor": "doctor",
    "backup": "backup",
    "restore": "restore",
    "forget": "forget",
    "config": "config",
    "logout": "logout",
    "sandbox": "sandbox",
    "demo": "demo",
}


def build(names: Iterable[str] = COMMANDS) -> typer.Typer:
    """The command line with the commands of these names; each costs its import, so a run builds the one it needs."""
    app = typer.Typer(
        name="runcoach",
        no_args_is_help=True,
        add_completion=False,
        rich_markup_mode="rich",
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
        help="A runner's whole history on the runner's own machine: splits, best efforts and advice.",
        epilog="Begin with: runcoach import FOLDER, or runcoach demo",
    )
    app.callback()(_global_options)
    for name in names:
        module = import_module(f"runcoach.cli.commands.{COMMANDS[name]}")
        if hasattr(module, "app"):
            app.add_typer(module.app, name=name)
        else:
            app.command(name)(module.command)
    return app


def _print_version(wanted: bool) -> None:
    if wanted:
        print(f"runcoach {__version__}")  # noqa: T201
        raise typer.Exit


def _global_options(
    context: typer.Context,
    profile: Annotated[str | None, typer.Option(help="Another person's or purpose's file.")] = None,
    home: Annotated[Path | None, typer.Option(help="Keep everything below this folder.")] = None,
    units: Annotated[str | None, typer.Option(help="metric (km) or imperial (miles).")] = None,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No talk, only data and errors.")] = False,
    debug: Annotated[bool, typer.Option("--debug", help="Show the traceback of an error.")] = False,
    no_color: Annotated[bool, typer.Option("--no-color", help="No colours; NO_COLOR does the same.")] = False,
    version: Annotated[
        bool, typer.Option("--version", help="Print the version.", callback=_print_version, is_eager=True)
    ] = False,
) -> None:
    from runcoach import config

    current = invocation.of(context)
    current.quiet, current.debug, current.no_color = quiet, debug, no_color
    current.config = config.load(home=home, profile=profile, flags={"units": units})


def run(arguments: Sequence[str]) -> int:
    """Run one command line; the exit code. Known errors are one line on stderr, or an envelope with ``--json``."""
    current = Invocation()
    wanted = _command_of(arguments)
    try:
        app = build([wanted] if wanted else COMMANDS)
        result: Any = app(
            args=invocation.globals_first(arguments), standalone_mode=False, prog_name="runcoach", obj=current
        )
        sys.stdout.flush()
        return int(result or ExitCode.OK)
    except OutputError as error:
        discard_output()
        return ExitCode.OK if isinstance(error, OutputClosedError) else _report(error, (), current)
    except RuncoachError as error:
        return _report(error, arguments, current)
    except typer.TyperException as error:
        return _report(_as_usage_error(error), arguments, current)
    except (KeyboardInterrupt, typer.Abort):
        print("interrupted", file=sys.stderr)  # noqa: T201
        return ExitCode.INTERRUPTED
    except Exception as error:
        if current.debug:
            raise
        return _report(_unexpected(error, current), arguments, current)


def _unexpected(error: Exception, current: Invocation) -> RuncoachError:
    """What nobody has caught: a bug of ours, unless this machine keeps something from us, or the file is damaged."""
    if isinstance(error, PermissionError):
        hint = "check the permissions of the folder, or choose another with --home"
        return RuncoachError(f"{error.filename or 'a file'}: {error.strerror}", hint=hint)
    if current.config is not None:
        from runcoach.services.maintenance.checks.database import find_damage

        if (found := find_damage(current.config)) is not None:
            return found
    return RuncoachError(
        f"something runcoach did not expect: {type(error).__name__}: {error}",
        hint="this is a bug; run it again with --debug and report what it prints",
    )


def _report(error: RuncoachError, arguments: Sequence[str], current: Invocation) -> int:
    if current.debug:
        import traceback

        traceback.print_exception(error)
    if "--json" in arguments:
        from runcoach.cli import output

        output.emit_error(_command_of(arguments) or "runcoach", error)
    hint = f" ({error.hint})" if error.hint else ""
    print(f"runcoach: {one_line(error.message)}{hint}", file=sys.stderr)  # noqa: T201
    return error.exit_code


def one_line(text: str) -> str:
    """The same text on one line, with control characters (a hostile file name) made visible."""
    return "".join(letter if letter.isprintable() else ascii(letter)[1:-1] for letter in " ".join(text.split("\n")))


def _as_usage_error(error: typer.TyperException) -> UsageError:
    context = getattr(error, "ctx", None)
    path = context.command_path if context is not None else "runcoach"
    return UsageError(error.format_message().rstrip("."), hint=f"see `{path} --help`")


def _command_of(arguments: Sequence[str]) -> str | None:
    """The command of a line; None where its first word is none, or where help on all of them is asked for."""
    words = invocation.without_globals(arguments)
    return words[0] if words and words[0] in COMMANDS else None
