"""A stand-in for Strava on loopback with a synthetic runner behind it, for the demo, for trying out and for tests."""
