"""The tables as SQLModel classes: a typed description of the whole schema, held to the DDL by a test.

Only logins and token renewals write through them (:mod:`runcoach.store.remote.credentials`); everything else is plain
SQL, as importing SQLModel takes half a second. The modules with classes have no ``from __future__ import annotations``,
which breaks SQLModel. Sessions use an open connection inside its transaction (see :func:`session`).
"""

from runcoach.store.sqlite.tables.activities import (
    Activity,
    ActivityEdit,
    ActivityPayload,
    ActivitySource,
    ActivityStream,
    DistinctPair,
    Gear,
    ImportBatch,
    OriginalFile,
    SourceOriginal,
    Thumbnail,
)
from runcoach.store.sqlite.tables.analytics import ActivityAnalytics, DurabilityEffort, RunnerSetting, TrainingLoad
from runcoach.store.sqlite.tables.borrowed_session import session
from runcoach.store.sqlite.tables.efforts import BestEffort, Effort, Lap, Split
from runcoach.store.sqlite.tables.gear import GearSetting
from runcoach.store.sqlite.tables.goals import Goal
from runcoach.store.sqlite.tables.remote import (
    Job,
    RateBudget,
    RemoteActivity,
    RemoteConnection,
    StravaToken,
    SyncState,
    WebhookSubscription,
)
from runcoach.store.sqlite.tables.routes import RouteHeat, RouteRun, RouteTrack
from runcoach.store.sqlite.tables.system import Audit, SchemaMigration, User
from runcoach.store.sqlite.tables.wellness import RacePrediction, Wellness

__all__ = [
    "Activity",
    "ActivityAnalytics",
    "ActivityEdit",
    "ActivityPayload",
    "ActivitySource",
    "ActivityStream",
    "Audit",
    "BestEffort",
    "DistinctPair",
    "DurabilityEffort",
    "Effort",
    "Gear",
    "GearSetting",
    "Goal",
    "ImportBatch",
    "Job",
    "Lap",
    "OriginalFile",
    "RacePrediction",
    "RateBudget",
    "RemoteActivity",
    "RemoteConnection",
    "RouteHeat",
    "RouteRun",
    "RouteTrack",
    "RunnerSetting",
    "SchemaMigration",
    "SourceOriginal",
    "Split",
    "StravaToken",
    "SyncState",
    "Thumbnail",
    "TrainingLoad",
    "User",
    "WebhookSubscription",
    "Wellness",
    "session",
]
