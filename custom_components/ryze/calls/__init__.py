"""Calls: placing them, and the life of each."""
