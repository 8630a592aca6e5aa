"""``login`` and ``logout``: prompts, messages and JSON."""

from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from runcoach.config import load
from runcoach.sandbox.server import Sandbox
from runcoach.sandbox.strava.oauth import Consent
from runcoach.sandbox.synthetic.athlete import SyntheticAthlete

Run = Callable[..., Any]

#: What a script gives.
APP = ("--client-id", "100001", "--client-secret-stdin")


@pytest.fixture(autouse=True)
def sandbox(monkeypatch: pytest.MonkeyPatch) -> Iterator[Sandbox]:
    """A stand-in for Strava that says yes; secrets go into the file."""
    with Sandbox(athlete=SyntheticAthlete(n_activities=2), auto_consent=True) as running:
        monkeypatch.setenv("RUNCOACH_STRAVA_OAUTH_URL", running.oauth_url)
        monkeypatch.setenv("RUNCOACH_STRAVA_API_URL", running.api_url)
        for name in ("DISPLAY", "WAYLAND_DISPLAY", "BROWSER"):
            monkeypatch.delenv(name, raising=False)
        yield running


def browse(url: str) -> httpx.Response:
    return httpx.get(url, follow_redirects=True, timeout=30, trust_env=False, verify=False)


@pytest.fixture
def browser(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """A browser on this machine; the list is where it was sent."""
    visited: list[str] = []

    def open_(url: str) -> bool:
        visited.append(url)
        return browse(url).status_code == 200

    monkeypatch.setenv("BROWSER", "a browser of the test")
    monkeypatch.setattr("webbrowser.open", open_)
    return visited


@pytest.fixture
def stdin(monkeypatch: pytest.MonkeyPatch, sandbox: Sandbox) -> None:
    """The client secret on stdin, without a line's end, and then nothing more."""
    monkeypatch.setattr("sys.stdin", io.StringIO(sandbox.client_secret))


@pytest.mark.slow
def test_login_prints_the_athlete_and_the_next_step(runcoach: Run, browser: list[str], stdin: None) -> None:
    ended = runcoach("login", "--token-store", "file", *APP)
    assert ended.code == 0
    assert ended.out == "Connected as Sandra Sand; the encrypted tokens are in a file.\n"
    assert browser[0] in ended.err
    assert ended.err.endswith("Next: `runcoach sync`\n")


def test_login_json_prints_the_address_on_stderr(
    runcoach: Run, browser: list[str], stdin: None, sandbox: Sandbox
) -> None:
    ended = runcoach("login", "--token-store", "file", *APP, "--json")
    assert ended.code == 0
    assert ended.json == {
        "command": "login",
        "version": 1,
        "data": {
            "athleteId": sandbox.athlete.athlete_id,
            "athleteName": "Sandra Sand",
            "scope": "read,activity:read_all",
            "tokenStore": "file",
        },
    }
    assert browser[0] in ended.err


@pytest.mark.slow
def test_a_second_login_reuses_the_application(runcoach: Run, browser: list[str], stdin: None) -> None:
    runcoach("login", "--token-store", "file", *APP)
    ended = runcoach("login")
    assert ended.code == 0
    assert "already connected as Sandra Sand; this renews the connection" in ended.err
    assert load().settings.token_store == "file"


def test_a_denied_login_exits_4(runcoach: Run, browser: list[str], stdin: None, sandbox: Sandbox) -> None:
    sandbox.oauth.consent = Consent.DENY
    ended = runcoach("login", "--token-store", "file", *APP, "--quiet")
    assert ended.code == 4
    assert ended.err.splitlines()[-1].startswith("runcoach: access was denied on Strava's page (run `runcoach login`")
    assert "config.toml" not in [path.name for path in load().paths.config.iterdir()]


def test_login_warns_without_private_activities(runcoach: Run, monkeypatch: pytest.MonkeyPatch, stdin: None) -> None:
    def grant_less(url: str) -> bool:
        location = httpx.get(url, timeout=30, trust_env=False, verify=False).headers["location"]
        return browse(location.replace("activity:read_all", "activity:read")).status_code == 200

    monkeypatch.setenv("BROWSER", "a browser of the test")
    monkeypatch.setattr("webbrowser.open", grant_less)
    ended = runcoach("login", "--token-store", "file", *APP, "--quiet")
    assert ended.code == 0
    assert "runcoach: Activities that only you can see will be missing" in ended.err


@pytest.mark.parametrize("arguments", [(), ("--client-id", "100001"), ("--client-secret-stdin",)])
def test_login_without_a_terminal_names_the_options(
    runcoach: Run, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...]
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(""))
    ended = runcoach("login", "--token-store", "file", *arguments)
    assert ended.code == 2
    assert "--client-secret-stdin" in ended.err


def test_login_refuses_an_empty_secret(runcoach: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(""))
    ended = runcoach("login", "--token-store", "file", *APP)
    assert ended.code == 2
    assert "not a valid client secret" in ended.err


@pytest.mark.parametrize("arguments", [("--token-store", "cloud"), ("--port", "70000"), ("--timeout", "0")])
def test_login_refuses_contradictory_options(runcoach: Run, stdin: None, arguments: tuple[str, str]) -> None:
    assert runcoach("login", *APP, *arguments).code == 2


def test_login_paste_reads_the_address_from_stdin(
    runcoach: Run, monkeypatch: pytest.MonkeyPatch, sandbox: Sandbox, capsys: pytest.CaptureFixture[str]
) -> None:
    """The secret is the first line of stdin, the address the second."""

    class Lines(io.StringIO):
        def readline(self, *_: Any) -> Any:
            if self.tell() == 0:
                self.seek(1)
                return sandbox.client_secret + "\n"
            (url,) = capsys.readouterr().out.splitlines()
            return httpx.get(url, timeout=30, trust_env=False, verify=False).headers["location"] + "\n"

    monkeypatch.setattr("sys.stdin", Lines(" "))
    ended = runcoach("login", "--token-store", "file", *APP, "--paste")
    assert ended.code == 0
    assert "Connected as Sandra Sand" in ended.out


def test_login_json_prints_only_json_on_stdout(runcoach: Run, stdin: None) -> None:
    ended = runcoach("login", "--token-store", "file", *APP, "--paste", "--json")
    assert ended.code == 4
    assert ended.json["error"]["code"] == "login_failed"
    assert "/oauth/authorize?client_id=100001" in ended.err


@pytest.mark.slow
def test_login_without_a_browser_prints_the_address(
    runcoach: Run, monkeypatch: pytest.MonkeyPatch, stdin: None
) -> None:
    monkeypatch.setattr("sys.platform", "linux")
    ended = runcoach("login", "--token-store", "file", *APP, "--timeout", "1")
    assert ended.code == 4
    assert ended.out.startswith("http://127.0.0.1:")
    assert "No browser found" in ended.err
    assert "no answer from Strava within 1 s" in ended.err


def start(*arguments: str, **pipes: Any) -> subprocess.Popen[str]:
    """A runcoach of its own, as a shell starts it in the foreground: Ctrl-C is heard, even if not by the tests."""
    program = (
        "import signal, sys; signal.signal(signal.SIGINT, signal.default_int_handler);"
        "from runcoach.__main__ import main; sys.exit(main())"
    )
    streams = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **pipes}
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}
    return subprocess.Popen([sys.executable, "-c", program, *arguments], text=True, env=environment, **streams)


@pytest.mark.slow
def test_login_prints_the_address_while_it_waits(sandbox: Sandbox) -> None:
    login = start("login", "--token-store", "file", *APP, "--no-browser")
    assert login.stdin is not None
    assert login.stdout is not None
    login.stdin.write(sandbox.client_secret)
    login.stdin.close()
    login.stdin = None
    page = browse(login.stdout.readline().rstrip("\n"))
    assert "Connected as Sandra Sand" in page.text
    out, err = login.communicate(timeout=60)
    assert (login.returncode, out) == (0, "Connected as Sandra Sand; the encrypted tokens are in a file.\n")
    assert err == "Next: `runcoach sync`\n"


@pytest.mark.slow
def test_login_ctrl_c_exits_130(sandbox: Sandbox) -> None:
    login = start("login", "--token-store", "file", *APP, "--no-browser")
    assert login.stdin is not None
    assert login.stdout is not None
    login.stdin.write(sandbox.client_secret)
    login.stdin.close()
    login.stdin = None
    login.stdout.readline()
    login.send_signal(signal.SIGINT)
    out, err = login.communicate(timeout=60)
    assert (login.returncode, out) == (130, "")
    assert "Traceback" not in err
    paths = load().paths
    assert not (paths.state / "vault.json").exists()
    assert not paths.data.exists()


@pytest.mark.slow
def test_login_hides_the_typed_secret(sandbox: Sandbox) -> None:
    """On a real terminal: what is typed at the hidden prompt is not shown, and how to make an app is told."""
    person, terminal = os.openpty()
    login = start("login", "--token-store", "file", "--no-browser", stdin=terminal, start_new_session=True)
    os.close(terminal)
    assert login.stdout is not None
    assert login.stderr is not None
    told = _read_until(login.stderr, "Client ID: ")
    os.write(person, b"100001\n")
    told += _read_until(login.stderr, "(hidden): ")
    os.write(person, f"{sandbox.client_secret}\n".encode())
    browse(login.stdout.readline().rstrip("\n"))
    out, err = login.communicate(timeout=60)
    shown = told + out + err + _drain(person)
    os.close(person)
    assert login.returncode == 0
    assert "https://www.strava.com/settings/api" in shown
    assert "localhost" in shown
    assert "100001" in shown
    assert sandbox.client_secret not in shown


def _read_until(stream: Any, words: str) -> str:
    said = ""
    while words not in said:
        letter = stream.read(1)
        assert letter, said
        said += letter
    return said


def _drain(terminal: int) -> str:
    os.set_blocking(terminal, False)
    try:
        return os.read(terminal, 65_536).decode()
    except OSError:  # nothing was echoed, or the other end is closed
        return ""


@pytest.mark.slow
def test_logout(runcoach: Run, browser: list[str], stdin: None, sandbox: Sandbox) -> None:
    runcoach("login", "--token-store", "file", *APP)
    ended = runcoach("logout")
    assert (ended.code, ended.out) == (0, "Logged out. Your activities are kept.\n")
    assert sandbox.oauth.live == []
    assert runcoach("logout").out == "You were not logged in.\n"
    ended = runcoach("logout", "--forget-app", "--json")
    assert ended.json["data"] == {"athleteId": None, "revoked": False, "appForgotten": True, "problem": None}
    assert "are deleted" in ended.err


@pytest.mark.slow
def test_logout_while_strava_is_unreachable(
    runcoach: Run, browser: list[str], stdin: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    runcoach("login", "--token-store", "file", *APP)
    monkeypatch.setenv("RUNCOACH_STRAVA_OAUTH_URL", "http://127.0.0.1:1")
    ended = runcoach("logout")
    assert ended.code == 0
    assert ended.out == "Logged out. Your activities are kept.\n"
    assert "remove runcoach yourself at https://www.strava.com/settings/apps" in ended.err
