"""Pages of what the recorded runs mean together: the overview, and the geometry of its charts."""
