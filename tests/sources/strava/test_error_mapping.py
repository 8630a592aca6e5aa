"""What each refusal of Strava means, by table, and that nothing of it but harmless words is repeated."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from runcoach.errors import (
    AccessTokenError,
    ApiInactiveError,
    DegradedError,
    ExitCode,
    LoginError,
    NotFoundError,
    RemoteRefusedError,
    RuncoachError,
    ScopeError,
)
from runcoach.sources.strava.error_mapping import (
    application_error,
    error_from_response,
    missing_scope,
    not_connected,
    token_error,
)


def body(resource: str, field: str, code: str, message: str = "Said So") -> dict[str, Any]:
    return {"message": message, "errors": [{"resource": resource, "field": field, "code": code}]}


INACTIVE = body("Application", "Status", "Inactive", "Forbidden")
MISSING = body("AccessToken", "activity:read_permission", "missing")


@pytest.mark.parametrize(
    ("status", "answer", "kind", "exit_code"),
    [
        (401, body("Athlete", "access_token", "invalid"), AccessTokenError, ExitCode.NOT_CONNECTED),
        (401, body("Application", "", "invalid"), AccessTokenError, ExitCode.NOT_CONNECTED),
        (401, None, AccessTokenError, ExitCode.NOT_CONNECTED),
        (401, MISSING, ScopeError, ExitCode.NOT_CONNECTED),
        (403, MISSING, ScopeError, ExitCode.NOT_CONNECTED),
        (403, body("Activity", "activity:read_all_permission", "missing"), ScopeError, ExitCode.NOT_CONNECTED),
        (403, INACTIVE, ApiInactiveError, ExitCode.NOT_CONNECTED),
        (403, body("application", "status", "inactive"), ApiInactiveError, ExitCode.NOT_CONNECTED),
        (401, INACTIVE, ApiInactiveError, ExitCode.NOT_CONNECTED),
        (403, body("Application", "Status", "Active"), RemoteRefusedError, ExitCode.FAILED),
        (403, None, RemoteRefusedError, ExitCode.FAILED),
        (403, {"message": "Forbidden"}, RemoteRefusedError, ExitCode.FAILED),
        (402, {"message": "Payment Required", "errors": []}, RemoteRefusedError, ExitCode.FAILED),
        (400, body("Activity", "page", "invalid"), RemoteRefusedError, ExitCode.FAILED),
        (404, body("Activity", "", "not found"), NotFoundError, ExitCode.FAILED),
        (404, "", NotFoundError, ExitCode.FAILED),
        (404, [], NotFoundError, ExitCode.FAILED),
    ],
)
def test_what_a_refusal_means(status: int, answer: Any, kind: type[RuncoachError], exit_code: ExitCode) -> None:
    error = error_from_response(status, answer, "activity 123")
    assert type(error) is kind
    assert error.exit_code is exit_code


@pytest.mark.parametrize(
    ("status", "answer", "logging_in", "kind"),
    [
        (400, body("RefreshToken", "refresh_token", "invalid"), False, DegradedError),
        (401, body("Athlete", "refresh_token", "invalid"), False, DegradedError),
        (401, None, False, DegradedError),
        (400, body("Application", "client_id", "invalid"), False, DegradedError),
        (400, body("RequestToken", "code", "invalid"), True, LoginError),
        (400, body("AuthorizationCode", "code", "expired"), True, LoginError),
        (400, body("Application", "client_id", "invalid"), True, LoginError),
        (401, body("Application", "", "invalid"), True, LoginError),
        (403, INACTIVE, False, ApiInactiveError),
        (403, INACTIVE, True, ApiInactiveError),
        # only 400 and 401 are final
        (403, body("Athlete", "limit of connected athletes", "exceeded"), True, RemoteRefusedError),
        (403, None, False, RemoteRefusedError),
        (404, None, False, RemoteRefusedError),
        (418, None, False, RemoteRefusedError),
    ],
)
def test_what_a_refused_token_means(status: int, answer: Any, logging_in: bool, kind: type[RuncoachError]) -> None:
    assert type(token_error(status, answer, logging_in=logging_in)) is kind


def test_a_wrong_client_id_says_where_the_right_one_is() -> None:
    for error in (
        token_error(400, body("Application", "client_id", "invalid"), logging_in=True),
        application_error(401, body("Application", "", "invalid"), "the subscriptions"),
    ):
        assert "client id" in error.message
        assert "https://www.strava.com/settings/api" in (error.hint or "")


@pytest.mark.parametrize(
    ("permission", "box"),
    [
        ("activity:read", "View data about your activities"),
        ("activity:read_all", "View data about your private activities"),
        ("profile:read_all", "View your complete Strava profile"),
        ("future:thing", "future:thing"),
    ],
)
def test_a_missing_scope_names_the_box_to_tick(permission: str, box: str) -> None:
    error = error_from_response(401, body("AccessToken", f"{permission}_permission", "missing"), "the activities")
    assert isinstance(error, ScopeError)
    assert error.permission == permission
    assert box in (error.hint or "")
    assert "runcoach login" in (error.hint or "")
    assert missing_scope(permission).hint == error.hint


def test_a_paused_application_says_what_happened_and_both_ways_on() -> None:
    error = error_from_response(403, INACTIVE, "activity 123")
    said = f"{error.message} {error.hint}"
    for part in ("paused", "subscription", "kept", "https://www.strava.com/settings/api", "bulk export", "import"):
        assert part in said


def test_every_way_of_not_being_connected_ends_with_what_to_do() -> None:
    assert not_connected().exit_code is ExitCode.NOT_CONNECTED
    assert "runcoach login" in (not_connected().hint or "")
    assert "runcoach login" in (error_from_response(401, None, "the athlete").hint or "")
    assert "runcoach login" in (token_error(400, None, logging_in=False).hint or "")


def test_the_reason_is_repeated_in_strava_s_words() -> None:
    answer = body("PushSubscription", "verify_token", "missing")
    error = application_error(400, answer, "the subscription")
    assert str(error) == "Strava refuses the subscription (400: PushSubscription verify_token missing)"
    assert (
        str(error_from_response(403, {"message": "Forbidden"}, "activity 5"))
        == "Strava refuses activity 5 (403: Forbidden)"
    )


@pytest.mark.parametrize("field", ["callback url", "callback_url"])
def test_a_callback_that_strava_cannot_reach_is_said_with_what_has_to_run(field: str) -> None:
    answer = body("PushSubscription", field, "GET to callback URL does not return 200")
    error = application_error(400, answer, "the subscription")
    assert str(error) == "Strava got no answer at the callback address (GET to callback URL does not return 200)"
    assert "runcoach serve" in (error.hint or "")


def test_a_second_subscription_is_said_with_where_to_look() -> None:
    error = application_error(400, body("PushSubscription", "", "already exists"), "the subscription")
    assert "runcoach webhook list" in (error.hint or "")


@pytest.mark.parametrize(
    "value",
    [
        "deadbeefd7ab44704fb2a146bd98c7a349a2b43d",
        "token deadbeefd7ab44704fb2a146bd98c7a349a2b43d is dead",
        "line\nbreak",
        "\x1b[31mred",
        "<b>page</b>",
        "word " * 40,
        None,
        5,
        ["x"],
        {"a": 1},
    ],
)
def test_what_could_hold_a_secret_or_mislead_a_terminal_is_not_repeated(value: Any) -> None:
    for status in (400, 403, 409):
        answer = {"message": value, "errors": [{"resource": value, "field": value, "code": value}, value]}
        assert str(error_from_response(status, answer, "activity 5")) == f"Strava refuses activity 5 ({status})"


@pytest.mark.corpus
@pytest.mark.parametrize(
    ("name", "status", "kind"),
    [
        ("client_authorization_error", 401, AccessTokenError),
        ("client_not_found_error", 404, NotFoundError),
        ("oauth_token_invalid_client", 400, LoginError),
        ("oauth_token_invalid_code", 400, LoginError),
    ],
)
def test_every_recorded_refusal(corpus: Path, name: str, status: int, kind: type[RuncoachError]) -> None:
    answer = json.loads((corpus / f"api/derived_json/{name}.json").read_text())
    if name.startswith("oauth"):
        assert type(token_error(status, answer, logging_in=True)) is kind
    else:
        assert type(error_from_response(status, answer, "activity 1946417534")) is kind
