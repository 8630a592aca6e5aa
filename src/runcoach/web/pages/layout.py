"""The layout of every page: navigation, a banner about the connection, and the formatter for numbers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from runcoach.domain.units import Units
from runcoach.web.pages.formatting import Formatter
from runcoach.web.pages.navigation import BAR_ITEMS, NAVIGATION, NavigationItem
from runcoach.web.security import policy
from runcoach.web.templating import page

if TYPE_CHECKING:
    from fastapi import Request, Response

    from runcoach.config import Config
    from runcoach.services.auth.connection_state import ConnectionState


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


def show_error(request: Request, status: int, title: str, message: str, hint: str | None) -> Response:
    """An error page; it does not read the database, which may be the cause."""
    config: Config = request.app.state.config
    return page(
        request,
        "refusal.html",
        status=status,
        layout=PageLayout(None, None),
        fmt=Formatter(Units(config.settings.units)),
        title=title,
        message=message,
        hint=hint,
    )


def show(
    request: Request,
    state: ConnectionState,
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
        layout=PageLayout(section, _BANNERS.get(state.state)),
        fmt=Formatter(Units(config.settings.units)),
        thumbnail_url=thumbnail_url,
        **context,
    )


def show_with_map(request: Request, state: ConnectionState, template: str, section: str, /, **context: Any) -> Response:
    """As :func:`show`, with ``tiles`` and ``attribution`` of the map; the page may load images from their origin."""
    settings = request.app.state.config.settings
    tiles = settings.map_tiles_url
    response = show(request, state, template, section, tiles=tiles, attribution=settings.map_attribution, **context)
    if tiles:
        parts = urlsplit(tiles)
        response.headers["Content-Security-Policy"] = policy(images=f"{parts.scheme}://{parts.netloc}")
    return response
