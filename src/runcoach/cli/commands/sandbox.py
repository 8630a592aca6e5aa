"""``runcoach sandbox``: a stand-in for Strava on this machine, for trying things out."""

from __future__ import annotations

from typing import Annotated

import typer

from runcoach.cli import invocation


def command(
    context: typer.Context,
    port: Annotated[int, typer.Option(help="Port on 127.0.0.1; 0 takes a free one.", min=0, max=65535)] = 8642,
    runs: Annotated[int | None, typer.Option(help="How many runs its runner has; else three years of them.")] = None,
    seed: Annotated[int, typer.Option(help="Another runner for another number.")] = 1,
    auto_consent: Annotated[bool, typer.Option("--auto-consent", help="Grant every login without asking.")] = False,
    latency_ms: Annotated[int, typer.Option("--latency", help="Milliseconds before each answer.", min=0)] = 0,
) -> None:
    """Serve a Strava stand-in with a synthetic runner, until Ctrl-C; nothing leaves this machine.

    It has Strava's logins, lists, details, streams, limits and errors; `curl URL/sandbox` shows its switches.

    Examples:

      runcoach sandbox

      runcoach sandbox --runs 40 --auto-consent --latency 200
    """
    from runcoach.sandbox.server import serve
    from runcoach.sandbox.synthetic.athlete import SyntheticAthlete

    serve(
        port=port,
        athlete=SyntheticAthlete(seed, runs=runs),
        auto_consent=auto_consent,
        latency_s=latency_ms / 1000,
        say=invocation.of(context).print,
    )
