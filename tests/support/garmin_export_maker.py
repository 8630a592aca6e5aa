"""Writes account exports as Garmin does: ZIP files of mixed FIT files inside a ZIP, summaries in JSON."""

from __future__ import annotations

import io
import json
import struct
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from runcoach.sources.fit.chained_files import checksum

FIT_EPOCH_S = 631_065_600

FOLDER = "DI_CONNECT/DI-Connect-Uploaded-Files/UploadedFiles_0-_Part{}.zip"


def monitoring_file(created_s: int, file_type: int = 32, padding: int = 400) -> bytes:
    """A FIT file of another type than an activity, as a watch writes every day."""
    definition = struct.pack("<BBBHB", 0x40, 0, 0, 0, 2) + bytes((0, 1, 0x00)) + bytes((4, 4, 0x86))
    body = definition + struct.pack("<BBI", 0, file_type, created_s - FIT_EPOCH_S)
    body += (struct.pack("<BBBHB", 0x41, 0, 0, 55, 1) + bytes((253, 4, 0x86))) + b"".join(
        struct.pack("<BI", 1, created_s - FIT_EPOCH_S + number) for number in range(padding)
    )
    header = struct.pack("<BBHI4s", 14, 0x20, 2132, len(body), b".FIT")
    header += struct.pack("<H", checksum(header))
    return header + body + struct.pack("<H", checksum(header + body))


def summary(activity_id: int, start_s: int, **values: Any) -> dict[str, Any]:
    """One activity of ``summarizedActivities.json``: centimetres, milliseconds, epoch milliseconds."""
    return {
        "activityId": activity_id,
        "name": "Amsterdam Running",
        "activityType": "running",
        "eventTypeId": 9,
        "beginTimestamp": float(start_s * 1000),
        "startTimeGmt": float(start_s * 1000),
        "distance": 1_000_000.0,
        "duration": 3_000_000.0,
        "elapsedDuration": 3_000_000.0,
        "elevationGain": 5_000.0,
        **values,
    }


def write_garmin_export(
    path: Path,
    parts: Sequence[Mapping[str, bytes]],
    summaries: Sequence[Mapping[str, Any]],
    *,
    owner: str = "me_mail",
    predictions: Sequence[Mapping[str, Any]] = (),
) -> Path:
    """An export with one nested ZIP file a part; ``predictions`` are rows of ``RunRacePredictions_*.json``."""
    with zipfile.ZipFile(path, "w") as archive:
        for number, files in enumerate(parts):
            nested = io.BytesIO()
            with zipfile.ZipFile(nested, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as part:
                for name, content in files.items():
                    part.writestr(name, content)
            archive.writestr(FOLDER.format(number + 1), nested.getvalue())
        table = json.dumps([{"summarizedActivitiesExport": list(summaries)}])
        archive.writestr(f"DI_CONNECT/DI-Connect-Fitness/{owner}_0_summarizedActivities.json", table)
        if predictions:
            name = "DI_CONNECT/DI-Connect-Metrics/RunRacePredictions_20250101_20250411_123.json"
            archive.writestr(name, json.dumps(list(predictions)))
        archive.writestr("customer_data/customer.json", "{}")
    return path
