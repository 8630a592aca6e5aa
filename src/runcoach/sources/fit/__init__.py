"""Reads FIT files, damaged ones included."""
