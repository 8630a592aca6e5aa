"""From parsed recordings to stored activities: validation, building, matching, merging, writing."""
