"""Strava's bulk export, and other ZIPs and folders of activity files: members and rows; no file of an activity is decoded here."""
