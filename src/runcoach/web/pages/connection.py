"""The connection page: state, login through this server, rate limits, queue, events."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict
from typing import Annotated, Literal

from fastapi import APIRouter, Request, Response
from pydantic import Field

from runcoach.errors import RuncoachError
from runcoach.services import jobs
from runcoach.services.auth.api_key import connect, disconnect
from runcoach.services.auth.oauth_flow import LoginResult
from runcoach.services.auth.remote_sources import KEY_SOURCES
from runcoach.services.auth.store_choice import store_choice
from runcoach.services.auth.web_login import WebLoginOptions
from runcoach.services.connection_overview import ConnectionOverview, connection_overview
from runcoach.services.reader import open_reader
from runcoach.services.sync.worker_status import WorkerStatus
from runcoach.web.api.params import MAX_ID, Body
from runcoach.web.http_cache import NO_STORE, data
from runcoach.web.pages.layout import show
from runcoach.web.templating import page as plain_page

router = APIRouter()

#: Where Strava redirects the browser to; needs no server token, but a state that was issued and not used.
CALLBACK = "/connection/callback"


class LoginForm(Body):
    """The login form; an empty field was not filled in."""

    client_id: str = Field(default="", alias="clientId", max_length=40)
    client_secret: str = Field(default="", alias="clientSecret", max_length=300, repr=False)
    token_store: Literal["", "file", "keyring"] = Field(default="", alias="tokenStore")


class KeyForm(Body):
    """The key of a source, and where to keep it."""

    source: Literal["garmin", "intervals"]
    key: str = Field(max_length=4096, repr=False)
    token_store: Literal["", "file", "keyring"] = Field(default="", alias="tokenStore")


class SourceChoice(Body):
    """One source."""

    source: Literal["garmin", "intervals"]


class JobChoice(Body):
    """One job, or all failed ones."""

    id: Annotated[int, Field(ge=1, le=MAX_ID)] | None = None


@router.get("/connection")
def page(request: Request) -> Response:
    """The page."""
    app = request.app.state
    with open_reader(app.config) as connection:
        found = connection_overview(connection)
        state = None if app.worker is None else app.worker.state()
        return show(
            request,
            connection,
            "connection.html",
            "connection",
            data=found,
            state=state,
            store=store_choice(app.config, connection, app.keyring),
            key_pages={name: source.key_page for name, source in KEY_SOURCES.items()},
            fingerprint=_fingerprint(found, state),
        )


@router.get("/connection/state")
def state(request: Request) -> Response:
    """Whether the page has changed, and whether the worker is busy."""
    worker = request.app.state.worker
    with open_reader(request.app.state.config) as connection:
        found = connection_overview(connection)
    working = None if worker is None else worker.state()
    is_busy = working is not None and working.doing in {"sync", "fetch", "thumbnails", "analytics"}
    return data(request, {"fingerprint": _fingerprint(found, working), "busy": is_busy}, NO_STORE)


@router.post("/connection/login")
def login(request: Request, form: LoginForm) -> Response:
    """Begin a login; the response is where to send the browser."""
    options = WebLoginOptions(
        form.client_id.strip() or None, form.client_secret.strip() or None, form.token_store or None
    )
    return data(request, {"location": request.app.state.logins.begin(options, _origin(request) + CALLBACK)}, NO_STORE)


@router.get(CALLBACK)
def callback(request: Request) -> Response:
    """Finish the login with what Strava sent the browser back with."""
    connected: LoginResult | None = None
    problem: RuncoachError | None = None
    try:
        connected = request.app.state.logins.finish(str(request.url))
        _sync(request)
    except RuncoachError as error:
        problem = error
    # It needs no server token, so it shows no activities; its URL holds the code.
    response = plain_page(
        request,
        "callback.html",
        status=200 if problem is None else 400,
        name=None if connected is None else connected.athlete_name or f"athlete {connected.athlete_id}",
        missing=connected is not None and bool(connected.missing),
        problem=problem,
    )
    response.headers["Cache-Control"] = "no-store"
    return response


@router.post("/connection/jobs/retry")
def retry(request: Request, choice: JobChoice) -> Response:
    """Queue failed jobs again."""
    retried, worker = jobs.retry(request.app.state.config, choice.id), request.app.state.worker
    if worker is not None:
        worker.wake()
    return data(request, {"retried": retried}, NO_STORE)


@router.post("/connection/key")
def key(request: Request, form: KeyForm) -> Response:
    """Connect a source that is opened by a key."""
    connected = connect(request.app.state.config, form.source, form.key, token_store=form.token_store or None)
    _sync(request)
    return data(request, {"source": connected.source, "athleteName": connected.athlete_name}, NO_STORE)


@router.post("/connection/key/remove")
def remove_key(request: Request, choice: SourceChoice) -> Response:
    """Disconnect such a source."""
    return data(request, {"disconnected": disconnect(request.app.state.config, choice.source)}, NO_STORE)


def _sync(request: Request) -> None:
    """Request a sync from the worker, if there is one."""
    if request.app.state.worker is not None:
        request.app.state.worker.request_sync()


def _origin(request: Request) -> str:
    """The origin of this server as the browser sees it; the access middleware has checked both headers."""
    return request.headers.get("origin") or f"http://{request.headers['host']}"


def _fingerprint(found: ConnectionOverview, state: WorkerStatus | None) -> str:
    """A digest that changes whenever the page does."""
    shown = (
        asdict(found.connection),
        found.counts,
        found.thumbnails,
        [one.used for one in found.rate_limits],
        [event.id for event in found.events[:1]],
        [one["id"] for one in found.imports[:1]],
        [(each.source, each.status, each.last_try_at, each.last_success_at) for each in found.sources],
        None if state is None else (state.doing, state.last_sync_at, state.last_problem),
    )
    return hashlib.sha256(json.dumps(shown, default=str).encode()).hexdigest()[:16]
