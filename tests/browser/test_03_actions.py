"""The forms of the actions."""

from base64 import b64encode

from playwright.async_api import Locator, expect
import pytest

from .person import Person
from .words import Words
from tests.demo.home import DOORBELL, MARIA
from tests.simulator import PUBLIC_CHIME, Simulator
from tests.simulator.chime import chime

pytestmark = [
    pytest.mark.browser,
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.timeout(180),
    pytest.mark.usefixtures("home"),
]


class ActionForm:
    """The form of an action among the developer tools."""

    def __init__(self, person: Person, action: str) -> None:
        """Initialize."""
        self._person = person
        self._action = action

    async def open(self) -> None:
        """Open the form with all its sections."""
        await self._person.reload(f"/config/tools/action?service=ryze.{self._action}")
        await self._person.see(self.text("name"), self.text("description"))
        for section in await self._person.page.locator(
            "ha-service-control ha-service-section-icon"
        ).all():
            await section.click()

    def text(self, key: str) -> str:
        """Return a text of the form."""
        return self._person.words.ryze(f"services.{self._action}.{key}")

    def field(self, name: str) -> Locator:
        """Return the row of a field."""
        page = self._person.page
        return page.locator("ha-service-control ha-settings-row").filter(
            has=page.get_by_text(self.text(f"fields.{name}.name"), exact=True)
        )

    async def tick(self, name: str) -> None:
        """Turn an optional field on or off."""
        await self.field(name).locator("ha-checkbox").click()

    async def choose_contact(self, name: str) -> None:
        """Choose a contact by name."""
        await self.tick("entity_id")
        await (
            self.field("entity_id")
            .get_by_text(
                self._person.words.ui("ui.components.entity.entity-picker.placeholder")
            )
            .click()
        )
        await (
            self._person.page.locator("ha-picker-combo-box ha-list-item-option")
            .filter(has_text=name)
            .click()
        )

    async def write(self, name: str, value: str) -> None:
        """Turn a field on, and fill it in."""
        await self.tick(name)
        await self.field(name).locator("textarea, ha-input input").fill(value)

    async def write_number(self, number: str) -> None:
        """Write a phone number into the list of numbers."""
        await self.tick("number")
        field = self.field("number")
        await field.locator("ha-button").click()
        await field.locator("ha-input input").fill(number)

    async def perform(self) -> None:
        """Perform the action."""
        await self._person.click(
            self._person.words.ui("ui.panel.config.tools.tabs.actions.call_service")
        )


@pytest.mark.parametrize(
    ("action", "height"),
    [
        ("fake_call", 1200),
        ("audio_call", 1900),
        ("escalate", 2500),
        ("acknowledge", 900),
    ],
)
async def test_form(person: Person, words: Words, action: str, height: int) -> None:
    """Every field has a name and a description, and no text is a raw key."""
    form = ActionForm(person, action)
    await form.open()
    await person.picture(action.replace("_", "-"), height=height)
    texts = words.under(f"services.{action}.")
    assert len(texts) > 5
    await person.see(*texts)


async def test_choice(person: Person, words: Words) -> None:
    """The field `accept` offers each of its options."""
    form = ActionForm(person, "escalate")
    await form.open()
    await form.tick("accept")
    await person.see(*words.under("selector.accept.options."))


async def test_message(person: Person, words: Words, simulator: Simulator) -> None:
    """An action speaks a message to Maria, and its response has the outcome."""
    form = ActionForm(person, "audio_call")
    await form.open()
    await form.choose_contact("Maria")
    await form.write("message", "The washing machine is done.")
    await form.write("wait", "20")
    await form.write("tag", "laundry")
    await form.perform()
    async with person.at_the_phones() as phones:
        await phones.locator("[data-act=answer]:visible").click()
    call = simulator.calls[-1]
    response = person.page.locator(".cm-content").filter(has_text=call.id)
    await expect(response).to_contain_text("outcome: answered")
    await expect(response).to_contain_text("tag: laundry")
    await person.picture("message-answered", height=2500)
    assert call.audio


@pytest.mark.parametrize("words", ["en"], indirect=True)
async def test_media(person: Person, simulator: Simulator) -> None:
    """An action plays a file from the media browser."""
    form = ActionForm(person, "audio_call")
    await form.open()
    await form.choose_contact("Maria")
    await form.tick("media")
    await form.field("media").locator("ha-media-item-picker").click()
    await person.page.get_by_text("My media", exact=True).last.click()
    await person.page.get_by_text(DOORBELL, exact=True).last.wait_for()
    await person.picture("media-browser")
    await person.page.get_by_text(DOORBELL, exact=True).last.click()
    await _expect_chime(person, form, simulator)
    await person.picture("media", height=2500)


@pytest.mark.parametrize("words", ["en"], indirect=True)
@pytest.mark.parametrize("source", ["media_url", "media_base64"])
async def test_other_audio(person: Person, simulator: Simulator, source: str) -> None:
    """An action plays audio from a URL and audio from its own data."""
    sources = {
        "media_url": PUBLIC_CHIME,
        "media_base64": b64encode(chime()).decode(),
    }
    form = ActionForm(person, "audio_call")
    await form.open()
    await form.choose_contact("Maria")
    await form.write(source, sources[source])
    await _expect_chime(person, form, simulator)


async def _expect_chime(person: Person, form: ActionForm, simulator: Simulator) -> None:
    """Perform the action, and check that it played the chime on Maria's phone."""
    rings = simulator.rings(MARIA)
    await form.perform()
    await person.see(person.words.ui("ui.panel.config.tools.tabs.actions.response"))
    call = simulator.calls[-1]
    await person.page.locator(".cm-content").filter(has_text=call.id).wait_for()
    assert call.audio == chime()
    assert simulator.rings(MARIA) == rings + 1


async def test_mistakes(person: Person, words: Words, simulator: Simulator) -> None:
    """A missing or superfluous field gets an error in words, and no phone rings."""
    calls = len(simulator.calls)
    form = ActionForm(person, "audio_call")
    await form.open()
    await form.write("message", "Hello")
    await form.perform()
    await person.see(words.ryze("exceptions.no_recipient.message"))
    await person.picture("nobody-to-call", height=2000)
    await form.choose_contact("Maria")
    await form.write("media_url", "https://example.com/alarm.mp3")
    await form.perform()
    await person.see(words.ryze("exceptions.one_audio.message"))
    assert len(simulator.calls) == calls


@pytest.mark.parametrize(
    ("number", "key"),
    [
        ("99999-0001", "area_code_missing"),
        ("66999999999", "ambiguous_number"),
        ("12", "invalid_number"),
        ("120363000000000000@g.us", "not_a_person"),
        ("5511999990001.5", "invalid_number"),
        ("33912345678.0", "unquoted_number"),
    ],
)
async def test_mistakes_in_numbers(
    person: Person, words: Words, simulator: Simulator, number: str, key: str
) -> None:
    """A number that may be a stranger's gets an error that says what to write."""
    calls = len(simulator.calls)
    form = ActionForm(person, "fake_call")
    await form.open()
    await form.write_number(number)
    await form.perform()
    await person.see(words.ryze(f"exceptions.{key}.message", position=1))
    await person.picture(f"mistake-{key}", height=1200)
    assert len(simulator.calls) == calls
