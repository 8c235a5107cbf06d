"""Lets the test package of Home Assistant 2026.10 run on 2026.11.

A plugin of pytest that `scripts/test --newest` loads first of all. It goes as soon as
there is a test package for 2026.11.
"""

# Before any plugin imports httpx: from 2026.11 on Home Assistant puts another package
# in its place.
from homeassistant.components import logger
from homeassistant.components.logger import helpers

# The test package imports it from where 2026.10 has it.
vars(logger)["_clear_logger_overwrites"] = helpers._clear_logger_overwrites
