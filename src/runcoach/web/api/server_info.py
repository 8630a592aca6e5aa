"""The server itself: status, the token that changes carry, and the description of the API."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from runcoach import __version__
from runcoach.domain.json_format import field_values
from runcoach.services.queries.status import status as read_status
from runcoach.services.reader import open_reader
from runcoach.web.api import params, schemas
from runcoach.web.http_cache import ASK_ANEW, NOT_KEPT, answer, data

router = APIRouter(tags=["server"])


@router.get("/status", response_model=schemas.One[schemas.Status], dependencies=[params.NOTHING])
def status(request: Request) -> Response:
    """What the file holds, how it stands with Strava, what is queued, and what the worker does."""
    config, worker = request.app.state.config, request.app.state.worker
    with open_reader(config) as connection:
        found = field_values(read_status(connection, config))
    found["worker"] = None if worker is None else worker.state()
    return data(request, {"version": __version__, **found}, NOT_KEPT)


@router.get("/token", response_model=schemas.One[schemas.FormToken], dependencies=[params.NOTHING])
def token(request: Request) -> Response:
    """What a script sends with every change, in the header `X-Runcoach-Token`; `Accept: text/plain` gets it bare."""
    told: str = request.app.state.access.form_token
    if request.headers.get("accept", "").startswith("text/plain"):
        return answer(request, f"{told}\n".encode(), "text/plain", NOT_KEPT)
    return data(request, {"token": told}, NOT_KEPT)


@router.get("/openapi.json", include_in_schema=False, dependencies=[params.NOTHING])
def openapi(request: Request) -> Response:
    """The description of the API for programs."""
    return answer(request, request.app.state.described.text(), "application/json", ASK_ANEW)


@router.get("/docs", include_in_schema=False, dependencies=[params.NOTHING])
def docs(request: Request) -> Response:
    """The description of the API for people: HTML of our own that loads nothing from elsewhere."""
    from runcoach.web.api.openapi import body, form
    from runcoach.web.templating import page

    return page(request, "api.html", api=request.app.state.described.document(), form=form, body=body)
