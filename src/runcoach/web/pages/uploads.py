"""Uploads of the connection page: receive files, import them in the background, report progress, undo an import."""

from __future__ import annotations

from urllib.parse import unquote

from fastapi import APIRouter, Request, Response
from pydantic import Field
from starlette.concurrency import run_in_threadpool

from runcoach.services.imports import batches
from runcoach.services.imports.uploads import MAX_FILE_BYTES, Upload
from runcoach.web.api.params import MAX_ID, Body
from runcoach.web.http_cache import NO_STORE, data

router = APIRouter()

#: Each file is the body of a request of its own, so that no multipart body is parsed or buffered.
FILES = "/connection/import/file"

#: Path → the largest body that it takes, in bytes.
BODY_LIMITS = {FILES: MAX_FILE_BYTES}

#: Written to disk in pieces of this size.
_PIECE_BYTES = 2**20


class UploadKey(Body):
    """The key of an upload."""

    key: str = Field(max_length=40)


class BatchChoice(Body):
    """One import batch."""

    batch: int = Field(ge=1, le=MAX_ID)


@router.post("/connection/import")
def begin(request: Request) -> Response:
    """Begin an upload; its key goes with each file."""
    return data(request, {"key": request.app.state.uploads.begin()}, NO_STORE)


@router.post(FILES)
async def receive(request: Request) -> Response:
    """Receive one file."""
    key = request.headers.get("x-import-key", "")
    name = unquote(request.headers.get("x-file-name", ""))
    with await run_in_threadpool(request.app.state.uploads.receive, key, name) as upload:
        await _stream(request, upload)
        return data(request, {"bytes": await run_in_threadpool(upload.finish)}, NO_STORE)


@router.post("/connection/import/start")
def start(request: Request, upload: UploadKey) -> Response:
    """Import the files that were sent."""
    request.app.state.uploads.start(upload.key)
    return data(request, request.app.state.uploads.progress(), NO_STORE)


@router.get("/connection/import")
def progress(request: Request) -> Response:
    """How far the import is."""
    return data(request, request.app.state.uploads.progress(), NO_STORE)


@router.post("/connection/import/undo")
def undo(request: Request, choice: BatchChoice) -> Response:
    """Undo an import."""
    return data(request, batches.undo(request.app.state.config, choice.batch), NO_STORE)


async def _stream(request: Request, upload: Upload) -> None:
    """Write the body to disk, a piece at a time."""
    piece = bytearray()
    async for chunk in request.stream():
        piece += chunk
        if len(piece) >= _PIECE_BYTES:
            await run_in_threadpool(upload.write, bytes(piece))
            piece.clear()
    await run_in_threadpool(upload.write, bytes(piece))
