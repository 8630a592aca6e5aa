"""Pages about many years: calendar, year in review, gear."""
