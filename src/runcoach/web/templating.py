"""Renders pages from ``templates``: everything put into one stays text; made once, kept for the process."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from runcoach import __version__
from runcoach.web.http_cache import ASK_ANEW, answer
from runcoach.web.static_files import address

if TYPE_CHECKING:
    from fastapi import Request, Response

TEMPLATES = Path(__file__).parent / "templates"


@cache
def environment() -> Environment:
    """Jinja with autoescape for every template, whatever its name, and an error for a name that is not there."""
    made = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    made.globals["version"] = __version__
    made.globals["asset"] = address
    return made


def page(request: Request, template: str, *, status: int = 200, **context: Any) -> Response:
    """A page: ``form_token`` (for the meta tag that scripts read) and ``is_guarded`` come with every one."""
    access = request.app.state.access
    html = (
        environment()
        .get_template(template)
        .render(form_token=access.form_token, is_guarded=access.demands_token, path=request.url.path, **context)
    )
    made = answer(request, html.encode("utf-8", "replace"), "text/html; charset=utf-8", ASK_ANEW)
    if status != 200:
        made.status_code = status
    return made
