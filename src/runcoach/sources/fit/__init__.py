"""FIT files: from their bytes to recordings, whatever is damaged."""
