"""A synthetic runner: training history, workouts and their samples."""
