"""The sandbox's OAuth state: authorization requests, codes, and grants whose tokens rotate."""

from __future__ import annotations

import secrets
import threading
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import urlencode, urlsplit

from runcoach.sandbox.messages import bad_request, unauthorized

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

#: The only registered app. Its credentials open nothing but the sandbox.
CLIENT_ID = 100_001
CLIENT_SECRET = "sandbox-secret-that-opens-nothing-else"  # noqa: S105 - see above

SCOPES = frozenset(
    {"read", "read_all", "profile:read_all", "profile:write", "activity:read", "activity:read_all", "activity:write"}
)
_CODE_LIFETIME_S = 600
_REFRESH_WINDOW_S = 3600
_LOOPBACK = frozenset({"localhost", "127.0.0.1"})


@dataclass(frozen=True, slots=True)
class AuthorizationRequest:
    """The validated parameters of ``/oauth/authorize``."""

    redirect_uri: str
    scopes: tuple[str, ...]
    state: str | None
    force: bool

    @classmethod
    def of_query(cls, query: Mapping[str, str]) -> Self:
        """Validate the parameters; HttpError where one is missing or invalid."""
        if query.get("client_id") != str(CLIENT_ID):
            raise bad_request("Application", "client_id")
        target = query.get("redirect_uri", "")
        if urlsplit(target).scheme not in {"http", "https"} or urlsplit(target).hostname not in _LOOPBACK:
            raise bad_request("Application", "redirect_uri")
        if query.get("response_type") != "code":
            raise bad_request("Authorize", "response_type")
        scopes = tuple(part for part in query.get("scope", "").replace(" ", ",").split(",") if part)
        if not scopes or not set(scopes) <= SCOPES:
            raise bad_request("Authorize", "scope")
        return cls(target, scopes, query.get("state"), query.get("approval_prompt", "auto") == "force")

    def redirect_url(self, **params: str) -> str:
        """The app's redirect URI with ``state`` and these parameters."""
        query = urlencode(({} if self.state is None else {"state": self.state}) | params, safe=",:")
        return f"{self.redirect_uri}{'&' if urlsplit(self.redirect_uri).query else '?'}{query}"


@dataclass(frozen=True, slots=True)
class Grant:
    """Access granted by the athlete, with its current tokens; times in epoch seconds."""

    scopes: tuple[str, ...]
    access_token: str
    refresh_token: str
    expires_at: int
    previous: tuple[str, int] = ("", 0)  # the access token before a refresh stays valid until its own expiry

    def may(self, scope: str) -> bool:
        """Whether a scope was granted."""
        return scope in self.scopes

    @property
    def reads_activities(self) -> bool:
        """Whether any activities may be read."""
        return self.may("activity:read") or self.may("activity:read_all")


class Tokens:
    """Codes and grants of one athlete; safe to use from several threads. ``clock`` gives epoch seconds."""

    def __init__(self, clock: Callable[[], float], lifetime_s: int) -> None:
        self._clock = clock
        self._lifetime_s = lifetime_s
        self._codes: dict[str, tuple[float, tuple[str, ...]]] = {}
        self._pending: dict[str, AuthorizationRequest] = {}
        self._grants: list[Grant] = []
        self._lock = threading.RLock()

    def remember(self, request: AuthorizationRequest) -> str:
        """Keep a request until the consent page is submitted; returns a handle that is valid once."""
        with self._lock:
            handle = secrets.token_urlsafe(16)
            self._pending[handle] = request
            return handle

    def recall(self, handle: str) -> AuthorizationRequest:
        """The request of a handle; HttpError for one that is unknown or used."""
        with self._lock:
            request = self._pending.pop(handle, None)
        if request is None:
            raise bad_request("Authorize", "request")
        return request

    def code_for(self, scopes: tuple[str, ...]) -> str:
        """A new authorization code: short-lived, valid once."""
        with self._lock:
            code = secrets.token_hex(20)
            self._codes[code] = self._clock() + _CODE_LIFETIME_S, scopes
            return code

    def covers(self, scopes: tuple[str, ...]) -> bool:
        """Whether one grant already includes all of these scopes."""
        with self._lock:
            return any(set(scopes) <= set(grant.scopes) for grant in self._grants)

    def exchange(self, form: Mapping[str, str]) -> dict[str, Any]:
        """The JSON of ``POST /oauth/token``, without the athlete; HttpError as Strava answers."""
        check_app(form.get("client_id"), form.get("client_secret"))
        kind = form.get("grant_type")
        with self._lock:
            if kind == "authorization_code":
                return self._exchange_code(form.get("code", ""))
            if kind == "refresh_token":
                return self._refresh(form.get("refresh_token", ""))
        raise bad_request("Application", "grant_type")

    def _exchange_code(self, code: str) -> dict[str, Any]:
        expires_at, scopes = self._codes.pop(code, (0.0, ()))
        if expires_at < self._clock():
            raise bad_request("RequestToken", "code")
        self._grants.append(self._new_grant(scopes))
        return self._token_json(self._grants[-1])

    def _refresh(self, refresh_token: str) -> dict[str, Any]:
        """New tokens, which end the old refresh token at once; the same ones while they are valid for over an hour."""
        for index, grant in enumerate(self._grants):
            if refresh_token and grant.refresh_token == refresh_token:
                if grant.expires_at - self._clock() <= _REFRESH_WINDOW_S:
                    previous = grant.access_token, grant.expires_at
                    self._grants[index] = replace(self._new_grant(grant.scopes), previous=previous)
                return self._token_json(self._grants[index])
        raise bad_request("RefreshToken", "refresh_token")

    def _new_grant(self, scopes: tuple[str, ...]) -> Grant:
        expires_at = int(self._clock()) + self._lifetime_s
        return Grant(scopes, secrets.token_hex(20), secrets.token_hex(20), expires_at)

    def _token_json(self, grant: Grant) -> dict[str, Any]:
        return {
            "token_type": "Bearer",
            "access_token": grant.access_token,
            "expires_at": grant.expires_at,
            "expires_in": max(0, grant.expires_at - int(self._clock())),
            "refresh_token": grant.refresh_token,
        }

    def grant_of(self, authorization: str | None) -> Grant:
        """The grant of an ``Authorization: Bearer`` header; HttpError for an unknown or expired token."""
        token = (authorization or "").removeprefix("Bearer ")
        with self._lock:
            for grant in self._grants:
                for valid, expires_at in ((grant.access_token, grant.expires_at), grant.previous):
                    if token and token == valid and self._clock() < expires_at:
                        return grant
        raise unauthorized("Athlete", "access_token")

    def revoke(self, token: str) -> bool:
        """Remove the grant of this access or refresh token; returns whether there was one."""
        with self._lock:
            left = [
                grant
                for grant in self._grants
                if not token or token not in {grant.access_token, grant.refresh_token, grant.previous[0]}
            ]
            found = len(left) < len(self._grants)
            self._grants = left
            return found

    def revoke_all(self) -> bool:
        """Remove every grant; returns whether there was any."""
        with self._lock:
            had_any = bool(self._grants)
            self._grants.clear()
            return had_any

    def expire(self) -> None:
        """Expire every access token now; refresh tokens stay valid."""
        with self._lock:
            now = int(self._clock())
            self._grants = [replace(grant, expires_at=now, previous=("", 0)) for grant in self._grants]

    @property
    def live(self) -> list[Grant]:
        """Every grant that was not revoked."""
        with self._lock:
            return list(self._grants)


def check_app(client_id: str | None, client_secret: str | None) -> None:
    """HttpError unless these are the credentials of the sandbox's app."""
    if client_id != str(CLIENT_ID):
        raise bad_request("Application", "client_id")
    if not secrets.compare_digest((client_secret or "").encode(), CLIENT_SECRET.encode()):
        raise unauthorized("Application", "")
