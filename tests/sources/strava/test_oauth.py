"""OAuth with Strava, over a real socket: the consent page's address, grants, refusals and the end of a connection."""

from __future__ import annotations

import json
from base64 import b64decode
from email.utils import formatdate
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from runcoach.errors import (
    ApiInactiveError,
    DegradedError,
    InvalidResponseError,
    LoginError,
    RateLimitError,
    RemoteRefusedError,
    RemoteUnavailableError,
    ScopeError,
)
from runcoach.sources.strava.oauth import (
    SCOPES,
    Application,
    TokenGrant,
    authorize_url,
    exchange_code,
    missing_scopes,
    parse_scopes,
    refresh,
    revoke,
    scope_problem,
)
from runcoach.sources.strava.transport import StravaTransport

APPLICATION = Application("24523", "5ec7e75ec7e75ec7e75ec7e75ec7e75ec7e75ec7")
ACCESS = "deadbeefd7ab44704fb2a146bd98c7a349a2b43d"
REFRESH = "deadbeef9d64b225d0c50db4854a8d6c8757702d"
GRANT = {
    "token_type": "Bearer",
    "access_token": ACCESS,
    "refresh_token": REFRESH,
    "expires_at": 1_795_464_300,
    "expires_in": 21_600,
}
INACTIVE = {"message": "Forbidden", "errors": [{"resource": "Application", "field": "Status", "code": "Inactive"}]}
BAD_REFRESH = {"errors": [{"resource": "RefreshToken", "field": "refresh_token", "code": "invalid"}]}


def test_the_consent_page_has_everything_strava_wants() -> None:
    split = urlsplit(authorize_url("https://www.strava.com", "24523", "http://127.0.0.1:8080/callback", "st&te"))
    assert f"{split.scheme}://{split.netloc}{split.path}" == "https://www.strava.com/oauth/authorize"
    assert parse_qs(split.query) == {
        "client_id": ["24523"],
        "redirect_uri": ["http://127.0.0.1:8080/callback"],
        "response_type": ["code"],
        "approval_prompt": ["auto"],
        "scope": ["read,activity:read_all"],
        "state": ["st&te"],
    }


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("read,activity:read_all", {"read", "activity:read_all"}),
        ("read activity:read_all", {"read", "activity:read_all"}),
        (" read , activity:read_all ,", {"read", "activity:read_all"}),
        ("read,activity:read_all,profile:read_all", {"read", "activity:read_all", "profile:read_all"}),
        ("read", {"read"}),
        ("", set()),
        (None, set()),
    ],
)
def test_scopes_are_read_as_a_set(text: str | None, expected: set[str]) -> None:
    assert parse_scopes(text) == expected


def test_what_was_not_granted() -> None:
    assert missing_scopes("read,activity:read_all,activity:write") == ()
    assert missing_scopes("read") == ("activity:read_all",)
    assert missing_scopes(None) == SCOPES


def test_public_runs_can_be_read_without_the_private_ones_but_not_without_either() -> None:
    assert scope_problem("read,activity:read") is None
    assert scope_problem("activity:read_all") is None
    problem = scope_problem("read")
    assert isinstance(problem, ScopeError)
    assert problem.permission == "activity:read_all"


def test_a_code_becomes_a_grant(strava: Any, transport: StravaTransport) -> None:
    athlete = {"id": 12342176, "firstname": "Daniel", "lastname": "Block", "profile": "https://example.org/large.jpg"}
    strava.answers(200, {**GRANT, "athlete": athlete})
    grant = exchange_code(transport, strava.url, APPLICATION, "c0de")
    assert grant == TokenGrant(
        ACCESS, REFRESH, 1_795_464_300, 1_795_442_700, None, 12342176, "Daniel Block", "https://example.org/large.jpg"
    )
    request = strava.requests[0]
    assert (request.method, request.path, request.query) == ("POST", "/oauth/token", {})
    assert "authorization" not in request.headers
    assert request.form == {
        "client_id": "24523",
        "client_secret": APPLICATION.client_secret,
        "code": "c0de",
        "grant_type": "authorization_code",
    }


def test_a_refresh_token_becomes_the_next_pair(strava: Any, transport: StravaTransport) -> None:
    strava.answers(200, GRANT)
    assert refresh(transport, strava.url, APPLICATION, "01d").refresh_token == REFRESH
    assert strava.requests[0].form["grant_type"] == "refresh_token"
    assert strava.requests[0].form["refresh_token"] == "01d"


@pytest.mark.parametrize(
    ("athlete", "name", "url"),
    [
        ({"id": 1, "firstname": "Ada", "lastname": None, "profile": "avatar/athlete/large.png"}, "Ada", None),
        ({"id": 1, "firstname": " ", "lastname": ""}, None, None),
        ({"id": 1}, None, None),
        ({"id": 1, "profile": "javascript:alert(1)"}, None, None),
    ],
)
def test_what_strava_does_not_say_of_the_athlete_is_none(
    strava: Any, transport: StravaTransport, athlete: Any, name: str | None, url: str | None
) -> None:
    strava.answers(200, {**GRANT, "athlete": athlete})
    grant = exchange_code(transport, strava.url, APPLICATION, "c0de")
    assert (grant.athlete_id, grant.athlete_name, grant.profile_url) == (1, name, url)


def test_a_life_told_only_in_seconds_is_counted_by_strava_s_clock(
    strava: Any, transport: StravaTransport, clock: Any
) -> None:
    answer = {**GRANT, "expires_at": None}
    strava.answers(200, answer, headers={"Date": formatdate(clock.now - 3600, usegmt=True)})
    grant = refresh(transport, strava.url, APPLICATION, "01d")
    assert grant.expires_at == pytest.approx(clock.now - 3600 + 21_600, abs=2)
    assert grant.issued_at == pytest.approx(clock.now - 3600, abs=2)


@pytest.mark.parametrize(
    "broken",
    [
        {"access_token": None},
        {"access_token": ""},
        {"access_token": "line\nbreak"},
        {"access_token": "mötley"},
        {"access_token": 5},
        {"refresh_token": None},
        {"refresh_token": "x" * 5000},
        {"expires_at": None, "expires_in": None},
        {"expires_at": "soon"},
        {"athlete": 5},
    ],
)
def test_a_grant_that_cannot_be_used_names_the_field_and_no_value(
    strava: Any, transport: StravaTransport, broken: Any
) -> None:
    strava.answers(200, {**GRANT, **broken})
    with pytest.raises(InvalidResponseError) as caught:
        refresh(transport, strava.url, APPLICATION, "01d")
    assert any(name in caught.value.message for name in (*broken, "expires_in"))
    assert ACCESS not in caught.value.message
    assert REFRESH not in caught.value.message


@pytest.mark.parametrize(("status", "body"), [(400, BAD_REFRESH), (401, BAD_REFRESH), (400, None)])
def test_a_refresh_refused_for_good_is_tried_once(
    strava: Any, transport: StravaTransport, status: int, body: Any
) -> None:
    strava.answers(status, body)
    with pytest.raises(DegradedError):
        refresh(transport, strava.url, APPLICATION, "01d")
    assert len(strava.requests) == 1


def test_a_server_in_trouble_never_degrades(strava: Any, transport: StravaTransport) -> None:
    strava.answers(500).answers(502).answers(503)
    with pytest.raises(RemoteUnavailableError):
        refresh(transport, strava.url, APPLICATION, "01d")
    assert len(strava.requests) == 3


def test_other_refusals_of_a_token(strava: Any, transport: StravaTransport) -> None:
    strava.answers(400, {"errors": [{"resource": "RequestToken", "field": "code", "code": "invalid"}]})
    with pytest.raises(LoginError):
        exchange_code(transport, strava.url, APPLICATION, "c0de")
    strava.answers(403, INACTIVE)
    with pytest.raises(ApiInactiveError):
        refresh(transport, strava.url, APPLICATION, "01d")
    strava.answers(429)
    with pytest.raises(RateLimitError):
        refresh(transport, strava.url, APPLICATION, "01d")


def test_revoking_shows_the_secret_in_the_basic_header_only(strava: Any, transport: StravaTransport) -> None:
    strava.answers(200, {})
    revoke(transport, strava.url, APPLICATION, REFRESH)
    request = strava.requests[0]
    assert (request.method, request.path, request.query) == ("POST", "/oauth/revoke", {})
    assert request.form == {"token": REFRESH}
    scheme, _, pair = request.headers["authorization"].partition(" ")
    assert scheme == "Basic"
    assert b64decode(pair).decode() == f"24523:{APPLICATION.client_secret}"


@pytest.mark.parametrize(("status", "body"), [(200, {}), (400, BAD_REFRESH), (401, None)])
def test_a_token_that_is_dead_already_is_revoked(
    strava: Any, transport: StravaTransport, status: int, body: Any
) -> None:
    strava.answers(status, body)
    revoke(transport, strava.url, APPLICATION, REFRESH)


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (401, {"errors": [{"resource": "Application", "field": "", "code": "invalid"}]}, RemoteRefusedError),
        (403, INACTIVE, ApiInactiveError),
        (403, None, RemoteRefusedError),
        (404, None, RemoteRefusedError),
    ],
)
def test_what_cannot_be_revoked_here_says_where(
    strava: Any, transport: StravaTransport, status: int, body: Any, kind: type[RemoteRefusedError | ApiInactiveError]
) -> None:
    strava.answers(status, body)
    with pytest.raises(kind) as caught:
        revoke(transport, strava.url, APPLICATION, REFRESH)
    assert "https://www.strava.com/settings" in (caught.value.hint or "")


def test_secrets_are_in_no_repr() -> None:
    grant = TokenGrant(ACCESS, REFRESH, 5, 1, scope="read", athlete_name="Ada")
    for text in (repr(grant), str(grant), f"{grant}", repr(APPLICATION)):
        assert ACCESS not in text
        assert REFRESH not in text
        assert APPLICATION.client_secret not in text
    assert "Ada" in repr(grant)


@pytest.mark.corpus
def test_recorded_grants(corpus: Path, strava: Any, transport: StravaTransport) -> None:
    folder = corpus / "api/derived_json"
    strava.answers(200, json.loads((folder / "oauth_token_authorization_code.json").read_text()))
    strava.answers(200, json.loads((folder / "oauth_token_refresh_token.json").read_text()))
    first = exchange_code(transport, strava.url, APPLICATION, "c0de")
    assert (first.athlete_id, first.athlete_name) == (12342176, "Daniel Block")
    assert first.expires_at - first.issued_at == 21_600
    second = refresh(transport, strava.url, APPLICATION, first.refresh_token)
    assert (second.access_token, second.refresh_token) == ("new-access-token", "new-refresh-token")
    assert second.expires_at - second.issued_at == 14_282
