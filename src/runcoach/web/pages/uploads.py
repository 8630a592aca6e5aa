"""Uploads of the connection page: receive files, import them in the background, report progress, undo an import."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import unquote

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, ConfigDict, Field
from starlette.concurrency import run_in_threadpool

from runcoach.services.imports import batches
from runcoach.services.imports.uploads import MAX_FILE_BYTES, Uploads
from runcoach.web.api.params import MAX_ID
from runcoach.web.http_cache import NO_STORE, data

if TYPE_CHECKING:
    from runcoach.config import Config
    from runcoach.services.imports.uploads import Upload
    from runcoach.services.sync.worker import Worker
    from runcoach.web.security import Access

#: Each file is the body of a request of its own, so that no multipart body is parsed or buffered.
FILES = "/connection/import/file"

#: Path → the largest body that it takes, in bytes.
BODY_LIMITS = {FILES: MAX_FILE_BYTES}

#: Written to disk in pieces of this size.
_PIECE_BYTES = 2**20


class UploadKey(BaseModel):
    """The key of an upload."""

    model_config = ConfigDict(extra="forbid")
    key: str = Field(max_length=40)


class BatchChoice(BaseModel):
    """One import batch."""

    model_config = ConfigDict(extra="forbid")
    batch: int = Field(ge=1, le=MAX_ID)


def router(config: Config, worker: Worker | None, access: Access) -> APIRouter:  # noqa: ARG001
    """Begin an upload, send files, start the import, poll its progress; undo an import."""
    routes = APIRouter()
    uploads = Uploads(config, None if worker is None else worker.wake)

    @routes.post("/connection/import")
    def begin(request: Request) -> Response:
        return data(request, {"key": uploads.begin()}, NO_STORE)

    @routes.post(FILES)
    async def receive(request: Request) -> Response:
        key = request.headers.get("x-import-key", "")
        name = unquote(request.headers.get("x-file-name", ""))
        with await run_in_threadpool(uploads.receive, key, name) as upload:
            await _stream(request, upload)
            return data(request, {"bytes": await run_in_threadpool(upload.finish)}, NO_STORE)

    @routes.post("/connection/import/start")
    def start(request: Request, upload: UploadKey) -> Response:
        uploads.start(upload.key)
        return data(request, uploads.progress(), NO_STORE)

    @routes.get("/connection/import")
    def progress(request: Request) -> Response:
        return data(request, uploads.progress(), NO_STORE)

    @routes.post("/connection/import/undo")
    def undo(request: Request, choice: BatchChoice) -> Response:
        return data(request, batches.undo(config, choice.batch), NO_STORE)

    return routes


async def _stream(request: Request, upload: Upload) -> None:
    """Write the body to disk, a piece at a time."""
    piece = bytearray()
    async for chunk in request.stream():
        piece += chunk
        if len(piece) >= _PIECE_BYTES:
            await run_in_threadpool(upload.write, bytes(piece))
            piece.clear()
    await run_in_threadpool(upload.write, bytes(piece))
