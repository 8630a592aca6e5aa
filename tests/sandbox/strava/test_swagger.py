"""Every answer over the socket fits the types of Strava's Swagger file."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import httpx
import pytest

from runcoach.sandbox.server import Sandbox
from runcoach.sandbox.synthetic.plan import RunKind

pytestmark = pytest.mark.corpus

TYPES: dict[str, type | tuple[type, ...]] = {
    "string": str,
    "integer": int,
    "number": (int, float),
    "boolean": bool,
    "array": list,
    "object": dict,
}
DATE_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", re.ASCII)

#: Where the recorded answers hold null (or an empty list for a position) although the file knows neither.
NULL_IN_REAL_ANSWERS = frozenset(
    {"gear_id", "upload_id", "external_id", "workout_type", "pr_rank", "description", "primary"}
)


class Swagger:
    """Walks a value along a schema and collects what does not fit, as ``path: reason``."""

    def __init__(self, file: Path) -> None:
        self.document = json.loads(file.read_text())

    def schema_of(self, path: str) -> Any:
        return self.document["paths"][path]["get"]["responses"]["200"]["schema"]

    def misfits(self, value: Any, schema: Any, where: str = "$") -> list[str]:
        if "$ref" in schema:
            return self.misfits(value, self.document["definitions"][schema["$ref"].rsplit("/", 1)[1]], where)
        found = [each for part in schema.get("allOf", []) for each in self.misfits(value, part, where)]
        found += [f"{where}: {reason}" for reason in self._plain(value, schema)]
        if isinstance(value, dict):
            for name, part in schema.get("properties", {}).items():
                if name in value and not self._as_strava_does(name, value[name]):
                    found += self.misfits(value[name], part, f"{where}.{name}")
        if isinstance(value, list) and "items" in schema:
            for index, each in enumerate(value[:50]):
                found += self.misfits(each, schema["items"], f"{where}[{index}]")
        return found

    def _as_strava_does(self, name: str, value: Any) -> bool:
        return (value is None and name in NULL_IN_REAL_ANSWERS) or (value == [] and name.endswith("_latlng"))

    def _plain(self, value: Any, schema: Any) -> list[str]:
        reasons = []
        wanted = schema.get("type")
        numeric = isinstance(value, bool) and wanted in {"integer", "number"}
        if wanted and (numeric or not isinstance(value, TYPES[wanted])):
            return [f"{value!r} is no {wanted}"]
        if "enum" in schema and value not in schema["enum"]:
            reasons.append(f"{value!r} is not one of them")
        if schema.get("format") == "date-time" and not DATE_TIME.fullmatch(value):
            reasons.append(f"{value!r} is no date-time")
        if "minimum" in schema and value < schema["minimum"]:
            reasons.append(f"{value!r} is too small")
        if "minItems" in schema and not schema["minItems"] <= len(value) <= schema.get("maxItems", 10**9):
            reasons.append(f"{len(value)} items")
        return reasons


@pytest.fixture(scope="session")
def swagger(corpus: Path) -> Swagger:
    return Swagger(corpus / "openapi/strava_swagger_bundled_obalunenko.json")


def fits(swagger: Swagger, answer: httpx.Response, path: str) -> Any:
    assert answer.status_code == 200
    value = answer.json()
    assert swagger.misfits(value, swagger.schema_of(path)) == []
    return value


def test_the_walker_can_object(swagger: Swagger) -> None:
    schema = swagger.schema_of("/activities/{id}")
    for wrong in (
        {"distance": "far"},
        {"id": 1.5},
        {"sport_type": "Running"},
        {"start_date": "yesterday"},
        {"start_latlng": [1.0]},
        {"splits_metric": [{"split": "one"}]},
        {"athlete_count": 0},
        {"distance": None},
        {"manual": 1},
        {"max_watts": True},
    ):
        assert len(swagger.misfits(wrong, schema)) >= 1, wrong


def test_athlete(swagger: Swagger, app: httpx.Client, log_in: Any) -> None:
    fits(swagger, app.get("/athlete"), "/athlete")
    full = {"Authorization": f"Bearer {log_in('read,profile:read_all')}"}
    fits(swagger, app.get("/athlete", headers=full), "/athlete")


def test_list(swagger: Swagger, app: httpx.Client) -> None:
    listed = fits(swagger, app.get("/athlete/activities", params={"per_page": 200}), "/athlete/activities")
    assert len(listed) > 40


@pytest.mark.slow
def test_details_streams_laps_and_gear(swagger: Swagger, app: httpx.Client, sandbox: Sandbox) -> None:
    sandbox.budget.change(read_quarter=1000, quarter=1000)
    for activity in sandbox.athlete.activity_ids:
        detail = fits(swagger, app.get(f"/activities/{activity}"), "/activities/{id}")
        fits(swagger, app.get(f"/activities/{activity}/laps"), "/activities/{id}/laps")
        if sandbox.athlete.plan(activity).kind is not RunKind.MANUAL:
            streams = app.get(f"/activities/{activity}/streams", params={"key_by_type": "true"})
            fits(swagger, streams, "/activities/{id}/streams")
        if detail["gear_id"]:
            fits(swagger, app.get(f"/gear/{detail['gear_id']}"), "/gear/{id}")


def test_errors(swagger: Swagger, app: httpx.Client, browser: httpx.Client) -> None:
    fault = {"$ref": "#/definitions/fault"}
    for answer in (app.get("/activities/1"), browser.get("/api/v3/athlete"), browser.post("/oauth/token", data={})):
        assert answer.status_code in {400, 401, 404}
        assert swagger.misfits(answer.json(), fault) == []
