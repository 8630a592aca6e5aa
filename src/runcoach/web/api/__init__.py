"""The JSON API below ``/api/v1``: each module has a ``router``, each route calls one service."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fastapi import APIRouter


def routers() -> tuple[APIRouter, ...]:
    """Every router of the API."""
    from runcoach.web.api import activities, best_efforts, jobs, server_info, streams, training

    return (server_info.router, activities.router, streams.router, best_efforts.router, jobs.router, training.router)
