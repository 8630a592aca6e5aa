"""The routes of ``/oauth/…``: consent in the browser, tokens, and taking access back; the rules are in ``oauth``."""

from __future__ import annotations

import base64
import binascii
from typing import TYPE_CHECKING

from runcoach.sandbox.messages import HTML, Refusal, Reply, Request, answer, unauthorized
from runcoach.sandbox.pages import ALWAYS, consent_page
from runcoach.sandbox.state import Consent, State
from runcoach.sandbox.strava.oauth_server import Ask, check_app, read_ask, redirect_to

if TYPE_CHECKING:
    from collections.abc import Callable


def login_reply(state: State, request: Request) -> Reply:
    """The answer to one request below ``/oauth``."""
    handle = _ROUTES.get((request.method, request.path))
    if handle is None:
        raise Refusal(404, "Record Not Found", ("Path", "path", "invalid"))
    return handle(state, request)


def _authorize(state: State, request: Request) -> Reply:
    """The consent page, or straight back to the app where the athlete's answer is known."""
    ask = read_ask(request.query)
    if state.consent is Consent.DENY:
        return _back(redirect_to(ask, error="access_denied"))
    if state.consent is Consent.ALLOW:
        return _granted(state, ask, set(ask.scopes) - state.unticked)
    if not ask.force and state.tokens.covers(ask.scopes):
        return _granted(state, ask, set(ask.scopes))
    profile = state.athlete.profile(in_full=False)
    page = consent_page(ask, state.tokens.remember(ask), f"{profile['firstname']} {profile['lastname']}")
    return Reply(200, page, HTML, {"Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'"})


def _accept(state: State, request: Request) -> Reply:
    """What the athlete pressed on the page."""
    ask = state.tokens.recall(request.form.get("request", ""))
    if request.form.get("decision") != "allow":
        return _back(redirect_to(ask, error="access_denied"))
    return _granted(state, ask, request.ticked("scope"))


def _granted(state: State, ask: Ask, ticked: set[str]) -> Reply:
    scopes = tuple(scope for scope in ask.scopes if scope in ticked or scope == ALWAYS)
    return _back(redirect_to(ask, code=state.tokens.code_for(scopes), scope=",".join(scopes)))


def _back(location: str) -> Reply:
    return Reply(302, b"", HTML, {"Location": location})


def _token(state: State, request: Request) -> Reply:
    tokens = state.tokens.exchange(request.form)
    if request.form.get("grant_type") == "authorization_code":
        tokens["athlete"] = state.athlete.profile(in_full=False)
    return answer(tokens)


def _revoke(state: State, request: Request) -> Reply:
    """With the app's id and secret as HTTP Basic; an unknown token is as good as revoked."""
    check_app(*_basic(request))
    if state.tokens.revoke(request.form.get("token", "")):
        state.deauthorized()
    return answer({})


def _deauthorize(state: State, request: Request) -> Reply:
    """The older way: the access token itself asks."""
    grant = state.tokens.grant_of(request.headers.get("authorization") or request.form.get("access_token"))
    state.tokens.revoke(grant.access_token)
    state.deauthorized()
    return answer({"access_token": grant.access_token})


def _basic(request: Request) -> tuple[str, str]:
    kind, _, encoded = request.headers.get("authorization", "").partition(" ")
    try:
        name, _, secret = base64.b64decode(encoded, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        name, secret = "", ""
    if kind.lower() != "basic" or not name:
        raise unauthorized("Application", "")
    return name, secret


_ROUTES: dict[tuple[str, str], Callable[[State, Request], Reply]] = {
    ("GET", "/oauth/authorize"): _authorize,
    ("POST", "/oauth/accept_application"): _accept,
    ("POST", "/oauth/token"): _token,
    ("POST", "/oauth/revoke"): _revoke,
    ("POST", "/oauth/deauthorize"): _deauthorize,
}
