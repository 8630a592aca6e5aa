"""``runcoach logout``: disconnect from Strava and keep the data."""

from __future__ import annotations

from typing import Annotated

import typer

from runcoach.cli import invocation
from runcoach.cli.options import JsonOption


def command(
    context: typer.Context,
    forget_app: Annotated[
        bool, typer.Option("--forget-app", help="Also delete the client ID and secret of your API application.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Revoke runcoach's access to Strava and delete the tokens; your activities stay.

    Example:

      runcoach logout
    """
    from runcoach.services.auth.logout import APPS_URL, logout

    current = invocation.of(context)
    done = logout(current.config, forget_app=forget_app)
    if as_json:
        current.emit_json(done)
    elif done.athlete_id is None:
        current.show("You were not logged in.")
    else:
        current.show("Logged out. Your activities are kept.")
    if done.app_forgotten:
        current.say("The client ID and secret are deleted.")
    if done.problem is not None:
        current.warn(f"could not revoke access at Strava ({done.problem}): remove runcoach yourself at {APPS_URL}")
