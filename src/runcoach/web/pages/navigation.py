"""The pages in the navigation."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class NavigationItem:
    """``section`` is what a page passes to :func:`~runcoach.web.pages.layout.show` to be marked as the current one.

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
