"""HTTP requests and replies of the sandbox, with the errors that Strava's API answers."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl

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
        """Form fields, and those of the query for clients that send them in the URL."""
        return self.query | dict(self._pairs())

    def form_values(self, name: str) -> set[str]:
        """Every value of one form field, as check boxes send them."""
        return {value for key, value in self._pairs() if key == name}

    def _pairs(self) -> list[tuple[str, str]]:
        if not self.headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
            return []
        return parse_qsl(self.body.decode("utf-8", "replace"), keep_blank_values=True)

    @property
    def is_api(self) -> bool:
        """Whether it is a call of Strava's API, not of OAuth or of the sandbox itself."""
        return self.path.startswith("/api/v3/")

    @property
    def is_limited(self) -> bool:
        """Whether it counts against the rate limits."""
        return self.is_api and "push_subscriptions" not in self.path


@dataclass(frozen=True, slots=True)
class Reply:
    """One HTTP response."""

    status: int
    body: bytes = b""
    content_type: str = JSON
    headers: dict[str, str] = field(default_factory=dict)


class HttpError(Exception):
    """An error response in Strava's form; each of ``errors`` is resource, field, code."""

    def __init__(self, status: int, message: str, *errors: tuple[str, str, str]) -> None:
        super().__init__(message)
        details = [{"resource": resource, "field": name, "code": code} for resource, name, code in errors]
        self.reply = json_reply({"message": message, "errors": details}, status)


def encode_json(value: Any) -> bytes:
    """Compact JSON in UTF-8."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def iso(epoch_s: int) -> str:
    """An instant as Strava writes it: ``2026-11-22T07:00:12Z``."""
    return f"{datetime.fromtimestamp(epoch_s, UTC).isoformat()[:19]}Z"


def json_reply(value: Any, status: int = 200) -> Reply:
    """A reply with a JSON body."""
    return Reply(status, encode_json(value))


def bad_request(resource: str, name: str, code: str = "invalid") -> HttpError:
    """400, naming the field."""
    return HttpError(400, "Bad Request", (resource, name, code))


def unauthorized(resource: str, name: str, code: str = "invalid") -> HttpError:
    """401, naming the invalid credential or the missing permission."""
    return HttpError(401, "Authorization Error", (resource, name, code))


def not_found(resource: str, name: str = "id") -> HttpError:
    """404 for a resource that does not exist or that the token may not see."""
    return HttpError(404, "Record Not Found", (resource, name, "invalid"))


def rate_limited(which: str) -> HttpError:
    """429, naming the limit."""
    return HttpError(429, "Rate Limit Exceeded", ("Application", which, "exceeded"))


def json_body(request: Request) -> dict[str, Any]:
    """The JSON object in the body, {} for an empty body; HttpError for anything else."""
    if not request.body.strip():
        return {}
    try:
        value = json.loads(request.body)
    except ValueError:
        raise bad_request("Body", "json") from None
    if not isinstance(value, dict):
        raise bad_request("Body", "json", "not an object")
    return value
