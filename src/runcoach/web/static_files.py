"""Serves ``static/``: scripts and styles, cached for a year where the path contains their version.

The version is a digest of all files, so that relative imports (``./frame.js``) resolve to the same version.
"""

from __future__ import annotations

import hashlib
import re
from functools import cache
from pathlib import Path

from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

STATIC = Path(__file__).parent / "static"

_WITH_VERSION = "public, max-age=31536000, immutable"

_VERSION = re.compile(r"^([0-9a-f]{12})/")


class Assets(StaticFiles):
    """The files of one folder."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        """The file or 304; revalidated each time unless the path contains the current version."""
        named = _VERSION.match(path)
        response = await super().get_response(_VERSION.sub("", path), scope)
        is_kept = scope["query_string"].startswith(b"v=") or (named is not None and named[1] == version())
        response.headers["Cache-Control"] = _WITH_VERSION if is_kept else "no-cache"
        return response


@cache
def version() -> str:
    """A digest of all files."""
    digest = hashlib.sha256()
    for path in sorted(STATIC.iterdir()):
        digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:12]


def address(name: str) -> str:
    """The URL path of a file of ``static/``."""
    return f"/static/{version()}/{name}"
