"""Escalations: calling people in order until somebody answers."""
