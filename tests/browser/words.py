"""The words on the screen in one language, Home Assistant's and ours."""

from collections.abc import Iterator
import json
from pathlib import Path
import re
from typing import Any

import hass_frontend

from tests.demo.home_assistant import REPOSITORY

TRANSLATIONS = REPOSITORY / "custom_components" / "ryze" / "translations"

# Markdown: `**bold**`, and links as `[text](address)`.
_MARKDOWN = re.compile(r"\*\*|\[([^\]]*)\]\([^)]*\)")

_SNAKE_CASE = re.compile(r"[a-z0-9]+(?:_[a-z0-9]+)+")
# Names such as notify.maria and ryze.fake_call are not raw keys.
_RAW_KEY = re.compile(
    r"(?<![\w./-])[a-z]+(?:_[a-z0-9]+)+(?![\w./-])"
    r"|\b(?:component|ui|panel|state_attributes)\.\w+[\w.]*"
    r"|\[object Object\]|\bundefined\b|Invalid Date|Translation error"
)


class Words:
    """The texts of one language."""

    def __init__(self, language: str) -> None:
        """Read the translations."""
        self.language = language
        self._ryze = dict(
            _flat(json.loads((TRANSLATIONS / f"{language}.json").read_text()))
        )
        # Our texts name some fields and settings by their keys.
        self._named = {
            word for text in self._ryze.values() for word in _SNAKE_CASE.findall(text)
        }
        self._ui: dict[str, str] = {}
        folder = Path(hass_frontend.where()) / "static" / "translations"
        for path in folder.rglob(f"{language}-*.json"):
            # The pattern skips en-GB when the language is en.
            if re.fullmatch(r"[0-9a-f]{32}", path.stem.removeprefix(f"{language}-")):
                self._ui |= json.loads(path.read_text())

    def ui(self, key: str, **values: object) -> str:
        """Return a text of Home Assistant's frontend."""
        return _filled(self._ui[key], values)

    def ryze(self, key: str, **values: object) -> str:
        """Return one of our texts without Markdown."""
        return _MARKDOWN.sub(r"\1", _filled(self._ryze[key], values))

    def under(self, prefix: str) -> list[str]:
        """Return all our texts below a key."""
        return [self.ryze(key) for key in self._ryze if key.startswith(prefix)]

    def raw_keys(self, visible: str) -> list[str]:
        """Return the raw keys in a text."""
        found = (match[0] for match in _RAW_KEY.finditer(visible))
        return [key for key in found if key not in self._named]


def _filled(text: str, values: dict[str, object]) -> str:
    """Return a text with filled placeholders."""
    for name, value in values.items():
        text = text.replace(f"{{{name}}}", str(value))
    return text


def _flat(tree: dict[str, Any], prefix: str = "") -> Iterator[tuple[str, str]]:
    """Yield all texts of a file with their keys."""
    for key, value in tree.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", value
