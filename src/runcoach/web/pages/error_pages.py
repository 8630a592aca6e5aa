"""Error pages for browsers, where the API answers with a problem."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from runcoach.errors import RuncoachError
from runcoach.web.pages.layout import show_error

Handler = Callable[[Request, Exception], Awaitable[Response]]

#: Titles by status; other statuses share one.
_TITLES = {404: "Page not found", 503: "The database cannot be read"}
_WRONG = "Something went wrong"


def install(app: FastAPI) -> None:
    """Answer errors with HTML pages to browsers that follow a link; other clients get problems as before."""
    for kind in (RuncoachError, HTTPException, RequestValidationError):
        problem_handler: Any = app.exception_handlers[kind]
        app.add_exception_handler(kind, _as_page(problem_handler))
    app.state.unexpected_page = _unexpected_page


def _as_page(problem_handler: Handler) -> Handler:
    async def handle(request: Request, error: Exception) -> Response:
        response = await problem_handler(request, error)
        if not _wants_html(request):
            return response
        title = _TITLES.get(response.status_code, _WRONG)
        if isinstance(error, RequestValidationError):
            return show_error(request, response.status_code, title, "The address has a part that is not valid", None)
        message = error.message if isinstance(error, RuncoachError) else ""
        hint = error.hint if isinstance(error, RuncoachError) else None
        return show_error(request, response.status_code, title, message, hint)

    return handle


def _unexpected_page(request: Request) -> Response | None:
    """The page of an unexpected error; None where a problem is the answer."""
    if not _wants_html(request):
        return None
    return show_error(
        request,
        500,
        _WRONG,
        "This is a bug in runcoach; your data are not affected",
        "see the output of `runcoach serve`",
    )


def _wants_html(request: Request) -> bool:
    """Whether a browser follows a link, as opposed to a request by a script."""
    return (
        request.method == "GET"
        and "text/html" in request.headers.get("accept", "")
        and not request.url.path.startswith(("/api/", "/static/"))
    )
