"""Tests of the flows that add and change instances and contacts."""
