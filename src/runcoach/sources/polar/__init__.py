"""Polar Flow's account export: a JSON file a training session, in the form of today and of the years before 2026."""
