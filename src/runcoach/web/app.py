"""Builds the ASGI application: JSON API, pages, webhook receiver and middleware."""

from __future__ import annotations

from fastapi import FastAPI

from runcoach import __version__
from runcoach.config import Config
from runcoach.services.sync.worker import Worker
from runcoach.web import problems
from runcoach.web.middleware import BodyLimit, CatchAllErrors, HeadAsGet
from runcoach.web.pages import uploads
from runcoach.web.security import Access, AccessMiddleware


def create_app(config: Config, *, access: Access, worker: Worker | None, webhook_only: bool = False) -> FastAPI:
    """The application for one profile.

    ``worker`` does background work (None: nothing does). ``webhook_only`` leaves out all but the webhook receiver.
    """
    from runcoach.web.webhook_endpoint import make_router as make_receiver

    app = FastAPI(
        title="runcoach",
        version=__version__,
        description="A runner's activities, splits and best efforts, served from the runner's own machine.",
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        redirect_slashes=False,
    )
    app.state.config, app.state.access, app.state.worker = config, access, worker
    problems.install(app)
    app.include_router(make_receiver(config, worker))
    if not webhook_only:
        from runcoach.web import pages, token_login
        from runcoach.web.api import routers
        from runcoach.web.static_files import STATIC, Assets

        for router in routers():
            app.include_router(router, prefix="/api/v1")
        app.mount("/static", Assets(directory=STATIC), name="static")
        app.include_router(token_login.router)
        pages.install(app)
    # The middleware added last runs first.
    app.add_middleware(BodyLimit, larger=uploads.BODY_LIMITS)
    app.add_middleware(AccessMiddleware, access=access, webhook_only=webhook_only)
    app.add_middleware(HeadAsGet)
    app.add_middleware(CatchAllErrors)
    return app
