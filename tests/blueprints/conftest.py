"""Fixtures of the tests of blueprints."""

from pathlib import Path
from shutil import copytree

import pytest

from tests.helpers.blueprints import FOLDER, ROOT


@pytest.fixture
def hass_config_dir(hass_tmp_config_dir: str) -> str:
    """Return a temporary configuration folder that holds the blueprints."""
    copytree(ROOT / FOLDER, Path(hass_tmp_config_dir) / FOLDER)
    return hass_tmp_config_dir
