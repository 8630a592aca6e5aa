"""ASGI middleware around every request: body size limit, HEAD as GET, unexpected errors as problems."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from runcoach.web.problems import problem, unexpected

#: Enough for every request but an upload.
MAX_BODY_BYTES = 1_000_000


class BodyLimit:
    """Refuses a body larger than its path allows, by its Content-Length or while it is received.

    ``larger`` maps paths to their own limits in bytes.
    """

    def __init__(self, app: ASGIApp, larger: Mapping[str, int]) -> None:
        self._app = app
        self._larger = larger

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        limit = self._larger.get(scope["path"], MAX_BODY_BYTES)
        detail, headers = f"the body is larger than {limit} bytes", {"Connection": "close"}
        if _content_length(scope) > limit:
            await problem(413, detail, code="too-large", headers=headers)(scope, receive, send)
            return
        received = 0

        async def counting_receive() -> Any:
            nonlocal received
            message = await receive()
            received += len(message.get("body", b""))
            if received > limit:
                raise HTTPException(413, detail, headers)
            return message

        await self._app(scope, counting_receive, send)


class HeadAsGet:
    """Answers HEAD as GET; the server leaves out the body."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        is_head = scope["type"] == "http" and scope["method"] == "HEAD"
        await self._app({**scope, "method": "GET"} if is_head else scope, receive, send)


class CatchAllErrors:
    """Answers an unexpected error with a problem; outermost, so that no traceback reaches the client."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        has_started = False

        async def tracking_send(message: Any) -> None:
            nonlocal has_started
            has_started = True
            await send(message)

        try:
            await self._app(scope, receive, tracking_send)
        except Exception as error:
            if scope["type"] != "http":
                raise
            response = unexpected(error)
            make_page = getattr(scope["app"].state, "unexpected_page", None)
            if not has_started:
                await ((make_page and make_page(Request(scope))) or response)(scope, receive, send)


def _content_length(scope: Scope) -> int:
    """The length that a request declares, 0 where it declares none."""
    lengths = [value for name, value in scope["headers"] if name == b"content-length"]
    return max((int(value) for value in lengths if value.isdigit()), default=0)
