"""Forecasts of race times, of coming and of past races."""
