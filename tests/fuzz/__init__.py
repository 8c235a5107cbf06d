"""Fuzz tests: hundreds of hostile inputs per test run, millions with scripts/fuzz."""
