"""Access control as ASGI middleware: host names, origins, the server token, the owner of a connection, form tokens."""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
import math
import secrets
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from http.cookies import CookieError, SimpleCookie
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

from starlette.datastructures import Headers
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from runcoach.web.attempts import AttemptLimiter
from runcoach.web.peer_owner import Connection
from runcoach.web.problems import not_found, problem

#: The cookie of a browser that has logged in, and how long it is valid.
COOKIE = "runcoach_session"
SESSION_S = 30 * 86_400

#: Every change carries the form token of this process in this header.
TOKEN_HEADER = "x-runcoach-token"  # noqa: S105  (the name of a header)

#: Paths of the webhook receiver, which is reached through a tunnel and protected by its secret path.
RECEIVER_PREFIX = "/webhook/"

_LOOPBACK_NAMES = frozenset({"localhost", "127.0.0.1", "::1"})
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_OPEN_PATHS = ("/login", "/static/", "/connection/callback")

_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:{images}; connect-src 'self';"
    " font-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)


def policy(images: str = "") -> str:
    """The Content-Security-Policy of a page; ``images`` is another origin that images may come from."""
    return _POLICY.format(images=f" {images}" if images else "")


#: Headers of every response.
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
    """Who may use the server.

    ``hosts`` are the accepted host names, in lower case, without port; ``any_address`` also accepts the address that a
    connection came in on. ``digest`` is the SHA-256 of the server token, None where none is required, and
    ``token_in_url`` accepts that token in the query of a page. ``only_user`` is the user id whose connections are
    accepted (with root's), None for all. ``form_token`` is new for each process: a change with it comes from a client
    that has read a page of this server. ``ended`` holds the ids of sessions that were logged out.
    """

    hosts: frozenset[str] = _LOOPBACK_NAMES
    digest: bytes | None = field(default=None, repr=False)
    form_token: str = field(default_factory=lambda: secrets.token_urlsafe(32), repr=False)
    any_address: bool = False
    token_in_url: bool = False
    only_user: int | None = None
    ended: set[str] = field(default_factory=set, repr=False)
    attempts: AttemptLimiter = field(default_factory=AttemptLimiter, repr=False)

    @property
    def demands_token(self) -> bool:
        """Whether every request needs the server token; responses are then private."""
        return self.digest is not None

    def is_token(self, token: str) -> bool:
        """Whether this is the server token, compared in constant time."""
        given = hashlib.sha256(token.encode(errors="replace")).digest()
        return self.digest is not None and hmac.compare_digest(given, self.digest)

    def new_session(self) -> str:
        """The value of the cookie for a new session: its id, when it ends, and their HMAC with the token's digest."""
        content = f"{secrets.token_urlsafe(16)}.{int(time.time()) + SESSION_S}"
        return f"{content}.{self._sign(content)}"

    def session(self, cookie: str) -> tuple[str, int] | None:
        """The id and the end (seconds since 1970) of a valid session; None for any other cookie."""
        content, _, signature = cookie.rpartition(".")
        if self.digest is None or not hmac.compare_digest(
            signature.encode(errors="replace"), self._sign(content).encode()
        ):
            return None
        session_id, _, ends_at = content.rpartition(".")
        return None if session_id in self.ended or int(ends_at) <= time.time() else (session_id, int(ends_at))

    def is_form_token(self, value: str) -> bool:
        """Whether this is the form token of this process."""
        return hmac.compare_digest(value.encode(errors="replace"), self.form_token.encode())

    def _sign(self, content: str) -> str:
        return hmac.new(self.digest or b"", content.encode(errors="replace"), hashlib.sha256).hexdigest()


def allow(names: Iterable[str], digest: bytes | None = None, **options: Any) -> Access:
    """Access by loopback names and ``names``; ``options`` are other fields of :class:`Access`."""
    more = {name.strip("[]").lower().rstrip(".") for name in names}
    return Access(_LOOPBACK_NAMES | more, digest, **options)


def is_loopback(host: str) -> bool:
    """Whether a name or an address is a loopback one."""
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host.lower() in _LOOPBACK_NAMES


class AccessMiddleware:
    """Refuses requests that :class:`Access` does not allow, and adds :data:`HEADERS` to every response.

    ``webhook_only`` allows requests to the webhook receiver only.
    """

    def __init__(self, app: ASGIApp, access: Access, *, webhook_only: bool = False) -> None:
        self._app = app
        self._access = access
        self._webhook_only = webhook_only

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
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
        """The response to a request that is refused; None for one that is allowed."""
        headers = Headers(scope=scope)
        if "content-length" in headers and "transfer-encoding" in headers:
            detail = "a request has either Content-Length or Transfer-Encoding"  # RFC 9112, 6.3: or it may be smuggled
            return problem(400, detail, headers={"Connection": "close"})
        if scope["path"].startswith(RECEIVER_PREFIX):
            return None
        if self._webhook_only:
            return not_found()
        checks: tuple[Callable[[Scope, Headers], Response | None], ...] = (
            self._check_owner,
            self._check_host,
            self._check_token,
            self._check_change,
        )
        return next((refusal for check in checks if (refusal := check(scope, headers)) is not None), None)

    def _check_owner(self, scope: Scope, _headers: Headers) -> Response | None:
        """Refuse a connection of another user of this machine."""
        connection: Connection | None = scope.get("state", {}).get("connection")
        owner = None if connection is None else connection.owner
        if self._access.only_user is None or owner in {self._access.only_user, 0}:
            return None
        return problem(403, "this server belongs to another user", hint="start your own with `runcoach serve`")

    def _check_host(self, scope: Scope, headers: Headers) -> Response | None:
        """Refuse other host names: a page elsewhere may have pointed its own name at this machine (DNS rebinding)."""
        name = host_name(headers.get("host", ""))
        if name in self._access.hosts or (self._access.any_address and name == (scope.get("server") or ("",))[0]):
            return None
        return problem(421, "this server does not answer to that name", hint="serve --allow-host NAME adds one")

    def _check_token(self, scope: Scope, headers: Headers) -> Response | None:
        access, is_open = self._access, scope["path"].startswith(_OPEN_PATHS)
        if not access.demands_token or is_open or access.session(session_cookie(headers)):
            return None
        bearer, query = _bearer(headers), _url_token(scope) if access.token_in_url else ""
        if (bearer or query) and (refusal := throttled(access, scope)):
            return refusal
        if access.is_token(bearer):
            return None
        if access.is_token(query):
            response = RedirectResponse(_without_token(scope), 303, {"Cache-Control": "no-store"})
            start_session(access, response, is_secure=False)
            return response
        if bearer or query:
            access.attempts.count_failure(client_address(scope))
        if scope["method"] in _SAFE and "text/html" in headers.get("accept", ""):
            return RedirectResponse("/login", 303, {"Cache-Control": "no-store"})
        return problem(
            401,
            "this server asks for its access token",
            hint="send it as `Authorization: Bearer TOKEN`, or log in at /login",
            headers={"WWW-Authenticate": 'Bearer realm="runcoach"'},
        )

    def _check_change(self, scope: Scope, headers: Headers) -> Response | None:
        """Refuse a change that comes neither from a page of this server nor from a script with a token."""
        if scope["method"] in _SAFE:
            return None
        if not _is_same_origin(headers):
            return problem(403, "changes are accepted from this server's own pages only")
        if scope["path"].startswith("/login") or self._access.is_token(_bearer(headers)):
            return None
        if self._access.is_form_token(headers.get(TOKEN_HEADER, "")):
            return None
        return problem(403, "a change needs the header X-Runcoach-Token", hint="GET /api/v1/token returns it")


def throttled(access: Access, scope: Scope) -> Response | None:
    """The response to a client with too many failed attempts; None for any other."""
    wait_s = access.attempts.wait_s(client_address(scope))
    if not wait_s:
        return None
    headers = {"Retry-After": str(math.ceil(wait_s))}
    return problem(429, "too many failed attempts", hint=f"wait {math.ceil(wait_s)} s, then try again", headers=headers)


def start_session(access: Access, response: Response, *, is_secure: bool) -> None:
    """Set the cookie of a new session."""
    options: dict[str, Any] = {"max_age": SESSION_S, "httponly": True, "samesite": "strict", "secure": is_secure}
    response.set_cookie(COOKIE, access.new_session(), **options)


def client_address(scope: Scope) -> str:
    """The IP address of the client."""
    return str((scope.get("client") or ("",))[0])


def host_name(host: str) -> str:
    """The name in a ``Host`` header, without its port; empty for an invalid one."""
    try:
        return (urlsplit(f"//{host}").hostname or "").rstrip(".") if "@" not in host and "/" not in host else ""
    except ValueError:
        return ""


def _is_same_origin(headers: Headers) -> bool:
    """Whether the request comes from a page of this server, or from a script, which sends no origin."""
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


def session_cookie(headers: Headers) -> str:
    """The session cookie, empty without one."""
    jar: SimpleCookie = SimpleCookie()
    try:
        jar.load(headers.get("cookie", ""))
    except CookieError:
        return ""
    return jar[COOKIE].value if COOKIE in jar else ""


def _bearer(headers: Headers) -> str:
    scheme, _, token = headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


def _url_token(scope: Scope) -> str:
    query = parse_qsl(scope["query_string"].decode("latin-1")) if scope["method"] in _SAFE else []
    return str(dict(query).get("token", ""))


def _without_token(scope: Scope) -> str:
    """The path and query of a request without its token; never another host (``//name``)."""
    query = [pair for pair in parse_qsl(scope["query_string"].decode("latin-1")) if pair[0] != "token"]
    path = quote("/" + scope["path"].lstrip("/"))
    return f"{path}?{urlencode(query)}" if query else path
