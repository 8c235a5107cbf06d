"""Readers of the README and the pages of docs: examples, tables and links."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
import re
from typing import Final

ROOT: Final = Path(__file__).parents[2]
README: Final = "README.md"
PAGES: Final = [README, *sorted(f"docs/{path.name}" for path in ROOT.glob("docs/*.md"))]

_FENCE: Final = re.compile(r"^ *```(\w*)\n(.*?)^ *```$", re.DOTALL | re.MULTILINE)
_HEADING: Final = re.compile(r"^#+ (.+)$", re.MULTILINE)
_LINK: Final = re.compile(r"\]\(([^)\s]+)\)|(?:src|href)=\"([^\"]+)\"")
_CODE: Final = re.compile(r"`([^`]+)`")
_RULE: Final = re.compile(r"[-:| ]+")


@dataclass(frozen=True)
class Block:
    """A block of code."""

    page: str
    language: str
    text: str

    @property
    def name(self) -> tuple[str, str]:
        """Return the block's page and first line, which identify the block."""
        return self.page, self.text.partition("\n")[0]


def read(page: str) -> str:
    """Return the text of a page."""
    return (ROOT / page).read_text()


def prose(page: str) -> str:
    """Return the text of a page without blocks of code, on one line."""
    return " ".join(_FENCE.sub("", read(page)).split())


def blocks() -> list[Block]:
    """Return the blocks of code of all pages."""
    return [
        Block(page, language, text)
        for page in PAGES
        for language, text in _FENCE.findall(read(page))
    ]


def headings(page: str) -> list[str]:
    """Return the headings of a page."""
    return _HEADING.findall(_FENCE.sub("", read(page)))


def anchors(page: str) -> set[str]:
    """Return the anchors of a page's headings in GitHub's spelling."""
    words = [re.sub(r"[^\w\- ]", "", title.lower()) for title in headings(page)]
    return {title.replace(" ", "-") for title in words}


def links(page: str) -> list[str]:
    """Return the targets of the links and pictures on a page."""
    found = _LINK.findall(_FENCE.sub("", read(page)))
    return [target or source for target, source in found]


def code(text: str) -> list[str]:
    """Return the inline code in a text."""
    return [" ".join(item.split()) for item in _CODE.findall(text)]


def table(heading: str, number: int = 0, page: str = README) -> list[list[str]]:
    """Return the rows of a table below a heading, without the row of headings."""
    text = dict(_sections(_FENCE.sub("", read(page))))[heading]
    lines = groupby(text.splitlines(), key=lambda line: line.startswith("|"))
    tables = [list(rows) for is_table, rows in lines if is_table]
    return [
        [cell.strip() for cell in row.strip("|").split("|")]
        for row in tables[number][1:]
        if not _RULE.fullmatch(row)
    ]


def _sections(text: str) -> Iterator[tuple[str, str]]:
    """Yield the headings of a text, each with the text below it."""
    parts = _HEADING.split(text)
    yield from zip(parts[1::2], parts[2::2], strict=True)
