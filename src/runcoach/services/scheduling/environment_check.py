"""Try a command in cron's environment, in a process of its own: read tokens and keys, sync one activity."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from runcoach.services.scheduling.unit_files import Launch, cron_command, shell_text

#: What the trial runs in place of the sync.
CHECK = ("schedule", "check", "--json")

#: A sync of one activity, and how long it may take.
SYNC_ONE = ("sync", "--quiet", "--no-wait", "--limit", "1", "--json")
SYNC_WITHIN_S = 300.0

#: How long the trial may take; a locked keyring may wait for a prompt that is not shown.
WITHIN_S = 30.0

USE_FILE = "`--token-store file` at `runcoach connect` and `runcoach login` keeps them where cron can read them"
LINGER = "`loginctl enable-linger` keeps the session bus while you are logged out"


@dataclass(frozen=True, slots=True)
class Account:
    """The user of the crontab: name and home folder from the user database, not from the environment."""

    name: str
    home: str

    @classmethod
    def of_this_process(cls) -> Account:
        """The user of this process; for one without an entry, the values of the environment."""
        import pwd

        try:
            entry = pwd.getpwuid(os.getuid())
        except KeyError:
            return cls(os.environ.get("USER", str(os.getuid())), str(Path.home()))
        return cls(entry.pw_name, entry.pw_dir)

    @property
    def environment(self) -> dict[str, str]:
        """The variables that cron sets for a command."""
        name = self.name
        return {"HOME": self.home, "LOGNAME": name, "USER": name, "SHELL": "/bin/sh", "PATH": "/usr/bin:/bin"}


@dataclass(frozen=True, slots=True)
class Trial:
    """Whether a command worked in cron's environment; if not, why and what helps."""

    ok: bool
    message: str
    hint: str | None = None


def try_token(launch: Launch, account: Account, within_s: float = WITHIN_S) -> Trial:
    """Read tokens and keys as a command of cron would: through /bin/sh, with cron's variables and those of the line."""
    result = _run(launch, account, CHECK, within_s)
    if result is None:
        return Trial(ok=False, message=f"reading the tokens took more than {within_s:.0f} s", hint=USE_FILE)
    code, answer, err = result
    if code == 0 and "data" in answer:
        return Trial(ok=True, message=f"tokens and keys could be read ({answer['data']['store']})")
    return _failed(answer, err, f"it ended with exit code {code} and said nothing", "runcoach does not start there: ")


def try_sync(launch: Launch, account: Account, within_s: float = SYNC_WITHIN_S) -> Trial:
    """Sync one activity in the same environment; a rate limit and failed activities count as success."""
    result = _run(launch, account, SYNC_ONE, within_s)
    if result is None:
        return Trial(ok=False, message=f"a sync took more than {within_s:.0f} s")
    code, answer, err = result
    if code in {0, 3, 5, 6}:  # done, some activities failed, a rate limit, another sync is running
        return Trial(ok=True, message="a sync in the scheduler's environment worked")
    return _failed(answer, err, f"it ended with exit code {code}")


def _run(
    launch: Launch, account: Account, words: Sequence[str], within_s: float
) -> tuple[int, dict[str, Any], str] | None:
    """``(exit code, JSON answer or {}, stderr)`` of a command in cron's environment; None where it takes too long."""
    command = shell_text(cron_command(launch, words))
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
            return None
        except BaseException:
            os.killpg(process.pid, signal.SIGKILL)
            raise
    try:
        answer = json.loads(out)
    except ValueError:
        answer = None
    return process.returncode, answer if isinstance(answer, dict) else {}, err


def _failed(answer: dict[str, Any], err: str, otherwise: str, prefix: str = "") -> Trial:
    """Why a command failed: the error of its answer, else the last line of stderr, else ``otherwise``."""
    if "error" not in answer:
        lines = err.strip().splitlines() or [otherwise]
        return Trial(
            ok=False,
            message=f"{prefix}{lines[-1]}",
            hint="start a runcoach that is installed, by its full path, and try again",
        )
    error = answer["error"]
    hint = error["hint"]
    if error["code"] == "keyring":
        hint = f"{hint}; {LINGER}"
    if error["code"] == "not_connected":
        hint = f"{hint}, then try again"
    return Trial(ok=False, message=str(error["message"]), hint=hint)
