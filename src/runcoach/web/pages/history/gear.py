"""Shoes and bikes: distance, pace, since when, and which are to be retired."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from runcoach.services.history.gear import gear
from runcoach.services.reader import open_reader
from runcoach.web.pages.layout import show

router = APIRouter()


@router.get("/gear")
def page(request: Request) -> Response:
    """The list of gear."""
    with open_reader(request.app.state.config) as connection:
        found = gear(connection)
        in_use, retired = [one for one in found if not one.is_retired], [one for one in found if one.is_retired]
        return show(request, connection, "gear.html", "gear", in_use=in_use, retired=retired)
