"""The dashboard: pages with all numbers in HTML, and charts drawn by scripts.

Each page module has ``router(config, worker, access)``; all render with :func:`~runcoach.web.pages.layout.show`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi import APIRouter

if TYPE_CHECKING:
    from runcoach.config import Config
    from runcoach.services.sync.worker import Worker
    from runcoach.web.security import Access


def make_router(config: Config, worker: Worker | None, access: Access) -> APIRouter:
    """The routes of the pages."""
    from runcoach.web.pages import connection, uploads
    from runcoach.web.pages.coach import fitness, overview, races, wellness
    from runcoach.web.pages.history import calendar, gear, routes, years
    from runcoach.web.pages.runs import activities, activity, best_efforts

    router = APIRouter(include_in_schema=False)
    pages = (
        *(overview, fitness, races, wellness),
        *(activities, activity, best_efforts),
        *(calendar, routes, years, gear),
        *(connection, uploads),
    )
    for page in pages:
        router.include_router(page.router(config, worker, access))
    return router
