"""Tests of phone numbers as people, files and templates write them."""
