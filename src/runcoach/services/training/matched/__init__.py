"""Routes: runs over the same way, and their trends in words."""
