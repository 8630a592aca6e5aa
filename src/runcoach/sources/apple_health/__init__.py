"""Apple Health's export: workouts with their routes, records of sensors, and daily values of the body."""
