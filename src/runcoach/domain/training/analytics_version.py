"""The version of the figures computed from samples, apart from their classes: reading commands need it alone."""

#: Raise it when a figure would change: stored activities are then computed again.
ANALYTICS_VERSION = 2
