"""The soak: a real Home Assistant under load for long, to find what it does not let go."""
