"""Frozen values and rules used by every layer; no I/O, no SQL, no formats."""
