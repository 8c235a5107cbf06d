"""Tests of every combination of faults and requests."""
