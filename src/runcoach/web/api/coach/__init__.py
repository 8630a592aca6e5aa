"""Routes about training: load, fitness, zones."""
