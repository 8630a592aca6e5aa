"""Bad luck on demand: which answer goes wrong, how, and how often; the server carries it out."""

from __future__ import annotations

import json
import re
import threading
from dataclasses import dataclass, field
from enum import StrEnum
from random import Random
from typing import TYPE_CHECKING, Any

from runcoach.sandbox.messages import HTML, JSON, Reply, fault_body, over_limit
from runcoach.sandbox.strava.activity_json import encode

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping


class Trouble(StrEnum):
    """What can go wrong with an answer."""

    SERVER_ERROR = "500"
    BAD_GATEWAY = "502"
    UNAVAILABLE = "503"
    LIMITED = "429"  # although the headers show room
    TIMEOUT = "timeout"  # no answer until released, then a closed connection
    RESET = "reset"
    CUT = "cut"  # half of the body that Content-Length promises
    HTML = "html"  # a page with status 200 where JSON should be
    UNKNOWN_FIELDS = "unknown_fields"
    MISSING_FIELDS = "missing_fields"
    NULLS = "nulls"


#: What an activity cannot be told apart without: missing and null spare these unless they are named.
IDENTITY = frozenset(
    {"id", "start_date", "sport_type", "type", "split", "lap_index", "data", "series_type", "original_size"}
)
#: Streams in which Strava itself answers null for a moment without a reading.
GAPPY_STREAMS = frozenset({"heartrate", "cadence", "watts", "temp", "altitude", "velocity_smooth", "grade_smooth"})

_API = r"^/api/v3/"


@dataclass(slots=True)
class Fault:
    """One kind of trouble: for requests whose path matches, the next ``times`` of them (None: for good).

    ``skip`` lets so many pass first; ``rate`` below 1 strikes at random; ``fields`` names what is missing or null
    (none named: everything but :data:`IDENTITY`).
    """

    trouble: Trouble
    path: str = _API
    times: int | None = 1
    skip: int = 0
    rate: float = 1.0
    fields: tuple[str, ...] = ()
    _pattern: re.Pattern[str] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self.trouble = Trouble(self.trouble)
        self._pattern = re.compile(self.path)

    def strikes(self, path: str, chance: float) -> bool:
        """Whether this request is hit; uses up one of ``skip`` or ``times`` where its path matches."""
        if self.times == 0 or not self._pattern.search(path) or chance >= self.rate:
            return False
        if self.skip > 0:
            self.skip -= 1
            return False
        if self.times is not None:
            self.times -= 1
        return True


class Faults:
    """The faults in force, in order: the first that strikes wins. Safe to use from several threads.

    ``seed`` makes those that strike at random strike at the same requests again; ``struck`` lists what happened;
    ``holding`` is released once for every connection that a time-out begins to hold.
    """

    def __init__(self, faults: Iterable[Fault] = (), *, seed: int = 0) -> None:
        self._faults = list(faults)
        self._rng = Random(seed)  # noqa: S311 - reproducible, not secret
        self._lock = threading.Lock()
        self.struck: list[tuple[Trouble, str]] = []
        self.released = threading.Event()
        self.holding = threading.Semaphore(0)

    @classmethod
    def at_random(cls, rate: float, troubles: Iterable[Trouble] = tuple(Trouble), *, seed: int = 0) -> Faults:
        """Each of these troubles at an equal share of ``rate``, without end."""
        kinds = tuple(troubles)
        return cls([Fault(kind, times=None, rate=rate / len(kinds)) for kind in kinds], seed=seed)

    def add(self, trouble: Trouble | str, **how: Any) -> Fault:
        """One more fault; the keywords are those of :class:`Fault`."""
        fault = Fault(Trouble(trouble), **how)
        with self._lock:
            self._faults.append(fault)
        return fault

    def clear(self) -> None:
        """No more faults; what is being held back is let go."""
        with self._lock:
            self._faults.clear()
        self.release()

    def release(self) -> None:
        """Close the connections that a time-out is holding; later ones are held again."""
        held, self.released = self.released, threading.Event()
        held.set()

    def hold(self, released: threading.Event) -> None:
        """Keep a connection waiting."""
        self.holding.release()
        released.wait()

    def next_for(self, path: str) -> Fault | None:
        """The fault that strikes this request, if any."""
        with self._lock:
            for fault in self._faults:
                chance = self._rng.random() if fault.rate < 1.0 else 0.0
                if fault.strikes(path, chance):
                    self.struck.append((fault.trouble, path))
                    return fault
        return None

    def pending(self) -> list[dict[str, Any]]:
        """What is still to strike, for people to read."""
        with self._lock:
            return [
                {
                    "fault": each.trouble.value,
                    "path": each.path,
                    "times": each.times,
                    "skip": each.skip,
                    "rate": each.rate,
                }
                for each in self._faults
                if each.times != 0
            ]


def replaced(trouble: Trouble) -> Reply | None:
    """The answer that comes instead of the real one; None where the trouble is of another kind."""
    page = "<html><head><title>{0}</title></head><body><h1>{0}</h1></body></html>"
    pages = {
        Trouble.BAD_GATEWAY: (502, "502 Bad Gateway"),
        Trouble.UNAVAILABLE: (503, "503 Service Temporarily Unavailable"),
        Trouble.HTML: (200, "We'll be right back"),
    }
    if trouble in pages:
        status, title = pages[trouble]
        return Reply(status, page.format(title).encode(), HTML)
    if trouble is Trouble.SERVER_ERROR:
        return Reply(500, fault_body("Internal Server Error"))
    if trouble is Trouble.LIMITED:
        return over_limit("read rate limit")
    return None


def distorted(fault: Fault, reply: Reply) -> Reply:
    """The real answer with fields added, left out or null; anything but a good JSON answer stays as it is."""
    change = _DISTORTIONS.get(fault.trouble)
    if change is None or reply.status >= 300 or reply.content_type != JSON or not reply.body:
        return reply
    changed = change(json.loads(reply.body), fault.fields)
    return Reply(reply.status, encode(changed), reply.content_type, reply.headers)


def _with_unknown(value: Any, fields: tuple[str, ...]) -> Any:
    """Every object gets fields that nobody has documented."""
    if isinstance(value, dict):
        known = {key: _with_unknown(each, fields) for key, each in value.items()}
        return known | {name: {"nested": [1, None, "…"]} for name in fields or ("not_yet_documented",)}
    if isinstance(value, list) and value and isinstance(value[0], dict):
        return [_with_unknown(each, fields) for each in value]
    return value


def _with_missing(value: Any, fields: tuple[str, ...]) -> Any:
    if isinstance(value, dict):
        return {key: _with_missing(each, fields) for key, each in value.items() if not _is_hit(key, each, fields)}
    return [_with_missing(each, fields) for each in value] if _holds_objects(value) else value


def _with_nulls(value: Any, fields: tuple[str, ...]) -> Any:
    if isinstance(value, dict):
        return {
            key: None if _is_hit(key, each, fields) else _with_gaps(key, _with_nulls(each, fields), fields)
            for key, each in value.items()
        }
    return [_with_nulls(each, fields) for each in value] if _holds_objects(value) else value


def _with_gaps(key: str, stream: Any, fields: tuple[str, ...]) -> Any:
    """A stream whose every seventh reading is null."""
    if key not in GAPPY_STREAMS or not isinstance(stream, dict) or not isinstance(stream.get("data"), list) or fields:
        return stream
    return stream | {"data": [None if index % 7 == 3 else each for index, each in enumerate(stream["data"])]}


def _is_hit(key: str, value: Any, fields: tuple[str, ...]) -> bool:
    """Whether a field goes: one that was named, or any plain value that nothing hangs on."""
    if fields:
        return key in fields
    return key not in IDENTITY and not isinstance(value, dict | list)


def _holds_objects(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and isinstance(value[0], dict)


_DISTORTIONS: Mapping[Trouble, Callable[[Any, tuple[str, ...]], Any]] = {
    Trouble.UNKNOWN_FIELDS: _with_unknown,
    Trouble.MISSING_FIELDS: _with_missing,
    Trouble.NULLS: _with_nulls,
}
