"""Migration 7, wellness: daily values of the body, and forecasts made by others."""

from __future__ import annotations

WELLNESS = ""
