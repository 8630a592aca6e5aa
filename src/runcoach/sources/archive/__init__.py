"""Strava's bulk export and other ZIPs of activity files: their members and rows; no recording is decoded here."""
