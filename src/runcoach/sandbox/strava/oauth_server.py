"""Strava's OAuth: consent, codes, tokens that rotate, and revoking them; pages are in ``pages``, sockets elsewhere."""

from __future__ import annotations

import secrets
import threading
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode, urlsplit

from runcoach.sandbox.messages import bad_request, unauthorized

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

#: The one app that the sandbox knows. They open nothing but the sandbox, so they may stand here.
CLIENT_ID = 100_001
CLIENT_SECRET = "sandbox-secret-that-opens-nothing-else"  # noqa: S105 - see above

SCOPES = (
    *("read", "read_all", "profile:read_all", "profile:write"),
    *("activity:read", "activity:read_all", "activity:write"),
)
_CODE_LIFETIME_S = 600
_STILL_GOOD_S = 3600
_LOOPBACK = frozenset({"localhost", "127.0.0.1"})


@dataclass(frozen=True, slots=True)
class Ask:
    """An app's wish for access, checked: where to answer, what for."""

    redirect_uri: str
    scopes: tuple[str, ...]
    state: str | None
    force: bool


@dataclass(frozen=True, slots=True)
class Grant:
    """Access that the athlete gave, with the tokens that stand for it now; times in epoch seconds."""

    scopes: tuple[str, ...]
    access_token: str
    refresh_token: str
    expires_at: int
    earlier: tuple[str, int] = ("", 0)  # the access token before this one goes on until its own end

    def may(self, scope: str) -> bool:
        """Whether a scope was granted."""
        return scope in self.scopes

    @property
    def reads_activities(self) -> bool:
        """Whether it opens activities at all."""
        return self.may("activity:read") or self.may("activity:read_all")


def read_ask(query: Mapping[str, str]) -> Ask:
    """The parameters of ``/oauth/authorize``; Refusal where one is missing or wrong."""
    if query.get("client_id") != str(CLIENT_ID):
        raise bad_request("Application", "client_id")
    target = query.get("redirect_uri", "")
    if urlsplit(target).scheme not in {"http", "https"} or urlsplit(target).hostname not in _LOOPBACK:
        raise bad_request("Application", "redirect_uri")
    if query.get("response_type") != "code":
        raise bad_request("Authorize", "response_type")
    scopes = tuple(part for part in query.get("scope", "").replace(" ", ",").split(",") if part)
    if not scopes or not set(scopes) <= set(SCOPES):
        raise bad_request("Authorize", "scope")
    return Ask(target, scopes, query.get("state"), query.get("approval_prompt", "auto") == "force")


def redirect_to(ask: Ask, **answers: str) -> str:
    """Where the browser goes next: the app's address with ``state`` echoed and the answers."""
    joined = urlencode(({} if ask.state is None else {"state": ask.state}) | answers, safe=",:")
    return f"{ask.redirect_uri}{'&' if urlsplit(ask.redirect_uri).query else '?'}{joined}"


class Tokens:
    """Codes and grants of one athlete; safe to use from several threads. ``clock`` gives epoch seconds."""

    def __init__(self, clock: Callable[[], float], lifetime_s: int) -> None:
        self._clock = clock
        self._lifetime_s = lifetime_s
        self._codes: dict[str, tuple[float, tuple[str, ...]]] = {}
        self._asked: dict[str, Ask] = {}
        self._grants: list[Grant] = []
        self._lock = threading.RLock()

    # Consent.

    def remember(self, ask: Ask) -> str:
        """Keep a wish until the athlete has answered the page; a handle for the page's form, good once."""
        with self._lock:
            handle = secrets.token_urlsafe(16)
            self._asked[handle] = ask
            return handle

    def recall(self, handle: str) -> Ask:
        """The wish behind a handle; Refusal where it is unknown or was answered before."""
        with self._lock:
            ask = self._asked.pop(handle, None)
        if ask is None:
            raise bad_request("Authorize", "request")
        return ask

    def code_for(self, scopes: tuple[str, ...]) -> str:
        """A code for what was granted: short-lived, good once."""
        with self._lock:
            code = secrets.token_hex(20)
            self._codes[code] = self._clock() + _CODE_LIFETIME_S, scopes
            return code

    def covers(self, scopes: tuple[str, ...]) -> bool:
        """Whether the athlete has granted all of this before and not taken it back."""
        with self._lock:
            return any(set(scopes) <= set(grant.scopes) for grant in self._grants)

    # Tokens.

    def exchange(self, form: Mapping[str, str]) -> dict[str, Any]:
        """The answer of ``POST /oauth/token``, without the athlete; Refusal in Strava's words."""
        check_app(form.get("client_id"), form.get("client_secret"))
        kind = form.get("grant_type")
        if kind == "authorization_code":
            return self._first_tokens(form.get("code", ""))
        if kind == "refresh_token":
            return self._refreshed(form.get("refresh_token", ""))
        raise bad_request("Application", "grant_type")

    def _first_tokens(self, code: str) -> dict[str, Any]:
        with self._lock:
            until, scopes = self._codes.pop(code, (0.0, ()))
            if until < self._clock():
                raise bad_request("RequestToken", "code")
            grant = self._fresh(scopes)
            self._grants.append(grant)
            return self._told(grant)

    def _refreshed(self, refresh_token: str) -> dict[str, Any]:
        """New tokens for the old one, which dies at once; the same ones while they are good for over an hour."""
        with self._lock:
            for number, grant in enumerate(self._grants):
                if refresh_token and grant.refresh_token == refresh_token:
                    if grant.expires_at - self._clock() <= _STILL_GOOD_S:
                        earlier = grant.access_token, grant.expires_at
                        self._grants[number] = replace(self._fresh(grant.scopes), earlier=earlier)
                    return self._told(self._grants[number])
        raise bad_request("RefreshToken", "refresh_token")

    def _fresh(self, scopes: tuple[str, ...]) -> Grant:
        expires_at = int(self._clock()) + self._lifetime_s
        return Grant(scopes, secrets.token_hex(20), secrets.token_hex(20), expires_at)

    def _told(self, grant: Grant) -> dict[str, Any]:
        return {
            "token_type": "Bearer",
            "access_token": grant.access_token,
            "expires_at": grant.expires_at,
            "expires_in": max(0, grant.expires_at - int(self._clock())),
            "refresh_token": grant.refresh_token,
        }

    def grant_of(self, authorization: str | None) -> Grant:
        """The grant behind an ``Authorization: Bearer`` header; Refusal where it is unknown or has expired."""
        token = (authorization or "").removeprefix("Bearer ")
        with self._lock:
            for grant in self._grants:
                for known, expires_at in ((grant.access_token, grant.expires_at), grant.earlier):
                    if token and token == known and self._clock() < expires_at:
                        return grant
        raise unauthorized("Athlete", "access_token")

    # The end of it.

    def revoke(self, token: str) -> bool:
        """Kill the grant that this access or refresh token belongs to; whether there was one."""
        with self._lock:
            left = [
                grant
                for grant in self._grants
                if not token or token not in {grant.access_token, grant.refresh_token, grant.earlier[0]}
            ]
            found = len(left) < len(self._grants)
            self._grants = left
            return found

    def revoke_all(self) -> bool:
        """The athlete takes all access back; whether there was any."""
        with self._lock:
            had_any = bool(self._grants)
            self._grants.clear()
            return had_any

    def expire(self) -> None:
        """Let every access token run out now; refresh tokens stay good."""
        with self._lock:
            now = int(self._clock())
            self._grants = [replace(grant, expires_at=now, earlier=("", 0)) for grant in self._grants]

    @property
    def live(self) -> list[Grant]:
        """Everything granted and not taken back."""
        with self._lock:
            return list(self._grants)


def check_app(client_id: str | None, client_secret: str | None) -> None:
    """Refusal, as Strava words it, unless these are the sandbox app's."""
    if client_id != str(CLIENT_ID):
        raise bad_request("Application", "client_id")
    if not secrets.compare_digest((client_secret or "").encode(), CLIENT_SECRET.encode()):
        raise unauthorized("Application", "")
