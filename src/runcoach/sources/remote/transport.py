"""The one place that speaks HTTP: a call becomes an answer or an error in plain words; what it means is not its part.

Everything has a time-out and a bound, redirects are not followed, nothing that was sent (header, form, secret query)
is quoted in an error or logged, and httpx's own errors end here: they hold the request, so they are never chained.
"""

from __future__ import annotations

import re
import ssl
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import httpx
from pydantic_core import from_json

from runcoach.errors import ConfigError, RuncoachError, StravaUnavailableError
from runcoach.sources.remote.client_pool import ClientPool
from runcoach.sources.remote.exchange import TRIES, ApiRequest, ApiResponse
from runcoach.sources.strava import rate_limit as limits
from runcoach.sources.strava.limiter import RateLimiter

if TYPE_CHECKING:
    from collections.abc import Callable

#: The last try of a request begins within this time.
TRIES_WITHIN_S = 10.0

#: How long Strava may be silent. Three of them with the pauses between begin within :data:`TRIES_WITHIN_S`.
SILENCE_S = 4.5

#: How long and how large a whole answer may be; the streams of a 100 h ultra have about 30 MiB.
ANSWER_S = 60.0
ANSWER_BYTES = 64 * 1024 * 1024

_HOST = re.compile(r"https?://(?:[^/@]*@)?([A-Za-z0-9.:\[\]-]{1,255})(?:[/?#]|$)", re.ASCII)

_PAUSES_S = (0.25, 0.5)
_SETTINGS_HINT = "`runcoach config` shows what is set, and where"
_LATER_HINT = "try again later; https://status.strava.com tells whether others have the same trouble"


def retry_delay_s(tries_made: int, elapsed_s: float, tries: int = TRIES) -> float | None:
    """Seconds until the next try of a request that failed ``tries_made`` times in ``elapsed_s``; None: give it up."""
    if tries_made >= tries:
        return None
    pause = _PAUSES_S[min(tries_made, len(_PAUSES_S)) - 1]
    return pause if elapsed_s + pause <= TRIES_WITHIN_S else None


class Transport:
    """Connections to Strava with a rate limiter; may be used from several threads.

    ``sleep`` waits between two tries, ``ticks`` is a clock that never jumps, ``silence_s`` and ``answer_bytes`` bound
    what Strava may take.
    """

    def __init__(
        self,
        meter: RateLimiter | None = None,
        *,
        sleep: Callable[[float], None] = time.sleep,
        ticks: Callable[[], float] = time.monotonic,
        silence_s: float = SILENCE_S,
        answer_bytes: int = ANSWER_BYTES,
    ) -> None:
        self.meter = meter or RateLimiter()
        self._sleep = sleep
        self._ticks = ticks
        self._silence_s = silence_s
        self._answer_bytes = answer_bytes
        self._lanes = ClientPool()

    def __enter__(self) -> Transport:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close all connections."""
        self._lanes.close()

    def send(self, call: ApiRequest) -> ApiResponse:
        """The answer, after as many tries as it needs and may have.

        Raises StravaUnavailableError where none came, RateLimitError where the budget is used up: by what we know
        (then nothing is sent) or by a 429.
        """
        started = self._ticks()
        made = 0
        while True:
            outcome = self._try(call)
            if isinstance(outcome, ApiResponse):
                return outcome
            made += 1
            pause = retry_delay_s(made, self._ticks() - started, call.tries) if outcome.again else None
            if pause is None:
                raise outcome.error
            self._sleep(pause)

    def _try(self, call: ApiRequest) -> ApiResponse | _Failure:
        """One try. The read it takes from the budget is given back whatever happens."""
        if call.counts:
            self.meter.reserve()
        try:
            outcome = self._exchange(call)
            if isinstance(outcome, ApiResponse):
                self.meter.learn(outcome.headers, counted=call.counts)
        finally:
            if call.counts:
                self.meter.release()
        return self._judge(call, outcome) if isinstance(outcome, ApiResponse) else outcome

    def _exchange(self, call: ApiRequest) -> ApiResponse | _Failure:
        """Send and read; whatever httpx raises becomes a failure that holds nothing of the request."""
        response = None
        try:
            with self._lanes.one() as http:
                response = http.send(self._request(http, call), stream=True)
                try:
                    raw = self._body(response)
                finally:
                    response.close()
        except httpx.RequestError as error:
            return _failure(call, error, answering=response is not None)
        except httpx.InvalidURL:
            return _Failure(ConfigError("strava_api_url or strava_oauth_url is no address", hint=_SETTINGS_HINT))
        if isinstance(raw, _Failure):
            return raw
        return ApiResponse(response.status_code, dict(response.headers), raw, _json(raw))

    def _request(self, http: httpx.Client, call: ApiRequest) -> httpx.Request:
        headers = {"Authorization": call.authorization} if call.authorization else None
        silence_s = call.silence_s or self._silence_s
        request = http.build_request(
            call.method,
            call.url,
            params=call.params or None,
            data=call.form,
            headers=headers,
            timeout=silence_s,
        )
        if call.secret_params:
            request.url = _SecretURL(request.url.copy_merge_params(call.secret_params))
        return request

    def _body(self, response: httpx.Response) -> bytes | _Failure:
        """The whole body, decompressed; a failure where it is too long or takes too long."""
        begun = self._ticks()
        parts: list[bytes] = []
        size = 0
        for part in response.iter_bytes():
            parts.append(part)
            size += len(part)
            if size > self._answer_bytes:
                return _Failure(StravaUnavailableError("Strava's answer is larger than any activity could be"))
            if self._ticks() - begun > ANSWER_S:
                return _Failure(StravaUnavailableError("Strava's answer takes too long", hint=_LATER_HINT))
        return b"".join(parts)

    def _judge(self, call: ApiRequest, answer: ApiResponse) -> ApiResponse | _Failure:
        """Whether an answer is one: not a server's trouble, not a page for people, not the limit."""
        if answer.status == 429:
            return self._limited(answer)
        if answer.status >= 500 or answer.status == 408:
            return _again(f"Strava has trouble of its own ({answer.status} when asked for {call.what})")
        if 300 <= answer.status < 400:
            return _Failure(_moved(answer))
        if answer.status < 300 and answer.raw.strip() and answer.data is None:
            return _again(f"Strava sent {_media_type(answer)} when asked for {call.what}")
        return answer

    def _limited(self, answer: ApiResponse) -> _Failure:
        """A 429: worth another try where its own headers show room, else the window is used up."""
        now = self.meter.server_time
        seen = limits.from_headers(answer.headers, now)
        needed = limits.wait(seen, now)
        return _Failure(
            self.meter.reached(needed.window or "quarter"), again=seen is not None and needed.window is None
        )


class _SecretURL(httpx.URL):
    """An address whose query holds a secret: sent whole, but written (and so logged) without its query."""

    def __str__(self) -> str:
        return str(self.copy_with(query=None))

    def __repr__(self) -> str:
        return repr(str(self))


@dataclass(frozen=True, slots=True)
class _Failure:
    """A try that failed, and whether another may do better."""

    error: RuncoachError
    again: bool = False


_CUT_OFF = "Strava's answer broke off halfway when asked for {what}"

#: What httpx raises where another try may do better → in plain words; the first that fits.
_TROUBLES: tuple[tuple[type[httpx.RequestError], str], ...] = (
    (httpx.TimeoutException, "Strava did not answer in time when asked for {what}"),
    (httpx.ProxyError, "the proxy that the environment names does not let us through to {host}"),
    (httpx.ConnectError, "{host} cannot be reached: is this machine online?"),
    (httpx.NetworkError, "Strava closed the connection when asked for {what}"),
    (httpx.RemoteProtocolError, "Strava closed the connection when asked for {what}"),
    (httpx.DecodingError, _CUT_OFF),
)


def _again(message: str) -> _Failure:
    return _Failure(StravaUnavailableError(message, hint=_LATER_HINT), again=True)


def _failure(call: ApiRequest, error: httpx.RequestError, *, answering: bool) -> _Failure:
    """What went wrong on the way, by the kind of error alone: its text is not repeated, it can quote what was sent."""
    host = _host(call.url)
    if _is_certificate(error):
        hint = "look at this machine's clock, and at any proxy between"
        return _Failure(StravaUnavailableError(f"the certificate of {host} does not hold", hint=hint))
    for kind, message in _TROUBLES:
        if isinstance(error, kind):
            said = _CUT_OFF if answering and kind is not httpx.TimeoutException else message
            return _again(said.format(host=host, what=call.what))
    return _Failure(StravaUnavailableError(f"{host} cannot be asked for {call.what} ({type(error).__name__})"))


def _is_certificate(error: BaseException) -> bool:
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return True
        cause = cause.__cause__ or cause.__context__
    return False


def _moved(answer: ApiResponse) -> StravaUnavailableError:
    """A redirect: followed it would carry the token to wherever it points, so only the host is named."""
    host = _host(answer.headers.get("location", ""))
    return StravaUnavailableError(
        f"Strava sends us on to {host} ({answer.status}), where runcoach does not follow on its own",
        hint="if Strava has moved, set strava_api_url or strava_oauth_url (see `runcoach config`)",
    )


def _host(url: str) -> str:
    """The host (and port) of an address, without a password that may stand before it."""
    match = _HOST.match(url)
    return match[1] if match else "another address"


def _media_type(answer: ApiResponse) -> str:
    kind = answer.headers.get("content-type", "").split(";")[0].strip().lower()
    if kind == "text/html":
        return "a web page"
    return "broken JSON" if kind == "application/json" else "something that is no JSON"


def _json(raw: bytes) -> Any:
    """The body as JSON, None where it is none; NaN and Infinity, which Python would take, are none."""
    try:
        return from_json(raw, allow_inf_nan=False)
    except ValueError:
        return None
