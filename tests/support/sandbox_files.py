"""The watch's own files of runs that the stand-in for Strava has."""

from __future__ import annotations

from datetime import datetime, timedelta

from runcoach.sandbox.server import Sandbox


def start_of(sandbox: Sandbox, strava_id: int) -> datetime:
    """When one of Strava's runs began."""
    return datetime.fromisoformat(sandbox.athlete.detail(strava_id)["start_date"])


def gpx_of(sandbox: Sandbox, strava_id: int) -> bytes:
    """The watch's own file of one of Strava's runs."""
    streams = sandbox.athlete.streams(strava_id, {"time", "latlng"})
    assert streams is not None
    start = start_of(sandbox, strava_id)
    points = "".join(
        f'<trkpt lat="{lat}" lon="{lng}"><time>{start + timedelta(seconds=second):%Y-%m-%dT%H:%M:%SZ}</time></trkpt>'
        for second, (lat, lng) in zip(streams["time"]["data"], streams["latlng"]["data"], strict=True)
    )
    return (
        '<?xml version="1.0"?><gpx version="1.1" xmlns="http://www.topografix.com/GPX/1/1">'
        f"<trk><type>running</type><trkseg>{points}</trkseg></trk></gpx>"
    ).encode()
