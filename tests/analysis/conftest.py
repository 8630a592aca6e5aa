"""Streams from plain lists, and recorded runs with Strava's figures."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from runcoach.domain.streams import Streams

if TYPE_CHECKING:
    from pathlib import Path

StreamsOf = Callable[..., Streams]


@pytest.fixture(scope="session")
def streams_of() -> StreamsOf:
    """Builds streams from ``time_s`` and channels given as plain lists; None is a missing sample."""

    def build(time_s: list[float], **channels: list[float | None]) -> Streams:
        return Streams(
            np.array(time_s, dtype=np.float64),
            {name: np.array(values, dtype=np.float64) for name, values in channels.items()},
        )

    return build


@pytest.fixture(scope="session", params=["training_easy", "training_tempo"])
def strava_run(request: pytest.FixtureRequest, corpus: Path) -> tuple[dict[str, Any], Streams]:
    """A real run: Strava's detail and the streams it was computed from."""
    detail = json.loads((corpus / "api" / "stravabook" / f"{request.param}.json").read_text(encoding="utf-8"))
    data = {name: np.array(part["data"]) for name, part in detail["comprehensiveData"]["streams"].items()}
    channels = {"distance_m": data["distance"], "altitude_m": data["altitude"]}
    return detail, Streams(data["time"].astype(np.float64), channels).quantized()
