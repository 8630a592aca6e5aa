"""Queries of a profile's database for the command line, the API and the pages; each takes an open connection."""
