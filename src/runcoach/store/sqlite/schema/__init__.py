"""Every table and index, hand-written and STRICT: one module per migration.

Times are whole seconds since 1970 (UTC), lengths metres, durations seconds. Columns are the specification's fields in
snake_case; JSON shows them in its camelCase.
"""

from __future__ import annotations

from runcoach.store.sqlite.schema.analytics import ANALYTICS
from runcoach.store.sqlite.schema.clean_efforts import CLEAN_EFFORTS
from runcoach.store.sqlite.schema.edits import EDITS
from runcoach.store.sqlite.schema.foundation import FOUNDATION
from runcoach.store.sqlite.schema.gear import GEAR
from runcoach.store.sqlite.schema.goals import GOALS
from runcoach.store.sqlite.schema.originals import ORIGINALS
from runcoach.store.sqlite.schema.remote_sources import REMOTE_SOURCES
from runcoach.store.sqlite.schema.routes import ROUTES
from runcoach.store.sqlite.schema.strava import STRAVA
from runcoach.store.sqlite.schema.web import WEB
from runcoach.store.sqlite.schema.wellness import WELLNESS

__all__ = [
    "ANALYTICS",
    "CLEAN_EFFORTS",
    "EDITS",
    "FOUNDATION",
    "GEAR",
    "GOALS",
    "ORIGINALS",
    "REMOTE_SOURCES",
    "ROUTES",
    "STRAVA",
    "WEB",
    "WELLNESS",
]
