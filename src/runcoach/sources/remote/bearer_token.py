"""Bearer tokens with an end: read from a JWT, unverified, to know when to exchange them again."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass, field
from datetime import UTC, datetime

from runcoach.sources.remote.json_reader import number_of

#: Life of a token that does not say when it ends.
TOKEN_LIFE_S = 24 * 3600.0

#: A token is exchanged again when less than this is left of it.
RENEW_EARLY_S = 300.0


@dataclass(frozen=True, slots=True)
class BearerToken:
    """A token for the data endpoints; ``expires_at`` in seconds since 1970."""

    value: str = field(repr=False)
    expires_at: float

    @classmethod
    def from_jwt(cls, value: str, now: float) -> BearerToken:
        """A token as the key exchange returns it; without a readable ``exp`` it lives :data:`TOKEN_LIFE_S`."""
        return cls(value, token_expiry(value) or now + TOKEN_LIFE_S)

    def is_due(self, now: float) -> bool:
        """Whether it is to be exchanged again."""
        return self.expires_at - now < RENEW_EARLY_S


def token_expiry(token: str) -> float | None:
    """The ``exp`` claim of a JWT in seconds since 1970, unverified; None where it is missing or not a date."""
    parts = token.split(".")
    if len(parts) != 3:
        return None
    try:
        claims = json.loads(base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
        value = number_of(claims.get("exp")) if isinstance(claims, dict) else None
        return None if value is None else datetime.fromtimestamp(value, UTC).timestamp()
    except (ValueError, OverflowError, OSError, RecursionError):
        return None
