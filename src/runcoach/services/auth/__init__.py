"""The connection with Strava: logging in and out, and the life of the tokens."""
