"""Maintenance of a profile's database: backup, restore, checks, recomputation, erasure of API data."""
