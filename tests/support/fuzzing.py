"""Profiles of the fuzz tests, and ways to damage what was valid: mutations find more than random bytes do."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

_ALL_HEALTH = (HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large)

#: Bytes that mean something to one format or another.
_TELLING = (
    *(b"\x00", b"\xff", b"\x7f", b"\x80", b"\x00\x00\x00\x00", b"\xff\xff\xff\xff", b"\xff\xff\xff\x7f"),
    *(b"<", b">", b"&", b"/>", b"<!--", b"]]>", b"<trkpt>", b"&#x0;", b'"', b",", b"\n", b"\r", b"-", b"e999", b"NaN"),
    *(
        b"1e308",
        b"-1",
        b"inf",
        b"99999999999999999999",
        b"9999-99-99T99:99:99Z",
        b"0001-01-01T00:00:00Z",
        b".",
        b"\xc3",
    ),
)


def register() -> None:
    """Make the profiles known: ``fuzz``, the same examples every time, and ``thorough``, thousands of new ones."""
    settings.register_profile("fuzz", derandomize=True, deadline=None, database=None, suppress_health_check=_ALL_HEALTH)
    settings.register_profile("thorough", max_examples=2000, deadline=None, suppress_health_check=_ALL_HEALTH)


def fuzzed(examples: int) -> Callable[[Any], Any]:
    """So many examples, always the same; or as many as ``--hypothesis-profile=thorough`` wants."""
    register()
    if settings.get_current_profile_name() == "thorough":
        return settings(settings.get_profile("thorough"))
    return settings(settings.get_profile("fuzz"), max_examples=examples)


def mutated(whole: bytes) -> st.SearchStrategy[bytes]:
    """The same bytes with a few things done to them: changed, added, taken out, doubled, swapped, cut off."""
    place = st.integers(0, max(len(whole) - 1, 0))
    piece = st.one_of(st.sampled_from(_TELLING), st.binary(min_size=1, max_size=8))
    edit = st.tuples(st.sampled_from("ccccciddsxt"), place, place, piece, st.integers(1, 64))
    return st.lists(edit, min_size=1, max_size=6).map(lambda edits: _edited(whole, edits))


def _edited(whole: bytes, edits: list[tuple[str, int, int, bytes, int]]) -> bytes:
    data = bytearray(whole)
    for kind, place, other, piece, length in edits:
        if kind == "c":
            data[place : place + len(piece)] = piece
        elif kind == "i":
            data[place:place] = piece
        elif kind == "d":
            del data[place : place + length]
        elif kind == "s":
            data[place:place] = data[other : other + length * 8]
        elif kind == "x":
            data[place : place + length], data[other : other + length] = (
                data[other : other + length],
                data[place : place + length],
            )
        else:
            del data[max(place, len(data) // 4) :]
    return bytes(data)


#: What JSON can hold where something else belongs.
STRANGE: st.SearchStrategy[Any] = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**70), 2**70),
    st.sampled_from([0, -1, 2**31, 2**63, 2**63 - 1, -(2**63), 10**400, 1e308, -1e308, 5e-324, 1e-9, 1e18, 0.0, -0.0]),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=20),
    st.sampled_from(
        ["", "9999-12-31T23:59:59Z", "0001-01-01T00:00:00Z", "2026-02-30T00:00:00Z", "\ud800", "\x00", "1"]
    ),
    st.just([]),
    st.just({}),
    st.lists(st.integers(-5, 5), max_size=3),
    st.dictionaries(st.text(max_size=3), st.integers(-5, 5), max_size=2),
)


def paths_of(document: Any, before: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The way to everything in a JSON document; of long lists to the first entries and the last."""
    found = [before] if before else []
    if isinstance(document, dict):
        for key, value in document.items():
            found += paths_of(value, (*before, key))
    elif isinstance(document, list):
        for index in sorted({*range(min(len(document), 3)), len(document) - 1} - {-1}):
            found += paths_of(document[index], (*before, index))
    return found


def damaged(document: Any) -> st.SearchStrategy[Any]:
    """The same JSON document with a few values replaced by strange ones, taken out, or doubled."""
    edit = st.tuples(st.sampled_from(paths_of(document)), st.sampled_from("rrrrdm"), STRANGE)
    return st.lists(edit, min_size=1, max_size=5).map(lambda edits: _damaged(document, edits))


def _damaged(document: Any, edits: list[tuple[tuple[Any, ...], str, Any]]) -> Any:
    import copy

    changed = copy.deepcopy(document)
    for path, kind, value in edits:
        inside = changed
        for step in path[:-1]:
            if not isinstance(inside, dict | list) or (isinstance(inside, list) and not isinstance(step, int)):
                break
            try:
                inside = inside[step]
            except (KeyError, IndexError):
                break
        else:
            _change(inside, path[-1], kind, value)
    return changed


def _change(inside: Any, last: Any, kind: str, value: Any) -> None:
    if isinstance(inside, dict):
        if kind == "d":
            inside.pop(last, None)
        else:
            inside[last] = value
    elif isinstance(inside, list) and isinstance(last, int) and last < len(inside):
        if kind == "d":
            del inside[last]
        elif kind == "m":
            inside.insert(last, inside[last])
        else:
            inside[last] = value
