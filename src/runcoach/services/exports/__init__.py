"""Exports: all data of a profile in open formats, written to a folder at once or not at all."""
