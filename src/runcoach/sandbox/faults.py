"""Injected faults: which replies are broken, in which way, and how often."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from random import Random
from typing import Any

from runcoach.sandbox.http_server import HTML, JSON, HttpError, Reply, encode_json, rate_limited


class FaultKind(StrEnum):
    """The ways in which a reply can be broken."""

    SERVER_ERROR = "500"
    BAD_GATEWAY = "502"
    UNAVAILABLE = "503"
    LIMITED = "429"  # although the headers show requests left
    TIMEOUT = "timeout"  # no reply until released, then a closed connection
    RESET = "reset"
    CUT = "cut"  # half of the body that Content-Length promises
    HTML = "html"  # an HTML page with status 200 instead of JSON
    UNKNOWN_FIELDS = "unknown_fields"
    MISSING_FIELDS = "missing_fields"
    NULLS = "nulls"


#: Fields without which an activity cannot be identified; removed or null only where a fault names them.
IDENTITY = frozenset(
    {"id", "start_date", "sport_type", "type", "split", "lap_index", "data", "series_type", "original_size"}
)
#: Streams in which Strava itself sends null for a missing reading.
GAPPY_STREAMS = frozenset({"heartrate", "cadence", "watts", "temp", "altitude", "velocity_smooth", "grade_smooth"})


@dataclass(slots=True)
class Fault:
    """One kind of fault for the next ``times`` requests whose path matches the pattern ``path`` (None: all of them).

    ``skip`` requests pass first; ``rate`` below 1 applies it at random; ``fields`` names what is missing or null
    (empty: everything but :data:`IDENTITY`).
    """

    kind: FaultKind
    path: str = r"^/api/v3/"
    times: int | None = 1
    skip: int = 0
    rate: float = 1.0
    fields: tuple[str, ...] = ()

    def matches(self, path: str, chance: float) -> bool:
        """Whether it applies to this request; a matching path uses up one of ``skip`` or ``times``."""
        if self.times == 0 or not re.search(self.path, path) or chance >= self.rate:
            return False
        if self.skip > 0:
            self.skip -= 1
            return False
        if self.times is not None:
            self.times -= 1
        return True


class Faults:
    """The active faults; the first that matches a request is applied. Safe to use from several threads.

    The same ``seed`` gives the same random faults; ``triggered`` lists the kind and path of each applied fault;
    ``holding`` is released once for each connection that a time-out begins to hold.
    """

    def __init__(self, faults: Iterable[Fault] = (), *, seed: int = 0) -> None:
        self._faults = list(faults)
        self._rng = Random(seed)  # noqa: S311 - reproducible, not secret
        self._lock = threading.Lock()
        self.triggered: list[tuple[FaultKind, str]] = []
        self.released = threading.Event()
        self.holding = threading.Semaphore(0)

    def add(self, kind: FaultKind | str, **options: Any) -> Fault:
        """Add a fault; the keywords are those of :class:`Fault`. ValueError for a pattern or kind that is not valid."""
        fault = Fault(FaultKind(kind), **options)
        try:
            re.compile(fault.path)
        except re.error as invalid:
            raise ValueError(f"path: {invalid}") from invalid
        with self._lock:
            self._faults.append(fault)
        return fault

    def clear(self) -> None:
        """Remove all faults and release held connections."""
        with self._lock:
            self._faults.clear()
        self.release()

    def release(self) -> None:
        """Close the connections that a time-out is holding; later ones are held again."""
        held, self.released = self.released, threading.Event()
        held.set()

    def hold(self, stopping: threading.Event) -> None:
        """Keep a connection waiting until :meth:`release`; not at all where the sandbox is stopping."""
        released = self.released  # taken before the check, as stopping sets the event before it releases
        if not stopping.is_set():
            self.holding.release()
            released.wait()

    def next_for(self, path: str) -> Fault | None:
        """The fault that applies to this request, if any."""
        with self._lock:
            for fault in self._faults:
                chance = self._rng.random() if fault.rate < 1.0 else 0.0
                if fault.matches(path, chance):
                    self.triggered.append((fault.kind, path))
                    return fault
        return None

    def pending(self) -> list[dict[str, Any]]:
        """The faults that are still active, as JSON."""
        with self._lock:
            rows = [asdict(fault) for fault in self._faults if fault.times != 0]
        return [{"fault": row.pop("kind").value} | {key: row[key] for key in row if key != "fields"} for row in rows]


def _page(status: int, title: str) -> Reply:
    page = f"<html><head><title>{title}</title></head><body><h1>{title}</h1></body></html>"
    return Reply(status, page.encode(), HTML)


#: Sent instead of the real reply, and without what the request would have changed.
_REPLACEMENTS = {
    FaultKind.SERVER_ERROR: HttpError(500, "Internal Server Error").reply,
    FaultKind.BAD_GATEWAY: _page(502, "502 Bad Gateway"),
    FaultKind.UNAVAILABLE: _page(503, "503 Service Temporarily Unavailable"),
    FaultKind.LIMITED: rate_limited("read rate limit").reply,
    FaultKind.TIMEOUT: Reply(503, broken=FaultKind.TIMEOUT),
    FaultKind.RESET: Reply(503, broken=FaultKind.RESET),
    FaultKind.HTML: _page(200, "We'll be right back"),
}


def faulty_reply(fault: Fault, answer: Callable[[], Reply]) -> Reply:
    """The reply with a fault; ``answer`` gives the real one and is called only if some of it is sent."""
    if fault.kind in _REPLACEMENTS:
        return _REPLACEMENTS[fault.kind]
    reply = answer()
    if fault.kind is FaultKind.CUT:
        return replace(reply, broken=FaultKind.CUT)
    if reply.status >= 300 or reply.content_type != JSON or not reply.body:
        return reply
    return replace(reply, body=encode_json(_distorted(json.loads(reply.body), fault)))


def _distorted(value: Any, fault: Fault) -> Any:
    """The value with fields of every object in it added, removed or null."""
    if isinstance(value, list) and value and isinstance(value[0], dict):
        return [_distorted(each, fault) for each in value]
    if not isinstance(value, dict):
        return value
    fields = {key: _distorted(each, fault) for key, each in value.items()}
    if fault.kind is FaultKind.UNKNOWN_FIELDS:
        return fields | {name: {"nested": [1, None, "…"]} for name in fault.fields or ("not_yet_documented",)}
    lost = {key for key, each in value.items() if _is_lost(key, each, fault.fields)}
    if fault.kind is FaultKind.MISSING_FIELDS:
        return {key: each for key, each in fields.items() if key not in lost}
    if not fault.fields:
        fields = {key: _with_gaps(each) if key in GAPPY_STREAMS else each for key, each in fields.items()}
    return fields | dict.fromkeys(lost)


def _is_lost(key: str, value: Any, fields: tuple[str, ...]) -> bool:
    """Whether a field is removed or null: one of ``fields``, or any scalar that is not in :data:`IDENTITY`."""
    return key in fields if fields else key not in IDENTITY and not isinstance(value, dict | list)


def _with_gaps(stream: Any) -> Any:
    """Replace every seventh reading of a stream with null; other values of that name are unchanged."""
    if not isinstance(stream, dict) or not isinstance(stream.get("data"), list):
        return stream
    return stream | {"data": [None if index % 7 == 3 else each for index, each in enumerate(stream["data"])]}
