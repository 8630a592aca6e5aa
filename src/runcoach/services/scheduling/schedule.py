"""Lay out a regular sync for cron and systemd: program, options, environment and times."""

from __future__ import annotations

import os
import platform
import re
import shutil
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from runcoach.config import SETTINGS, Config, find_paths
from runcoach.errors import UsageError
from runcoach.services.auth.stored_secrets import token_stores
from runcoach.services.scheduling import unit_files as text
from runcoach.services.scheduling.environment_check import Account, Trial, try_token
from runcoach.store.sqlite.database import open_reader
from runcoach.vault import open_vault
from runcoach.vault.encryption_key import key_place

#: What a printed schedule runs; with ``--quiet`` cron has something to mail only when something is wrong.
SYNC = ("sync", "--quiet", "--no-wait")

_FOLDERS = ("XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME")

#: Variables with which httpx finds a proxy and certificates.
_NETWORK = (
    *("HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy", "NO_PROXY", "no_proxy"),
    *("SSL_CERT_FILE", "SSL_CERT_DIR"),
)


@dataclass(frozen=True, slots=True)
class Schedule:
    """A regular sync as text: a crontab line, and systemd units with their paths.

    ``in_keyring``: the tokens are in the keyring. ``notes`` are warnings, ``tried`` is whether the token could be read
    in cron's environment.
    """

    times: text.Times
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
    """Lay out a sync ``every`` 15m, 1h, 1d … with the current configuration, and try to read its token as cron would.

    UsageError for an interval that cron does not support, for paths that a crontab cannot hold, and on Windows;
    StoreError and VaultError where the token store is unknown.
    """
    every_min = text.parse_every(every)
    if os.name == "nt":
        hint = f"let Task Scheduler run: runcoach {' '.join(SYNC)}"
        raise UsageError("Windows has neither cron nor systemd", hint=hint)
    account = Account.of_this_process()
    launch, in_keyring, withheld = launch_of(config)
    folder = unit_folder()
    text.check_fit([str(folder)])
    # Machines, users and profiles differ in the minute; one profile on one machine always has the same.
    when = text.times(every_min, f"{platform.node()}:{account.name}:{config.database}")
    unit = unit_name(config)
    return Schedule(
        times=when,
        in_keyring=in_keyring,
        environment={**launch.variables, **launch.bus},
        cron=text.cron_line(launch, when, SYNC),
        service=text.service_unit(launch, SYNC),
        timer=text.timer_unit(when),
        service_path=folder / f"{unit}.service",
        timer_path=folder / f"{unit}.timer",
        tried=try_token(launch, account),
        notes=tuple(_notes(launch, withheld)),
    )


def launch_of(config: Config) -> tuple[text.Launch, bool, tuple[str, ...]]:
    """How to start runcoach as it runs now, whether tokens are in the keyring, and which passwords were left out."""
    account = Account.of_this_process() if os.name != "nt" else Account("", str(Path.home()))
    with open_reader(config) as connection:
        stores = token_stores(connection) or {config.settings.token_store}  # before it is connected, what it would use
    in_keyring = "keyring" in {open_vault(config.paths, store).store for store in stores}
    variables = _variables(config, account, in_keyring=in_keyring)
    # A proxy may be given as https://name:password@host.
    withheld = tuple(name for name in variables if name.lower().endswith(("_url", "_proxy")) and "@" in variables[name])
    variables = {name: value for name, value in variables.items() if name not in withheld}
    bus = session_bus() if in_keyring and os.name != "nt" else {}
    launch = text.Launch(_program(), tuple(global_options(config)), variables, bus)
    text.check_fit([*launch.program, *launch.options, *variables.values(), *launch.bus.values()])
    return launch, in_keyring, withheld


def global_options(config: Config) -> Iterator[str]:
    """The global options with which another run uses the same files."""
    if is_below_home(config):
        yield from ("--home", str(config.paths.config.parent))
    if config.profile != "default":
        yield from ("--profile", config.profile)


def unit_name(config: Config) -> str:
    """The name of this profile's systemd units, without their kind."""
    return "runcoach-sync" if config.profile == "default" else f"runcoach-sync-{config.profile}"


def is_below_home(config: Config) -> bool:
    """Whether all files are below one folder (``--home``), not in the folders of the operating system."""
    return find_paths(config.paths.config.parent) == config.paths


def _variables(config: Config, account: Account, *, in_keyring: bool) -> dict[str, str]:
    """Variables of this environment that cron does not set: folders, settings, network."""
    found: dict[str, str] = {}
    if in_keyring or not is_below_home(config):  # cron would use other folders
        home = os.environ.get("HOME")
        if home and home != account.home:
            found["HOME"] = home
        found |= {name: str(Path(os.environ[name]).absolute()) for name in _FOLDERS if os.environ.get(name)}
    for setting in SETTINGS:
        if config.origin[setting.name] == "environment":
            found[setting.environment] = str(getattr(config.settings, setting.name))
    if os.environ.get("RUNCOACH_VAULT_KEY_FILE"):
        found["RUNCOACH_VAULT_KEY_FILE"] = str(key_place(config.paths).path)
    keyring = ("PYTHON_KEYRING_BACKEND",) if in_keyring else ()
    return found | {name: os.environ[name] for name in (*_NETWORK, *keyring) if os.environ.get(name)}


def _program() -> tuple[str, ...]:
    """The running program: the script's path, else the interpreter with ``-m runcoach``."""
    called = sys.argv[0]
    found = shutil.which(called) if Path(called).stem == "runcoach" else None
    # A link is not followed: it stays where it is when the next version moves what it leads to.
    return (str(Path(found).absolute()),) if found else (sys.executable, "-m", "runcoach")


def session_bus() -> dict[str, str]:
    """Variables of the D-Bus session bus, over which the keyring is reached: the user's bus, else the current one."""
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
    """The D-Bus address of the user's session bus, the same after every login."""
    return f"unix:path={quote(runtime, safe='-_/.')}/bus"


def unit_folder() -> Path:
    """The folder of the systemd user units."""
    configuration = os.environ.get("XDG_CONFIG_HOME")
    return (Path(configuration) if configuration else Path.home() / ".config").absolute() / "systemd" / "user"


def _notes(launch: text.Launch, withheld: Sequence[str]) -> Iterator[str]:
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
