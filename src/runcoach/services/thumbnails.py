"""Thumbnails: drawn from the queue or on demand, stored, looked up.

A stored thumbnail is returned only while it shows the activity as it is now and hides what the setting says; otherwise
it is drawn again. The small one is stored in the database, the large one in the cache folder, where it may be lost.
"""

from __future__ import annotations

import json
import random
import sqlite3
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from runcoach.config import Config
from runcoach.domain.statuses import JobKind
from runcoach.errors import ExitCode, NotFoundError, StoreError, UsageError
from runcoach.filesystem import write_atomically, write_output
from runcoach.images import thumbnail as images
from runcoach.store import activities, activity_queries, jobs, thumbnails
from runcoach.store.sqlite.connection import set_busy_timeout, write_transaction
from runcoach.store.sqlite.database import open_database, open_reader

#: Available edge lengths in pixels.
SIZES = (images.SMALL, images.LARGE)

#: How long a request waits for another writer before it returns its thumbnail without storing it.
STORE_TIMEOUT_MS = 20


@dataclass(frozen=True, slots=True)
class Thumbnail:
    """A thumbnail as PNG; ``etag`` is strong and depends on its bytes alone."""

    activity_id: int
    png: bytes = field(repr=False)
    etag: str
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class DrawReport:
    """Thumbnails ``drawn``, ``failed``, and ``left`` in the queue; ``problem``: why the large ones are not stored."""

    drawn: int = 0
    failed: int = 0
    left: int = 0
    problem: str | None = None

    @property
    def exit_code(self) -> ExitCode:
        """3 where something failed, else 0."""
        return ExitCode.PARTLY if self.failed else ExitCode.OK


@dataclass(frozen=True, slots=True)
class _Drawn:
    """A drawing with the fingerprint of its activity."""

    activity_id: int
    drawing: images.Drawing
    fingerprint: bytes


def thumbnail(config: Config, activity_ref: str, size: int = images.SMALL) -> Thumbnail:
    """The stored thumbnail of an activity, else one drawn now, and stored if no other process is writing.

    NotFoundError for an unknown activity, UsageError for a size that is not in :data:`SIZES`, StoreError for a damaged
    recording.
    """
    check_size(size)
    with open_reader(config) as connection:
        activity_id = activity_queries.resolve(connection, activity_ref)
        if (stored := _stored(config, connection, activity_id, size)) is not None:
            return stored
        drawn = _draw(config, connection, activity_id)
    # Not while another process is writing, nor where the database cannot be written to.
    with suppress(StoreError), open_database(config) as connection:
        set_busy_timeout(connection, STORE_TIMEOUT_MS)
        _apply_options(config, connection)
        _store(config, connection, drawn)
    return _thumbnail(activity_id, drawn.drawing.small if size == images.SMALL else drawn.drawing.large, size)


def check_size(size: int) -> None:
    """Raise UsageError for a size that is not available."""
    if size not in SIZES:
        raise UsageError(f"no thumbnail has {size} pixels", hint=f"use {' or '.join(map(str, SIZES))}")


def save(config: Config, activity_ref: str, size: int, path: Path) -> None:
    """Write a thumbnail to a file; UsageError where that cannot be written."""
    write_output(path, thumbnail(config, activity_ref, size).png)


def list_thumbnails(config: Config, activity_ref: str) -> list[dict[str, object]]:
    """URL and size of an activity's thumbnails; empty until they are drawn."""
    with open_reader(config) as connection:
        rows = activity_queries.thumbnails(connection, activity_queries.resolve(connection, activity_ref))
        return [dict(row) for row in rows]


def redraw(config: Config, activity_ref: str) -> int:
    """Draw one activity's thumbnails again, whatever is stored; returns the activity's id."""
    with open_database(config) as connection:
        activity_id = activity_queries.resolve(connection, activity_ref)
        _apply_options(config, connection)
        with write_transaction(connection):
            thumbnails.outdated(connection, activity_id, "manual")
        _store(config, connection, _draw(config, connection, activity_id))
        return activity_id


def draw_queued(
    config: Config,
    *,
    limit: int | None = None,
    stop: Callable[[], bool] = lambda: False,
    redraw_all: bool = False,
    progress: Callable[[int, int], None] | None = None,
    clock: Callable[[], float] = time.time,
) -> DrawReport:
    """Draw what is queued or missing, newest first: all that is due, or ``limit``, or until ``stop`` returns True.

    ``redraw_all``, or a changed setting, queues everything first. ``progress`` is called before each with (done,
    total). One that fails is retried later, as any job.
    """
    if not config.database.exists():
        return DrawReport()
    with open_database(config) as connection:
        _prepare_queue(config, connection, redraw_all=redraw_all)
        next_due = jobs.next_due(connection, JobKind.THUMBNAIL, clock())
        if next_due is None:
            return DrawReport()
        runner = _QueueRunner(config, connection, clock)
        total = len(jobs.waiting(connection, JobKind.THUMBNAIL))
        while next_due <= clock() and not stop() and (limit is None or runner.done < limit):
            if progress:
                progress(runner.done, total)
            if not runner.draw_next():
                break
        return DrawReport(runner.drawn, runner.failed, len(jobs.waiting(connection, JobKind.THUMBNAIL)), runner.problem)


@dataclass(slots=True)
class _QueueRunner:
    """Draws queued thumbnails: each job is claimed in one transaction, and its result stored in another."""

    config: Config
    connection: sqlite3.Connection
    clock: Callable[[], float]
    drawn: int = 0
    failed: int = 0
    problem: str | None = None

    @property
    def done(self) -> int:
        return self.drawn + self.failed

    def draw_next(self) -> bool:
        """Process the next job; False where none is due, or where another process has changed the options."""
        with write_transaction(self.connection):
            job = jobs.claim(self.connection, JobKind.THUMBNAIL, self.clock())
        if job is None:
            return False
        activity_id = int(json.loads(job["payload"])["activityId"])
        row = thumbnails.stored(self.connection, activity_id)
        if row is None or row.is_deleted:
            with write_transaction(self.connection):
                jobs.done(self.connection, job["id"])
            return True
        try:
            drawn = _draw(self.config, self.connection, activity_id)
        except (StoreError, ValueError, ArithmeticError, LookupError) as error:  # of one damaged recording
            with write_transaction(self.connection):
                jobs.failed(self.connection, job, str(error), self.clock(), random.random())  # noqa: S311
            self.failed += 1
            return True
        is_stored, problem = _store(self.config, self.connection, drawn)
        self.problem = self.problem or problem
        if is_stored:
            self.drawn += 1
            return True
        with write_transaction(self.connection):
            jobs.requeue(self.connection, job["id"])  # the activity has changed meanwhile
        return thumbnails.drawn_with(self.connection) == _options(self.config)


def _prepare_queue(config: Config, connection: sqlite3.Connection, *, redraw_all: bool) -> None:
    """Queue what is missing, or everything after a change of options; requeue jobs of a process that died."""
    if not _apply_options(config, connection, redraw_all=redraw_all) and thumbnails.is_missing_any(connection):
        with write_transaction(connection):
            thumbnails.queue_missing(connection)
    if jobs.is_running(connection, JobKind.THUMBNAIL):
        with write_transaction(connection):
            jobs.recover(connection, JobKind.THUMBNAIL)


def _draw(config: Config, connection: sqlite3.Connection, activity_id: int) -> _Drawn:
    """Draw an activity; the fingerprint is read first, so that a track changed meanwhile does not match it."""
    fingerprint = thumbnails.fingerprint(connection, activity_id, images.CHANNELS)
    row = thumbnails.stored(connection, activity_id)
    if row is None:
        raise NotFoundError(f"there is no activity {activity_id}", hint="`runcoach activities` lists them")
    streams = activities.read_streams(connection, activity_id, only=images.CHANNELS)
    drawing = images.draw(streams, row.sport_type, config.settings.thumbnail_hidden_m)
    return _Drawn(activity_id, drawing, fingerprint)


def _options(config: Config) -> str:
    """Everything that a thumbnail depends on besides the activity."""
    return f"{images.VERSION}, {config.settings.thumbnail_hidden_m} m hidden"


def _store(config: Config, connection: sqlite3.Connection, drawn: _Drawn) -> tuple[bool, str | None]:
    """Store a drawing and end its job, in one transaction; False where the activity or the options have changed.

    The second value says why the large one could not be stored.
    """
    with write_transaction(connection):
        if (
            thumbnails.drawn_with(connection) != _options(config)
            or thumbnails.fingerprint(connection, drawn.activity_id, images.CHANNELS) != drawn.fingerprint
        ):
            return False, None
        url = f"/api/v1/activities/{drawn.activity_id}/thumbnail"
        thumbnails.put(connection, drawn.activity_id, drawn.drawing.small, SIZES, url)
        thumbnails.settle(connection, drawn.activity_id)
    path = _cache_path(config, drawn.activity_id)
    try:
        write_atomically(path, drawn.drawing.large, mode=0o600, durable=False)
    except OSError as error:
        return True, f"{error.filename or path}: {error.strerror or error}"
    return True, None


def _stored(config: Config, connection: sqlite3.Connection, activity_id: int, size: int) -> Thumbnail | None:
    """The stored thumbnail; None where it is missing, outdated, or drawn with other options."""
    if thumbnails.drawn_with(connection) != _options(config):
        return None
    row = thumbnails.stored(connection, activity_id)
    if row is None or row.small is None:
        return None
    if size == images.SMALL:
        return _thumbnail(activity_id, row.small, size)
    try:
        large = _cache_path(config, activity_id).read_bytes()
    except OSError:
        return None
    return _thumbnail(activity_id, large, size) if images.belongs_to(large, row.small) else None


def _thumbnail(activity_id: int, png: bytes, size: int) -> Thumbnail:
    return Thumbnail(activity_id, png, f'"{images.digest(png)}"', size, size)


def _cache_folder(config: Config) -> Path:
    return config.paths.cache / config.profile / "thumbnails"


def _cache_path(config: Config, activity_id: int) -> Path:
    return _cache_folder(config) / f"{activity_id}-{images.LARGE}.png"


def _apply_options(config: Config, connection: sqlite3.Connection, *, redraw_all: bool = False) -> bool:
    """Invalidate and queue every thumbnail where the options have changed; returns whether they had.

    The cached files are removed; one that cannot be removed is not returned either.
    """
    if not redraw_all and thumbnails.drawn_with(connection) == _options(config):
        return False
    with write_transaction(connection):
        thumbnails.outdated_all(connection, _options(config))
    for path in _cache_folder(config).glob("*.png"):
        with suppress(OSError):
            path.unlink()
    return True
