"""Strava's OAuth: the authorization URL, token exchange, refresh and revocation."""

from __future__ import annotations

import re
from base64 import b64encode
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from runcoach.errors import InvalidResponseError, RemoteRefusedError, ScopeError
from runcoach.sources.remote.exchange import ApiRequest, ApiResponse
from runcoach.sources.remote.json_reader import JsonReader
from runcoach.sources.strava.error_mapping import faults_in, inactive, is_inactive, missing_scope, token_error

if TYPE_CHECKING:
    from runcoach.sources.strava.transport import StravaTransport

READ, READ_ACTIVITIES, READ_ALL_ACTIVITIES = "read", "activity:read", "activity:read_all"

#: The scopes that runcoach requests: the profile, and all activities including private ones.
SCOPES = (READ, READ_ALL_ACTIVITIES)

#: Characters of a token; others do not fit into a header.
_TOKEN = re.compile(r"[\x21-\x7e]{1,4096}")


@dataclass(frozen=True, slots=True)
class Application:
    """The runner's API application; the secret is not in the ``repr``."""

    client_id: str
    client_secret: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class TokenGrant:
    """A pair of tokens as issued; neither is in the ``repr``.

    ``expires_at`` and ``issued_at`` are seconds since 1970 by Strava's clock. The last four are None where the response
    lacks them, as on a refresh.
    """

    access_token: str = field(repr=False)
    refresh_token: str = field(repr=False)
    expires_at: int
    issued_at: int
    scope: str | None = None
    athlete_id: int | None = None
    athlete_name: str | None = None
    profile_url: str | None = None


def authorize_url(oauth_url: str, client_id: str, redirect_uri: str, state: str) -> str:
    """The URL of the consent page, which asks where consent was not given before."""
    query = {
        "client_id": client_id,
        "redirect_uri": redirect_uri,
        "response_type": "code",
        "approval_prompt": "auto",
        "scope": ",".join(SCOPES),
        "state": state,
    }
    return f"{oauth_url}/oauth/authorize?{urlencode(query)}"


def parse_scopes(text: str | None) -> frozenset[str]:
    """The scopes of a redirect or a token row, written with commas or blanks; empty for None."""
    return frozenset(part for part in re.split(r"[,\s]+", text or "") if part)


def sees_private(granted: str | None) -> bool:
    """Whether a scope covers activities that only the runner can see; True where it is unknown."""
    return not granted or READ_ALL_ACTIVITIES in parse_scopes(granted)


def missing_scopes(granted: str | None) -> tuple[str, ...]:
    """What of :data:`SCOPES` the runner did not grant, in their order."""
    have = parse_scopes(granted)
    return tuple(scope for scope in SCOPES if scope not in have)


def scope_problem(granted: str | None) -> ScopeError | None:
    """The error that names the missing permission if no activity can be read; else None.

    With ``activity:read`` public ones can; :func:`missing_scopes` then names the other scope.
    """
    if parse_scopes(granted) & {READ_ACTIVITIES, READ_ALL_ACTIVITIES}:
        return None
    return missing_scope(READ_ALL_ACTIVITIES)


def exchange_code(transport: StravaTransport, oauth_url: str, application: Application, code: str) -> TokenGrant:
    """The first pair of tokens, for the code of a redirect.

    Raises LoginError if Strava refuses it, ApiInactiveError, RemoteUnavailableError, InvalidResponseError.
    """
    form = {"grant_type": "authorization_code", "code": code}
    return _grant(transport, oauth_url, application, form, logging_in=True)


def refresh(transport: StravaTransport, oauth_url: str, application: Application, refresh_token: str) -> TokenGrant:
    """The next pair of tokens; the old refresh token may be invalid as soon as Strava has received it.

    Raises DegradedError if Strava refuses it with 400 or 401, else as :func:`exchange_code`.
    """
    form = {"grant_type": "refresh_token", "refresh_token": refresh_token}
    return _grant(transport, oauth_url, application, form, logging_in=False)


def revoke(transport: StravaTransport, oauth_url: str, application: Application, token: str) -> None:
    """Revoke access and refresh token together. A token that is invalid already is no error.

    Raises ApiInactiveError, RemoteRefusedError, RemoteUnavailableError.
    """
    pair = f"{application.client_id}:{application.client_secret}".encode()
    basic = f"Basic {b64encode(pair).decode()}"
    answer = _post(transport, f"{oauth_url}/oauth/revoke", "the end of the connection", {"token": token}, basic)
    faults = faults_in(answer.data)
    if answer.status < 300:
        return
    if is_inactive(faults):
        raise inactive()
    if answer.status in (400, 401) and not any(fault.resource == "Application" for fault in faults):
        return
    raise RemoteRefusedError(
        f"Strava did not end the connection ({answer.status})",
        hint="end it at https://www.strava.com/settings/apps",
    )


def _grant(
    transport: StravaTransport, oauth_url: str, application: Application, form: dict[str, str], *, logging_in: bool
) -> TokenGrant:
    form = {"client_id": application.client_id, "client_secret": application.client_secret, **form}
    answer = _post(transport, f"{oauth_url}/oauth/token", "the login", form)
    if answer.status >= 400:
        raise token_error(answer.status, answer.data, logging_in=logging_in)
    now = round(transport.limiter.server_time)
    body = JsonReader(answer.data, "the login", "Strava")
    expires_at, expires_in = body.whole("expires_at"), body.whole("expires_in")
    if expires_at is None:
        expires_at = now + body.needed("expires_in", body.whole("expires_in"))
    athlete = body.child("athlete") or JsonReader({}, "athlete of the login", "Strava")
    names = ((athlete.text(name) or "").strip() for name in ("firstname", "lastname"))
    profile_url = athlete.text("profile") or ""
    return TokenGrant(
        access_token=_token(body, "access_token"),
        refresh_token=_token(body, "refresh_token"),
        expires_at=expires_at,
        issued_at=now if expires_in is None else expires_at - expires_in,
        scope=body.text("scope"),
        athlete_id=athlete.whole("id"),
        athlete_name=" ".join(filter(None, names)) or None,
        profile_url=profile_url if profile_url.startswith("https://") else None,
    )


def _post(
    transport: StravaTransport, url: str, what: str, form: dict[str, str], authorization: str | None = None
) -> ApiResponse:
    return transport.send(ApiRequest("POST", url, what, form=form, authorization=authorization, counts=False))


def _token(body: JsonReader, name: str) -> str:
    value = body.needed(name, body.text(name))
    if not _TOKEN.fullmatch(value):
        raise InvalidResponseError(f"unexpected response from Strava: {name} of the login is not a token")
    return value
