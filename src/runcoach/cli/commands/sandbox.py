"""``runcoach sandbox``: a local server that imitates Strava, with a synthetic runner."""

from __future__ import annotations

from typing import Annotated

import typer

from runcoach.cli.invocation import Invocation


def command(
    current: Invocation,
    port: Annotated[
        int, typer.Option(help="Port on 127.0.0.1; 0 for any free port.", min=0, max=65535, metavar="N")
    ] = 8642,
    runs: Annotated[
        int | None,
        typer.Option(help="Number of runs of the synthetic runner; three years of runs by default.", metavar="N"),
    ] = None,
    seed: Annotated[int, typer.Option(help="Seed of the synthetic runner.", metavar="N")] = 1,
    auto_consent: Annotated[bool, typer.Option("--auto-consent", help="Accept every login without asking.")] = False,
    latency_ms: Annotated[
        int, typer.Option("--latency", help="Delay before each response in ms.", min=0, metavar="N")
    ] = 0,
) -> None:
    """Run a local imitation of Strava with a synthetic runner, until Ctrl-C; it needs no network.

    It has Strava's login, lists, details, streams, rate limits and errors; `curl URL/sandbox` shows its controls.

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
        say=current.print,
    )
