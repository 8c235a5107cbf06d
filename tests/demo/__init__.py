"""The demo: a real Home Assistant whose calls reach simulated phones."""
