"""``runcoach connect`` and ``disconnect``: sources that use an API key."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Annotated

import typer

from runcoach.cli.commands.login import STORE_PLACES, hidden_prompt
from runcoach.cli.invocation import Invocation
from runcoach.cli.options import JsonOption
from runcoach.cli.output import local_minute, text
from runcoach.errors import UsageError

if TYPE_CHECKING:
    from runcoach.services.auth.remote_sources import KeySource


def command(
    current: Invocation,
    source: Annotated[str, typer.Argument(help="garmin, or intervals for intervals.icu.")],
    key_stdin: Annotated[bool, typer.Option("--key-stdin", help="Read the key from standard input.")] = False,
    token_store: Annotated[str | None, typer.Option(help="Where to store the key: keyring or file.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Connect Garmin or intervals.icu with a key made on its website.

    The key is asked for without showing it, read from standard input, or taken from GARMIN_PERSONAL_API_KEY. It is
    checked at once and stored encrypted. Run it again with a new key before the old one expires.

    Examples:

      runcoach connect garmin

      runcoach connect intervals

      echo "$KEY" | runcoach connect garmin --key-stdin --token-store file
    """
    from runcoach.services.auth.api_key import connect
    from runcoach.services.auth.remote_sources import key_source

    kind = key_source(source)
    result = connect(current.config, source, _key(kind, from_stdin=key_stdin), token_store=token_store)
    if current.answered(result, as_json=as_json):
        return
    owner = f" as {result.athlete_name}" if result.athlete_name else ""
    current.show(text(f"Connected to {kind.title}{owner}; the encrypted key is in {STORE_PLACES[result.token_store]}."))
    if result.key_ends_at is not None:
        current.say(f"The key expires on {local_minute(result.key_ends_at)[:10]}.")
    current.say("Next: `runcoach sync`")


def disconnect(
    current: Invocation,
    source: Annotated[str, typer.Argument(help="garmin, or intervals for intervals.icu.")],
    as_json: JsonOption = False,
) -> None:
    """Delete the key of Garmin or intervals.icu; synced activities are kept.

    Example:

      runcoach disconnect garmin
    """
    from runcoach.services.auth import api_key
    from runcoach.services.auth.remote_sources import key_source

    title = key_source(source).title
    ended = api_key.disconnect(current.config, source)
    current.report(
        {"source": source, "disconnected": ended},
        f"Disconnected from {title}; its activities are kept." if ended else f"{title} was not connected.",
        as_json=as_json,
    )


def _key(kind: KeySource, *, from_stdin: bool) -> str:
    """The key from standard input, from the source's own variable, or from a prompt that does not show it."""
    if from_stdin:
        return sys.stdin.readline()
    stated = os.environ.get(kind.key_variable) if kind.key_variable else None
    if stated:
        return stated
    if not sys.stdin.isatty():
        raise UsageError("asking for the key needs a terminal", hint="give it with --key-stdin")
    print(f"Make a key at {kind.key_page}. It is shown there once.", file=sys.stderr)  # noqa: T201
    return hidden_prompt(f"{kind.title} key (hidden): ")
