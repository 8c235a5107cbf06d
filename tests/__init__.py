"""Tests of the Ryze integration."""
