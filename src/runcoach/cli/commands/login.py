"""``runcoach login`` and ``logout``: connect this profile with Strava."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from typing import Annotated

import typer

from runcoach.cli.invocation import Invocation
from runcoach.cli.options import JsonOption
from runcoach.cli.output import text
from runcoach.errors import UsageError


def command(
    current: Invocation,
    client_id: Annotated[str | None, typer.Option(help="Client ID of your API application.", metavar="N")] = None,
    client_secret_stdin: Annotated[
        bool, typer.Option("--client-secret-stdin", help="Read the client secret from stdin.")
    ] = False,
    token_store: Annotated[str | None, typer.Option(help="Where to store the tokens: keyring or file.")] = None,
    port: Annotated[
        int,
        typer.Option(help="Port on 127.0.0.1 for the redirect; 0 for any free port.", min=0, max=65535, metavar="N"),
    ] = 0,
    timeout: Annotated[int, typer.Option(help="Seconds to wait for the browser.", min=1, metavar="N")] = 300,
    no_browser: Annotated[
        bool, typer.Option("--no-browser", help="Print the address instead of opening a browser.")
    ] = False,
    paste: Annotated[
        bool, typer.Option("--paste", help="For a browser on another machine: paste the address it ends at.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Connect to Strava in the browser; the client ID and secret of your API application are asked for once.

    Create an API application at https://www.strava.com/settings/api with any name and website, and "localhost" as the
    Authorization Callback Domain.

    Examples:

      runcoach login

      runcoach login --token-store file --paste      (on a server)

      runcoach login --no-browser --client-id 12345 --client-secret-stdin < secret.txt
    """
    from runcoach.services.auth.login import LoginOptions, login, private_activities_note

    options = LoginOptions(
        client_id=client_id,
        new_secret=client_secret_stdin,
        token_store=token_store,
        port=port,
        timeout_s=timeout,
        paste=paste,
    )
    terminal = _Terminal(
        current, secret_from_stdin=client_secret_stdin, browse=not (no_browser or paste), paste=paste, quiet_url=as_json
    )
    connected = login(current.config, options, terminal)
    if as_json:
        current.emit_json(connected)
    else:
        name = connected.athlete_name or f"athlete {connected.athlete_id}"
        place = STORE_PLACES[connected.token_store]
        current.show(text(f"Connected as {name}; the encrypted tokens are in {place}."))
        current.say("Next: `runcoach sync`")
    if note := private_activities_note(connected):
        current.warn(note)


def logout(
    current: Invocation,
    forget_app: Annotated[
        bool, typer.Option("--forget-app", help="Also delete the client ID and secret of your API application.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Revoke runcoach's access to Strava and delete the tokens; your activities stay.

    Example:

      runcoach logout
    """
    from runcoach.services.auth.logout import APPS_URL
    from runcoach.services.auth.logout import logout as revoke

    done = revoke(current.config, forget_app=forget_app)
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


#: Token store → where it is, in words.
STORE_PLACES = {"keyring": "the keyring", "file": "a file"}

_HOW_TO = """\
runcoach uses your own Strava API application. To create one:
  1. Open https://www.strava.com/settings/api
  2. Enter any name, category and website, and as "Authorization Callback Domain": localhost
  3. Copy the Client ID and the Client Secret from that page.
They are asked for once; the secret is stored encrypted."""


@dataclass(frozen=True, slots=True)
class _Terminal:
    """The prompts of a login, on a terminal or over a pipe."""

    current: Invocation
    secret_from_stdin: bool
    browse: bool
    paste: bool
    quiet_url: bool

    def client_id(self) -> str:
        """Explain how to get a client ID and prompt for it until it is a number."""
        self._need_terminal("--client-id N --client-secret-stdin")
        print(_HOW_TO, file=sys.stderr)  # noqa: T201
        while True:
            print("Client ID: ", end="", file=sys.stderr, flush=True)  # noqa: T201
            client_id = _or_abort(sys.stdin.readline())
            if client_id.isascii() and client_id.isdecimal():
                return client_id
            print("The client ID is a number, for example 12345.", file=sys.stderr)  # noqa: T201

    def client_secret(self, client_id: str) -> str:
        """The first line of stdin, or a hidden prompt."""
        if self.secret_from_stdin and not sys.stdin.isatty():
            return sys.stdin.readline().strip()
        self._need_terminal("--client-secret-stdin")
        return hidden_prompt(f"Client Secret of application {client_id} (hidden): ")

    def visit(self, url: str) -> None:
        """Open the page in a browser, or print its address on a line of its own."""
        import threading
        import webbrowser

        if self.browse and _has_browser():
            self.say("Opening Strava in your browser. If nothing happens, open this address:")
            print(url, file=sys.stderr, flush=True)  # noqa: T201
            # In a thread: some browsers block until they are closed.
            threading.Thread(target=webbrowser.open, args=(url,), name="browser", daemon=True).start()
            return
        if self.browse:
            self.say("No browser found (use --paste if yours is on another machine). Open this address:")
        elif self.paste:
            self.say("Open this address in your browser, authorize runcoach, and copy the address it ends at:")
        print(url, file=sys.stderr if self.quiet_url else sys.stdout, flush=True)

    def pasted(self) -> str | None:
        """The address that the browser ended at, which holds a secret code: a hidden prompt, or a line of stdin."""
        if not sys.stdin.isatty():
            return sys.stdin.readline() or None
        return hidden_prompt("Address of the page that the browser ends at (it may show an error; input is hidden): ")

    def say(self, message: str) -> None:
        """Print a message on stderr."""
        self.current.say(message)

    def _need_terminal(self, flags: str) -> None:
        if not sys.stdin.isatty():
            raise UsageError("asking for your API application needs a terminal", hint=f"give {flags}")


def hidden_prompt(prompt: str) -> str:
    """The line that is typed, without echo and surrounding blanks; typer.Abort at the end of input."""
    from getpass import getpass

    try:
        return _or_abort(getpass(prompt, stream=sys.stderr) + "\n")
    except EOFError:
        raise typer.Abort from None


def _or_abort(line: str) -> str:
    """The stripped line; typer.Abort at the end of input (Ctrl-D)."""
    if not line:
        raise typer.Abort
    return line.strip()


def _has_browser() -> bool:
    """Whether a graphical browser can be opened; a text browser would take over the terminal."""
    if os.environ.get("BROWSER") or os.name == "nt" or sys.platform == "darwin":
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))
