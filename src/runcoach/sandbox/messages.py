"""A request as it came in and an answer as it goes out, with Strava's words for everything it refuses; no sockets."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

from runcoach.sandbox.strava.activity_json import encode

JSON = "application/json; charset=utf-8"
HTML = "text/html; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Request:
    """One HTTP request; ``headers`` by lower-case name."""

    method: str
    path: str
    query: dict[str, str] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""

    @property
    def form(self) -> dict[str, str]:
        """Form fields, and those of the query for clients that send them there."""
        return self.query | dict(self._pairs())

    def ticked(self, name: str) -> set[str]:
        """Every value that a form gives to one name, as check boxes do."""
        return {value for key, value in self._pairs() if key == name}

    def _pairs(self) -> list[tuple[str, str]]:
        if not self.headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
            return []
        return parse_qsl(self.body.decode("utf-8", "replace"), keep_blank_values=True)

    @property
    def is_api(self) -> bool:
        """Whether it is a call of the API proper, which counts against the limits."""
        return self.path.startswith("/api/v3/")


@dataclass(frozen=True, slots=True)
class Reply:
    """One HTTP answer; ``location`` makes a redirect of it."""

    status: int
    body: bytes = b""
    content_type: str = JSON
    headers: dict[str, str] = field(default_factory=dict)


class Refusal(Exception):  # noqa: N818 - it is an answer, not a failure of the sandbox
    """What Strava refuses, raised wherever it is noticed and answered in one place."""

    def __init__(self, status: int, message: str, *errors: tuple[str, str, str]) -> None:
        super().__init__(message)
        self.reply = Reply(status, fault_body(message, *errors))


def answer(value: Any, status: int = 200) -> Reply:
    """A JSON answer."""
    return Reply(status, encode(value))


def fault_body(message: str, *errors: tuple[str, str, str]) -> bytes:
    """Strava's error object; each error is resource, field, code."""
    named = [{"resource": resource, "field": name, "code": code} for resource, name, code in errors]
    return encode({"message": message, "errors": named})


def bad_request(resource: str, name: str, code: str = "invalid") -> Refusal:
    """400, naming the field that is wrong."""
    return Refusal(400, "Bad Request", (resource, name, code))


def unauthorized(resource: str, name: str, code: str = "invalid") -> Refusal:
    """401, naming the credential that is wrong or the permission that is missing."""
    return Refusal(401, "Authorization Error", (resource, name, code))


def not_found(resource: str) -> Refusal:
    """404 for something that is not there, or that this token may not see."""
    return Refusal(404, "Record Not Found", (resource, "id", "invalid"))


def no_streams() -> Refusal:
    """404 as Strava answers when a manual activity is asked for streams."""
    return Refusal(404, "Resource Not Found")


def over_limit(which: str) -> Reply:
    """429."""
    return Reply(429, fault_body("Rate Limit Exceeded", ("Application", which, "exceeded")))


def inactive() -> Reply:
    """403, as every call is answered while the app is not active."""
    return Reply(403, fault_body("Forbidden", ("Application", "Status", "Inactive")))


def json_of(request: Request) -> dict[str, Any]:
    """The JSON object in the body; none is an empty one. Refusal where it is something else."""
    if not request.body.strip():
        return {}
    try:
        value = json.loads(request.body)
    except ValueError:
        raise bad_request("Body", "json") from None
    if not isinstance(value, dict):
        raise bad_request("Body", "json", "not an object")
    return value
