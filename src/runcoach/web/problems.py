"""Errors as ``application/problem+json`` (RFC 9457), one form for every refusal; nothing of the inside shows in any."""

from __future__ import annotations

import json
import sys
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from fastapi import Response

from runcoach import errors

if TYPE_CHECKING:
    from collections.abc import Mapping

    from fastapi import FastAPI, Request

MEDIA_TYPE = "application/problem+json"

#: The status of each error of the tree; a class that is not named has that of the nearest one above it.
_STATUS: dict[type[errors.RuncoachError], int] = {
    errors.UsageError: 400,
    errors.NotFoundError: 404,
    errors.SourceError: 422,
    errors.StoreError: 503,
    errors.VaultError: 503,
    errors.SyncRunningError: 409,
    errors.NotConnectedError: 409,
    errors.RemoteError: 502,
    errors.RateLimitError: 429,
    errors.RuncoachError: 422,
}


def problem(
    status: int,
    detail: str,
    *,
    code: str | None = None,
    hint: str | None = None,
    headers: Mapping[str, str] | None = None,
    problems: list[dict[str, str]] | None = None,
) -> Response:
    """The answer to a request that is refused; ``code`` is the error's own, ``hint`` names the remedy."""
    title = HTTPStatus(status).phrase
    body: dict[str, Any] = {
        "type": f"urn:runcoach:problem:{code or title.lower().replace(' ', '-')}",
        "title": title,
        "status": status,
        "detail": detail,
        "hint": hint,
    }
    if problems is not None:
        body["errors"] = problems
    content = json.dumps(body, ensure_ascii=False).encode("utf-8", "backslashreplace")
    return Response(content, status, {"Cache-Control": "no-store", **(headers or {})}, MEDIA_TYPE)


def of_error(error: errors.RuncoachError) -> Response:
    """The answer that an error of ours makes."""
    status = next(_STATUS[kind] for kind in type(error).__mro__ if kind in _STATUS)
    headers = {"Retry-After": "60"} if status == 503 else None
    return problem(status, error.message, code=error.code.replace("_", "-"), hint=error.hint, headers=headers)


def nothing_here() -> Response:
    """The answer to an address that leads nowhere; the same wherever it is given."""
    return problem(404, "there is nothing at this address")


def unexpected(error: Exception) -> Response:
    """The answer to a fault of ours; what it was is said on this machine's stderr alone, in one line."""
    print(f"runcoach: a request failed: {type(error).__name__}", file=sys.stderr)  # noqa: T201
    return problem(500, "something runcoach did not expect; this is a bug", hint="look at what serve printed")


def install(app: FastAPI) -> None:
    """Have every error that a route can end with answered as a problem."""
    from fastapi.exceptions import RequestValidationError
    from starlette.exceptions import HTTPException

    app.add_exception_handler(errors.RuncoachError, _on_ours)
    app.add_exception_handler(HTTPException, _on_http)
    app.add_exception_handler(RequestValidationError, _on_invalid)


async def _on_ours(_request: Request, error: Exception) -> Response:
    if not isinstance(error, errors.RuncoachError):
        raise TypeError("not an error of ours")
    return of_error(error)


async def _on_http(request: Request, error: Exception) -> Response:
    """What the framework refuses by itself: no such route, no such method, a body that cannot be read."""
    status: int = getattr(error, "status_code", 500)
    headers = dict(getattr(error, "headers", None) or {})
    if status == 404:
        return nothing_here()
    detail, hint = str(getattr(error, "detail", "")), None
    if status == 405:
        detail, hint = f"{request.method} is not possible here", "the header Allow says what is"
    return problem(status, detail, hint=hint, headers=headers)


async def _on_invalid(_request: Request, error: Exception) -> Response:
    """Parameters or a body that do not fit; each is named with what is wrong, none is repeated."""
    found: list[Any] = list(getattr(error, "errors", list)())
    named = [{"where": ".".join(str(part) for part in one["loc"]), "problem": str(one["msg"])} for one in found[:20]]
    first = named[0] if named else {"where": "request", "problem": "it cannot be read"}
    status = 400 if any(one["type"] == "json_invalid" for one in found) else 422
    return problem(status, f"{first['where']}: {first['problem']}", code="invalid", problems=named)
