"""Routes for the status of the server, the form token, and the OpenAPI document."""

from __future__ import annotations

import json

from fastapi import APIRouter, Request, Response

from runcoach import __version__
from runcoach.domain.json_format import field_values
from runcoach.services.queries.status import status as read_status
from runcoach.services.reader import open_reader
from runcoach.web.api import params, schemas
from runcoach.web.api.openapi import body, form, openapi_document
from runcoach.web.http_cache import NO_STORE, REVALIDATE, answer, data

router = APIRouter(tags=["server"])


@router.get("/status", response_model=schemas.One[schemas.Status], dependencies=[params.NO_PARAMS])
def status(request: Request) -> Response:
    """Counts, connection state, queue, and the worker of this server."""
    config, worker = request.app.state.config, request.app.state.worker
    with open_reader(config) as connection:
        found = field_values(read_status(connection, config))
    found["worker"] = None if worker is None else worker.state()
    return data(request, {"version": __version__, **found}, NO_STORE)


@router.get("/token", response_model=schemas.One[schemas.FormToken], dependencies=[params.NO_PARAMS])
def token(request: Request) -> Response:
    """The form token, to be sent with every change in `X-Runcoach-Token`; as plain text with `Accept: text/plain`."""
    form_token: str = request.app.state.access.form_token
    if request.headers.get("accept", "").startswith("text/plain"):
        return answer(request, f"{form_token}\n".encode(), "text/plain", NO_STORE)
    return data(request, {"token": form_token}, NO_STORE)


@router.get("/openapi.json", include_in_schema=False, dependencies=[params.NO_PARAMS])
def openapi(request: Request) -> Response:
    """The OpenAPI document."""
    document = json.dumps(openapi_document(request.app), ensure_ascii=False)
    return answer(request, document.encode(), "application/json", REVALIDATE)


@router.get("/docs", include_in_schema=False, dependencies=[params.NO_PARAMS])
def docs(request: Request) -> Response:
    """The API documentation as HTML."""
    from runcoach.web.pages.layout import PageLayout
    from runcoach.web.templating import page

    api = openapi_document(request.app)
    return page(request, "api.html", api=api, form=form, body=body, layout=PageLayout(None, None))
