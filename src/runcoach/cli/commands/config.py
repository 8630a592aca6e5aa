"""``runcoach config``: settings, where each value comes from, and the file they are kept in."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer

from runcoach.cli import invocation

app = typer.Typer(invoke_without_command=True, rich_markup_mode="rich")


@app.callback()
def command(
    context: typer.Context,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Show every setting, its value and where that comes from; `set` and `unset` change config.toml.

    Examples:

      runcoach config

      runcoach config set units imperial

      runcoach config unset units
    """
    if context.invoked_subcommand is not None:
        return
    from runcoach.config import SETTINGS

    current = invocation.of(context)
    config = current.settings
    values = asdict(config.settings)
    if as_json:
        from runcoach.cli import output

        rows = [{"name": s.name, "value": values[s.name], "origin": config.origin[s.name]} for s in SETTINGS]
        output.emit("config", {"file": str(config.paths.config_file), "settings": rows})
        return
    from runcoach.cli.tables import plain_table, text

    table = plain_table()
    for title in ("Setting", "Value", "From", "Meaning"):
        table.add_column(title, no_wrap=title != "Meaning")
    for setting in SETTINGS:
        table.add_row(
            setting.name,
            text(values[setting.name], "bold"),
            text(config.origin[setting.name], "dim"),
            text(setting.about),
        )
    current.show(table)
    current.say(f"kept in {config.paths.config_file}")


@app.command("set")
def set_value(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="A setting.")],
    value: Annotated[str, typer.Argument(help="Its new value.")],
) -> None:
    """Set one setting in config.toml; the rest of the file stays as it is."""
    from runcoach.config import write_setting

    current = invocation.of(context)
    write_setting(current.settings.paths, name, value)
    current.say(f"{name} = {value}")


@app.command("unset")
def unset_value(context: typer.Context, name: Annotated[str, typer.Argument(help="A setting.")]) -> None:
    """Take one setting out of config.toml, so that its default holds again."""
    from runcoach.config import write_setting

    current = invocation.of(context)
    write_setting(current.settings.paths, name, None)
    current.say(f"{name} is back to its default")
