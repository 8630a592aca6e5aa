"""SQL of the coach: figures per activity, goals, daily values of the body, forecasts of others."""
