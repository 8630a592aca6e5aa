"""What Strava has: listed, queued, fetched within its limits: by hand, by the worker of a server, on its events."""
