"""Tries the sealed token in the environment that cron gives, in a process of its own; nothing is asked of Strava."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from runcoach.services.scheduling.unit_files import cron_command, shell_text

if TYPE_CHECKING:
    from runcoach.services.scheduling.unit_files import Launch

#: What the trial runs in place of the sync.
CHECK = ("schedule", "check", "--json")

#: How long the trial may take; a keyring that is locked may wait for a prompt that nobody sees.
WITHIN_S = 30.0

USE_FILE = "`runcoach login --token-store file` keeps the tokens where cron can read them"
START_INSTALLED = "start a runcoach that is installed, by its full path, and print the schedule again"
LINGER = "`loginctl enable-linger` keeps the session bus while you are logged out"


@dataclass(frozen=True, slots=True)
class Account:
    """The user whose crontab it is: name and home folder as the system knows them, whatever the environment says."""

    name: str
    home: str

    @classmethod
    def of_this_process(cls) -> Account:
        """The user this process runs as; one that the system does not know has what the environment says."""
        import pwd

        try:
            entry = pwd.getpwuid(os.getuid())
        except KeyError:
            return cls(os.environ.get("USER", str(os.getuid())), str(Path.home()))
        return cls(entry.pw_name, entry.pw_dir)

    @property
    def environment(self) -> dict[str, str]:
        """All that cron sets for a command."""
        return {
            "HOME": self.home,
            "LOGNAME": self.name,
            "USER": self.name,
            "SHELL": "/bin/sh",
            "PATH": "/usr/bin:/bin",
        }


@dataclass(frozen=True, slots=True)
class Trial:
    """Whether the token can be read where cron runs; where it cannot, why and what helps."""

    ok: bool
    message: str
    hint: str | None = None


def try_token(launch: Launch, account: Account, within_s: float = WITHIN_S) -> Trial:
    """Read the token as a command of cron's would: through /bin/sh, with cron's variables and those of the line."""
    command = shell_text(cron_command(launch, CHECK))
    with subprocess.Popen(  # noqa: S603  (every word of the command is quoted)
        ["/bin/sh", "-c", command],
        env=account.environment,
        cwd=account.home if Path(account.home).is_dir() else "/",
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        errors="replace",
        start_new_session=True,
    ) as process:
        try:
            out, err = process.communicate(timeout=within_s)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            return Trial(ok=False, message=f"reading the token took more than {within_s:.0f} s", hint=USE_FILE)
        except BaseException:
            os.killpg(process.pid, signal.SIGKILL)
            raise
    return _verdict(process.returncode, out, err)


def _verdict(code: int, out: str, err: str) -> Trial:
    answer = _answer(out)
    if code == 0 and "data" in answer:
        return Trial(ok=True, message=f"the token could be read ({answer['data']['store']})")
    if "error" in answer:
        return _refusal(answer["error"])
    lines = err.strip().splitlines() or [f"it ended with exit code {code} and said nothing"]
    return Trial(ok=False, message=f"runcoach does not start there: {lines[-1]}", hint=START_INSTALLED)


def _answer(out: str) -> dict[str, Any]:
    try:
        answer = json.loads(out)
    except ValueError:
        return {}
    return answer if isinstance(answer, dict) else {}


def _refusal(error: dict[str, str | None]) -> Trial:
    hint = error["hint"]
    if error["code"] == "keyring":
        hint = f"{hint}; {LINGER}"
    if error["code"] == "not_connected":
        hint = f"{hint}, then print the schedule again"
    return Trial(ok=False, message=str(error["message"]), hint=hint)
