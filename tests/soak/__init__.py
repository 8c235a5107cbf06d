"""The soak test: a real Home Assistant under load, to find leaks and lost calls."""
