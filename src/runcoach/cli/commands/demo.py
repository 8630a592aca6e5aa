"""``runcoach demo``: a tour with a synthetic runner, in a folder of its own."""

from __future__ import annotations

import os
import tempfile
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from runcoach.cli.invocation import Invocation
from runcoach.cli.output import text

if TYPE_CHECKING:
    from runcoach.sandbox.server import Sandbox

#: History of the synthetic runner.
_YEARS, _RUNS_A_WEEK = 1.5, 3.8

_NEXT_STEPS = """\
  runcoach demo --keep FOLDER  keep the data of this runner to explore it
  runcoach import ~/runs/      import your own files
  runcoach connect garmin      connect your own Garmin account
  runcoach login               connect to your own Strava account"""

#: The demo leaves nothing in the user's keyring.
_STORE = "file"


def command(
    current: Invocation,
    keep: Annotated[Path | None, typer.Option(help="Keep the data in this folder.")] = None,
) -> int:
    """Try runcoach with a synthetic runner: log in, sync, best efforts, splits; needs no account and no network.

    A local server imitates Strava. Everything is in a temporary folder that is deleted afterwards.

    Examples:

      runcoach demo

      runcoach demo --keep ~/runcoach-demo
    """
    from runcoach.config import load, write_setting
    from runcoach.sandbox.server import Sandbox
    from runcoach.sandbox.strava.api import Limits
    from runcoach.sandbox.synthetic.athlete import SyntheticAthlete

    athlete = SyntheticAthlete(years=_YEARS, per_week=_RUNS_A_WEEK)
    # With the real rate limits the sync would take half an hour.
    limits = Limits(read_quarter=1000, read_day=10_000, quarter=1000, day=10_000)
    with ExitStack() as stack:
        home = keep or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="runcoach-demo-")))
        sandbox = stack.enter_context(Sandbox(athlete=athlete, auto_consent=True, limits=limits))
        urls = {
            "strava_oauth_url": sandbox.oauth_url,
            "strava_api_url": sandbox.api_url,
            "garmin_api_url": sandbox.garmin_url,
            "intervals_api_url": sandbox.intervals_url,
        }
        stack.enter_context(_environment(home, urls))
        code = _run_tour(current, sandbox, home, is_kept=keep is not None)
        if keep is not None:  # its made-up tokens never go to the real services
            for name, url in urls.items():
                write_setting(load().paths, name, url)
        return code


@contextmanager
def _environment(home: Path, urls: dict[str, str]) -> Iterator[None]:
    """Set the variables that point runcoach to the sandbox, and restore the old ones afterwards."""
    from runcoach.config import setting

    ours = {"RUNCOACH_HOME": str(home), **{setting(name).environment: url for name, url in urls.items()}}
    before = {name: os.environ.get(name) for name in (*ours, "RUNCOACH_PROFILE", "RUNCOACH_VAULT_KEY_FILE")}
    for name in before:
        os.environ.pop(name, None)
    os.environ.update(ours)
    try:
        yield
    finally:
        for name, value in before.items():
            os.environ.pop(name, None)
            if value is not None:
                os.environ[name] = value


def _run_tour(current: Invocation, sandbox: Sandbox, home: Path, *, is_kept: bool) -> int:
    """Run the commands of the tour; each is printed before its output."""
    from runcoach.cli.app import run
    from runcoach.config import load
    from runcoach.services.auth.api_key import connect
    from runcoach.services.auth.login import LoginOptions, login

    def run_shown(*arguments: str) -> int:
        current.show("", text(f"$ runcoach {' '.join(arguments)}", "bold"))
        return run([*(["--no-color"] if current.no_color else []), *arguments])

    current.show(f"Local imitations of Garmin and Strava run at {sandbox.url}, with {len(sandbox.athlete)} activities.")
    current.show("", text("$ runcoach connect garmin", "bold"))
    owner = connect(load(), "garmin", sandbox.garmin.account.key, token_store=_STORE)
    current.show(text(f"Connected to Garmin as {owner.athlete_name}."))
    code = run_shown("sync")
    current.show("", text("$ runcoach login", "bold"))
    connected = login(load(), LoginOptions(token_store=_STORE), _SyntheticUser(current, sandbox))
    current.show(text(f"Connected as {connected.athlete_name}."))
    commands = (
        ("sync",),
        ("connections",),
        ("best", "--window", "1y"),
        ("activities", "--sport", "running", "--limit", "5"),
        ("splits", "1"),
        ("totals", "--by", "month", "--limit", "6"),
    )
    code = next((code for code in (run_shown(*arguments) for arguments in commands) if code), code)
    current.show("", text("Next", "bold"))
    if is_kept:
        current.print(f"  runcoach --home {home} best --distance 5k\n  runcoach --home {home} serve")
    else:
        current.print(_NEXT_STEPS)
    return code


@dataclass(frozen=True, slots=True)
class _SyntheticUser:
    """The login prompts of the sandbox: its client ID and secret, and a browser that follows every redirect."""

    current: Invocation
    sandbox: Sandbox

    def client_id(self) -> str:
        return str(self.sandbox.client_id)

    def client_secret(self, client_id: str) -> str:  # noqa: ARG002  (there is one application only)
        return self.sandbox.client_secret

    def visit(self, url: str) -> None:
        import httpx

        self.current.say("(the browser opens and the runner accepts)")
        threading.Thread(target=httpx.get, args=(url,), kwargs={"follow_redirects": True}, daemon=True).start()

    def pasted(self) -> str | None:
        return None

    def say(self, message: str) -> None:
        self.current.say(message)
