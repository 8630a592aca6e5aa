"""What is asked of Strava and what comes back, as frozen values; how they travel is the transport's business."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

#: A request is tried this often.
TRIES = 3


@dataclass(frozen=True, slots=True)
class ApiRequest:
    """One request. ``what`` names in plain words what is asked for; ``counts`` says whether it spends a read."""

    method: str
    url: str
    what: str
    params: Mapping[str, str | int] = field(default_factory=dict)
    secret_params: Mapping[str, str] = field(default_factory=dict, repr=False)
    form: Mapping[str, str] | None = field(default=None, repr=False)
    authorization: str | None = field(default=None, repr=False)
    counts: bool = True
    tries: int = TRIES
    silence_s: float | None = None


@dataclass(frozen=True, slots=True)
class ApiResponse:
    """What came back: a status below 500, headers by lower-case names, the body as bytes and as JSON (None: no JSON).

    Below 300 the JSON was sound, or there was no body. Neither is in the ``repr``: an answer can hold tokens.
    """

    status: int
    headers: Mapping[str, str]
    raw: bytes = field(repr=False)
    data: Any = field(repr=False)
