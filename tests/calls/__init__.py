"""Tests of calls: placing them, and following each to its outcome."""
