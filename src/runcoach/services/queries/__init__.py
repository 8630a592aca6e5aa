"""Questions to a history: lists, one run with everything, totals, best efforts, our numbers beside Strava's."""
