"""Maps Strava's error responses to errors.

Nothing of a request is quoted, and of a response only short words that cannot contain a secret.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from runcoach.errors import (
    AccessTokenError,
    ApiInactiveError,
    DegradedError,
    LoginError,
    NotConnectedError,
    NotFoundError,
    RateLimitError,
    RemoteRefusedError,
    RuncoachError,
    ScopeError,
)
from runcoach.sources.remote.json_reader import objects

if TYPE_CHECKING:
    from runcoach.sources.strava.rate_limit import Window

SETTINGS_URL = "https://www.strava.com/settings/api"

_LOGIN_HINT = "run `runcoach login`"
_SERVE_HINT = (
    "`runcoach serve` must be running, and the tunnel must lead to it; open the address with /webhook/ in a browser:"
    " runcoach's own “not found” means that it does"
)
_WRONG_APPLICATION = "Strava does not accept this client id and client secret"
_APPLICATION_HINT = f"look them up at {SETTINGS_URL} and run `runcoach login` again"

#: Text that may be quoted: a few words of letters, and status codes. Codes and tokens have more digits.
_WORD = r"(?:[A-Za-z_.:,/()'-]{1,30}|[1-5][0-9]{2})"
_SHORT_WORDS = re.compile(rf"{_WORD}(?: {_WORD}){{0,15}}", re.ASCII)

#: Scope → its label on Strava's consent page.
_SCOPE_LABELS = {
    "read": "View data about your public profile",
    "activity:read": "View data about your activities",
    "activity:read_all": "View data about your private activities",
    "profile:read_all": "View your complete Strava profile",
}


@dataclass(frozen=True, slots=True)
class ApiFault:
    """An entry of ``errors`` in a response, e.g. resource AccessToken, field activity:read_permission, code missing."""

    resource: str
    field: str
    code: str

    @property
    def permission(self) -> str | None:
        """The missing scope; None if the fault is another."""
        if self.code != "missing" or not (self.resource == "AccessToken" or self.field.endswith("_permission")):
            return None
        return self.field.removesuffix("_permission")

    def __str__(self) -> str:
        return " ".join(part for part in (self.resource, self.field, self.code) if part)


def faults_in(body: Any) -> tuple[ApiFault, ...]:
    """The entries of ``errors`` in a response body; empty if it has another form."""
    errors = body.get("errors") if isinstance(body, dict) else None
    return tuple(
        ApiFault(*(_short_words(entry.get(key)) for key in ("resource", "field", "code"))) for entry in objects(errors)
    )


def error_from_response(status: int, body: Any, what: str) -> RuncoachError:
    """The error for an API response of status 400 to 499, except 429 (see :func:`limit_reached`).

    ``what`` names what was requested ("activity 123"); ``body`` is the JSON, None if there was none.
    """
    faults = faults_in(body)
    missing = next((fault.permission for fault in faults if fault.permission), None)
    if is_inactive(faults):
        return inactive()
    if missing is not None:
        return missing_scope(missing)
    if status == 401:
        return AccessTokenError("Strava no longer takes this access token", hint=_LOGIN_HINT)
    if status == 404:
        return NotFoundError(f"Strava has no {what}", hint="it was deleted, or belongs to someone else")
    return RemoteRefusedError(f"Strava refuses {what} ({_reason(status, body, faults)})")


def application_error(status: int, body: Any, what: str) -> RuncoachError:
    """As :func:`error_from_response`, for requests with client id and secret instead of a token."""
    if status in (400, 401) and any(fault.resource == "Application" for fault in faults_in(body)):
        return LoginError(_WRONG_APPLICATION, hint=_APPLICATION_HINT)
    callback = next((fault for fault in faults_in(body) if fault.resource == "PushSubscription"), None)
    if status == 400 and callback is not None and callback.field.replace("_", " ") == "callback url":
        said = f"Strava got no answer at the callback address ({callback.code or 'not verifiable'})"
        return RemoteRefusedError(said, hint=_SERVE_HINT)
    if status == 400 and callback is not None and "exists" in callback.code:
        said = "this application has a subscription already, and Strava allows one"
        return RemoteRefusedError(said, hint="`runcoach webhook list` shows it")
    return error_from_response(status, body, what)


def token_error(status: int, body: Any, *, logging_in: bool) -> RuncoachError:
    """The error for an error response of the token endpoint; 400 and 401 are final."""
    faults = faults_in(body)
    if is_inactive(faults):
        return inactive()
    final = status in (400, 401)
    if final and any(fault.resource == "Application" for fault in faults):
        kind = LoginError if logging_in else DegradedError
        return kind(_WRONG_APPLICATION, hint=_APPLICATION_HINT)
    if final and logging_in:
        return LoginError("Strava does not accept this login: it is too old or was used before", hint=_LOGIN_HINT)
    if final:
        return DegradedError("Strava no longer accepts the login of this profile", hint=_LOGIN_HINT)
    return RemoteRefusedError(f"Strava refuses the login ({_reason(status, body, faults)})")


def is_inactive(faults: tuple[ApiFault, ...]) -> bool:
    """Whether the faults say that the application itself is paused."""
    return any(
        (fault.resource.lower(), fault.field.lower(), fault.code.lower()) == ("application", "status", "inactive")
        for fault in faults
    )


def inactive() -> ApiInactiveError:
    """The error for a paused application, with the remedies."""
    return ApiInactiveError(
        "Strava has paused your API application: since 30 June 2026 one works only while its owner has a paid"
        " subscription; everything here, and all queued work, is kept",
        hint=f"reactivate it at {SETTINGS_URL}, or ask Strava for your bulk export, which is free, and run"
        " `runcoach import` on the ZIP",
    )


def missing_scope(permission: str) -> ScopeError:
    """The error for a scope that was not granted, e.g. ``activity:read_all``."""
    label = _SCOPE_LABELS.get(permission)
    tick = f"tick “{label}”" if label else f"grant {permission}"
    return ScopeError(
        f"Strava was not allowed to share this: the permission {permission} is missing",
        permission=permission,
        hint=f"run `runcoach login` again and {tick}",
    )


def not_connected() -> NotConnectedError:
    """The error before the first login."""
    return NotConnectedError("no Strava account is connected", hint=_LOGIN_HINT)


def limit_reached(window: Window, until: float) -> RateLimitError:
    """The error for a limit that is used up until ``until`` (seconds since 1970, this machine's clock)."""
    local = datetime.fromtimestamp(until).astimezone()
    span, when = (
        ("the day", f"{local:%Y-%m-%d %H:%M %Z}")
        if window == "day"
        else ("this quarter of an hour", f"{local:%H:%M %Z}")
    )
    return RateLimitError(f"Strava's rate limit for {span} is used up; it resets at {when}", window=window, until=until)


def limit_unknown(until: float) -> RateLimitError:
    """Strava answered 429 without stating its limits; ``until`` is when to try again (this machine's clock)."""
    when = f"{datetime.fromtimestamp(until).astimezone():%H:%M %Z}"
    return RateLimitError(
        f"Strava refuses requests because of its limits and does not state them; trying again after {when}",
        window="quarter",
        until=until,
    )


def _reason(status: int, body: Any, faults: tuple[ApiFault, ...]) -> str:
    said = ", ".join(str(fault) for fault in faults if str(fault))
    message = _short_words(body.get("message")) if isinstance(body, dict) else ""
    return f"{status}: {said or message}" if said or message else str(status)


def _short_words(value: object) -> str:
    """A text of short words; empty if it is anything else."""
    return value if isinstance(value, str) and _SHORT_WORDS.fullmatch(value) else ""
