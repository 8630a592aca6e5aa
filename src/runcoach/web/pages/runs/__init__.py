"""Pages of recorded runs: the list, one activity, best efforts."""
