"""``runcoach logout``: end the connection with Strava, keep the data."""

from __future__ import annotations

from typing import Annotated

import typer

from runcoach.cli import invocation


def command(
    context: typer.Context,
    forget_app: Annotated[
        bool, typer.Option("--forget-app", help="Forget the client id and secret of your API application too.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Take runcoach's access to Strava back and remove the secrets; activities and queued work stay.

    Example:

      runcoach logout
    """
    from runcoach.services.auth.logout import APPS_URL, logout

    current = invocation.of(context)
    done = logout(current.settings, forget_app=forget_app)
    if as_json:
        from runcoach.cli import output

        output.emit("logout", done)
    elif done.athlete_id is None:
        current.show("nobody was logged in")
    else:
        current.show("logged out; your activities are still here")
    if done.app_forgotten:
        current.say("the client id and secret are forgotten")
    if done.problem is not None:
        current.warn(
            f"Strava could not be told ({done.problem}): runcoach stays listed at {APPS_URL} until you end it there"
        )
