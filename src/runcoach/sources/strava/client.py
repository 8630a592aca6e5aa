"""Strava's API as methods: activities, streams, gear and the webhook subscription.

Safe to use from several threads: up to four requests travel at once. Pages come as a generator.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from itertools import count
from typing import TYPE_CHECKING

from runcoach.errors import AccessTokenError, InvalidResponseError, NotFoundError
from runcoach.sources.remote.exchange import ApiRequest, ApiResponse
from runcoach.sources.remote.json_reader import JsonReader
from runcoach.sources.strava.error_mapping import application_error, error_from_response

if TYPE_CHECKING:
    from runcoach.sources.strava.limiter import RateLimiter
    from runcoach.sources.strava.oauth import Application
    from runcoach.sources.strava.transport import StravaTransport

#: Strava's limit of activities a page.
PER_PAGE = 200

#: The streams that are stored, by Strava's names.
STREAM_KEYS = "time,distance,latlng,altitude,velocity_smooth,heartrate,cadence,watts,temp,moving"

_GEAR_ID = re.compile(r"[a-z]?\d{1,20}", re.ASCII)

#: Strava requests the callback URL before it responds, so this takes longer than a read.
_SUBSCRIBE_SILENCE_S = 20.0


class StravaClient:
    """The API at ``api_url``.

    ``token`` returns the access token. If Strava refuses it, ``renew`` is called once a request with the refused token
    and returns another (possibly renewed by another thread); without ``renew``, or if that one is refused too, raises
    AccessTokenError. Every method raises RateLimitError (before sending, if the budget is known to be used up),
    ScopeError, ApiInactiveError, RemoteRefusedError, RemoteUnavailableError and InvalidResponseError.
    """

    def __init__(
        self,
        transport: StravaTransport,
        api_url: str,
        token: Callable[[], str],
        renew: Callable[[str], str] | None = None,
    ) -> None:
        self._transport = transport
        self._api_url = api_url
        self._token = token
        self._renew = renew

    @property
    def limiter(self) -> RateLimiter:
        """Rate limits and clock skew."""
        return self._transport.limiter

    def athlete(self) -> dict[str, object]:
        """The athlete."""
        return _object(self._read("athlete", "the athlete"), "the athlete")

    def list_activities(
        self, *, before: int | None = None, after: int | None = None, per_page: int = PER_PAGE
    ) -> Iterator[list[dict[str, object]]]:
        """Yield pages of summaries, a read each, until an empty page.

        Newest first; oldest first when ``after`` is given. ``before`` and ``after`` are start times in seconds since
        1970. A page shorter than ``per_page`` need not be the last. Each page is read when it is iterated.
        """
        bounds = {name: value for name, value in (("before", before), ("after", after)) if value is not None}
        for page in count(1):
            what = f"page {page} of the activities"
            items = _objects(self._read("athlete/activities", what, page=page, per_page=per_page, **bounds), what)
            if not items:
                return
            yield items

    def activity(self, activity_id: int) -> ApiResponse:
        """One activity in detail, as an object. Raises NotFoundError if it is deleted or another athlete's."""
        what = f"activity {activity_id}"
        answer = self._read(f"activities/{activity_id}", what)
        _object(answer, what)
        return answer

    def streams(self, activity_id: int) -> dict[str, object] | None:
        """The streams by key; None if there are none (a manual activity, or deleted)."""
        what = f"streams of activity {activity_id}"
        try:
            answer = self._read(f"activities/{activity_id}/streams", what, keys=STREAM_KEYS, key_by_type="true")
        except NotFoundError:
            return None
        return _object(answer, what) or None

    def gear(self, gear_id: str) -> dict[str, object]:
        """One pair of shoes or a bicycle. Raises NotFoundError if there is none."""
        what = "this gear"
        if not _GEAR_ID.fullmatch(gear_id):
            raise NotFoundError(f"{gear_id!r} names no gear")
        return _object(self._read(f"gear/{gear_id}", what), what)

    def _read(self, path: str, what: str, **params: str | int) -> ApiResponse:
        """The response to a GET; a refused token is renewed once."""
        token = self._token()
        try:
            return self._get(path, what, token, params)
        except AccessTokenError:
            if self._renew is None:
                raise
        return self._get(path, what, self._renew(token), params)

    def _get(self, path: str, what: str, token: str, params: dict[str, str | int]) -> ApiResponse:
        call = ApiRequest("GET", f"{self._api_url}/{path}", what, params=params, authorization=f"Bearer {token}")
        answer = self._transport.send(call)
        if answer.status >= 400:
            raise error_from_response(answer.status, answer.data, what)
        return answer


class PushSubscriptions:
    """The webhook subscription of an application, of which Strava allows one; authenticated by the application."""

    def __init__(
        self,
        transport: StravaTransport,
        api_url: str,
        application: Application,
        *,
        silence_s: float = _SUBSCRIBE_SILENCE_S,
    ) -> None:
        self._transport = transport
        self._silence_s = silence_s
        self._url = f"{api_url}/push_subscriptions"
        self._pair = {"client_id": application.client_id, "client_secret": application.client_secret}

    def create(self, callback_url: str, verify_token: str) -> int:
        """Subscribe; returns the id. Before it responds, Strava calls ``callback_url``, which must echo its challenge.

        Tried once: a second try could conflict with the subscription of the first.
        """
        what = "the subscription"
        form = {**self._pair, "callback_url": callback_url, "verify_token": verify_token}
        answer = self._send(
            ApiRequest("POST", self._url, what, form=form, tries=1, silence_s=self._silence_s, counts=False)
        )
        reader = JsonReader(answer.data, what, "Strava")
        return reader.needed("id", reader.whole("id"))

    def existing(self) -> list[dict[str, object]]:
        """The subscriptions of the application: none or one."""
        what = "the subscriptions"
        return _objects(self._send(ApiRequest("GET", self._url, what, secret_params=self._pair, counts=False)), what)

    def delete(self, subscription_id: int) -> None:
        """Unsubscribe. Raises NotFoundError if there is no such subscription."""
        url = f"{self._url}/{subscription_id}"
        what = f"subscription {subscription_id}"
        self._send(ApiRequest("DELETE", url, what, secret_params=self._pair, counts=False))

    def _send(self, call: ApiRequest) -> ApiResponse:
        answer = self._transport.send(call)
        if answer.status >= 400:
            raise application_error(answer.status, answer.data, call.what)
        return answer


def _object(answer: ApiResponse, what: str) -> dict[str, object]:
    if not isinstance(answer.data, dict):
        raise InvalidResponseError(f"unexpected response from Strava: {what} is not an object")
    return answer.data


def _objects(answer: ApiResponse, what: str) -> list[dict[str, object]]:
    if not isinstance(answer.data, list) or not all(isinstance(entry, dict) for entry in answer.data):
        raise InvalidResponseError(f"unexpected response from Strava: {what} is not a list of objects")
    return answer.data
