"""``runcoach login``: connect this profile with Strava."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated, TextIO

import typer

from runcoach.cli import invocation

if TYPE_CHECKING:
    from runcoach.cli.invocation import Invocation


def command(
    context: typer.Context,
    client_id: Annotated[
        str | None, typer.Option(help="Of your API application; its secret is then asked for.", metavar="N")
    ] = None,
    client_secret_stdin: Annotated[
        bool, typer.Option("--client-secret-stdin", help="Read the client secret from the first line of stdin.")
    ] = False,
    token_store: Annotated[
        str | None, typer.Option(help="Where the sealed tokens go: keyring or file; remembered.")
    ] = None,
    port: Annotated[int, typer.Option(help="Port on 127.0.0.1; 0 takes a free one.", min=0, max=65535)] = 0,
    timeout: Annotated[int, typer.Option(help="Seconds to wait for the browser to come back.", min=1)] = 300,
    no_browser: Annotated[
        bool, typer.Option("--no-browser", help="Print the address on stdout instead of opening it.")
    ] = False,
    paste: Annotated[
        bool, typer.Option("--paste", help="The browser is on another machine: paste the address it ends at.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON; the address goes to stderr.")] = False,
) -> None:
    """Connect this profile with Strava in the browser; client id and secret are asked for once.

    Your own API application is made in a minute at https://www.strava.com/settings/api: any name and website, and
    "localhost" as the Authorization Callback Domain.

    Examples:

      runcoach login

      runcoach login --token-store file --paste      (on a server)

      runcoach login --no-browser --client-id 12345 --client-secret-stdin < secret.txt
    """
    from runcoach.services.auth.login import LoginOptions, login, private_activities_note

    current = invocation.of(context)
    wishes = LoginOptions(
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
    connected = login(current.settings, wishes, terminal)
    if as_json:
        from runcoach.cli import output

        output.emit("login", connected)
    else:
        from runcoach.cli.tables import text

        name = connected.athlete_name or f"athlete {connected.athlete_id}"
        place = _PLACES[connected.token_store]
        current.show(text(f"connected as {name}; the sealed tokens are in {place}"))
        current.say("next: `runcoach sync`")
    hidden = private_activities_note(connected)
    if hidden:
        current.warn(hidden)


_PLACES = {"keyring": "the keyring", "file": "a file"}

_HOW_TO = """\
runcoach speaks with Strava through an API application of your own. If you have none yet:
  1. open https://www.strava.com/settings/api
  2. any name, category and website will do; "Authorization Callback Domain" must be: localhost
  3. copy Client ID and Client Secret from that page
They are asked for once; the secret is sealed before it is stored."""


class _Terminal:
    """The person at this terminal, or the script behind this pipe."""

    def __init__(
        self, current: Invocation, *, secret_from_stdin: bool, browse: bool, paste: bool, quiet_url: bool
    ) -> None:
        self._current = current
        self._secret_from_stdin = secret_from_stdin
        self._browse = browse
        self._paste = paste
        self._quiet_url = quiet_url

    def client_id(self) -> str:
        """Ask for the id, after telling how to get one."""
        self._need_terminal("--client-id N --client-secret-stdin")
        print(_HOW_TO, file=sys.stderr)  # noqa: T201
        print("Client ID: ", end="", file=sys.stderr, flush=True)  # noqa: T201
        return _or_abort(sys.stdin.readline())

    def client_secret(self, client_id: str) -> str:
        """The first line of stdin, or a hidden prompt."""
        if self._secret_from_stdin and not sys.stdin.isatty():
            return sys.stdin.readline().strip()
        self._need_terminal("--client-secret-stdin")
        return _hidden(f"Client Secret of application {client_id} (hidden): ")

    def visit(self, url: str) -> None:
        """Open the page, or print its address: alone on a line of stdout, for whoever reads it there."""
        if self._browse and _has_browser():
            self.say("Opening Strava in your browser. If nothing happens, open this address yourself:")
            self._print(url, sys.stderr)
            _open(url)
            return
        if self._browse:
            self.say("There is no browser here (see --paste if yours is on another machine). Open this address:")
        elif self._paste:
            self.say("Open this address where your browser is, say yes, and copy the address that it ends at:")
        self._print(url, sys.stderr if self._quiet_url else sys.stdout)

    def pasted(self) -> str | None:
        """One address: a hidden prompt, for it holds a code that is worth a login, or a line of stdin."""
        if sys.stdin.isatty():
            return _hidden("Address that the browser ends at, although it shows no page there (hidden): ")
        line = sys.stdin.readline()
        return line or None

    def say(self, message: str) -> None:
        """Talk, on stderr; a name in it comes from elsewhere and stays text."""
        from runcoach.cli.app import one_line

        self._current.say(one_line(message))

    def _print(self, url: str, stream: TextIO) -> None:
        print(url, file=stream, flush=True)

    def _need_terminal(self, flags: str) -> None:
        from runcoach.errors import UsageError

        if not sys.stdin.isatty():
            raise UsageError("there is no terminal to ask for your API application", hint=f"give {flags}")


def _hidden(prompt: str) -> str:
    """What a person types without its being shown."""
    from getpass import getpass

    try:
        return _or_abort(getpass(prompt, stream=sys.stderr) + "\n")
    except EOFError:
        raise typer.Abort from None


def _or_abort(line: str) -> str:
    """A line without its end; Ctrl-D is a way to say no."""
    if not line:
        raise typer.Abort
    return line.strip()


def _has_browser() -> bool:
    """Whether a browser can be opened where the person sees it; one for text alone would take over the terminal."""
    import os

    if os.environ.get("BROWSER") or os.name == "nt" or sys.platform == "darwin":
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def _open(url: str) -> None:
    """Open the browser without waiting for it: some do not return before they are closed."""
    import threading
    import webbrowser

    threading.Thread(target=webbrowser.open, args=(url,), name="browser", daemon=True).start()
