"""Receives Strava's webhook events at a secret path; ``services.sync.webhook_receiver`` handles them.

A wrong path is answered as any unknown path, before the body is read.
"""

from __future__ import annotations

import asyncio

from fastapi import APIRouter
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response

from runcoach.config import Config
from runcoach.errors import StoreError, VaultError
from runcoach.services.sync.webhook_receiver import MAX_BYTES, EventResult, WebhookReceiver
from runcoach.services.sync.webhook_subscription import RECEIVER_PATH
from runcoach.services.sync.worker import Worker

#: A body must arrive within this time; Strava waits 2 s for the response.
MAX_BODY_S = 2.0

#: Status of the response. Strava sends the event again after any status but 200.
_STATUS = {
    EventResult.QUEUED: 200,
    EventResult.KNOWN: 200,
    EventResult.IRRELEVANT: 200,
    EventResult.FOREIGN: 403,
    EventResult.INVALID: 400,
    EventResult.TOO_EARLY: 503,
    EventResult.CLOSED: 404,
}


def make_router(config: Config, worker: Worker | None) -> APIRouter:
    """The webhook path of a profile; ``worker`` is woken when a job was queued."""
    endpoint = _Endpoint(WebhookReceiver(config), worker)
    router = APIRouter()
    path = f"{RECEIVER_PATH}{{secret}}"
    router.add_route(path, endpoint.verify, methods=["GET"], include_in_schema=False)
    router.add_route(path, endpoint.take, methods=["POST"], include_in_schema=False)
    return router


class _Endpoint:
    """The HTTP side of a :class:`WebhookReceiver`."""

    def __init__(self, receiver: WebhookReceiver, worker: Worker | None) -> None:
        self._receiver = receiver
        self._worker = worker

    async def verify(self, request: Request) -> Response:
        """Answer the challenge with which Strava validates a new subscription."""
        if problem := await self._closed(request):
            return problem
        challenge = await run_in_threadpool(self._receiver.answer_challenge, dict(request.query_params))
        if challenge is None:
            raise HTTPException(403)
        return JSONResponse({"hub.challenge": challenge}, headers={"Cache-Control": "no-store"})

    async def take(self, request: Request) -> Response:
        """Queue the job of an event, then answer and wake the worker."""
        # Most events need one hop to another thread only: while a sync is running, each hop costs milliseconds.
        if not self._receiver.is_cached_path(request.path_params["secret"]) and (
            problem := await self._closed(request)
        ):
            return problem
        body = await _body(request)
        try:
            outcome = await run_in_threadpool(self._receiver.handle, body)
        except StoreError:
            return _later()
        if outcome is EventResult.QUEUED and self._worker is not None:
            self._worker.wake()
        if outcome is EventResult.TOO_EARLY:
            return _later()
        if _STATUS[outcome] != 200:
            raise HTTPException(_STATUS[outcome])
        return Response(status_code=200, headers={"Cache-Control": "no-store"})

    async def _closed(self, request: Request) -> Response | None:
        """404 for a path that is not the secret one, 503 where that cannot be checked; None for the secret path."""
        try:
            opens = await run_in_threadpool(self._receiver.is_secret_path, request.path_params["secret"])
        except (StoreError, VaultError):
            return _later()
        if not opens:
            raise HTTPException(404)
        return None


async def _body(request: Request) -> bytes:
    """The body; 413 where it is too large, 408 where it is too slow."""
    parts: list[bytes] = []
    size = 0
    try:
        async with asyncio.timeout(MAX_BODY_S):
            async for part in request.stream():
                size += len(part)
                if size > MAX_BYTES:
                    raise HTTPException(413, headers={"Connection": "close"})
                parts.append(part)
    except TimeoutError:
        raise HTTPException(408, headers={"Connection": "close"}) from None
    except ClientDisconnect:
        raise HTTPException(400) from None
    return b"".join(parts)


def _later() -> Response:
    """503, so that Strava sends the event again."""
    return Response(status_code=503, headers={"Cache-Control": "no-store", "Retry-After": "2"})
