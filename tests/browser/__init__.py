"""The demo in a real browser, as a person clicks."""
