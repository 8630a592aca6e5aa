"""Strava's OAuth routes, ``/oauth/…``: consent page, token exchange, revocation."""

from __future__ import annotations

import base64
import binascii
from html import escape
from typing import TYPE_CHECKING

from runcoach.sandbox.messages import HTML, Reply, Request, json_reply, not_found, unauthorized
from runcoach.sandbox.state import Consent, State
from runcoach.sandbox.strava.tokens import AuthorizationRequest, check_app

if TYPE_CHECKING:
    from collections.abc import Callable

#: Granted with every login; the other scopes can be unticked.
_ALWAYS = "read"

_SCOPE_TEXTS = {
    "read": "Read the public profile (always granted)",
    "read_all": "Read private routes and segments",
    "profile:read_all": "Read everything in the profile",
    "profile:write": "Change weight and gear",
    "activity:read": "Read activities that everyone or followers may see",
    "activity:read_all": "Read activities that only you may see, too",
    "activity:write": "Upload and change activities",
}


def oauth_reply(state: State, request: Request) -> Reply:
    """The reply to a request below ``/oauth``."""
    handle = _ROUTES.get((request.method, request.path))
    if handle is None:
        raise not_found("Path", "path")
    return handle(state, request)


def _authorize(state: State, request: Request) -> Reply:
    """The consent page, or a redirect where the athlete's decision is known."""
    authorization = AuthorizationRequest.of_query(request.query)
    if state.consent is Consent.DENY:
        return _redirect(authorization.redirect_url(error="access_denied"))
    if state.consent is Consent.ALLOW:
        return _grant(state, authorization, set(authorization.scopes) - state.unticked)
    if not authorization.force and state.tokens.covers(authorization.scopes):
        return _grant(state, authorization, set(authorization.scopes))
    profile = state.athlete.profile(in_full=False)
    page = consent_page(
        authorization, state.tokens.remember(authorization), f"{profile['firstname']} {profile['lastname']}"
    )
    return Reply(200, page, HTML, {"Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'"})


def _accept(state: State, request: Request) -> Reply:
    """The submitted consent page."""
    authorization = state.tokens.recall(request.form.get("request", ""))
    if request.form.get("decision") != "allow":
        return _redirect(authorization.redirect_url(error="access_denied"))
    return _grant(state, authorization, request.form_values("scope"))


def _grant(state: State, authorization: AuthorizationRequest, ticked: set[str]) -> Reply:
    scopes = tuple(scope for scope in authorization.scopes if scope in ticked or scope == _ALWAYS)
    return _redirect(authorization.redirect_url(code=state.tokens.code_for(scopes), scope=",".join(scopes)))


def _redirect(location: str) -> Reply:
    return Reply(302, b"", HTML, {"Location": location})


def _token(state: State, request: Request) -> Reply:
    tokens = state.tokens.exchange(request.form)
    if request.form.get("grant_type") == "authorization_code":
        tokens["athlete"] = state.athlete.profile(in_full=False)
    return json_reply(tokens)


def _revoke(state: State, request: Request) -> Reply:
    """Revoke with the app's credentials as HTTP Basic; an unknown token is no error."""
    check_app(*_basic_credentials(request))
    if state.tokens.revoke(request.form.get("token", "")):
        state.send_deauthorization()
    return json_reply({})


def _deauthorize(state: State, request: Request) -> Reply:
    """Revoke with the access token itself, Strava's older route."""
    grant = state.tokens.grant_of(request.headers.get("authorization") or request.form.get("access_token"))
    state.tokens.revoke(grant.access_token)
    state.send_deauthorization()
    return json_reply({"access_token": grant.access_token})


def _basic_credentials(request: Request) -> tuple[str, str]:
    kind, _, encoded = request.headers.get("authorization", "").partition(" ")
    try:
        name, _, secret = base64.b64decode(encoded, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        name, secret = "", ""
    if kind.lower() != "basic" or not name:
        raise unauthorized("Application", "")
    return name, secret


def consent_page(authorization: AuthorizationRequest, handle: str, athlete: str) -> bytes:
    """The HTML form with a check box per scope; ``handle`` identifies the request when it is submitted."""
    boxes = "\n".join(
        f'<label><input type="checkbox" name="scope" value="{escape(scope)}" checked'
        f"{' disabled' if scope == _ALWAYS else ''}> {escape(_SCOPE_TEXTS[scope])} <code>{escape(scope)}</code></label>"
        for scope in authorization.scopes
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


_ROUTES: dict[tuple[str, str], Callable[[State, Request], Reply]] = {
    ("GET", "/oauth/authorize"): _authorize,
    ("POST", "/oauth/accept_application"): _accept,
    ("POST", "/oauth/token"): _token,
    ("POST", "/oauth/revoke"): _revoke,
    ("POST", "/oauth/deauthorize"): _deauthorize,
}
