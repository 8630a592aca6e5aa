"""Who may ask: hosts, origins, the access token, and the token that every change carries; as plain ASGI, around all."""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
import secrets
from dataclasses import dataclass, field
from http.cookies import CookieError, SimpleCookie
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.responses import RedirectResponse

from runcoach.web.problems import nothing_here, problem

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from starlette.responses import Response
    from starlette.types import ASGIApp, Receive, Scope, Send

#: What a browser sends after a login at ``/login``.
COOKIE = "runcoach_session"

#: Every change made from a page or by a script carries the token of this process in this header.
TOKEN_HEADER = "x-runcoach-token"  # noqa: S105  (the name of a header)

#: Below this lies the receiver of webhooks, which strangers reach through a tunnel: its secret path is its own guard.
RECEIVER_PREFIX = "/webhook/"

_LOOPBACK_NAMES = frozenset({"localhost", "127.0.0.1", "::1"})
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_OPEN_PATHS = ("/login", "/static/", "/connection/callback")

_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:{images}; connect-src 'self';"
    " font-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)


def policy(images: str = "") -> str:
    """The Content-Security-Policy of a page; ``images`` is the one other origin that may send it pictures, or none."""
    return _POLICY.format(images=f" {images}" if images else "")


#: These go with every answer.
HEADERS = (
    (b"content-security-policy", policy().encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"x-frame-options", b"DENY"),
    (b"permissions-policy", b"geolocation=(), camera=(), microphone=()"),
)


@dataclass(frozen=True, slots=True)
class Access:
    """Who may ask. ``hosts`` are the names that this server answers to, in small letters, without a port.

    ``digest`` is the SHA-256 of the access token where one is demanded, None where this machine alone can ask.
    ``form_token`` is drawn for each process; it proves that whoever sends a change has read a page of ours.
    """

    hosts: frozenset[str] = _LOOPBACK_NAMES
    digest: bytes | None = field(default=None, repr=False)
    form_token: str = field(default_factory=lambda: secrets.token_urlsafe(32), repr=False)

    @property
    def demands_token(self) -> bool:
        """Whether every request has to prove who it is; answers are then private to whoever asked."""
        return self.digest is not None

    def is_token(self, token: str) -> bool:
        """Whether this is the access token, in a time that tells nothing."""
        given = hashlib.sha256(token.encode(errors="replace")).digest()
        return self.digest is not None and hmac.compare_digest(given, self.digest)

    def session(self) -> str:
        """The value of the cookie of those who have logged in; another token makes it worthless."""
        return hmac.new(self.digest or b"", b"runcoach session", hashlib.sha256).hexdigest()

    def is_session(self, value: str) -> bool:
        """Whether a cookie is of a login with the token in force."""
        return self.digest is not None and hmac.compare_digest(value.encode(errors="replace"), self.session().encode())

    def is_form_token(self, value: str) -> bool:
        """Whether a change carries the token of this process."""
        return hmac.compare_digest(value.encode(errors="replace"), self.form_token.encode())


def allow(names: Iterable[str], digest: bytes | None = None) -> Access:
    """Access for loopback and for ``names`` besides; with ``digest`` only for those who have the token."""
    more = {name.strip("[]").lower().rstrip(".") for name in names}
    return Access(_LOOPBACK_NAMES | more, digest)


def is_loopback(host: str) -> bool:
    """Whether a name or an address can mean this machine alone."""
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host.lower() in _LOOPBACK_NAMES


class AccessMiddleware:
    """Lets through what :class:`Access` allows, and puts the safe headers on every answer.

    ``webhook_only`` lets nothing through but what goes to the receiver of webhooks.
    """

    def __init__(self, app: ASGIApp, access: Access, *, webhook_only: bool = False) -> None:
        self._app = app
        self._access = access
        self._webhook_only = webhook_only

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or let it through."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def with_headers(message: Any) -> None:
            if message["type"] == "http.response.start":
                present = {name.lower() for name, _ in message["headers"]}
                extra = [pair for pair in HEADERS if pair[0] not in present]
                message = {**message, "headers": [*message["headers"], *extra]}
            await send(message)

        refusal = self._refusal(scope)
        await (refusal or self._app)(scope, receive, with_headers)

    def _refusal(self, scope: Scope) -> Response | None:
        """Why a request is not let through; None where it is."""
        if scope["path"].startswith(RECEIVER_PREFIX):
            return None
        if self._webhook_only:
            return nothing_here()
        headers = Headers(scope=scope)
        checks: tuple[Callable[[Scope, Headers], Response | None], ...] = (
            self._wrong_host,
            self._unknown,
            self._foreign_change,
        )
        return next((refusal for check in checks if (refusal := check(scope, headers)) is not None), None)

    def _wrong_host(self, _scope: Scope, headers: Headers) -> Response | None:
        """A name that is not ours means that a page elsewhere has pointed its own name at this machine."""
        if host_name(headers.get("host", "")) in self._access.hosts:
            return None
        return problem(421, "this server does not answer to that name", hint="serve --allow-host NAME adds one")

    def _unknown(self, scope: Scope, headers: Headers) -> Response | None:
        if not self._access.demands_token or scope["path"].startswith(_OPEN_PATHS) or self._is_known(headers):
            return None
        if scope["method"] in _SAFE and "text/html" in headers.get("accept", ""):
            return RedirectResponse("/login", 303, {"Cache-Control": "no-store"})
        return problem(
            401,
            "this server asks for its access token",
            hint="send it as `Authorization: Bearer TOKEN`, or log in at /login",
            headers={"WWW-Authenticate": 'Bearer realm="runcoach"'},
        )

    def _foreign_change(self, scope: Scope, headers: Headers) -> Response | None:
        """A change has to come from a page of ours, or from a script that says so."""
        if scope["method"] in _SAFE:
            return None
        if not _is_same_origin(headers):
            return problem(403, "changes are taken from this server's own pages alone")
        if scope["path"].startswith("/login") or self._has_bearer(headers):
            return None
        if self._access.is_form_token(headers.get(TOKEN_HEADER, "")):
            return None
        return problem(403, "a change needs the header X-Runcoach-Token", hint="GET /api/v1/token tells it")

    def _is_known(self, headers: Headers) -> bool:
        return self._has_bearer(headers) or self._access.is_session(_cookie(headers))

    def _has_bearer(self, headers: Headers) -> bool:
        scheme, _, token = headers.get("authorization", "").partition(" ")
        return scheme.lower() == "bearer" and self._access.is_token(token.strip())


def host_name(host: str) -> str:
    """The name in a ``Host`` header, without its port; empty where it is none."""
    try:
        return (urlsplit(f"//{host}").hostname or "").rstrip(".") if "@" not in host and "/" not in host else ""
    except ValueError:
        return ""


def _is_same_origin(headers: Headers) -> bool:
    """Whether a browser says that a page of this very server asks; a script says nothing of the kind."""
    if headers.get("sec-fetch-site", "same-origin") not in {"same-origin", "none"}:
        return False
    origin = headers.get("origin")
    if origin is None:
        return True
    try:
        parts = urlsplit(origin)
    except ValueError:
        return False
    return parts.scheme in {"http", "https"} and parts.netloc.lower() == headers.get("host", "").lower()


def _cookie(headers: Headers) -> str:
    jar: SimpleCookie = SimpleCookie()
    try:
        jar.load(headers.get("cookie", ""))
    except CookieError:
        return ""
    return jar[COOKIE].value if COOKIE in jar else ""
