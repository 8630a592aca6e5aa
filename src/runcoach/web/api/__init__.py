"""The JSON API below ``/api/v1``: each module has a ``router``, each route calls one service."""

from __future__ import annotations

from fastapi import APIRouter


def routers() -> tuple[APIRouter, ...]:
    """Every router of the API."""
    from runcoach.web.api import (
        activities,
        best_efforts,
        fitness,
        jobs,
        predictions,
        routes,
        server_info,
        streams,
        training,
        wellness,
    )

    modules = (server_info, activities, streams, best_efforts, jobs, training, fitness, predictions, wellness, routes)
    return tuple(module.router for module in modules)
