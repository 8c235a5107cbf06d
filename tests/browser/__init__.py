"""Tests of the demo in a real browser, with the clicks of a person."""
