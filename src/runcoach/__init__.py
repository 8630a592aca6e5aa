"""runcoach: a runner's whole history on the runner's own machine."""

__version__ = "0.1.0"
