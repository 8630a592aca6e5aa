"""Readers of activity files, archives and remote services. All return recordings; none uses the database."""
