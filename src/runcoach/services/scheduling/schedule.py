"""Lays out a regular sync for cron and systemd: what it must be told is gathered here; texts and trial stand apart."""

from __future__ import annotations

import os
import platform
import re
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from runcoach.config import SETTINGS, find_paths
from runcoach.errors import UsageError
from runcoach.services.scheduling import unit_files as text
from runcoach.services.scheduling.environment_check import Account, Trial, try_token
from runcoach.store.remote import credentials
from runcoach.store.sqlite.database import open_reader
from runcoach.vault import open_vault
from runcoach.vault.encryption_key import key_place

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from runcoach.config import Config
    from runcoach.services.scheduling.unit_files import Launch, Times

#: What cron and systemd run; quiet means that cron has something to mail only where something is wrong.
SYNC = ("sync", "--quiet", "--no-wait")

_FOLDERS = ("XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME")

#: How httpx is told to reach the network where it cannot be reached directly.
_NETWORK = (
    *("HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy", "NO_PROXY", "no_proxy"),
    *("SSL_CERT_FILE", "SSL_CERT_DIR"),
)


@dataclass(frozen=True, slots=True)
class Schedule:
    """A regular sync, ready to be put in place: ``cron`` is the crontab line, the units belong into their paths.

    ``in_keyring`` says where the tokens are, ``notes`` what to know before using it, and ``tried`` whether the token
    could be read in the environment that cron gives.
    """

    times: Times
    in_keyring: bool
    environment: dict[str, str]
    cron: str
    service: str
    timer: str
    service_path: Path
    timer_path: Path
    tried: Trial
    notes: tuple[str, ...]


def schedule(config: Config, every: str) -> Schedule:
    """Lay out a sync ``every`` 15m, 1h, 1d … as this run of runcoach is set up, and try its token as cron would.

    UsageError for an interval that cron cannot do, for paths that no crontab can hold, and on Windows, which has
    neither cron nor systemd; StoreError and VaultError where it cannot be told where the tokens lie.
    """
    every_min = text.parse_every(every)
    if os.name == "nt":
        hint = f"let Task Scheduler run: runcoach {' '.join(SYNC)}"
        raise UsageError("Windows has neither cron nor systemd", hint=hint)
    account = Account.of_this_process()
    in_keyring = _token_store(config) == "keyring"
    variables, withheld = _without_passwords(_variables(config, account, in_keyring=in_keyring))
    launch = text.Launch(_program(), tuple(_options(config)), variables, session_bus() if in_keyring else {})
    folder = _unit_folder()
    text.check_fit([*launch.program, *launch.options, *variables.values(), *launch.bus.values(), str(folder)])
    # Two machines, people or profiles draw different minutes; the same one draws the same for ever.
    when = text.times(every_min, f"{platform.node()}:{account.name}:{config.database}")
    unit = "runcoach-sync" if config.profile == "default" else f"runcoach-sync-{config.profile}"
    return Schedule(
        times=when,
        in_keyring=in_keyring,
        environment={**variables, **launch.bus},
        cron=text.cron_line(launch, when, SYNC),
        service=text.service_unit(launch, SYNC),
        timer=text.timer_unit(when),
        service_path=folder / f"{unit}.service",
        timer_path=folder / f"{unit}.timer",
        tried=try_token(launch, account),
        notes=tuple(_notes(launch, withheld)),
    )


def _token_store(config: Config) -> str:
    """Where the tokens of this profile lie, ``keyring`` or ``file``; before a login, where one would put them."""
    with open_reader(config) as connection:
        home = credentials.application(connection)
    return open_vault(config.paths, home.token_store if home else config.settings.token_store).store


def _options(config: Config) -> Iterator[str]:
    """The global options that lead another run to the same files."""
    if _is_below_home(config):
        yield from ("--home", str(config.paths.config.parent))
    if config.profile != "default":
        yield from ("--profile", config.profile)


def _is_below_home(config: Config) -> bool:
    """Whether everything lies below one folder that a person named, not where the operating system wants it."""
    return find_paths(config.paths.config.parent) == config.paths


def _variables(config: Config, account: Account, *, in_keyring: bool) -> dict[str, str]:
    """What the environment says now and cron would not: where folders are, settings, the way to the network."""
    found = _folders(account) if in_keyring or not _is_below_home(config) else {}
    found |= _settings(config)
    keyring = ("PYTHON_KEYRING_BACKEND",) if in_keyring else ()
    return found | {name: os.environ[name] for name in (*_NETWORK, *keyring) if os.environ.get(name)}


def _without_passwords(variables: dict[str, str]) -> tuple[dict[str, str], tuple[str, ...]]:
    """Those that may be printed, and the names of those that hold a password (``https://name:password@proxy``)."""
    urls = tuple(name for name in variables if name.lower().endswith(("_url", "_proxy")))
    withheld = tuple(name for name in urls if "@" in variables[name])
    return {name: value for name, value in variables.items() if name not in withheld}, withheld


def _program() -> tuple[str, ...]:
    """The runcoach that is running: the script by its own path, else the interpreter with ``-m runcoach``."""
    called = sys.argv[0]
    found = shutil.which(called) if Path(called).stem == "runcoach" else None
    # A link is not followed: it stays where it is when the next version moves what it leads to.
    return (str(Path(found).absolute()),) if found else (sys.executable, "-m", "runcoach")


def _folders(account: Account) -> dict[str, str]:
    """Where folders are looked for, as far as cron would look elsewhere."""
    found = {name: str(Path(os.environ[name]).absolute()) for name in _FOLDERS if os.environ.get(name)}
    home = os.environ.get("HOME")
    return found if not home or home == account.home else {"HOME": home, **found}


def _settings(config: Config) -> dict[str, str]:
    """The settings that come from the environment, and the place of the key where the environment names one."""
    found = {
        setting.environment: str(getattr(config.settings, setting.name))
        for setting in SETTINGS
        if config.origin[setting.name] == "environment"
    }
    if os.environ.get("RUNCOACH_VAULT_KEY_FILE"):
        found["RUNCOACH_VAULT_KEY_FILE"] = str(key_place(config.paths).path)
    return found


def session_bus() -> dict[str, str]:
    """What leads to the session bus, over which the keyring is reached: the one that every login has, else this one."""
    if sys.platform == "darwin":
        return {}
    runtime = Path(os.environ.get("XDG_RUNTIME_DIR") or f"/run/user/{os.getuid()}")
    # The guid is new each time a bus is started, and one that does not fit is refused.
    address = re.sub(r",guid=[0-9a-f]+", "", os.environ.get("DBUS_SESSION_BUS_ADDRESS", ""))
    if (runtime / "bus").exists():
        address = _lasting_address(str(runtime))
    found = {"DBUS_SESSION_BUS_ADDRESS": address, "XDG_RUNTIME_DIR": str(runtime) if runtime.is_dir() else ""}
    return {name: value for name, value in found.items() if value}


def _lasting_address(runtime: str) -> str:
    """The address that the session bus of a user has after every login, as D-Bus writes a path."""
    return f"unix:path={quote(runtime, safe='-_/.')}/bus"


def _unit_folder() -> Path:
    configuration = os.environ.get("XDG_CONFIG_HOME")
    return (Path(configuration) if configuration else Path.home() / ".config").absolute() / "systemd" / "user"


def _notes(launch: Launch, withheld: Sequence[str]) -> Iterator[str]:
    for name in withheld:
        yield f"{name} holds a password and is left out: no crontab and no unit is a place for it"
    length = len(text.cron_command(launch, SYNC).encode())
    if length > text.LONGEST_COMMAND:
        yield (
            f"the crontab's command is {length} bytes long, and the cron of Debian and Ubuntu takes"
            f" {text.LONGEST_COMMAND}: use the systemd timer"
        )
    address = launch.bus.get("DBUS_SESSION_BUS_ADDRESS")
    if address and address != _lasting_address(launch.bus.get("XDG_RUNTIME_DIR", "")):
        yield f"the session bus {address} may be another one after the next login: print the line again then"
