"""Install, show and remove the schedule of a profile."""

from __future__ import annotations

import hashlib
import os
import platform
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass, field

from runcoach.config import Config
from runcoach.domain.json_format import EpochSeconds
from runcoach.errors import RuncoachError, UsageError
from runcoach.services.scheduling import unit_files
from runcoach.services.scheduling.environment_check import Account, Trial, try_sync, try_token
from runcoach.services.scheduling.schedule import is_below_home, launch_of, unit_name
from runcoach.services.scheduling.schedulers import schedulers_of
from runcoach.services.scheduling.unit_files import Entry
from runcoach.store import audit
from runcoach.store.remote import sync_state
from runcoach.store.sqlite.connection import write_transaction
from runcoach.store.sqlite.database import open_database

#: What a scheduler runs; it syncs only when a sync is due.
RUN = ("schedule", "run")

_INSTALLED, _LAST_RUN = "schedule", "schedule_last_run"


@dataclass(frozen=True, slots=True)
class ScheduleStatus:
    """The schedule of a profile: ``place`` is where the scheduler has it, None where it is not installed.

    ``last_run_at`` and ``exit_code`` are of its last run, ``message`` what that run had to say.
    """

    every: str | None = None
    scheduler: str | None = None
    place: str | None = None
    last_run_at: EpochSeconds | None = None
    exit_code: int | None = None
    message: str | None = None


@dataclass(frozen=True, slots=True)
class Installation:
    """What was or would be written (place → text), and how a sync in that environment went (None: not tried)."""

    scheduler: str
    every: str
    files: Mapping[str, str]
    tried: Trial | None = None
    notes: tuple[str, ...] = field(default=())


def install(config: Config, every: str, *, dry_run: bool = False) -> Installation:
    """Install the schedule of this profile, in place of an earlier one.

    A sync of one activity is tried first in the environment that the scheduler gives; where it fails, nothing is
    written and its error is raised. Raises UsageError for an invalid interval and where there is no scheduler.
    """
    every_min = unit_files.parse_interval(every)
    launch, in_keyring, withheld = launch_of(config)
    schedulers = schedulers_of(config)
    if not schedulers:
        raise UsageError(
            "no scheduler found: neither a systemd user manager nor crontab",
            hint="install cron, or run `runcoach sync --quiet --no-wait` from what you have",
        )
    scheduler = schedulers[0]
    interval = unit_files.interval_text(every_min)
    # Machines and profiles differ in the minute; one profile on one machine always has the same.
    seed = f"{platform.node()}:{config.database}"
    entry = Entry(entry_name(config), launch, (*RUN, "--every", interval), every_min, seed)
    files = scheduler.preview(entry)
    notes = tuple(f"{variable} holds a password and is left out" for variable in withheld)
    if dry_run:
        return Installation(scheduler.title, interval, files, notes=notes)
    if os.name == "nt":
        tried = None
    else:
        account = Account.of_this_process()
        tried = try_token(launch, account)
        tried = try_sync(launch, account) if tried.ok else tried
        if not tried.ok:
            raise RuncoachError(f"not installed, because a sync fails there: {tried.message}", hint=tried.hint)
    scheduler.install(entry)
    with open_database(config) as connection, write_transaction(connection):
        sync_state.put_json(connection, _INSTALLED, {"every": interval, "scheduler": scheduler.title})
        audit.record(connection, "admin", 0, "create", f"schedule installed: every {interval}, {scheduler.title}")
    if in_keyring:
        avoid = "`--token-store file` at `runcoach connect` and `runcoach login` avoids that"
        notes += (f"the keyring is open only while you are logged in; {avoid}",)
    return Installation(scheduler.title, interval, files, tried, notes)


def remove(config: Config) -> bool:
    """Remove the schedule of this profile from every scheduler; False where there was none."""
    name = entry_name(config)
    found = [scheduler for scheduler in schedulers_of(config) if scheduler.installed(name) is not None]
    for scheduler in found:
        scheduler.remove(name)
    if found and config.database.exists():
        with open_database(config) as connection, write_transaction(connection):
            sync_state.put(connection, _INSTALLED, None)
            audit.record(connection, "admin", 0, "delete", "schedule removed")
    return bool(found)


def schedule_status(config: Config, connection: sqlite3.Connection, *, look: bool = True) -> ScheduleStatus:
    """The schedule of this profile, and its last run; without ``look`` the scheduler itself is not asked."""
    stored = sync_state.get_json(connection, _INSTALLED) or {}
    last = sync_state.get_json(connection, _LAST_RUN) or {}
    places = (scheduler.installed(entry_name(config)) for scheduler in schedulers_of(config)) if stored and look else ()
    return ScheduleStatus(
        stored.get("every"),
        stored.get("scheduler"),
        next((place for place in places if place), None),
        last.get("at"),
        last.get("exit_code"),
        last.get("message"),
    )


def note_run(connection: sqlite3.Connection, now: float, exit_code: int, message: str | None) -> None:
    """Store the result of a scheduled run; the caller holds the transaction."""
    sync_state.put_json(connection, _LAST_RUN, {"at": int(now), "exit_code": exit_code, "message": message})


def entry_name(config: Config) -> str:
    """The name of this profile's entry, another for each home."""
    name = unit_name(config)
    if not is_below_home(config):
        return name
    return f"{name}-{hashlib.sha256(os.fsencode(config.paths.data)).hexdigest()[:8]}"
