"""Strava's bulk export: the rows of activities.csv and the files that they name."""
