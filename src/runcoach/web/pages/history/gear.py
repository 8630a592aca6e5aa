"""Shoes and bikes: distance, pace, since when, and which are to be retired."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi import APIRouter, Request, Response

from runcoach.services.auth.connection_state import connection_state
from runcoach.services.history.gear import gear
from runcoach.services.reader import open_reader
from runcoach.web.pages.layout import show

if TYPE_CHECKING:
    from runcoach.config import Config
    from runcoach.services.sync.worker import Worker
    from runcoach.web.security import Access


def router(config: Config, worker: Worker | None, access: Access) -> APIRouter:  # noqa: ARG001
    """The list of gear."""
    routes = APIRouter()

    @routes.get("/gear")
    def page(request: Request) -> Response:
        with open_reader(config) as connection:
            found, state = gear(connection), connection_state(connection)
        return show(
            request,
            state,
            "gear.html",
            "gear",
            in_use=[one for one in found if not one.is_retired],
            retired=[one for one in found if one.is_retired],
        )

    return routes
