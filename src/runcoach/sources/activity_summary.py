"""What the list of a service's export states of one activity, apart from its file; rows of it that are not imported."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass, field, replace

from runcoach.domain.recording import Totals


@dataclass(frozen=True, slots=True)
class InvalidRow:
    """A row of an export's table that is not imported, and the reason."""

    table: str
    row_number: int
    reason: str

    def __str__(self) -> str:
        return f"{self.table}, row {self.row_number}: {self.reason}"


@dataclass(frozen=True, slots=True)
class ActivitySummary:
    """One activity as an export summarizes it; ``kind`` is the kind of source.

    ``start_time_s`` is in seconds since 1970, UTC, or by the local clock where ``is_zoneless``. ``has_file_title``: the
    title in the activity's file is the runner's, not one that the service made up. ``notes`` are remarks, one clause
    each.
    """

    kind: str
    activity_id: str
    start_time_s: int
    name: str | None = None
    description: str | None = None
    sport_type: str | None = None
    indoor: bool | None = None
    is_race: bool = False
    totals: Totals = field(default_factory=Totals)
    is_zoneless: bool = False
    has_file_title: bool = True
    notes: tuple[str, ...] = ()

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the values, without our remarks on them."""
        return hashlib.sha256(json.dumps(asdict(replace(self, notes=()))).encode()).hexdigest()
