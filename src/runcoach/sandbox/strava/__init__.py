"""The stand-in for Strava's API, OAuth and webhooks."""
