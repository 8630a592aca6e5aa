"""Strava's OAuth, ``/oauth/…``: consent page, codes, and grants whose tokens rotate."""

from __future__ import annotations

import base64
import binascii
import secrets
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from html import escape
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode, urlsplit

from runcoach.sandbox.http_server import HTML, Reply, Request, bad_request, json_reply, not_found, route, unauthorized

if TYPE_CHECKING:
    from runcoach.sandbox.synthetic.athlete import SyntheticAthlete

#: The only registered app. Its credentials open nothing but the sandbox.
CLIENT_ID = 100_001
CLIENT_SECRET = "sandbox-secret-that-opens-nothing-else"  # noqa: S105 - see above

#: The scopes in the words of the consent page.
_SCOPES = {
    "read": "Read the public profile (always granted)",
    "read_all": "Read private routes and segments",
    "profile:read_all": "Read everything in the profile",
    "profile:write": "Change weight and gear",
    "activity:read": "Read activities that everyone or followers may see",
    "activity:read_all": "Read activities that only you may see, too",
    "activity:write": "Upload and change activities",
}

#: Granted with every login; the other scopes can be unticked.
_ALWAYS = "read"

_CODE_LIFETIME_S, _REFRESH_WINDOW_S = 600, 3600
_LOOPBACK = frozenset({"localhost", "127.0.0.1"})


class Consent(StrEnum):
    """How the athlete answers an app that asks for access."""

    ASK = "ask"  # on the consent page
    ALLOW = "allow"
    DENY = "deny"


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


class OAuthServer:
    """Codes and grants of one athlete, and the routes that give them; safe to use from several threads.

    ``consent`` is how the athlete decides, without the scopes ``unticked``; ``on_revoked`` is called after an app gives
    up its access. ``clock`` gives epoch seconds.
    """

    def __init__(
        self, athlete: SyntheticAthlete, clock: Callable[[], float], lifetime_s: int, on_revoked: Callable[[], None]
    ) -> None:
        self.consent = Consent.ASK
        self.unticked: frozenset[str] = frozenset()
        self._athlete = athlete
        self._clock = clock
        self._lifetime_s = lifetime_s
        self._on_revoked = on_revoked
        self._codes: dict[str, tuple[float, tuple[str, ...]]] = {}
        self._pending: dict[str, Mapping[str, str]] = {}  # queries of consent pages that were not submitted yet
        self._grants: list[Grant] = []
        self._lock = threading.RLock()
        self._routes: dict[str, Callable[..., Reply]] = {
            "GET /oauth/authorize": self._authorize,
            "POST /oauth/accept_application": self._accept,
            "POST /oauth/token": self._token,
            "POST /oauth/revoke": self._revoke,
            "POST /oauth/deauthorize": self._deauthorize,
        }

    def reply(self, request: Request) -> Reply:
        """The reply to a request below ``/oauth``."""
        reply = route(self._routes, request)
        if reply is None:
            raise not_found("Path", "path")
        return reply

    def _authorize(self, request: Request) -> Reply:
        """The consent page, or a redirect where the athlete's decision is known."""
        scopes = _requested_scopes(request.query)
        if self.consent is Consent.DENY:
            return _redirect(request.query, error="access_denied")
        if self.consent is Consent.ALLOW:
            return self._grant(request.query, set(scopes) - self.unticked)
        is_granted = any(set(scopes) <= set(grant.scopes) for grant in self.live)
        if is_granted and request.query.get("approval_prompt") != "force":
            return self._grant(request.query, set(scopes))
        handle = secrets.token_urlsafe(16)
        self._pending[handle] = request.query
        profile = self._athlete.profile(in_full=False)
        page = _consent_page(scopes, handle, f"{profile['firstname']} {profile['lastname']}")
        return Reply(200, page, HTML, {"Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'"})

    def _accept(self, request: Request) -> Reply:
        """The submitted consent page; each is valid once."""
        query = self._pending.pop(request.form.get("request", ""), None)
        if query is None:
            raise bad_request("Authorize", "request")
        if request.form.get("decision") != "allow":
            return _redirect(query, error="access_denied")
        return self._grant(query, request.form_values("scope"))

    def _grant(self, query: Mapping[str, str], ticked: set[str]) -> Reply:
        """A redirect with a new authorization code: short-lived, valid once."""
        scopes = tuple(scope for scope in _requested_scopes(query) if scope in ticked or scope == _ALWAYS)
        code = secrets.token_hex(20)
        self._codes[code] = self._clock() + _CODE_LIFETIME_S, scopes
        return _redirect(query, code=code, scope=",".join(scopes))

    def _token(self, request: Request) -> Reply:
        """Tokens for a code or a refresh token; HttpError as Strava answers."""
        form = request.form
        check_app(form)
        with self._lock:
            if form.get("grant_type") == "authorization_code":
                tokens = self._exchange_code(form.get("code", ""))
                return json_reply(tokens | {"athlete": self._athlete.profile(in_full=False)})
            if form.get("grant_type") == "refresh_token":
                return json_reply(self._refresh(form.get("refresh_token", "")))
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

    def _revoke(self, request: Request) -> Reply:
        """Revoke with the app's credentials as HTTP Basic; an unknown token is no error."""
        check_app(_basic_credentials(request))
        token = request.form.get("token", "")
        if token:
            self._give_up(token)
        return json_reply({})

    def _deauthorize(self, request: Request) -> Reply:
        """Revoke with the access token itself, Strava's older route."""
        grant = self.grant_of(request.headers.get("authorization") or request.form.get("access_token"))
        self._give_up(grant.access_token)
        return json_reply({"access_token": grant.access_token})

    def _give_up(self, token: str) -> None:
        """Remove the grant of this access or refresh token, if there is one."""
        with self._lock:
            held = [each for each in self._grants if token in {each.access_token, each.refresh_token, each.previous[0]}]
            self._grants = [grant for grant in self._grants if grant not in held]
        if held:
            self._on_revoked()

    def grant_of(self, authorization: str | None) -> Grant:
        """The grant of an ``Authorization: Bearer`` header; HttpError for an unknown or expired token."""
        token = (authorization or "").removeprefix("Bearer ")
        with self._lock:
            for grant in self._grants:
                for valid, expires_at in ((grant.access_token, grant.expires_at), grant.previous):
                    if token and token == valid and self._clock() < expires_at:
                        return grant
        raise unauthorized("Athlete", "access_token")

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


def check_app(form: Mapping[str, str]) -> None:
    """HttpError unless the form has the credentials of the sandbox's app."""
    if form.get("client_id") != str(CLIENT_ID):
        raise bad_request("Application", "client_id")
    if not secrets.compare_digest(form.get("client_secret", "").encode(), CLIENT_SECRET.encode()):
        raise unauthorized("Application", "")


def _basic_credentials(request: Request) -> dict[str, str]:
    kind, _, encoded = request.headers.get("authorization", "").partition(" ")
    try:
        name, _, secret = base64.b64decode(encoded, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        name, secret = "", ""
    if kind.lower() != "basic" or not name:
        raise unauthorized("Application", "")
    return {"client_id": name, "client_secret": secret}


def _requested_scopes(query: Mapping[str, str]) -> tuple[str, ...]:
    """The scopes in the query of ``/oauth/authorize``; HttpError where a parameter is missing or invalid."""
    if query.get("client_id") != str(CLIENT_ID):
        raise bad_request("Application", "client_id")
    target = urlsplit(query.get("redirect_uri", ""))
    if target.scheme not in {"http", "https"} or target.hostname not in _LOOPBACK:
        raise bad_request("Application", "redirect_uri")
    if query.get("response_type") != "code":
        raise bad_request("Authorize", "response_type")
    scopes = tuple(part for part in query.get("scope", "").replace(" ", ",").split(",") if part)
    if not scopes or not set(scopes) <= set(_SCOPES):
        raise bad_request("Authorize", "scope")
    return scopes


def _redirect(query: Mapping[str, str], **params: str) -> Reply:
    """A redirect to the app with ``state`` and these parameters."""
    target = query["redirect_uri"]
    state = {"state": query["state"]} if "state" in query else {}
    separator = "&" if urlsplit(target).query else "?"
    return Reply(302, b"", HTML, {"Location": f"{target}{separator}{urlencode(state | params, safe=',:')}"})


def _consent_page(scopes: tuple[str, ...], handle: str, athlete: str) -> bytes:
    """The HTML form with a check box per scope; ``handle`` identifies the request when it is submitted."""
    boxes = "\n".join(
        f'<label><input type="checkbox" name="scope" value="{escape(scope)}" checked'
        f"{' disabled' if scope == _ALWAYS else ''}> {escape(_SCOPES[scope])} <code>{escape(scope)}</code></label>"
        for scope in scopes
    )
    return f"""<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Connect to the sandbox?</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<style>
body {{ font: 1.05rem/1.5 system-ui, sans-serif; max-width: 34rem; margin: 3rem auto; padding: 0 1rem; }}
button {{ font: inherit; padding: .5rem 1.2rem; margin: 1rem .5rem 0 0; }}
label {{ display: block; padding: .25rem 0; }}
</style></head><body>
<h1>Connect to the sandbox?</h1>
<p>This is runcoach's stand-in for Strava, with a synthetic runner. No real account is involved.</p>
<p>An app requests access as <b>{escape(athlete)}</b>:</p>
<form method="post" action="/oauth/accept_application">
<input type="hidden" name="request" value="{escape(handle)}">
{boxes}
<button name="decision" value="allow">Allow</button>
<button name="decision" value="deny">Deny</button>
</form>
</body></html>
""".encode()
