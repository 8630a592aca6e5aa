"""Migration 7, goals: the runner's goals."""

from __future__ import annotations

GOALS = ""
