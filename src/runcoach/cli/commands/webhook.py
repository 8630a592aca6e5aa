"""``runcoach webhook``: manage the subscription to Strava's webhook events."""

from __future__ import annotations

from typing import Annotated

import typer

from runcoach.cli.invocation import CommandGroup, Invocation
from runcoach.cli.options import JsonOption
from runcoach.cli.output import folded, one_line, plain_table, text, wrapped

app = CommandGroup(
    no_args_is_help=True,
    rich_markup_mode="rich",
    help="Have Strava notify `runcoach serve` of new activities at once; needs a tunnel to this machine.",
    epilog="Example: runcoach webhook subscribe --callback-url https://name.tunnel.example (all take --json)",
)

_STATUS_TEXT = {
    "active": "active",
    "elsewhere": "not created by this profile",
    "lost": "deleted at Strava; `runcoach webhook subscribe` creates a new one",
    "unfinished": "incomplete; `runcoach webhook subscribe` completes it",
    "gone": "deleted",
}


@app.command("subscribe")
def subscribe(
    current: Invocation,
    callback_url: Annotated[
        str, typer.Option("--callback-url", help="Public address of the tunnel; a secret path is added to it.")
    ],
    as_json: JsonOption = False,
) -> None:
    """Ask Strava to send its events to this address; `runcoach serve` must be running behind it.

    Example:

      runcoach webhook subscribe --callback-url https://name.tunnel.example
    """
    from runcoach.services.sync import webhook_subscription

    done = webhook_subscription.subscribe(current.config, callback_url)
    if current.answered(done, as_json=as_json):
        return
    already = "" if done.is_new else " already"
    current.print(one_line(f"Subscribed{already}: Strava sends events to {done.subscription.callback_url}"))


@app.command("list")
def list_(current: Invocation, as_json: JsonOption = False) -> None:
    """Show the subscription of your API application, at Strava and in this profile.

    Example:

      runcoach webhook list
    """
    from runcoach.services.sync import webhook_subscription

    subscriptions = webhook_subscription.listed(current.config)
    if current.answered(
        subscriptions,
        as_json=as_json,
        empty="No subscription. Create one with `runcoach webhook subscribe --callback-url URL`.",
    ):
        return
    table = plain_table("Subscription", folded("Sends to"), wrapped("Status"))
    for row in subscriptions:
        number = "–" if row.subscription_id is None else str(row.subscription_id)
        table.add_row(number, text(row.callback_url), text(_STATUS_TEXT[row.status]))
    current.show(table)


@app.command("delete")
def delete(
    current: Invocation,
    subscription_id: Annotated[
        int | None, typer.Option("--id", help="Number of a subscription other than this profile's.", metavar="N")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Delete the subscription; `runcoach sync` still fetches new activities.

    Example:

      runcoach webhook delete
    """
    from runcoach.services.sync import webhook_subscription

    ended = webhook_subscription.delete(current.config, subscription_id)
    if as_json:
        current.emit_json(ended)
    elif ended is None:
        current.say("There was no subscription.")
    else:
        current.print(one_line(f"Deleted: Strava sends no more events to {ended.callback_url}"))
