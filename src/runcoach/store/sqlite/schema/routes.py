"""Migration 7, routes: routes and the runs on them."""

from __future__ import annotations

ROUTES = ""
