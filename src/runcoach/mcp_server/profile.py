"""The profile that is asked about, and what its answers leave out."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from runcoach.config import Config
from runcoach.domain.windows import local_today
from runcoach.services.reader import open_reader, open_reader_without_strava_api


@dataclass(frozen=True, slots=True)
class Profile:
    """One profile.

    Activities that only Strava's API knows are left out, and every answer says how many: its policy forbids their use
    by an AI. With ``include_strava_api`` the runner has decided otherwise.
    """

    config: Config
    include_strava_api: bool

    @contextmanager
    def open(self) -> Iterator[tuple[sqlite3.Connection, dict[str, object]]]:
        """A connection, and the head of the answer: the day, and what is left out."""
        head: dict[str, object] = {"today": local_today().isoformat()}
        if self.include_strava_api:
            with open_reader(self.config) as connection:
                yield connection, head
            return
        with open_reader_without_strava_api(self.config) as (connection, left_out):
            if left_out:
                head["leftOut"] = {
                    "activities": left_out,
                    "why": "known through Strava's API alone, whose policy forbids use by an AI; importing Strava's "
                    "archive or the watch's own files makes them the runner's own",
                }
            yield connection, head
