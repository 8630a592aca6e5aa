"""Queries about many years: calendar, year in review, gear."""
