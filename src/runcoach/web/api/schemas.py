"""Schemas of the responses for the OpenAPI document; the responses are built from what the services return."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import fields
from typing import Any, Generic, TypeVar, get_type_hints

from pydantic import BaseModel, ConfigDict, Field, create_model

from runcoach.domain.json_format import camel_case
from runcoach.services.queries import best_efforts

Of = TypeVar("Of")
OneSchema = TypeVar("OneSchema", bound="Schema")

#: Types of results that are strings in JSON.
_STRINGS = dict.fromkeys(("date", "EpochSeconds", "FaultReason", "Kind", "Origin", "Sex"), str)


class Schema(BaseModel):
    """JSON names are camelCase; responses have no other fields."""

    model_config = ConfigDict(alias_generator=camel_case, extra="forbid")


def fields_of(result: type) -> Callable[[type[OneSchema]], type[OneSchema]]:
    """Decorator: give a schema the fields of a dataclass that a service returns; all are required.

    The name of another dataclass in an annotation means the schema of that name in the schema's module.
    """

    def derive(schema: type[OneSchema]) -> type[OneSchema]:
        types = get_type_hints(result, localns={**vars(sys.modules[schema.__module__]), **_STRINGS})
        values: Any = {field.name: (types[field.name], ...) for field in fields(result)}
        return create_model(
            schema.__name__, __base__=schema, __module__=schema.__module__, __doc__=schema.__doc__, **values
        )

    return derive


class One(BaseModel, Generic[Of]):
    """Envelope of a single object."""

    model_config = ConfigDict(extra="forbid")
    data: Of


class Many(BaseModel, Generic[Of]):
    """Envelope of a list; ``nextCursor`` is null on the last page."""

    model_config = ConfigDict(extra="forbid")
    data: list[Of]
    nextCursor: str | None = None  # noqa: N815  (it is the name in JSON)


class Page(Many[Of], Generic[Of]):
    """A page of a list; ``total`` counts all that pass the filter."""

    total: int


class Problem(BaseModel):
    """An error (RFC 9457); ``hint`` says how to fix it, ``errors`` lists invalid parameters."""

    type: str
    title: str
    status: int
    detail: str
    hint: str | None
    errors: list[dict[str, str]] | None = None


@fields_of(best_efforts.BestRow)
class Best(Schema):
    """One ranked effort and its activity."""


@fields_of(best_efforts.ProgressionStep)
class Record(Schema):
    """An effort faster than all before it, by ``gainedS`` seconds (null for the first)."""


class Total(Schema):
    """Sums of a week (its Monday), a month or a year."""

    period: str
    activities: int
    distance_m: float | None
    moving_time_sec: int | None
    elevation_gain_m: float | None
    longest_m: float | None


class Job(Schema):
    """A background job."""

    id: int
    type: str
    payload: dict[str, Any]
    strava_id: int | None
    reason: str
    status: str
    attempts: int
    next_run_at: str | None = Field(description="Null: as soon as possible.")
    last_error: str | None
    created_at: str
    updated_at: str


class Event(Schema):
    """An event of the audit trail."""

    id: int
    entity: str
    entity_id: int
    action: str
    message: str
    meta: dict[str, Any]
    created_at: str


class Status(BaseModel):
    """Counts, connection state, queue, and the worker of this server."""

    model_config = ConfigDict(extra="allow")
    version: str
    counts: dict[str, Any]
    connection: dict[str, Any] | None
    jobs: dict[str, Any] | None
    worker: dict[str, Any] | None


class FormToken(BaseModel):
    """The form token, new with each start of the server."""

    token: str


class Queued(BaseModel):
    """Whether a sync was queued."""

    queued: bool


class Decided(Schema):
    """The distance and the effort that is now the fastest over it; both null for all efforts of an activity."""

    distance_m: int | None
    ignored: bool
    best: Best | None
