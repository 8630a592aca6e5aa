"""Migration 7, analytics: figures of one activity computed from its samples by an analytics job."""

from __future__ import annotations

ANALYTICS = ""
