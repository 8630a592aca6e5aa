"""``runcoach webhook``: have Strava tell of new activities at once, see whether it does, and stop it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from runcoach.cli import invocation

if TYPE_CHECKING:
    from runcoach.services.sync.webhook_subscription import Subscription

app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode="rich",
    help="Have Strava tell `runcoach serve` of new activities at once; it needs a tunnel to this machine.",
    epilog="Example: runcoach webhook subscribe --callback-url https://name.tunnel.example (each takes --json)",
)

_WORDS = {
    "active": "active",
    "elsewhere": "not made here",
    "lost": "Strava has it no more; `runcoach webhook subscribe` makes another",
    "unfinished": "broken off; `runcoach webhook subscribe` takes it up",
    "gone": "ended",
}


@app.command("subscribe")
def subscribe(
    context: typer.Context,
    callback_url: Annotated[
        str, typer.Option("--callback-url", help="Where the tunnel begins; a secret path is added to it.")
    ],
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Ask Strava to send its events to this address; `runcoach serve` must be running behind it.

    Example:

      runcoach webhook subscribe --callback-url https://name.tunnel.example
    """
    from runcoach.services.sync import webhook_subscription

    current = invocation.of(context)
    done = webhook_subscription.subscribe(current.settings, callback_url)
    if as_json:
        from runcoach.cli import output

        output.emit("webhook", done)
        return
    kept = "" if done.is_new else " already"
    current.show(f"subscribed{kept}: Strava sends its events to {done.subscription.callback_url}")


@app.command("list")
def list_(
    context: typer.Context,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Show the subscription of your API application, as Strava knows it and as it is known here.

    Example:

      runcoach webhook list
    """
    from runcoach.services.sync import webhook_subscription

    current = invocation.of(context)
    found = webhook_subscription.listed(current.settings)
    if as_json:
        from runcoach.cli import output

        output.emit("webhook", found)
        return
    if not found:
        current.say("no subscription; `runcoach webhook subscribe --callback-url URL` asks for one")
        return
    from runcoach.cli.tables import plain_table, text

    table = plain_table()
    table.add_column("Subscription", no_wrap=True)
    table.add_column("Sends to", overflow="fold")
    table.add_column("", ratio=1)
    for row in found:
        table.add_row(_number(row), text(row.callback_url), text(_WORDS[row.status]))
    current.show(table)


@app.command("delete")
def delete(
    context: typer.Context,
    subscription_id: Annotated[
        int | None, typer.Option("--id", help="Another one than this profile's, by its number.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """End the subscription: Strava sends no more events. New activities come with `runcoach sync` as before.

    Example:

      runcoach webhook delete
    """
    from runcoach.services.sync import webhook_subscription

    current = invocation.of(context)
    ended = webhook_subscription.delete(current.settings, subscription_id)
    if as_json:
        from runcoach.cli import output

        output.emit("webhook", ended)
    elif ended is None:
        current.say("there was no subscription")
    else:
        current.show(f"ended: Strava sends no more events to {ended.callback_url}")


def _number(row: Subscription) -> str:
    return "–" if row.subscription_id is None else str(row.subscription_id)
