"""Routes for samples, the route, and thumbnails."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from runcoach.services import thumbnails
from runcoach.services.queries import activities as queries
from runcoach.services.queries.streams import route, stream_view
from runcoach.services.reader import open_reader
from runcoach.web.api.activity_schemas import Map, Samples
from runcoach.web.api.params import Reference, RouteParams, StreamParams, ThumbnailParams
from runcoach.web.api.schemas import One
from runcoach.web.http_cache import DETAIL, THUMBNAIL, answer, data

router = APIRouter(tags=["tracks"])


@router.get("/activities/{reference}/streams", response_model=One[Samples])
def streams(request: Request, reference: Reference, query: Annotated[StreamParams, Query()]) -> Response:
    """The samples, downsampled to `max_points` with the shape of every channel kept."""
    with open_reader(request.app.state.config) as connection:
        activity_id = queries.resolve(connection, reference)
        found = stream_view(connection, activity_id, channels=query.names(), max_points=query.max_points)
    plain = {
        "activityId": found.activity_id,
        "samples": found.samples,
        "returned": found.returned,
        "channels": found.channels,
    }
    return data(request, plain, DETAIL, is_plain=True)


@router.get("/activities/{reference}/map", response_model=One[Map])
def track(request: Request, reference: Reference, query: Annotated[RouteParams, Query()]) -> Response:
    """The route as GeoJSON and as encoded polyline; both null without GPS."""
    with open_reader(request.app.state.config) as connection:
        found = route(connection, queries.activity(connection, reference), max_points=query.max_points)
    line = None
    if found.points:
        line = {"type": "LineString", "coordinates": [[lng, lat] for lat, lng in found.points]}
    feature: dict[str, object] = {
        "type": "Feature",
        "geometry": line,
        "properties": {"activityId": found.activity_id, "name": found.name, "sportType": found.sport_type},
    }
    plain = {
        "activityId": found.activity_id,
        "geojson": feature,
        "polyline": found.polyline,
        "bounds": found.bounds,
    }
    return data(request, plain, DETAIL, is_plain=True)


@router.get(
    "/activities/{reference}/thumbnail",
    response_class=Response,
    responses={200: {"content": {"image/png": {}}, "description": "The image."}},
)
def thumbnail(request: Request, reference: Reference, query: Annotated[ThumbnailParams, Query()]) -> Response:
    """The thumbnail of the route as PNG, drawn on request if not stored yet."""
    picture = thumbnails.thumbnail(request.app.state.config, reference, query.size)
    return answer(request, picture.png, "image/png", THUMBNAIL, pack=False)
