"""Injected faults: which replies are broken, in which way, and how often."""

from __future__ import annotations

import json
import re
import threading
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from random import Random
from typing import TYPE_CHECKING, Any

from runcoach.sandbox.messages import HTML, JSON, HttpError, Reply, encode_json, rate_limited

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping


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

    @classmethod
    def at_random(cls, rate: float, kinds: Iterable[FaultKind] = tuple(FaultKind), *, seed: int = 0) -> Faults:
        """Permanent faults of each of these kinds, at equal shares of ``rate``."""
        chosen = tuple(kinds)
        return cls([Fault(kind, times=None, rate=rate / len(chosen)) for kind in chosen], seed=seed)

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

    def hold(self, released: threading.Event) -> None:
        """Keep a connection waiting until ``released`` is set."""
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


_PAGES = {
    FaultKind.BAD_GATEWAY: (502, "502 Bad Gateway"),
    FaultKind.UNAVAILABLE: (503, "503 Service Temporarily Unavailable"),
    FaultKind.HTML: (200, "We'll be right back"),
}


def replacement_reply(kind: FaultKind) -> Reply | None:
    """The reply sent instead of the real one; None for kinds that change the real reply."""
    if kind in _PAGES:
        status, title = _PAGES[kind]
        page = f"<html><head><title>{title}</title></head><body><h1>{title}</h1></body></html>"
        return Reply(status, page.encode(), HTML)
    if kind is FaultKind.SERVER_ERROR:
        return HttpError(500, "Internal Server Error").reply
    return rate_limited("read rate limit").reply if kind is FaultKind.LIMITED else None


def apply_distortion(fault: Fault, reply: Reply) -> Reply:
    """The real reply with fields added, removed or null; anything but a successful JSON reply is unchanged."""
    change = _DISTORTIONS.get(fault.kind)
    if change is None or reply.status >= 300 or reply.content_type != JSON or not reply.body:
        return reply
    return replace(reply, body=encode_json(change(json.loads(reply.body), fault.fields)))


Fields = tuple[str, ...]


def _with_unknown(value: Any, fields: Fields) -> Any:
    """Add undocumented fields to every object."""
    if isinstance(value, dict):
        known = {key: _with_unknown(each, fields) for key, each in value.items()}
        return known | {name: {"nested": [1, None, "…"]} for name in fields or ("not_yet_documented",)}
    return [_with_unknown(each, fields) for each in value] if _holds_objects(value) else value


def _with_missing(value: Any, fields: Fields) -> Any:
    if isinstance(value, dict):
        return {key: _with_missing(each, fields) for key, each in value.items() if not _is_hit(key, each, fields)}
    return [_with_missing(each, fields) for each in value] if _holds_objects(value) else value


def _with_nulls(value: Any, fields: Fields) -> Any:
    if isinstance(value, dict):
        return {
            key: None if _is_hit(key, each, fields) else _with_gaps(key, _with_nulls(each, fields), fields)
            for key, each in value.items()
        }
    return [_with_nulls(each, fields) for each in value] if _holds_objects(value) else value


def _with_gaps(key: str, stream: Any, fields: Fields) -> Any:
    """Replace every seventh reading of a stream with null."""
    if key not in GAPPY_STREAMS or not isinstance(stream, dict) or not isinstance(stream.get("data"), list) or fields:
        return stream
    return stream | {"data": [None if index % 7 == 3 else each for index, each in enumerate(stream["data"])]}


def _is_hit(key: str, value: Any, fields: Fields) -> bool:
    """Whether a field is removed or null: one of ``fields``, or any scalar that is not in :data:`IDENTITY`."""
    return key in fields if fields else key not in IDENTITY and not isinstance(value, dict | list)


def _holds_objects(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and isinstance(value[0], dict)


_DISTORTIONS: Mapping[FaultKind, Callable[[Any, Fields], Any]] = {
    FaultKind.UNKNOWN_FIELDS: _with_unknown,
    FaultKind.MISSING_FIELDS: _with_missing,
    FaultKind.NULLS: _with_nulls,
}
