"""A stand-in for Strava, Garmin and intervals.icu on loopback with a synthetic runner, for the demo and for tests."""
