"""The file itself: checked, backed up, restored, computed again, freed of what is to be forgotten."""
