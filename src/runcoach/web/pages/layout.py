"""The layout of every page: navigation, a banner about the connection, and the formatter for numbers."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from fastapi import Request, Response

from runcoach.config import Config
from runcoach.domain.units import Units
from runcoach.services.auth.connection_state import connection_state
from runcoach.web.pages.formatting import Formatter
from runcoach.web.security import policy
from runcoach.web.templating import page


@dataclass(frozen=True, slots=True)
class NavigationItem:
    """``section`` is what a page passes to :func:`show` to be marked as the current one.

    ``icon`` is the ``d`` of a path in a viewBox of 24 by 24, drawn as a line; only :data:`BAR_ITEMS` need one.
    """

    section: str
    title: str
    href: str
    icon: str = ""


#: So many items are in the bar at the bottom of a phone; the others are behind "More".
BAR_ITEMS = 4

#: In the order of the navigation. A page is added with one line, before the connection.
NAVIGATION = (
    NavigationItem("overview", "Overview", "/", "M4 20V11M10 20V5M16 20v-7M21 20H3"),
    NavigationItem("activities", "Activities", "/activities", "M8 6h12M8 12h12M8 18h12M4 6h.01M4 12h.01M4 18h.01"),
    NavigationItem("fitness", "Fitness", "/fitness", "M3 13h4l3-8 4 14 3-6h4"),
    NavigationItem("races", "Races", "/races", "M5 21V4h13l-3 4.5 3 4.5H5"),
    NavigationItem("bests", "Bests", "/bests", "M5 13.5a7 7 0 1 0 14 0a7 7 0 1 0 -14 0M12 13.5V9.5M10 3h4M12 3v3"),
    NavigationItem("calendar", "Calendar", "/calendar", "M4 6h16v14H4zM4 10h16M8 3v4M16 3v4"),
    NavigationItem("routes", "Routes", "/routes"),
    NavigationItem("wellness", "Wellness", "/wellness"),
    NavigationItem("gear", "Gear", "/gear"),
    NavigationItem(
        "connection",
        "Connection",
        "/connection",
        "M9 15l6-6M10.5 6.5l1.5-1.5a4.2 4.2 0 0 1 6 6l-1.5 1.5M13.5 17.5L12 19a4.2 4.2 0 0 1-6-6l1.5-1.5",
    ),
)


@dataclass(frozen=True, slots=True)
class Banner:
    """A message above every page, with a link to act on it."""

    title: str
    text: str
    action: str
    href: str


@dataclass(frozen=True, slots=True)
class PageLayout:
    """``section`` is the current item of the navigation, None for none."""

    section: str | None
    banner: Banner | None
    items: tuple[NavigationItem, ...] = NAVIGATION
    bar_items: int = BAR_ITEMS


_BANNERS = {
    "degraded": Banner(
        "Strava no longer accepts the login.",
        "Your runs and all queued work are kept; a new login continues where the last one stopped.",
        "Reconnect",
        "/connection#strava",
    ),
    "inactive": Banner(
        "Strava has paused your API application.",
        "Your runs are kept. Reactivate it, or import the free archive.",
        "Show how to fix it",
        "/connection#strava",
    ),
}


def formatter(request: Request) -> Formatter:
    """The formatter in the units of the settings."""
    return Formatter(Units(request.app.state.config.settings.units))


def show_error(request: Request, status: int, title: str, message: str, hint: str | None) -> Response:
    """An error page; it does not read the database, which may be the cause."""
    return page(
        request,
        "refusal.html",
        status=status,
        layout=PageLayout(None, None),
        fmt=formatter(request),
        title=title,
        message=message,
        hint=hint,
    )


def show(
    request: Request,
    connection: sqlite3.Connection,
    template: str,
    section: str | None,
    /,
    *,
    status: int = 200,
    **context: Any,
) -> Response:
    """A page in its layout.

    Templates have ``layout``, ``fmt`` (a :class:`Formatter`), ``thumbnail_url`` and what is in ``context``.
    """
    config: Config = request.app.state.config

    def thumbnail_url(activity_id: int, updated_at: int, size: int = 256) -> str:
        # Browsers keep thumbnails for a day: the address changes with everything that a thumbnail depends on.
        version = f"{updated_at}-{config.settings.thumbnail_hidden_m}"
        return f"/api/v1/activities/{activity_id}/thumbnail?size={size}&v={version}"

    return page(
        request,
        template,
        status=status,
        layout=PageLayout(section, _BANNERS.get(connection_state(connection).state)),
        fmt=formatter(request),
        thumbnail_url=thumbnail_url,
        **context,
    )


def show_with_map(
    request: Request, connection: sqlite3.Connection, template: str, section: str, /, **context: Any
) -> Response:
    """As :func:`show`, with ``tiles`` and ``attribution`` of the map; the page may load images from their origin."""
    settings = request.app.state.config.settings
    tiles = settings.map_tiles_url
    response = show(
        request, connection, template, section, tiles=tiles, attribution=settings.map_attribution, **context
    )
    if tiles:
        parts = urlsplit(tiles)
        response.headers["Content-Security-Policy"] = policy(images=f"{parts.scheme}://{parts.netloc}")
    return response
