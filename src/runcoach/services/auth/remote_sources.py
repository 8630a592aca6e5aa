"""The remote sources that are opened with a key: how each is called, and how to open it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from runcoach.config import Config
from runcoach.errors import UsageError

if TYPE_CHECKING:
    from runcoach.sources.remote.bearer_token import BearerToken
    from runcoach.sources.remote.limiter import PacedLimiter
    from runcoach.sources.remote.protocol import RemoteSource


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A key and the token that was last issued for it, None where there is none.

    ``save_token`` keeps the next token for later processes, so that not each of them needs another one.
    """

    value: str = field(repr=False)
    token: BearerToken | None = field(default=None, repr=False)
    save_token: Callable[[BearerToken], None] = lambda _: None


@dataclass(frozen=True, slots=True)
class OpenedSource:
    """A source that is open: its client, and the limiter that counts its requests."""

    client: RemoteSource
    limiter: PacedLimiter


class _Open(Protocol):
    """Opens a source with a key; nothing is sent before the first request."""

    def __call__(
        self, config: Config, key: ApiKey, *, clock: Callable[[], float] = ..., sleep: Callable[[float], None] = ...
    ) -> AbstractContextManager[OpenedSource]: ...


@dataclass(frozen=True, slots=True)
class KeySource:
    """A source by its ``name`` on the command line, its ``title`` in messages, and where its key comes from."""

    name: str
    title: str
    key_page: str
    key_variable: str | None
    open: _Open


@contextmanager
def _open_garmin(
    config: Config, key: ApiKey, *, clock: Callable[[], float] = time.time, sleep: Callable[[float], None] = time.sleep
) -> Iterator[OpenedSource]:
    from runcoach.sources.garmin.client import GARMIN, GarminClient  # loads httpx, which only a sync needs
    from runcoach.sources.remote.transport import PacedTransport

    url = config.settings.garmin_api_url
    with PacedTransport(GARMIN, url, clock=clock, sleep=sleep) as transport:
        client = GarminClient(transport, url, key.value, clock, token=key.token, save_token=key.save_token)
        yield OpenedSource(client, transport.limiter)


@contextmanager
def _open_intervals(
    config: Config, key: ApiKey, *, clock: Callable[[], float] = time.time, sleep: Callable[[float], None] = time.sleep
) -> Iterator[OpenedSource]:
    from runcoach.sources.intervals.client import INTERVALS, IntervalsClient
    from runcoach.sources.remote.transport import PacedTransport

    url = config.settings.intervals_api_url
    with PacedTransport(INTERVALS, url, clock=clock, sleep=sleep) as transport:
        yield OpenedSource(IntervalsClient(transport, url, key.value), transport.limiter)


#: Every source with a key, by name.
KEY_SOURCES = {
    source.name: source
    for source in (
        KeySource(
            "garmin",
            "Garmin",
            "https://connect.garmin.com/app/settings/personalApiToken",
            "GARMIN_PERSONAL_API_KEY",
            _open_garmin,
        ),
        KeySource("intervals", "intervals.icu", "https://intervals.icu/settings", None, _open_intervals),
    )
}


def key_source(name: str) -> KeySource:
    """The source of this name; UsageError names those there are."""
    if name not in KEY_SOURCES:
        raise UsageError(f"not a source: {name!r}", hint=f"sources with a key: {', '.join(KEY_SOURCES)}")
    return KEY_SOURCES[name]
