"""The track of a run as evenly spaced points in the order of travel."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from runcoach.domain.streams import FloatArray

#: Distance between the points of a track.
STEP_M = 25.0


@dataclass(frozen=True, slots=True)
class RouteTrack:
    """Points :data:`STEP_M` apart, ``(n,)``; longitudes are continuous across the antimeridian."""

    lat_deg: FloatArray
    lng_deg: FloatArray

    @property
    def length_m(self) -> float:
        """Length along the points."""
        return STEP_M * (self.lat_deg.size - 1)

    @property
    def middle(self) -> tuple[float, float]:
        """Latitude and longitude (−180 to 180) of the point halfway."""
        half = self.lat_deg.size // 2
        return float(self.lat_deg[half]), (float(self.lng_deg[half]) + 180.0) % 360.0 - 180.0
