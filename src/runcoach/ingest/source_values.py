"""Merge the values of several sources of one activity by a table of precedence. Pure functions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields
from typing import Any

from runcoach.domain.activity import Activity, BuiltActivity, pace_sec_per_km
from runcoach.domain.activity_fields import ACTIVITY_FIELDS, MERGE_PRECEDENCE, STRAVA_FIRST
from runcoach.domain.sports import ON_FOOT

#: Fields computed from others or from the streams; no source states them.
DERIVED = frozenset(field.name for field in ACTIVITY_FIELDS if field.is_written and not field.precedence)

#: Values where no source states or assumes any.
_DEFAULTS = {"is_private": False, "trainer": False}

#: The precedence of kinds for streams.
STREAMS_FROM = STRAVA_FIRST


def source_values(built: BuiltActivity) -> dict[str, dict[str, object]]:
    """``{"says": …, "assumes": …}``: the fields that a source states, and those filled with assumed values.

    With ``"samples": {"n": …}`` where it has samples.
    """
    says: dict[str, object] = {}
    assumes: dict[str, Any] = {}
    for field in fields(Activity):
        value = getattr(built.activity, field.name)
        if field.name not in DERIVED and value is not None:
            (assumes if field.name in built.assumed else says)[field.name] = value
    samples = {} if built.streams is None else {"samples": {"n": len(built.streams)}}
    return {"says": says, "assumes": assumes, **samples}


def merge_values(sources: Sequence[tuple[str, Mapping[str, Mapping[str, Any]]]]) -> dict[str, object]:
    """The fields of an activity from ``(kind, source values)`` pairs in the order in which the sources came.

    For each field the first kind of :data:`MERGE_PRECEDENCE` wins, within a kind the first source; stated values
    precede all assumed ones. Moving time never exceeds elapsed time; an assumed start is not a date.
    """
    values = {name: _first(sources, name, order) for name, order in MERGE_PRECEDENCE.items()}
    moving_s, elapsed_s = values["moving_time_sec"], values["elapsed_time_sec"]
    if moving_s is not None and elapsed_s is not None:
        values["moving_time_sec"] = moving_s = min(moving_s, elapsed_s)
    is_paced = values["sport_type"] in ON_FOOT
    return values | {
        "avg_pace_sec_per_km": pace_sec_per_km(values["distance_m"], moving_s) if is_paced else None,
        "is_undated": not any("start_time" in source["says"] for _, source in sources),
    }


def _first(sources: Sequence[tuple[str, Mapping[str, Mapping[str, Any]]]], name: str, order: tuple[str, ...]) -> Any:
    for certainty in ("says", "assumes"):
        for kind in order:
            for source_kind, values in sources:
                if source_kind == kind and name in values[certainty]:
                    return values[certainty][name]
    return _DEFAULTS.get(name)
