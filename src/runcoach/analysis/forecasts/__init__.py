"""Race forecasts from a runner's history: one method per module, plain numbers in and out. No I/O, no numpy."""
