"""The connection with Strava: login, logout, token storage and renewal."""
