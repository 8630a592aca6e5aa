"""A runner of 20,000 activities, as nobody has them: the list, and every reading command, by the clock."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path

from killing import Mother, database, query
from stand_in import StandIn, standing_in

from runcoach.domain.distances import LENGTH_M
from runcoach.sandbox.synthetic.athlete import SyntheticAthlete
from runcoach.sources.strava.models import summary_hash
from runcoach.store.sqlite.connection import connect, write_transaction

#: What is asked of it, once it is here.
QUESTIONS = (
    *(("sync", "--full", "--no-wait"), ("sync", "--no-wait"), ("best",)),
    *(("best", "--window", "1y"), ("best", "--distance", "5k", "--top", "20"), ("activities",)),
    *(("activities", "--sort", "pace"), ("totals", "--by", "week"), ("totals", "--by", "year"), ("status",)),
)


def measure(mother: Mother, folder: Path, count: int, say: Callable[[str], None]) -> None:
    """Bring the list of so many activities home, make them whole, ask everything; a line for each with its seconds."""
    home = folder / "long"
    with standing_in(SyntheticAthlete(n_activities=count)) as strava:
        strava.log_in(home)
        say(f"a history of {count:,} activities:")
        for argv in (("sync", "--limit", "1", "--no-wait"), *QUESTIONS):
            begun = time.perf_counter()
            ended = mother.run(argv, strava.environment(home), now=strava.clock.now)
            seconds = time.perf_counter() - begun
            assert ended.code == 0, ended
            say(f"  {' '.join(argv):32} {seconds:6.2f} s   {_last_line(ended.out)}")
            if "--limit" in argv:
                fill(home, strava)
    assert query(home, "SELECT count(*) FROM activity WHERE deleted_at IS NULL") == [(count,)]


def fill(home: Path, strava: StandIn) -> None:
    """What fetching every activity would leave behind, but for the streams: made up, for it would take days."""
    hashes, page = [], 1
    athlete = strava.sandbox.athlete
    while shown := athlete.page(before=None, after=None, page=page, per_page=200, with_private=True):
        summaries = [json.loads(each) for each in shown]
        hashes += [(summary_hash(summary), summary["id"]) for summary in summaries]
        page += 1
    connection = connect(database(home))
    with write_transaction(connection):
        connection.executemany("UPDATE activity SET summary_hash = ?, fetched_at = 1 WHERE strava_id = ?", hashes)
        connection.execute("UPDATE job SET status = 'done'")
        for label, length_m in LENGTH_M.items():
            connection.execute(
                "INSERT OR IGNORE INTO effort (activity_id, distance_m, length_m, duration_s, duration_exact_s,"
                " start_s, end_s, quality) SELECT id, ?1, ?2, cast(?2 * moving_time_sec / distance_m AS INT) + 1,"
                " ?2 * moving_time_sec / distance_m, 0, ?2 * moving_time_sec / distance_m, 'ok'"
                " FROM activity WHERE sport_type IN ('Run', 'TrailRun') AND distance_m >= ?2",
                (label, length_m),
            )
    connection.close()


def _last_line(text: str) -> str:
    lines = text.strip().splitlines()
    return lines[-1].strip()[:60] if lines else ""
