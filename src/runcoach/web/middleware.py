"""Bounds around every request, as plain ASGI: how large a body may be, HEAD as GET without its body, no surprises."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from starlette.exceptions import HTTPException

from runcoach.web.problems import problem, unexpected

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

#: No request but an upload needs more.
LARGEST_BODY = 1_000_000

#: Path → the largest body it takes; a route that takes files says so here.
LARGER_BODIES: dict[str, int] = {}


class BodyLimit:
    """Refuses a body that is larger than its route takes, whether it says so beforehand or turns out to be."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        most = LARGER_BODIES.get(scope["path"], LARGEST_BODY)
        if _announced(scope) > most:
            await problem(413, _said(most), code="too-large", headers={"Connection": "close"})(scope, receive, send)
            return
        seen = 0

        async def counted() -> Any:
            nonlocal seen
            message = await receive()
            seen += len(message.get("body", b""))
            if seen > most:
                raise HTTPException(413, _said(most), {"Connection": "close"})
            return message

        await self._app(scope, counted, send)


class HeadAsGet:
    """Has HEAD answered as GET would be; the server that sends the answer leaves its body out."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        is_head = scope["type"] == "http" and scope["method"] == "HEAD"
        await self._app({**scope, "method": "GET"} if is_head else scope, receive, send)


class CatchAllErrors:
    """The outermost: whatever goes wrong inside, the client gets a problem and never a trace."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        has_begun = False

        async def noted(message: Any) -> None:
            nonlocal has_begun
            has_begun = True
            await send(message)

        try:
            await self._app(scope, receive, noted)
        except Exception as error:
            if scope["type"] != "http":
                raise
            answer = unexpected(error)
            if not has_begun:
                await answer(scope, receive, send)


def _announced(scope: Scope) -> int:
    """The length that a request announces; nought where it announces none."""
    lengths = [value for name, value in scope["headers"] if name == b"content-length"]
    return max((int(value) for value in lengths if value.isdigit()), default=0)


def _said(most: int) -> str:
    return f"the body is larger than {most} bytes"
