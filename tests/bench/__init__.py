"""Benchmarks of the integration's speed and size, beside other ways to do the same."""
