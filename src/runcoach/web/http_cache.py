"""Response headers and encoding: Cache-Control, strong ETags of the content, 304, gzip."""

from __future__ import annotations

import gzip
import hashlib
import json
from typing import Any

from fastapi import Request, Response

from runcoach.domain.json_format import to_json

#: Smaller responses are not compressed.
_MIN_GZIP_BYTES = 1400

#: Fast, and nearly as small as higher levels.
_GZIP_LEVEL = 3


#: Policies, as they stand in Cache-Control; those with an age also say whether others than the client may keep it.
THUMBNAIL = "max-age=86400, stale-while-revalidate=604800"
DETAIL = "max-age=3600, stale-while-revalidate=86400"
LIST = "max-age=300, stale-while-revalidate=1800"
NO_STORE = "no-store"
REVALIDATE = "no-cache"


def data(request: Request, value: Any, policy: str, *, is_plain: bool = False, **more: Any) -> Response:
    """The response ``{"data": …}``, with further members in ``more``.

    ``value`` is the result of a service, or plain JSON values where ``is_plain``.
    """
    content = _encode({"data": value if is_plain else to_json(value), **more})
    return answer(request, content, "application/json", policy)


def version(value: Any) -> str:
    """A value of ``v`` for the URL of a service's result, another one for another result: caches then ask at once."""
    return _digest(_encode(to_json(value)))


def answer(
    request: Request,
    content: bytes,
    media_type: str,
    policy: str,
    *,
    pack: bool = True,
) -> Response:
    """A response of these bytes, compressed if the client accepts gzip, or 304 if the client has it."""
    private = request.app.state.access.demands_token
    vary = ["Authorization", "Cookie"] if private else []
    packs = pack and len(content) >= _MIN_GZIP_BYTES
    if packs:
        vary.append("Accept-Encoding")
    packed = packs and accepts_gzip(request.headers.get("accept-encoding", ""))
    owner = "" if policy in {NO_STORE, REVALIDATE} else "private, " if private else "public, "
    out = {"Cache-Control": owner + policy}
    if vary:
        out["Vary"] = ", ".join(vary)
    if policy != NO_STORE:
        digest = _digest(content)
        out["ETag"] = f'"{digest}-gz"' if packed else f'"{digest}"'
        if _matches(request.headers.getlist("if-none-match"), digest):
            return Response(status_code=304, headers=out)
    if packed:
        out["Content-Encoding"] = "gzip"
        content = gzip.compress(content, _GZIP_LEVEL, mtime=0)
    return Response(content, headers=out, media_type=media_type)


def accepts_gzip(accepted: str) -> bool:
    """Whether an ``Accept-Encoding`` allows gzip."""
    weights: dict[str, float] = {}
    for part in accepted.lower().split(","):
        name, _, parameter = part.strip().partition(";")
        weights[name.strip()] = _weight(parameter.strip())
    return weights.get("gzip", weights.get("*", 0.0)) > 0


def _encode(value: Any) -> bytes:
    content = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return content.encode("utf-8", "backslashreplace")


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:32]


def _weight(parameter: str) -> float:
    if not parameter.startswith("q="):
        return 1.0
    try:
        return float(parameter[2:])
    except ValueError:
        return 0.0


def _matches(fields: list[str], digest: str) -> bool:
    """Whether a tag of ``If-None-Match`` is that of this content, compressed or not, weak or strong."""
    tags = {tag.strip().removeprefix("W/") for field in fields for tag in field.split(",")}
    return not tags.isdisjoint({"*", f'"{digest}"', f'"{digest}-gz"'})
