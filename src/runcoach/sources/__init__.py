"""Where activities come from: files, archives and Strava, each brought down to recordings; nothing here knows SQL."""
