"""Pictures of activities: drawn in the background from the queue, or at once where someone asks for one.

What is given out always shows the activity as it is and hides what the setting says: a picture that does not is drawn
again, never shown. The small one is kept in the file, the large one in the cache folder, where it may be lost.
"""

from __future__ import annotations

import json
import random
import time
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from runcoach.errors import ExitCode, NotFoundError, StoreError, UsageError
from runcoach.filesystem import write_atomically
from runcoach.images import thumbnail as images
from runcoach.store import activities, activity_queries, jobs, thumbnails
from runcoach.store.sqlite.connection import set_busy_timeout, write_transaction
from runcoach.store.sqlite.database import open_database, open_reader

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable
    from pathlib import Path

    from runcoach.config import Config
    from runcoach.images.thumbnail import Drawing

#: The edges that a picture can be had with, in pixels.
SIZES = (images.SMALL, images.LARGE)

#: How long someone who waits for a picture waits for another writer, so that it is kept too.
PATIENCE_MS = 20

#: What one damaged recording may raise; the others go on.
_FAULTS = (StoreError, ValueError, ArithmeticError, LookupError)


@dataclass(frozen=True, slots=True)
class Picture:
    """One picture as a PNG; ``etag`` is strong and depends on its bytes alone."""

    activity_id: int
    png: bytes = field(repr=False)
    etag: str
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Report:
    """What drawing did: pictures ``drawn``, ``failed`` for now or for good, and still ``left`` in the queue.

    ``problem`` says why the large ones could not be kept, which are then drawn whenever someone asks for them.
    """

    drawn: int = 0
    failed: int = 0
    left: int = 0
    problem: str | None = None

    @property
    def exit_code(self) -> ExitCode:
        """3 where something failed, else 0."""
        return ExitCode.PARTLY if self.failed else ExitCode.OK


@dataclass(frozen=True, slots=True)
class _Made:
    """A drawing, and what it was drawn from and with."""

    activity_id: int
    drawing: Drawing
    fingerprint: bytes
    drawn_with: str


def thumbnail(config: Config, reference: str, size: int = images.SMALL) -> Picture:
    """The picture of an activity: the one that is kept, else drawn now, and kept if the file can be written at once.

    NotFoundError where there is no such activity, UsageError for a size that does not exist, StoreError where its
    recording is damaged.
    """
    check_size(size)
    with open_reader(config) as connection:
        activity_id = activity_queries.resolve(connection, reference)
        kept = _kept(config, connection, activity_id, size)
        if kept is not None:
            return kept
        made = _draw(config, connection, activity_id)
    _keep_if_free(config, made)
    return _picture(activity_id, made.drawing.small if size == images.SMALL else made.drawing.large, size)


def check_size(size: int) -> None:
    """UsageError for a size that pictures cannot be had in."""
    if size not in SIZES:
        raise UsageError(f"there is no picture of {size} pixels", hint=f"it can be {' or '.join(map(str, SIZES))}")


def save(config: Config, reference: str, size: int, path: Path) -> None:
    """Write the picture of an activity to a file of the person's own; UsageError where that cannot be written."""
    png = thumbnail(config, reference, size).png
    try:
        write_atomically(path, png)
    except OSError as error:
        raise UsageError(
            f"{error.filename or path}: {error.strerror or error}", hint="choose another --output"
        ) from error


def listed(config: Config, reference: str) -> list[dict[str, Any]]:
    """Where the pictures of an activity are to be had, never the pictures themselves; empty until they are drawn."""
    with open_reader(config) as connection:
        rows = activity_queries.thumbnails(connection, activity_queries.resolve(connection, reference))
        return [dict(row) for row in rows]


def redraw(config: Config, reference: str) -> int:
    """Draw one activity's picture anew, whatever is kept of it; the activity's id."""
    with open_database(config) as connection:
        activity_id = activity_queries.resolve(connection, reference)
        _adopt(config, connection)
        with write_transaction(connection):
            thumbnails.outdated(connection, activity_id, "manual")
        _keep(config, connection, _draw(config, connection, activity_id))
        return activity_id


def drain(
    config: Config,
    *,
    most: int | None = None,
    stop: Callable[[], bool] = lambda: False,
    anew: bool = False,
    progress: Callable[[int, int], None] | None = None,
    clock: Callable[[], float] = time.time,
) -> Report:
    """Draw what is queued or has no picture yet, newest first: all that is due, or ``most``, or until ``stop``.

    ``anew`` draws all of them again, as does another setting of what is hidden. ``progress`` is told, before each,
    (pictures done, pictures in all). A picture that fails is tried again later like any job.
    """
    if not config.database.exists():
        return Report()
    with open_database(config) as connection:
        _prepare(config, connection, anew=anew)
        due = jobs.next_due(connection, "thumbnail", clock())
        total = len(jobs.waiting(connection, "thumbnail")) if due is not None else 0
        run = _Drain(config, connection, clock)
        while due is not None and due <= clock() and not stop() and (most is None or run.done < most):
            if progress:
                progress(run.done, total)
            if not run.draw_next():
                break
        left = len(jobs.waiting(connection, "thumbnail")) if due is not None else 0
        return Report(run.drawn, run.failed, left, run.problem)


@dataclass(slots=True)
class _Drain:
    """One draining of the queue: a job is taken in one transaction, and its picture kept in another."""

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
        """Draw what the next job asks for; False where none is due, or where another process hides other things."""
        with write_transaction(self.connection):
            job = jobs.claim(self.connection, "thumbnail", self.clock())
        if job is None:
            return False
        activity_id = int(json.loads(job["payload"])["activityId"])
        stored = thumbnails.stored(self.connection, activity_id)
        if stored is None or stored.is_deleted:
            with write_transaction(self.connection):
                jobs.done(self.connection, job["id"])
            return True
        try:
            made = _draw(self.config, self.connection, activity_id)
        except _FAULTS as fault:
            with write_transaction(self.connection):
                jobs.failed(self.connection, job, str(fault), self.clock(), random.random())  # noqa: S311
            self.failed += 1
            return True
        return self._keep(job, made)

    def _keep(self, job: sqlite3.Row, made: _Made) -> bool:
        """Keep a picture; one that the activity has outrun meanwhile goes back into the queue."""
        is_kept, problem = _keep(self.config, self.connection, made)
        self.problem = self.problem or problem
        if is_kept:
            self.drawn += 1
            return True
        with write_transaction(self.connection):
            jobs.requeue(self.connection, job["id"])
        return thumbnails.drawn_with(self.connection) == made.drawn_with


def _prepare(config: Config, connection: sqlite3.Connection, *, anew: bool) -> None:
    """Take up what a dead process left, queue what has no picture, and all where something else is to be hidden."""
    if not _adopt(config, connection, anew=anew) and thumbnails.is_missing_any(connection):
        with write_transaction(connection):
            thumbnails.queue_missing(connection)
    if jobs.is_running(connection, "thumbnail"):
        with write_transaction(connection):
            jobs.recover(connection, "thumbnail")


def _draw(config: Config, connection: sqlite3.Connection, activity_id: int) -> _Made:
    """Draw an activity as it is kept now."""
    # What it is drawn from is remembered first: a track that changes while it is read never passes for the new one.
    fingerprint = thumbnails.fingerprint(connection, activity_id, images.CHANNELS)
    stored = thumbnails.stored(connection, activity_id)
    if stored is None:
        raise NotFoundError(f"there is no activity {activity_id}", hint="`runcoach activities` lists them")
    streams = activities.read_streams(connection, activity_id, only=images.CHANNELS)
    drawing = images.draw(streams, stored.sport_type, config.settings.thumbnail_hidden_m)
    return _Made(activity_id, drawing, fingerprint, _drawn_with(config))


def _drawn_with(config: Config) -> str:
    """All that a picture depends on besides the activity."""
    return f"{images.VERSION}, {config.settings.thumbnail_hidden_m} m hidden"


def _keep(config: Config, connection: sqlite3.Connection, made: _Made) -> tuple[bool, str | None]:
    """Keep a picture and end its job, in one transaction; False where it no longer shows the activity as it is.

    The second value says why the large one could not be kept.
    """
    with write_transaction(connection):
        if (
            thumbnails.drawn_with(connection) != made.drawn_with
            or thumbnails.fingerprint(connection, made.activity_id, images.CHANNELS) != made.fingerprint
        ):
            return False, None
        url = f"/api/v1/activities/{made.activity_id}/thumbnail"
        thumbnails.put(connection, made.activity_id, made.drawing.small, SIZES, url)
        thumbnails.settle(connection, made.activity_id)
    return True, _cache(config, made)


def _keep_if_free(config: Config, made: _Made) -> None:
    """Keep a picture unless someone else is writing, or the file cannot be written: it has been drawn either way."""
    try:
        with open_database(config) as connection:
            set_busy_timeout(connection, PATIENCE_MS)
            _adopt(config, connection)
            _keep(config, connection, made)
    except StoreError:
        return


def _kept(config: Config, connection: sqlite3.Connection, activity_id: int, size: int) -> Picture | None:
    """The picture as it is kept, if it shows the activity as it is and hides what is to be hidden."""
    if thumbnails.drawn_with(connection) != _drawn_with(config):
        return None
    stored = thumbnails.stored(connection, activity_id)
    if stored is None or stored.small is None:
        return None
    if size == images.SMALL:
        return _picture(activity_id, stored.small, size)
    try:
        large = _cache_file(config, activity_id).read_bytes()
    except OSError:
        return None  # lost, or never there
    return _picture(activity_id, large, size) if images.belongs_to(large, stored.small) else None


def _picture(activity_id: int, png: bytes, size: int) -> Picture:
    return Picture(activity_id, png, f'"{images.digest(png)}"', size, size)


def _cache_folder(config: Config) -> Path:
    return config.paths.cache / config.profile / "thumbnails"


def _cache_file(config: Config, activity_id: int) -> Path:
    return _cache_folder(config) / f"{activity_id}-{images.LARGE}.png"


def _cache(config: Config, made: _Made) -> str | None:
    """Put the large picture into the cache folder; why that did not work, where it did not."""
    path = _cache_file(config, made.activity_id)
    try:
        write_atomically(path, made.drawing.large, mode=0o600, durable=False)
    except OSError as error:
        return f"{error.filename or path}: {error.strerror or error}"
    return None


def _adopt(config: Config, connection: sqlite3.Connection, *, anew: bool = False) -> bool:
    """Give no picture out any more that hides other things than the setting says; whether there were any.

    What shows too much leaves the cache too; a file that cannot be removed is not given out either.
    """
    if not anew and thumbnails.drawn_with(connection) == _drawn_with(config):
        return False
    with write_transaction(connection):
        thumbnails.outdated_all(connection, _drawn_with(config))
    for path in _cache_folder(config).glob("*.png"):
        with suppress(OSError):
            path.unlink()
    return True
