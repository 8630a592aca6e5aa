"""What a browser sees where the API would answer with a problem: a page that says what is wrong and what helps."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from starlette.exceptions import HTTPException

from runcoach.errors import RuncoachError
from runcoach.web.pages.layout import show_refusal

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from fastapi import FastAPI, Request, Response

    Handler = Callable[[Request, Exception], Awaitable[Response]]

#: What these are called for a person; other statuses are rare enough to share one name.
_TITLES = {404: "There is nothing here", 503: "The file cannot be read now"}


def install(app: FastAPI) -> None:
    """Have refusals drawn for whoever reads HTML; everyone else gets what they got before."""
    for kind in (RuncoachError, HTTPException):
        before: Any = app.exception_handlers[kind]
        app.add_exception_handler(kind, _drawn(before))


def _drawn(before: Handler) -> Handler:
    async def handle(request: Request, error: Exception) -> Response:
        answer = await before(request, error)
        if not _reads_pages(request):
            return answer
        title = _TITLES.get(answer.status_code, "That did not work")
        message = error.message if isinstance(error, RuncoachError) else ""
        hint = error.hint if isinstance(error, RuncoachError) else None
        return show_refusal(request, answer.status_code, title, message, hint)

    return handle


def _reads_pages(request: Request) -> bool:
    """Whether a browser has followed a link, rather than a script having asked."""
    return (
        request.method == "GET"
        and "text/html" in request.headers.get("accept", "")
        and not request.url.path.startswith(("/api/", "/static/"))
    )
