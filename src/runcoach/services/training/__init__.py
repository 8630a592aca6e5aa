"""The coach: fitness, zones, forecasts, races, goals and what to do today."""
