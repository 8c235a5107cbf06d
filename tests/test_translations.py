"""Tests that the translations match the English texts."""

from collections import Counter
import json
from pathlib import Path
import re
from typing import Any

import pytest

from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.translation import async_get_translations, recursive_flatten

from .helpers.common import make_entry, setup_integration
from .helpers.const import INSTANCE_TOKEN, MARIA
from .simulator import Simulator
from custom_components import ryze
from custom_components.ryze.const import DOMAIN

FOLDER = Path(ryze.__file__).parent / "translations"

# Texts that are the same as in English.
SAME = {
    "es": {"Error", "Token", "URL", "WhatsApp"},
    "pt-BR": {"Tag", "Token", "URL", "WhatsApp"},
}
LANGUAGES = sorted(SAME)

# Parts that are not translated: bold, paragraphs, placeholders, links, numbers, names of
# fields, settings and entities, and a full stop or question mark at the end.
VERBATIM = re.compile(
    r"\*\*|\n|\{\w*\}|\]\(.*?\)|\w*[\d_]\w*|\w+\.\w+|https?|localhost|[.?!]$"
)

# One word for each thing, so that users recognize the thing everywhere.
WORDS = {
    "es": {
        "audio call": "llamada con audio",
        "contact": "contacto",
        "escalation": "escalamiento",
        "fake call": "llamada falsa",
        "instance": "instancia",
        "live updates": "actualizaciones en tiempo real",
        "outcome": "resultado",
        "tag": "etiqueta",
        "text-to-speech": "texto a voz",
    },
    "pt-BR": {
        "audio call": "chamada com áudio",
        "contact": "contato",
        "escalation": "escalonamento",
        "fake call": "chamada falsa",
        "instance": "instância",
        "live updates": "atualizações em tempo real",
        "outcome": "resultado",
        "tag": "tag",
        "text-to-speech": "conversão de texto em fala",
    },
}


def load(language: str) -> dict[str, Any]:
    """Return the texts of a language, as Home Assistant stores them."""
    content: dict[str, Any] = json.loads((FOLDER / f"{language}.json").read_text())
    return content


def flat(language: str) -> dict[str, str]:
    """Return the texts of a language by their paths."""
    return recursive_flatten("", load(language))


def plain(text: str) -> str:
    """Return the words of a text, without placeholders and the s of plurals."""
    words = re.findall(r"[\w-]+", re.sub(r"\{\w*\}", "", text.lower()))
    return f" {' '.join(word.removesuffix('s') for word in words)} "


def test_languages() -> None:
    """All languages are tested here."""
    files = {path.stem for path in FOLDER.glob("*")}
    assert files == {"en", *LANGUAGES}


@pytest.mark.parametrize("language", LANGUAGES)
def test_keys(language: str) -> None:
    """A language has the same keys as English, in the same order."""
    assert list(flat(language)) == list(flat("en"))
    text = (FOLDER / f"{language}.json").read_text()
    assert text == json.dumps(load(language), indent=2, ensure_ascii=False) + "\n"


@pytest.mark.parametrize("language", LANGUAGES)
def test_unchanged_parts(language: str) -> None:
    """Placeholders, links, names and marks are the same as in English."""
    texts = flat(language)
    for key, english in flat("en").items():
        found = Counter(VERBATIM.findall(texts[key]))
        assert found == Counter(VERBATIM.findall(english)), key


@pytest.mark.parametrize("language", LANGUAGES)
def test_translated(language: str) -> None:
    """Every text is translated, except for the words that are the same."""
    english = flat("en")
    texts = flat(language)
    assert all(text and text == text.strip() for text in texts.values())
    same = {text for key, text in texts.items() if text == english[key]}
    assert same == SAME[language]


@pytest.mark.parametrize("language", LANGUAGES)
def test_words(language: str) -> None:
    """A thing has the same name in all texts of a language."""
    texts = {key: plain(text) for key, text in flat(language).items()}
    for key, text in flat("en").items():
        said = [word for word in WORDS[language] if plain(word) in plain(text)]
        for word in said:
            assert plain(WORDS[language][word]) in texts[key], key


@pytest.mark.parametrize("language", ["en", *LANGUAGES])
@pytest.mark.parametrize("platform", ["binary_sensor", "button", "event", "sensor"])
def test_entity_names(language: str, platform: str) -> None:
    """Entities of the same kind have different names."""
    names = [entity["name"] for entity in load(language)["entity"][platform].values()]
    assert len(set(names)) == len(names) > 1


@pytest.mark.parametrize("language", LANGUAGES)
async def test_loader(hass: HomeAssistant, language: str) -> None:
    """Home Assistant loads every text of the language, and none in English."""
    for category, texts in load(language).items():
        prefix = f"component.{DOMAIN}.{category}."
        # Home Assistant leaves out texts with other placeholders than in English.
        assert await async_get_translations(
            hass, language, category, {DOMAIN}
        ) == recursive_flatten(prefix, texts)


@pytest.mark.parametrize("language", LANGUAGES)
async def test_entities(
    hass: HomeAssistant,
    simulator: Simulator,
    entity_registry: er.EntityRegistry,
    language: str,
) -> None:
    """Entities get translated names, and ids from them."""
    await hass.config.async_update(language=language)
    entry = make_entry(simulator, "home", INSTANCE_TOKEN, contacts={"Maria": MARIA})
    await setup_integration(hass, entry)
    entities = er.async_entries_for_config_entry(entity_registry, entry.entry_id)
    names = {
        (entity.domain, entity.translation_key): entity.original_name
        for entity in entities
    }
    # Notify entities have the name of their contact.
    assert names.pop(("notify", "message")) is None
    assert names == {
        (platform, key): text["name"]
        for platform, texts in load(language)["entity"].items()
        for key, text in texts.items()
    }
    # Of two entities with the same name, one would get an id that ends in a number.
    assert not [entity for entity in entities if entity.entity_id[-1].isdecimal()]
