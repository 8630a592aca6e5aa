"""OAuth as Strava does it: consent, codes, rotation, revoking, and the errors in Strava's words."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from runcoach.sandbox.server import Sandbox
from runcoach.sandbox.strava.oauth import Consent

LogIn = Callable[..., str]


def ask(sandbox: Sandbox, **changes: str) -> dict[str, str]:
    usual = {"client_id": str(sandbox.client_id), "redirect_uri": "http://127.0.0.1:8765/callback"}
    usual |= {"response_type": "code", "scope": "read,activity:read_all", "state": "a b&c", "approval_prompt": "auto"}
    return usual | changes


def token_form(sandbox: Sandbox, **fields: str) -> dict[str, str]:
    return {"client_id": str(sandbox.client_id), "client_secret": sandbox.client_secret} | fields


def code_of(answer: httpx.Response) -> str:
    return str(httpx.URL(answer.headers["location"]).params["code"])


def tokens(sandbox: Sandbox, browser: httpx.Client) -> dict[str, Any]:
    sandbox.oauth.consent = Consent.ALLOW
    code = code_of(browser.get("/oauth/authorize", params=ask(sandbox)))
    form = token_form(sandbox, code=code, grant_type="authorization_code")
    answer = browser.post("/oauth/token", data=form)
    assert answer.status_code == 200
    return dict(answer.json())


def refresh(sandbox: Sandbox, browser: httpx.Client, token: str) -> httpx.Response:
    return browser.post("/oauth/token", data=token_form(sandbox, grant_type="refresh_token", refresh_token=token))


def works(browser: httpx.Client, access_token: str) -> bool:
    answer = browser.get("/api/v3/athlete", headers={"Authorization": f"Bearer {access_token}"})
    assert answer.status_code in {200, 401}
    return answer.status_code == 200


class TestConsent:
    def test_the_page_offers_each_scope_and_both_buttons(self, sandbox: Sandbox, browser: httpx.Client) -> None:
        page = browser.get("/oauth/authorize", params=ask(sandbox))
        assert page.headers["content-type"].startswith("text/html")
        assert 'value="activity:read_all" checked>' in page.text
        assert 'value="read" checked disabled>' in page.text
        assert "Allow" in page.text
        assert "Deny" in page.text
        assert "https://" not in page.text

    def test_the_redirect_echoes_state_and_names_what_was_granted(
        self, sandbox: Sandbox, browser: httpx.Client
    ) -> None:
        sandbox.oauth.consent = Consent.ALLOW
        back = httpx.URL(browser.get("/oauth/authorize", params=ask(sandbox)).headers["location"])
        assert (back.host, back.port, back.path) == ("127.0.0.1", 8765, "/callback")
        assert back.params["state"] == "a b&c"
        assert back.params["scope"] == "read,activity:read_all"
        assert len(back.params["code"]) == 40

    def test_unticked_scopes_are_not_granted(self, sandbox: Sandbox, browser: httpx.Client) -> None:
        page = browser.get("/oauth/authorize", params=ask(sandbox, scope="read,activity:read,activity:read_all"))
        handle = page.text.split('name="request" value="')[1].split('"')[0]
        form = {"request": handle, "decision": "allow", "scope": "activity:read"}
        back = browser.post("/oauth/accept_application", data=form)
        assert httpx.URL(back.headers["location"]).params["scope"] == "read,activity:read"
        again = browser.post("/oauth/accept_application", data=form)
        assert again.status_code == 400  # the form is good once

    def test_denial(self, sandbox: Sandbox, browser: httpx.Client) -> None:
        page = browser.get("/oauth/authorize", params=ask(sandbox))
        handle = page.text.split('name="request" value="')[1].split('"')[0]
        back = browser.post("/oauth/accept_application", data={"request": handle, "decision": "deny"})
        assert dict(httpx.URL(back.headers["location"]).params) == {"state": "a b&c", "error": "access_denied"}
        sandbox.oauth.consent = Consent.DENY
        at_once = browser.get("/oauth/authorize", params=ask(sandbox))
        assert httpx.URL(at_once.headers["location"]).params["error"] == "access_denied"

    def test_what_was_granted_before_is_granted_at_once_unless_forced(
        self, sandbox: Sandbox, browser: httpx.Client, log_in: LogIn
    ) -> None:
        log_in()
        assert browser.get("/oauth/authorize", params=ask(sandbox)).status_code == 302
        assert browser.get("/oauth/authorize", params=ask(sandbox, approval_prompt="force")).status_code == 200
        assert browser.get("/oauth/authorize", params=ask(sandbox, scope="activity:write")).status_code == 200

    @pytest.mark.parametrize(
        ("change", "resource", "field"),
        [
            ({"client_id": "1"}, "Application", "client_id"),
            ({"redirect_uri": "https://evil.example/callback"}, "Application", "redirect_uri"),
            ({"redirect_uri": "http://localhost.evil.example/"}, "Application", "redirect_uri"),
            ({"redirect_uri": "javascript://localhost/"}, "Application", "redirect_uri"),
            ({"response_type": "token"}, "Authorize", "response_type"),
            ({"scope": "read,everything"}, "Authorize", "scope"),
            ({"scope": ""}, "Authorize", "scope"),
        ],
    )
    def test_wrong_wishes_are_named(
        self, sandbox: Sandbox, browser: httpx.Client, change: dict[str, str], resource: str, field: str
    ) -> None:
        answer = browser.get("/oauth/authorize", params=ask(sandbox, **change))
        assert answer.status_code == 400
        assert answer.json()["message"] == "Bad Request"
        assert answer.json()["errors"] == [{"resource": resource, "field": field, "code": "invalid"}]

    @pytest.mark.parametrize("target", ["http://localhost:1/x?y=z", "http://127.0.0.1:50000/callback"])
    def test_loopback_redirects_of_any_port(self, sandbox: Sandbox, browser: httpx.Client, target: str) -> None:
        sandbox.oauth.consent = Consent.ALLOW
        back = browser.get("/oauth/authorize", params=ask(sandbox, redirect_uri=target)).headers["location"]
        assert back.startswith(target + ("&" if "?" in target else "?"))


class TestTokens:
    def test_first_tokens(self, sandbox: Sandbox, browser: httpx.Client) -> None:
        got = tokens(sandbox, browser)
        assert got["token_type"] == "Bearer"
        assert got["expires_in"] == 21_600
        assert got["expires_at"] == int(sandbox.clock()) + 21_600
        assert got["athlete"]["id"] == sandbox.athlete.athlete_id
        assert got["athlete"]["resource_state"] == 2
        assert works(browser, got["access_token"])

    def test_a_code_is_good_once(self, sandbox: Sandbox, browser: httpx.Client) -> None:
        sandbox.oauth.consent = Consent.ALLOW
        code = code_of(browser.get("/oauth/authorize", params=ask(sandbox)))
        form = token_form(sandbox, code=code, grant_type="authorization_code")
        assert browser.post("/oauth/token", data=form).status_code == 200
        again = browser.post("/oauth/token", data=form)
        assert again.status_code == 400
        assert again.json()["errors"] == [{"resource": "RequestToken", "field": "code", "code": "invalid"}]

    def test_a_code_is_short_lived(self, sandbox: Sandbox, browser: httpx.Client, clock: Any) -> None:
        sandbox.oauth.consent = Consent.ALLOW
        code = code_of(browser.get("/oauth/authorize", params=ask(sandbox)))
        clock.turn(601)
        form = token_form(sandbox, code=code, grant_type="authorization_code")
        assert browser.post("/oauth/token", data=form).status_code == 400

    def test_with_over_an_hour_left_refreshing_changes_nothing(
        self, sandbox: Sandbox, browser: httpx.Client, clock: Any
    ) -> None:
        first = tokens(sandbox, browser)
        clock.turn(21_600 - 3601)
        same = refresh(sandbox, browser, first["refresh_token"]).json()
        assert same["access_token"] == first["access_token"]
        assert same["refresh_token"] == first["refresh_token"]
        assert same["expires_in"] == 3601
        assert set(same) == {"token_type", "access_token", "expires_at", "expires_in", "refresh_token"}

    def test_rotation_kills_the_old_refresh_token_at_once(
        self, sandbox: Sandbox, browser: httpx.Client, clock: Any
    ) -> None:
        first = tokens(sandbox, browser)
        clock.turn(21_600 - 3600)
        second = refresh(sandbox, browser, first["refresh_token"]).json()
        assert second["access_token"] != first["access_token"]
        assert second["refresh_token"] != first["refresh_token"]
        assert second["expires_in"] == 21_600
        dead = refresh(sandbox, browser, first["refresh_token"])
        assert dead.status_code == 400
        assert dead.json() == {
            "message": "Bad Request",
            "errors": [{"resource": "RefreshToken", "field": "refresh_token", "code": "invalid"}],
        }
        assert works(browser, second["access_token"])
        assert works(browser, first["access_token"])  # until its own end
        clock.turn(3600)
        assert not works(browser, first["access_token"])

    def test_expired_and_unknown_access_tokens(self, sandbox: Sandbox, browser: httpx.Client, clock: Any) -> None:
        got = tokens(sandbox, browser)
        clock.turn(21_600)
        answer = browser.get("/api/v3/athlete", headers={"Authorization": f"Bearer {got['access_token']}"})
        assert answer.status_code == 401
        assert answer.json() == {
            "message": "Authorization Error",
            "errors": [{"resource": "Athlete", "field": "access_token", "code": "invalid"}],
        }
        assert not works(browser, "guess")
        assert browser.get("/api/v3/athlete").status_code == 401
        assert browser.get("/api/v3/athlete", params={"access_token": got["access_token"]}).status_code == 401

    def test_lifetime_is_a_setting(self, clock: Any) -> None:
        with (
            Sandbox(clock=clock, access_token_lifetime_s=60, auto_consent=True) as short,
            httpx.Client(base_url=short.url, trust_env=False, verify=False) as browser,
        ):
            first = tokens(short, browser)
            assert first["expires_in"] == 60
            assert refresh(short, browser, first["refresh_token"]).json()["access_token"] != first["access_token"]

    @pytest.mark.parametrize(
        ("change", "expected"),
        [
            ({"client_id": "1"}, (400, "Bad Request", "Application", "client_id")),
            ({"client_secret": "guess"}, (401, "Authorization Error", "Application", "")),
            ({"client_secret": "gu€ss"}, (401, "Authorization Error", "Application", "")),
            ({"code": "guess"}, (400, "Bad Request", "RequestToken", "code")),
            ({"grant_type": "password"}, (400, "Bad Request", "Application", "grant_type")),
        ],
    )
    def test_wrong_token_requests_are_named(
        self, sandbox: Sandbox, browser: httpx.Client, change: dict[str, str], expected: tuple[int, str, str, str]
    ) -> None:
        form = token_form(sandbox, code="guess", grant_type="authorization_code") | change
        answer = browser.post("/oauth/token", data=form)
        status, message, resource, field = expected
        assert answer.status_code == status
        error = {"resource": resource, "field": field, "code": "invalid"}
        assert answer.json() == {"message": message, "errors": [error]}


class TestEnd:
    @pytest.mark.parametrize("which", ["access_token", "refresh_token"])
    def test_revoking_one_token_revokes_both(self, sandbox: Sandbox, browser: httpx.Client, which: str) -> None:
        got = tokens(sandbox, browser)
        basic = (str(sandbox.client_id), sandbox.client_secret)
        assert browser.post("/oauth/revoke", data={"token": got[which]}, auth=basic).status_code == 200
        assert not works(browser, got["access_token"])
        assert refresh(sandbox, browser, got["refresh_token"]).status_code == 400

    def test_revoking_wants_the_app_as_basic(self, sandbox: Sandbox, browser: httpx.Client) -> None:
        got = tokens(sandbox, browser)
        form = {"token": got["access_token"]}
        assert browser.post("/oauth/revoke", data=form).status_code == 401
        assert browser.post("/oauth/revoke", data=form, auth=(str(sandbox.client_id), "guess")).status_code == 401
        headers = {"Authorization": "Basic !!!"}
        assert browser.post("/oauth/revoke", data=form, headers=headers).status_code == 401
        assert works(browser, got["access_token"])
        basic = (str(sandbox.client_id), sandbox.client_secret)
        assert browser.post("/oauth/revoke", data={"token": "unknown"}, auth=basic).status_code == 200
        assert browser.post("/oauth/revoke", data={"token": ""}, auth=basic).status_code == 200
        assert works(browser, got["access_token"])

    def test_deauthorize_the_older_way(self, sandbox: Sandbox, browser: httpx.Client) -> None:
        got = tokens(sandbox, browser)
        bearer = {"Authorization": f"Bearer {got['access_token']}"}
        assert browser.post("/oauth/deauthorize", headers=bearer).json() == {"access_token": got["access_token"]}
        assert browser.post("/oauth/deauthorize", headers=bearer).status_code == 401

    def test_the_athlete_revokes_on_the_website(self, sandbox: Sandbox, browser: httpx.Client) -> None:
        got = tokens(sandbox, browser)
        sandbox.revoke()
        assert not works(browser, got["access_token"])
        assert refresh(sandbox, browser, got["refresh_token"]).status_code == 400

    def test_expiring_leaves_the_refresh_token_good(self, sandbox: Sandbox, browser: httpx.Client) -> None:
        got = tokens(sandbox, browser)
        sandbox.oauth.expire()
        assert not works(browser, got["access_token"])
        assert works(browser, refresh(sandbox, browser, got["refresh_token"]).json()["access_token"])
