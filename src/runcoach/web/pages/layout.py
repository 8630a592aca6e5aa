"""What every page has around its own part: where one is, what is wrong with the connection, how figures are written."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from runcoach.domain.units import Units
from runcoach.web.pages.formatting import Formatter
from runcoach.web.templating import page

if TYPE_CHECKING:
    from fastapi import Request, Response

    from runcoach.config import Config
    from runcoach.services.auth.connection_state import ConnectionState


@dataclass(frozen=True, slots=True)
class Banner:
    """A message above every page, and where to go about it."""

    title: str
    text: str
    action: str
    href: str


@dataclass(frozen=True, slots=True)
class PageLayout:
    """``section`` is the part of the navigation that a page belongs to, None for none."""

    section: str | None
    banner: Banner | None


_BANNERS = {
    "degraded": Banner(
        "Strava no longer accepts the login.",
        "Your runs and all queued work are kept; a new login goes on where it stopped.",
        "Reconnect",
        "/connection#strava",
    ),
    "inactive": Banner(
        "Strava has paused your API application.",
        "Your runs are kept. Activate it again, or import the free archive.",
        "See what helps",
        "/connection#strava",
    ),
}


def show_refusal(request: Request, status: int, title: str, message: str, hint: str | None) -> Response:
    """A page about something that did not work; it asks nothing of the file, which may be what is broken."""
    config: Config = request.app.state.config
    return page(
        request,
        "refusal.html",
        status=status,
        frame=PageLayout(None, None),
        fig=Formatter(Units(config.settings.units)),
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
    """A page in its layout; templates have ``frame``, ``fig`` (see :class:`Formatter`) and ``context``."""
    config: Config = request.app.state.config
    return page(
        request,
        template,
        status=status,
        frame=PageLayout(section, _BANNERS.get(state.state)),
        fig=Formatter(Units(config.settings.units)),
        **context,
    )
