"""Serves ``static/``: scripts and styles of our own, kept long where the address names their version.

The version stands in the path and is that of all files together, so that a module finds its neighbours (``./frame.js``)
under the same version, and a browser never runs two copies of one.
"""

from __future__ import annotations

import hashlib
import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from starlette.staticfiles import StaticFiles

if TYPE_CHECKING:
    from starlette.responses import Response
    from starlette.types import Scope

STATIC = Path(__file__).parent / "static"

_WITH_VERSION = "public, max-age=31536000, immutable"

_VERSION = re.compile(r"^([0-9a-f]{12})/")


class Assets(StaticFiles):
    """The files of one folder, and nothing beyond it."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        """The file with its ETag, or 304; asked for anew each time unless the address names a version."""
        named = _VERSION.match(path)
        response = await super().get_response(_VERSION.sub("", path), scope)
        is_kept = scope["query_string"].startswith(b"v=") or (named is not None and named[1] == version())
        response.headers["Cache-Control"] = _WITH_VERSION if is_kept else "no-cache"
        return response


@cache
def version() -> str:
    """Another one for another content of any file."""
    digest = hashlib.sha256()
    for path in sorted(STATIC.iterdir()):
        digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:12]


def address(name: str) -> str:
    """Where a page finds a file of ``static/``."""
    return f"/static/{version()}/{name}"


def assets() -> Assets:
    """The application for ``/static``."""
    return Assets(directory=STATIC)
