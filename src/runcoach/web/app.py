"""Puts the server together: the JSON API, the pages, the receiver of webhooks, and the guards around them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi import FastAPI

from runcoach import __version__
from runcoach.web import problems
from runcoach.web.limits import BodyLimit, HeadAsGet, NoSurprise
from runcoach.web.security import Guard

if TYPE_CHECKING:
    from runcoach.config import Config
    from runcoach.services.syncing.worker import Worker
    from runcoach.web.security import Access


def create_app(
    config: Config, *, access: Access, worker: Worker | None, webhook_only: bool = False, pages: bool = True
) -> FastAPI:
    """The application for one profile.

    ``access`` says who may ask, ``worker`` does what is asked for in the background (None: nothing does).
    ``webhook_only`` leaves the receiver of webhooks and nothing else; ``pages`` False leaves the API without dashboard.
    """
    from runcoach.web.receiver import make_router as make_receiver

    app = FastAPI(
        title="runcoach",
        version=__version__,
        description="A runner's whole history, from the runner's own machine.",
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        redirect_slashes=False,
    )
    app.state.config, app.state.access, app.state.worker = config, access, worker
    problems.install(app)
    app.include_router(make_receiver(config, worker))
    if not webhook_only:
        _add_api(app)
        if pages:
            _add_pages(app, config, worker, access)
    # The last one added is the first one asked.
    app.add_middleware(BodyLimit)
    app.add_middleware(Guard, access=access, webhook_only=webhook_only)
    app.add_middleware(HeadAsGet)
    app.add_middleware(NoSurprise)
    return app


def _add_api(app: FastAPI) -> None:
    from runcoach.web.api import routers
    from runcoach.web.api.schema import Described

    app.state.described = Described(app)
    for router in routers():
        app.include_router(router, prefix="/api/v1")


def _add_pages(app: FastAPI, config: Config, worker: Worker | None, access: Access) -> None:
    from runcoach.web import login
    from runcoach.web.assets import assets
    from runcoach.web.pages import make_router, refusals

    app.mount("/static", assets(), name="static")
    app.include_router(login.router)
    app.include_router(make_router(config, worker, access))
    refusals.install(app)
