"""The description of the API (OpenAPI): what the routes declare, and the refusals that all of them share."""

from __future__ import annotations

import json
from functools import cached_property
from typing import TYPE_CHECKING, Any

from runcoach.web.api.schemas import Problem
from runcoach.web.problems import MEDIA_TYPE

if TYPE_CHECKING:
    from fastapi import FastAPI

_REFUSALS = {
    400: "The question makes no sense.",
    401: "The server asks for its access token.",
    403: "A change without X-Runcoach-Token, or from a page elsewhere.",
    404: "There is no such activity.",
    409: "That is not possible now.",
    413: "The body is too large.",
    421: "The server does not answer to that name.",
    422: "A parameter or the body does not fit.",
    503: "The file cannot be read or is busy.",
}

#: Refusals of changes alone.
_OF_CHANGES = {403, 409, 413}

_PROBLEM = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}

_METHODS = ("get", "post")


class Described:
    """The description of one application, made when it is first asked for."""

    def __init__(self, app: FastAPI) -> None:
        self._app = app

    def document(self) -> dict[str, Any]:
        """The description as plain values."""
        return self._document

    def text(self) -> bytes:
        """The description as JSON."""
        return json.dumps(self._document, ensure_ascii=False).encode()

    @cached_property
    def _document(self) -> dict[str, Any]:
        from fastapi.openapi.utils import get_openapi

        made = get_openapi(
            title=self._app.title,
            version=self._app.version,
            description=self._app.description,
            routes=self._app.routes,
        )
        schemas = made.setdefault("components", {}).setdefault("schemas", {})
        schemas["Problem"] = Problem.model_json_schema()
        schemas.pop("HTTPValidationError", None)
        schemas.pop("ValidationError", None)
        made["components"]["securitySchemes"] = {"access token": {"type": "http", "scheme": "bearer"}}
        for path in made["paths"].values():
            for method, operation in path.items():
                if method in _METHODS:
                    _add_refusals(operation, is_change=method != "get")
        return made


def _add_refusals(operation: dict[str, Any], *, is_change: bool) -> None:
    """Say how a route refuses, and that it may ask for the access token."""
    operation["security"] = [{}, {"access token": []}]
    for status, said in _REFUSALS.items():
        if is_change or status not in _OF_CHANGES:
            operation["responses"][str(status)] = {"description": said, "content": _PROBLEM}
    if not is_change:
        operation["responses"]["304"] = {"description": "What the client has is still right."}


def form(schema: dict[str, Any]) -> str:
    """What a value looks like, in a word or two: ``1 … 500``, ``km | mi``, ``list of string``."""
    if "$ref" in schema:
        return str(schema["$ref"].rpartition("/")[2])
    if "enum" in schema:
        return " | ".join(str(one) for one in schema["enum"])
    if "anyOf" in schema:
        return " or ".join(form(one) for one in schema["anyOf"])
    if schema.get("type") == "array":
        return f"list of {form(schema.get('items', {}))}"
    bounds = [str(schema[name]) for name in ("minimum", "maximum") if name in schema]
    return " … ".join(bounds) or str(schema.get("type", "anything"))


def body(request_body: dict[str, Any]) -> str:
    """The name of the shape that a body has."""
    return form(request_body["content"]["application/json"]["schema"])
