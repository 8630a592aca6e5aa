"""Makes the profiles known: ``pytest tests/fuzz --hypothesis-profile=thorough`` is the long form."""

from __future__ import annotations

import fuzzing

fuzzing.register()
