"""Errors as ``application/problem+json`` (RFC 9457), without internal details."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request, Response

from runcoach import errors

MEDIA_TYPE = "application/problem+json"

#: The status of each error class; other classes have that of their nearest base.
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
    """An error response; ``code`` identifies the error, ``hint`` says how to fix it."""
    title = HTTPStatus(status).phrase
    body: dict[str, object] = {
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


def not_found() -> Response:
    """The response to an unknown path, the same everywhere."""
    return problem(404, "nothing found at this address")


def unexpected(error: Exception) -> Response:
    """The response to an unexpected error; its class is printed on stderr."""
    print(f"runcoach: a request failed: {type(error).__name__}", file=sys.stderr)  # noqa: T201
    return problem(500, "an unexpected error; this is a bug in runcoach", hint="see the output of `runcoach serve`")


def install(app: FastAPI) -> None:
    """Answer every error of a route with a problem."""
    from fastapi.exceptions import RequestValidationError
    from starlette.exceptions import HTTPException

    app.add_exception_handler(errors.RuncoachError, _on_runcoach_error)
    app.add_exception_handler(HTTPException, _on_http_error)
    app.add_exception_handler(RequestValidationError, _on_invalid_request)


async def _on_runcoach_error(_request: Request, error: Exception) -> Response:
    if not isinstance(error, errors.RuncoachError):
        raise TypeError("not a RuncoachError")
    status = next(_STATUS[kind] for kind in type(error).__mro__ if kind in _STATUS)
    headers = {"Retry-After": "60"} if status == 503 else None
    return problem(status, error.message, code=error.code.replace("_", "-"), hint=error.hint, headers=headers)


async def _on_http_error(request: Request, error: Exception) -> Response:
    """Errors of the framework: unknown route, unsupported method, unreadable body."""
    status: int = getattr(error, "status_code", 500)
    headers = dict(getattr(error, "headers", None) or {})
    if status == 404:
        return not_found()
    detail, hint = str(getattr(error, "detail", "")), None
    if status == 405:
        detail, hint = f"{request.method} is not supported here", "see the header Allow"
    return problem(status, detail, hint=hint, headers=headers)


async def _on_invalid_request(_request: Request, error: Exception) -> Response:
    """Invalid parameters or body: each is named with its problem, without its value."""
    found: list[Any] = list(getattr(error, "errors", list)())
    named = [{"where": ".".join(str(part) for part in one["loc"]), "problem": str(one["msg"])} for one in found[:20]]
    first = named[0] if named else {"where": "request", "problem": "cannot be read"}
    status = 400 if any(one["type"] == "json_invalid" for one in found) else 422
    return problem(status, f"{first['where']}: {first['problem']}", code="invalid", problems=named)
