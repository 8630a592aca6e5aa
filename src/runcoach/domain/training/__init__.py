"""Values and rules of the coach: figures of one activity, zones, loads."""
