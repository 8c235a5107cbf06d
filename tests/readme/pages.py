"""Reading the README and the pages of docs: their examples, tables and links."""

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
        """Return what it is known by: its page, and its first line."""
        return self.page, self.text.partition("\n")[0]


def read(page: str) -> str:
    """Return a page as it is written."""
    return (ROOT / page).read_text()


def prose(page: str) -> str:
    """Return a page without its blocks of code, on one line."""
    return " ".join(_FENCE.sub("", read(page)).split())


def blocks() -> list[Block]:
    """Return all blocks of code."""
    return [
        Block(page, language, text)
        for page in PAGES
        for language, text in _FENCE.findall(read(page))
    ]


def headings(page: str) -> list[str]:
    """Return the headings of a page."""
    return _HEADING.findall(_FENCE.sub("", read(page)))


def anchors(page: str) -> set[str]:
    """Return where links into a page may lead, as GitHub names it."""
    words = [re.sub(r"[^\w\- ]", "", title.lower()) for title in headings(page)]
    return {title.replace(" ", "-") for title in words}


def links(page: str) -> list[str]:
    """Return the targets of links and pictures on a page."""
    found = _LINK.findall(_FENCE.sub("", read(page)))
    return [target or source for target, source in found]


def code(text: str) -> list[str]:
    """Return what is set as code in a text."""
    return [" ".join(item.split()) for item in _CODE.findall(text)]


def table(heading: str, number: int = 0, page: str = README) -> list[list[str]]:
    """Return the rows of a table below a heading, without that of its columns."""
    text = dict(_sections(_FENCE.sub("", read(page))))[heading]
    lines = groupby(text.splitlines(), key=lambda line: line.startswith("|"))
    tables = [list(rows) for is_table, rows in lines if is_table]
    return [
        [cell.strip() for cell in row.strip("|").split("|")]
        for row in tables[number][1:]
        if not _RULE.fullmatch(row)
    ]


def _sections(text: str) -> Iterator[tuple[str, str]]:
    """Yield headings, and what is below each."""
    parts = _HEADING.split(text)
    yield from zip(parts[1::2], parts[2::2], strict=True)
