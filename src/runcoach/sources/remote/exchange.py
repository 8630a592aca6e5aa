"""Requests to a remote service and its responses as frozen values, and how the service is called in messages."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

#: Attempts a request.
TRIES = 3

JSON = "application/json"


@dataclass(frozen=True, slots=True)
class Service:
    """A remote service in messages: its ``name``, the prefix of its error codes, and what a user can look at.

    ``status_hint`` says where to see whether the service itself is down, ``address_settings`` names the settings that
    hold its addresses.
    """

    name: str
    code: str
    status_hint: str
    address_settings: str


@dataclass(frozen=True, slots=True)
class ApiRequest:
    """One request. ``what`` names what is asked for; ``counts`` says whether it takes from the rate limit.

    With an ``accept`` other than JSON the body may be anything.
    """

    method: str
    url: str
    what: str
    params: Mapping[str, str | int] = field(default_factory=dict)
    secret_params: Mapping[str, str] = field(default_factory=dict, repr=False)
    form: Mapping[str, str] | None = field(default=None, repr=False)
    authorization: str | None = field(default=None, repr=False)
    accept: str = JSON
    counts: bool = True
    tries: int = TRIES
    silence_s: float | None = None


@dataclass(frozen=True, slots=True)
class ApiResponse:
    """A response: a status below 500, headers by lower-case names, the body as bytes and as JSON (None: not JSON).

    Below 300, where JSON was accepted, the JSON is sound or the body empty. Bodies are not in the ``repr``: they can
    hold tokens.
    """

    status: int
    headers: Mapping[str, str]
    raw: bytes = field(repr=False)
    data: Any = field(repr=False)
