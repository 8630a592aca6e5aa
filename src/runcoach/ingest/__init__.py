"""From what a source tells to what is kept: validation, one form for all, identity, one transaction an activity."""
