"""The configuration of the demo's home, and its setup."""

from pathlib import Path
import shutil
from string import Template
from typing import Any

from imageio_ffmpeg import get_ffmpeg_exe

from .home_assistant import REPOSITORY, DemoError, HomeAssistant
from .speech import SpeechServer
from tests.simulator import Simulator
from tests.simulator.chime import chime

INSTANCE = "home"
MARIA = "5511999990001"
JOAO = "5511999990002"
ANA = "5511999990003"
# Brazil's national spelling, because the demo's country is Brazil.
CONTACTS = {
    "Maria": "(11) 99999-0001",
    "João": "(11) 99999-0002",
    "Ana": "(11) 99999-0003",
}

DOORBELL = "doorbell.wav"
SPEECH_ENGINE = "marytts"

FLOWS = "/api/config/config_entries"

_TEMPLATES = Path(__file__).parent


def write_configuration(
    config: Path, port: int, simulator: Simulator, speech: SpeechServer
) -> None:
    """Write the configuration, the dashboard, the blueprints and an audio file."""
    media = config / "media"
    media.mkdir(parents=True, exist_ok=True)
    (media / DOORBELL).write_bytes(chime())
    # Home Assistant stores imported blueprints in the same place.
    shutil.copytree(
        REPOSITORY / "blueprints", config / "blueprints", dirs_exist_ok=True
    )
    if not (made := config / "automations.yaml").exists():
        made.write_text("[]")
    values = {
        "doorbell": DOORBELL,
        "ffmpeg": get_ffmpeg_exe(),
        "media": media,
        "phones": f"{simulator.url}/",
        "port": port,
        "speech_host": speech.host,
        "speech_port": speech.port,
    }
    for name in ("configuration.yaml", "dashboard.yaml"):
        template = Template((_TEMPLATES / name).read_text())
        (config / name).write_text(template.substitute(values))


async def async_set_up(home_assistant: HomeAssistant, simulator: Simulator) -> None:
    """Set up the instance and its contacts through the config flows."""
    data = {
        "token": simulator.instances[INSTANCE].token,
        "url": simulator.url,
    }
    if entries := await home_assistant.entries("ryze"):
        # The simulator may have another port than at the last start.
        (entry,) = entries
        flow = {"handler": "ryze", "entry_id": entry["entry_id"]}
        result = await async_config_flow(home_assistant, flow, data)
        done = result.get("reason") == "reconfigure_successful"
    else:
        flow = {"handler": "ryze"}
        live_updates = {"live_updates": True}
        result = await async_config_flow(home_assistant, flow, data, live_updates)
        done = result.get("type") == "create_entry"
    if not done:
        raise DemoError(f"The instance could not be set up: {result}")
    (entry,) = await home_assistant.entries("ryze")
    # Contacts are added only once, because a removed contact must not come back at the
    # next start.
    if not entry["num_subentries"]:
        for name, number in CONTACTS.items():
            await _async_add_contact(home_assistant, entry["entry_id"], name, number)


async def _async_add_contact(
    home_assistant: HomeAssistant, entry_id: str, name: str, number: str
) -> None:
    """Add a contact."""
    flows = f"{FLOWS}/subentries/flow"
    flow = await home_assistant.post(flows, {"handler": [entry_id, "contact"]})
    url = f"{flows}/{flow['flow_id']}"
    result = await home_assistant.post(url, {"name": name, "number": number})
    if result.get("step_id") == "confirm":
        result = await home_assistant.post(url, {"next_step_id": "save"})
    if result.get("type") != "create_entry":
        raise DemoError(f"The contact {name} could not be added: {result}")


async def async_config_flow(
    home_assistant: HomeAssistant, flow: dict[str, str], *forms: dict[str, Any]
) -> dict[str, Any]:
    """Fill in the forms of a config flow, and return the last answer."""
    result: dict[str, Any] = await home_assistant.post(f"{FLOWS}/flow", flow)
    for form in forms:
        result = await home_assistant.post(f"{FLOWS}/flow/{result['flow_id']}", form)
    return result


async def async_speak(home_assistant: HomeAssistant, message: str) -> bytes:
    """Return a message as an MP3 file, spoken by Home Assistant."""
    answer = await home_assistant.post(
        "/api/tts_get_url", {"engine_id": SPEECH_ENGINE, "message": message}
    )
    if answer.get("url") != home_assistant.url + answer.get("path", ""):
        raise DemoError(f"There is no speech: {answer}")
    speech = await home_assistant.fetch(answer["path"])
    if not speech.startswith((b"ID3", b"\xff\xf3", b"\xff\xfb")):
        raise DemoError("The speech is no MP3 file")
    return speech
