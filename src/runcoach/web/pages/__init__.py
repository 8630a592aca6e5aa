"""The dashboard: pages with all numbers in HTML, and charts drawn by scripts.

Each page module has a ``router``; all render with :func:`~runcoach.web.pages.layout.show`.
"""

from __future__ import annotations

from fastapi import FastAPI


def install(app: FastAPI) -> None:
    """Add the pages, and what they share between requests."""
    from runcoach.services.auth.store_choice import KeyringCheck
    from runcoach.services.auth.web_login import WebLogins
    from runcoach.services.imports.uploads import Uploads
    from runcoach.web.pages import connection, error_pages, uploads
    from runcoach.web.pages.coach import fitness, overview, races, wellness
    from runcoach.web.pages.coach.figures_cache import FiguresCache
    from runcoach.web.pages.history import calendar, gear, routes, years
    from runcoach.web.pages.runs import activities, activity, best_efforts

    state = app.state
    state.figures = FiguresCache(state.config.database)
    state.logins, state.keyring = WebLogins(state.config), KeyringCheck(state.config)
    state.uploads = Uploads(state.config, None if state.worker is None else state.worker.wake)
    pages = (
        *(overview, fitness, races, wellness),
        *(activities, activity, best_efforts),
        *(calendar, routes, years, gear),
        *(connection, uploads),
    )
    for page in pages:
        app.include_router(page.router, include_in_schema=False)
    error_pages.install(app)
