"""Hostile input by the hundreds in each run of the tests; scripts/fuzz makes millions."""
