"""Metrics of runs: numpy arrays in, values out. No SQL, no files, no formats."""
