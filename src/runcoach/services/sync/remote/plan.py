"""What a sync with a source that is opened by a key would fetch (``--plan``): reads the list, stores nothing."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from runcoach.services.auth.api_key import active_connection, read_key
from runcoach.services.auth.remote_sources import key_source
from runcoach.services.sync.remote.listing import queue_of
from runcoach.store import jobs
from runcoach.store.remote import remote_activities
from runcoach.store.sqlite.database import open_reader

if TYPE_CHECKING:
    from collections.abc import Callable

    from runcoach.config import Config
    from runcoach.services.sync.sync_types import SyncOptions


@dataclass(frozen=True, slots=True)
class RemotePlan:
    """What a sync would do: files of ``new`` activities, titles of ``changed`` ones, and what is ``queued`` already."""

    source: str
    listed: int
    new: int
    changed: int
    queued: int
    requests: int


def plan_remote(
    config: Config, source: str, options: SyncOptions, *, clock: Callable[[], float] = time.time
) -> RemotePlan:
    """Read the list back to what is known, or whole with ``full``, and compare it with what is stored.

    Raises NotConnectedError, DegradedError, RateLimitError and RemoteUnavailableError.
    """
    with open_reader(config) as connection:
        stored = active_connection(connection, source)
        known = remote_activities.known(connection, source)
        queued = jobs.count_waiting(connection, queue_of(source))
        waiting = remote_activities.pending(connection, source)
    listed = new = changed = 0
    with key_source(source).open(config, read_key(config, stored), clock=clock) as opened:
        for page in opened.client.list_activities(options.since):
            listed += len(page)
            pairs = [(each, known.get(each.remote_id)) for each in page]
            news = [(each, before) for each, before in pairs if not (before and before.is_stored_as(each.fingerprint))]
            added = [before for each, before in news if each.skipped is None and each.remote_id not in waiting]
            fetched = sum(before is not None and before.was_fetched for before in added)
            new += len(added) - fetched
            changed += fetched
            if not (options.full or options.since or news or stored.last_full_at is None):
                break
        requests = opened.limiter.requests_sent
    return RemotePlan(source, listed, new, changed, queued, requests)
