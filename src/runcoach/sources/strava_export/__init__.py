"""Strava's bulk export: the rows of activities.csv in any language and the files they name."""
