"""The one place that speaks HTTP: a request becomes a response or an error; what a response means is the caller's part.

Everything has a time-out and a bound, redirects are not followed, nothing that was sent (header, form, secret query)
is quoted in an error or logged, and httpx's own errors end here: they hold the request, so they are never chained.
"""

from __future__ import annotations

import json
import re
import ssl
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Self
from urllib.parse import urlsplit

import httpx
from pydantic_core import from_json

from runcoach.errors import ConfigError, RemoteUnavailableError, RuncoachError, hold_secret
from runcoach.sources.remote.client_pool import ClientPool
from runcoach.sources.remote.exchange import JSON, TRIES, ApiRequest, ApiResponse, Service
from runcoach.sources.remote.limiter import Limiter, PacedLimiter

#: The last try of a request begins within this time.
TRIES_WITHIN_S = 10.0

#: How long a service may be silent. Three of them with the pauses between begin within :data:`TRIES_WITHIN_S`.
SILENCE_S = 4.5

#: How long and how large a whole answer may be; the streams of a 100 h ultra have about 30 MiB.
ANSWER_S = 60.0
ANSWER_BYTES = 64 * 1024 * 1024

#: Requests to a service that publishes no limits: at once, and in a minute except on this machine.
IN_FLIGHT, PER_MINUTE = 2, 60

_HOST = re.compile(r"https?://(?:[^/@]*@)?([A-Za-z0-9.:\[\]-]{1,255})(?:[/?#]|$)", re.ASCII)

_PAUSES_S = (0.25, 0.5)
_SETTINGS_HINT = "`runcoach config` shows what is set, and where"


def retry_delay_s(tries_made: int, elapsed_s: float, tries: int = TRIES) -> float | None:
    """Seconds until the next try of a request that failed ``tries_made`` times in ``elapsed_s``; None: give it up."""
    if tries_made >= tries:
        return None
    pause = _PAUSES_S[min(tries_made, len(_PAUSES_S)) - 1]
    return pause if elapsed_s + pause <= TRIES_WITHIN_S else None


class Transport:
    """Connections to one service within its rate limits; may be used from several threads.

    ``sleep`` waits between two tries, ``ticks`` is a monotonic clock, ``silence_s`` and ``answer_bytes`` bound a
    response.
    """

    def __init__(
        self,
        service: Service,
        limiter: Limiter,
        *,
        sleep: Callable[[float], None] = time.sleep,
        ticks: Callable[[], float] = time.monotonic,
        silence_s: float = SILENCE_S,
        answer_bytes: int = ANSWER_BYTES,
    ) -> None:
        self.service = service
        self._limiter = limiter
        self._sleep = sleep
        self._ticks = ticks
        self._silence_s = silence_s
        self._answer_bytes = answer_bytes
        self._pool = ClientPool()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close all connections."""
        self._pool.close()

    def send(self, call: ApiRequest) -> ApiResponse:
        """The answer, after as many tries as it needs and may have.

        Raises RemoteUnavailableError where none came, RateLimitError where the budget is used up: by what we know
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
            self._limiter.reserve()
        try:
            outcome = self._exchange(call)
            if isinstance(outcome, ApiResponse):
                self._limiter.learn(outcome.headers, counted=call.counts)
        finally:
            if call.counts:
                self._limiter.release()
        return self._judge(call, outcome) if isinstance(outcome, ApiResponse) else outcome

    def _exchange(self, call: ApiRequest) -> ApiResponse | _Failure:
        """Send and read; whatever httpx raises becomes a failure that holds nothing of the request."""
        response = None
        try:
            with self._pool.one() as http:
                response = http.send(self._request(http, call), stream=True)
                try:
                    raw = self._body(response)
                finally:
                    response.close()
        except httpx.RequestError as error:
            return self._failure(call, error, answering=response is not None)
        except httpx.InvalidURL:
            return _Failure(ConfigError(f"{self.service.address_settings} is not a valid URL", hint=_SETTINGS_HINT))
        if isinstance(raw, _Failure):
            return raw
        return ApiResponse(response.status_code, dict(response.headers), raw, _json(raw))

    def _request(self, http: httpx.Client, call: ApiRequest) -> httpx.Request:
        _hold_secrets(call)
        headers = {"Accept": call.accept}
        if call.authorization:
            headers["Authorization"] = call.authorization
        timeout_s = call.silence_s or self._silence_s
        request = http.build_request(
            call.method, call.url, params=call.params or None, data=call.form, headers=headers, timeout=timeout_s
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
                return self._failed(f"{self.service.name}'s answer is larger than any activity could be")
            if self._ticks() - begun > ANSWER_S:
                return self._failed(f"{self.service.name}'s answer takes too long", self.service.status_hint)
        return b"".join(parts)

    def _judge(self, call: ApiRequest, answer: ApiResponse) -> ApiResponse | _Failure:
        """The response, or a failure for a server error, a redirect, a web page or the rate limit."""
        name = self.service.name
        if answer.status == 429:
            error, again = self._limiter.refused(answer.headers)
            return _Failure(error, again=again)
        if answer.status >= 500 or answer.status == 408:
            return self._again(f"{name} has trouble of its own ({answer.status} when asked for {call.what})")
        if 300 <= answer.status < 400:  # followed it would carry the token to wherever it points
            host = _host(answer.headers.get("location", ""))
            message = f"{name} sends us on to {host} ({answer.status}), where runcoach does not follow on its own"
            hint = f"if {name} has moved, set {self.service.address_settings} (see `runcoach config`)"
            return self._failed(message, hint)
        if call.accept == JSON and answer.status < 300 and answer.raw.strip() and answer.data is None:
            media_type = answer.headers.get("content-type", "").split(";")[0].strip().lower()
            kind = _MEDIA_TYPES.get(media_type, "something other than JSON")
            return self._again(f"{name} sent {kind} when asked for {call.what}")
        return answer

    def _failure(self, call: ApiRequest, error: httpx.RequestError, *, answering: bool) -> _Failure:
        """The failure for httpx's error, by its type alone: its text can quote what was sent."""
        host = _host(call.url)
        if _is_certificate(error):
            hint = "look at this machine's clock, and at any proxy between"
            return self._failed(f"the certificate of {host} does not hold", hint)
        for kind, message in _FAILURES:
            if isinstance(error, kind):
                text = _CUT_OFF if answering and kind is not httpx.TimeoutException else message
                return self._again(text.format(service=self.service.name, host=host, what=call.what))
        return self._failed(f"{host} cannot be asked for {call.what} ({type(error).__name__})")

    def _again(self, message: str) -> _Failure:
        return self._failed(message, self.service.status_hint, again=True)

    def _failed(self, message: str, hint: str | None = None, *, again: bool = False) -> _Failure:
        return _Failure(RemoteUnavailableError(message, hint=hint, service=self.service.code), again)


class PacedTransport(Transport):
    """A transport to a service that publishes no limits; further keywords are those of :class:`Transport`."""

    def __init__(
        self, service: Service, base_url: str, *, clock: Callable[[], float] = time.time, **options: Any
    ) -> None:
        is_local = urlsplit(base_url).hostname in {"127.0.0.1", "localhost", "::1"}
        per_minute = None if is_local else PER_MINUTE
        self.limiter = PacedLimiter(service.name, per_minute=per_minute, in_flight=IN_FLIGHT, clock=clock)
        super().__init__(service, self.limiter, **options)


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


_MEDIA_TYPES = {"text/html": "a web page", JSON: "broken JSON"}

#: Form fields that are not secret.
_PUBLIC_FIELDS = frozenset({"client_id", "grant_type", "callback_url"})


def _hold_secrets(call: ApiRequest) -> None:
    """Keep what a request proves its identity with out of all error messages: a response may repeat it."""
    values = [*(call.authorization or "").split()[1:]]
    for fields in (call.form, call.secret_params):
        values += [str(value) for name, value in (fields or {}).items() if name not in _PUBLIC_FIELDS]
    for value in values:
        hold_secret(value)


_CUT_OFF = "{service}'s answer broke off halfway when asked for {what}"

#: httpx's errors after which another try may succeed → the message; the first that fits.
_FAILURES: tuple[tuple[type[httpx.RequestError], str], ...] = (
    (httpx.TimeoutException, "{service} did not answer in time when asked for {what}"),
    (httpx.ProxyError, "the proxy that the environment names does not let us through to {host}"),
    (httpx.ConnectError, "{host} cannot be reached: is this machine online?"),
    (httpx.NetworkError, "{service} closed the connection when asked for {what}"),
    (httpx.RemoteProtocolError, "{service} closed the connection when asked for {what}"),
    (httpx.DecodingError, _CUT_OFF),
)


def _is_certificate(error: BaseException) -> bool:
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return True
        cause = cause.__cause__ or cause.__context__
    return False


def _host(url: str) -> str:
    """The host (and port) of an address, without a password that may stand before it."""
    match = _HOST.match(url)
    return match[1] if match else "another address"


def _json(raw: bytes) -> Any:
    """The body as JSON, None where it is not; NaN and Infinity are not JSON.

    The standard library reads it again where a string holds half a character (a lone surrogate).
    """
    try:
        return from_json(raw, allow_inf_nan=False)
    except ValueError:
        if b"\\u" not in raw:
            return None
    try:
        return json.loads(raw, parse_constant=_reject)
    except (ValueError, RecursionError):
        return None


def _reject(constant: str) -> None:
    raise ValueError(constant)
