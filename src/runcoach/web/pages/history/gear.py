"""Shoes and bikes: distance, pace, since when, and which are to be retired."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from runcoach.services.auth.connection_state import connection_state
from runcoach.services.history.gear import gear
from runcoach.services.reader import open_reader
from runcoach.web.pages.layout import show

router = APIRouter()


@router.get("/gear")
def page(request: Request) -> Response:
    """The list of gear."""
    with open_reader(request.app.state.config) as connection:
        found, state = gear(connection), connection_state(connection)
    return show(
        request,
        state,
        "gear.html",
        "gear",
        in_use=[one for one in found if not one.is_retired],
        retired=[one for one in found if one.is_retired],
    )
