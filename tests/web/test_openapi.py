"""Every route of the description, asked what nobody would: each answer is one that it promises, and never a fault."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.routing import APIRoute
from hypothesis import HealthCheck, Phase, given, settings

from runcoach.config import load
from runcoach.web.api import routers

EXAMPLES = settings(
    max_examples=8,
    derandomize=True,
    database=None,
    deadline=None,
    phases=(Phase.generate,),
    suppress_health_check=list(HealthCheck),
)


@pytest.fixture(scope="module")
def poked(tmp_path_factory: pytest.TempPathFactory, fill_and_serve: Callable[..., Any]) -> Iterator[Any]:
    """A server in front of a file of its own, which changes may change."""
    folder = tmp_path_factory.mktemp("poked")
    with fill_and_serve(load(home=folder / "home"), folder) as up:
        yield up


@pytest.fixture(scope="module")
def described(poked: Any) -> Any:
    """The schema of the running server. Importing schemathesis takes two seconds, so only this fixture does."""
    import schemathesis

    return schemathesis.openapi.from_url(f"{poked.api}/openapi.json")


@pytest.mark.slow
@pytest.mark.parametrize("mode", ["positive", "negative"])
def test_every_response_matches_its_openapi_schema(described: Any, poked: Any, mode: str) -> None:
    from schemathesis import GenerationMode, checks

    # A date, a cursor or a distance may be of the right form and still not exist: that is a 400.
    excluded = [checks.positive_data_acceptance]
    operations = [found.ok() for found in described.get_all_operations()]
    assert len(operations) >= 15
    asked = 0
    for operation in operations:

        @given(case=operation.as_strategy(generation_mode=GenerationMode(mode)))
        @settings(EXAMPLES)
        def ask(case: Any) -> None:
            nonlocal asked
            asked += 1
            case.call_and_validate(headers=poked.change, excluded_checks=excluded)

        ask()
    assert asked > len(operations) * 3
    assert poked.data("/status")["counts"]["activities"] == 63


def test_responses_match_their_schemas(served: Any) -> None:
    validated = 0
    for route in (route for router in routers() for route in router.routes):
        assert isinstance(route, APIRoute)
        shape = route.response_model
        if shape is None or "GET" not in (route.methods or ()):
            continue
        needed = {"distance": "5k"} if route.path.endswith("progression") else {}
        answer = served.get(route.path.replace("{reference}", "1"), params=needed)
        assert answer.status_code == 200
        shape.model_validate_json(answer.content, strict=True, by_alias=True)
        validated += 1
    assert validated >= 13


def test_fields_of_responses_are_those_that_clients_know(served: Any) -> None:
    """Most schemas follow from dataclasses: this file notices that a rename there renames a field of the API."""
    schemas = served.get("/openapi.json").json()["components"]["schemas"]
    found = [f"{name}: {' '.join(schema['properties'])}" for name, schema in sorted(schemas.items())]
    assert found == Path(__file__).with_name("response_fields.txt").read_text("utf-8").splitlines()
