"""Renders pages from ``templates`` with Jinja, autoescaped."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

from fastapi import Request, Response
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from runcoach import __version__
from runcoach.web.http_cache import REVALIDATE, answer
from runcoach.web.static_files import address

TEMPLATES = Path(__file__).parent / "templates"


@cache
def environment() -> Environment:
    """Jinja with autoescape for every template and an error for undefined names."""
    jinja = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    jinja.globals["version"] = __version__
    jinja.globals["asset"] = address
    jinja.filters["code"] = code
    return jinja


def code(text: str) -> Markup:
    """A text as HTML: what is between backticks as ``<code>``."""
    pieces = text.split("`")
    if len(pieces) % 2 == 0:
        return escape(text)
    marked = [Markup("<code>{}</code>").format(piece) if at % 2 else escape(piece) for at, piece in enumerate(pieces)]
    return Markup("").join(marked)


def page(request: Request, template: str, *, status: int = 200, **context: Any) -> Response:
    """A page; every template also has ``form_token``, ``is_guarded`` and ``path``."""
    access = request.app.state.access
    html = (
        environment()
        .get_template(template)
        .render(form_token=access.form_token, is_guarded=access.demands_token, path=request.url.path, **context)
    )
    response = answer(request, html.encode("utf-8", "replace"), "text/html; charset=utf-8", REVALIDATE)
    if status != 200:
        response.status_code = status
    return response
