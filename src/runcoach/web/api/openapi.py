"""The OpenAPI document: what the routes declare, and the error responses that all of them share."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI

from runcoach.web.api.schemas import Problem
from runcoach.web.problems import MEDIA_TYPE

_ERRORS = {
    400: "Invalid request.",
    401: "The access token is missing or wrong.",
    403: "A change without X-Runcoach-Token or from another origin, or another user of the machine.",
    404: "No such activity.",
    409: "Not possible in the current state.",
    413: "The body is too large.",
    421: "Unknown host name.",
    422: "A parameter or the body is invalid.",
    503: "The database cannot be read or is busy.",
}

#: Statuses of changes only.
_CHANGE_STATUSES = {403, 409, 413}

_PROBLEM = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}


def openapi_document(app: FastAPI) -> dict[str, Any]:
    """The OpenAPI document of an application, built on first use."""
    from fastapi.openapi.utils import get_openapi

    if app.openapi_schema is not None:
        return app.openapi_schema
    document = get_openapi(title=app.title, version=app.version, description=app.description, routes=app.routes)
    schemas = document.setdefault("components", {}).setdefault("schemas", {})
    schemas["Problem"] = Problem.model_json_schema()
    schemas.pop("HTTPValidationError", None)
    schemas.pop("ValidationError", None)
    document["components"]["securitySchemes"] = {"access token": {"type": "http", "scheme": "bearer"}}
    for path in document["paths"].values():
        for method, operation in path.items():
            operation["security"] = [{}, {"access token": []}]
            for status, description in _ERRORS.items():
                if method != "get" or status not in _CHANGE_STATUSES:
                    operation["responses"][str(status)] = {"description": description, "content": _PROBLEM}
            if method == "get":
                operation["responses"]["304"] = {"description": "Not modified."}
    app.openapi_schema = document
    return document


def form(schema: dict[str, Any]) -> str:
    """A short description of a schema: ``1 … 500``, ``km | mi``, ``list of string``."""
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
    """The name of the schema of a body."""
    return form(request_body["content"]["application/json"]["schema"])
