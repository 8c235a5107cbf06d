"""A person at a browser, with Home Assistant in one tab and the phones in another."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from playwright.async_api import (
    BrowserContext,
    ConsoleMessage,
    Locator,
    Page,
    TimeoutError,
    expect,
)
import pytest

from .words import Words
from tests.demo.home_assistant import PASSWORD, USERNAME, HomeAssistant

WIDTH, HEIGHT = 1280, 900
TIMEOUT = 15_000

_VISIBLE = Path(__file__).with_name("visible.js")


class Person:
    """A person who clicks, types and reads in one language."""

    def __init__(
        self, page: Page, phones: Page, words: Words, home_assistant: HomeAssistant
    ) -> None:
        """Initialize."""
        self.page = page
        self.phones = phones
        self.words = words
        self.errors: list[str] = []
        self.pictures = 0
        self._url = home_assistant.url
        self._folder = Path(__file__).parents[2] / ".dev" / "browser" / words.language
        page.on("console", self._listen)
        page.on("pageerror", lambda error: self.errors.append(str(error)))

    @classmethod
    async def arrive(
        cls,
        context: BrowserContext,
        words: Words,
        home_assistant: HomeAssistant,
        phones_url: str,
    ) -> Person:
        """Open both tabs and log in."""
        context.set_default_timeout(TIMEOUT)
        expect.set_options(timeout=TIMEOUT)
        await context.add_init_script(path=_VISIBLE)
        phones = await context.new_page()
        await phones.goto(phones_url)
        page = await context.new_page()
        person = cls(page, phones, words, home_assistant)
        person._folder.mkdir(parents=True, exist_ok=True)
        for picture in person._folder.glob("*.png"):
            picture.unlink()
        await page.goto(home_assistant.url)
        await person._log_in()
        return person

    def _listen(self, message: ConsoleMessage) -> None:
        """Note an error of the page, except missing pictures from the internet."""
        address = message.location["url"]
        foreign = "/api/brands/" in address and "/ryze/" not in address
        if message.type == "error" and not foreign:
            self.errors.append(f"{message.text} ({address})")

    async def _log_in(self) -> None:
        """Log in."""
        await self.page.locator("input[name=username]").fill(USERNAME)
        await self.page.locator("input[name=password]").fill(PASSWORD)
        await self.picture("log-in")
        await self.page.keyboard.press("Enter")
        await self.page.locator("ha-sidebar").wait_for()

    async def open(self, path: str) -> None:
        """Go to a page like a link within Home Assistant."""
        await self.page.bring_to_front()
        await self.page.evaluate(
            """path => {
              history.pushState(null, "", path);
              window.dispatchEvent(new CustomEvent("location-changed"));
            }""",
            path,
        )

    async def reload(self, path: str) -> None:
        """Go to a page by its address."""
        await self.page.bring_to_front()
        await self.page.goto(self._url + path)

    async def start_over(self, name: str) -> None:
        """Save a picture of a failure, and leave all open dialogs."""
        await self._save(self.page, name)
        await self.reload("")

    async def click(self, name: str) -> None:
        """Click a button."""
        await self.button(name).click()

    def button(self, name: str) -> Locator:
        """Return the topmost visible button with a name."""
        return (
            self.page.get_by_role("button", name=name, exact=True)
            .locator("visible=true")
            .last
        )

    async def submit(self) -> None:
        """Submit a form."""
        await self.click(
            self.words.ui("ui.panel.config.integrations.config_flow.submit")
        )

    async def fill(self, label: str, text: str) -> None:
        """Fill in a field."""
        await self.page.get_by_role("textbox", name=label).last.fill(text)

    async def choose(self, button: Locator, item: str) -> None:
        """Choose an item from a menu."""
        await button.click()
        await (
            self.page.get_by_role("menuitem", name=item)
            .locator("visible=true")
            .first.click()
        )

    def entry_menu(self) -> Locator:
        """Return the instance's menu on the page of the integration."""
        row = self.page.locator("ha-config-entry-row").first
        return row.locator("ha-dropdown").first.locator("ha-icon-button").first

    async def see(self, *texts: str) -> None:
        """Wait until texts are on the screen."""
        for text in texts:
            for paragraph in text.split("\n\n"):
                try:
                    await self.page.wait_for_function(
                        "text => window.shows(text)",
                        arg="".join(paragraph.split()),
                        polling=200,
                    )
                except TimeoutError:
                    pytest.fail(f"{paragraph!r} is missing in:\n{await self.read()}")

    async def miss(self, text: str) -> None:
        """Wait until a text has left the screen."""
        await self.page.wait_for_function(
            "text => !window.shows(text)", arg="".join(text.split()), polling=200
        )

    async def read(self) -> str:
        """Return the whole text on the screen."""
        text: str = await self.page.evaluate("window.visibleText()")
        return text

    async def picture(self, name: str, *, height: int = HEIGHT) -> None:
        """Save a picture of the screen, and fail on an untranslated key."""
        if height != HEIGHT:
            await self.page.set_viewport_size({"width": WIDTH, "height": height})
        # Dialogs open with an animation.
        await self.page.wait_for_timeout(300)
        await self._save(self.page, name)
        visible = await self.read()
        if height != HEIGHT:
            await self.page.set_viewport_size({"width": WIDTH, "height": HEIGHT})
        assert self.words.raw_keys(visible) == []

    async def picture_of_phones(self, name: str) -> None:
        """Save a picture of the phones."""
        await self.phones.wait_for_timeout(300)
        await self._save(self.phones, name)

    async def _save(self, page: Page, name: str) -> None:
        """Save a numbered picture."""
        self.pictures += 1
        await page.screenshot(
            path=self._folder / f"{self.pictures:02}-{name}.png",
            animations="disabled",
            caret="hide",
        )

    @asynccontextmanager
    async def at_the_phones(self) -> AsyncIterator[Page]:
        """Bring the phones to the front for a moment."""
        await self.phones.bring_to_front()
        yield self.phones
        await self.page.bring_to_front()
