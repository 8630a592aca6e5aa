"""Figures of training from samples: load, heart-rate zones, grade-adjusted pace, durability."""
