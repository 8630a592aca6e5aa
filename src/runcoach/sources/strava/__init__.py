"""Strava: its OAuth, its API over HTTP, its limits and its JSON; knows nothing of SQL, keyrings or screens."""
