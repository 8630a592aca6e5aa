"""intervals.icu's API: a relay for watches without an API of their own, with the athlete's free key."""
