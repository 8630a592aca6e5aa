"""``runcoach config``: show and change settings."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer

from runcoach.cli.invocation import CommandGroup, Invocation
from runcoach.cli.options import JsonOption
from runcoach.cli.output import folded, table_of, text, wrapped

app = CommandGroup(invoke_without_command=True, rich_markup_mode="rich")


@app.callback()
def command(current: Invocation, as_json: JsonOption = False) -> None:
    """Show all settings, their values and where each value comes from.

    Examples:

      runcoach config

      runcoach config set units imperial

      runcoach config unset units
    """
    from runcoach.config import SETTINGS

    config = current.config
    values = asdict(config.settings)
    if as_json:
        rows = [{"name": s.name, "value": values[s.name], "origin": config.origin[s.name]} for s in SETTINGS]
        current.emit_json({"file": str(config.paths.config_file), "settings": rows})
        return
    table = table_of(
        SETTINGS,
        ("Setting", lambda setting: setting.name),
        (folded("Value"), lambda setting: text(values[setting.name], "bold")),
        ("From", lambda setting: text(config.origin[setting.name], "dim")),
        (wrapped("Meaning"), lambda setting: setting.about),
    )
    current.show(table)
    current.say(f"Settings file: {config.paths.config_file}")


@app.command("set")
def set_value(
    current: Invocation,
    name: Annotated[str, typer.Argument(help="The setting.")],
    value: Annotated[str, typer.Argument(help="Its new value.")],
) -> None:
    """Change a setting in config.toml."""
    from runcoach.config import write_setting

    write_setting(current.config.paths, name, value)
    current.say(f"{name} = {value}")


@app.command("unset")
def unset_value(current: Invocation, name: Annotated[str, typer.Argument(help="The setting.")]) -> None:
    """Remove a setting from config.toml, so that its default applies."""
    from runcoach.config import write_setting

    write_setting(current.config.paths, name, None)
    current.say(f"{name} is reset to its default.")
