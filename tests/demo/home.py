"""The home of the demo: its configuration, and how it is set up."""

from pathlib import Path
from string import Template
from typing import Any

from imageio_ffmpeg import get_ffmpeg_exe

from .home_assistant import DemoError, HomeAssistant
from .speech import SpeechServer
from tests.simulator import Simulator
from tests.simulator.chime import chime

INSTANCE = "home"
MARIA = "5511999990001"
JOAO = "5511999990002"

DOORBELL = "doorbell.wav"
SPEECH_ENGINE = "marytts"

_TEMPLATES = Path(__file__).parent


def write_configuration(
    config: Path, port: int, simulator: Simulator, speech: SpeechServer
) -> None:
    """Write the configuration, the dashboard and a file to play."""
    media = config / "media"
    media.mkdir(parents=True, exist_ok=True)
    (media / DOORBELL).write_bytes(chime())
    values = {
        "chime": f"{simulator.url}/_simulator/chime.wav",
        "ffmpeg": get_ffmpeg_exe(),
        "joao": JOAO,
        "maria": MARIA,
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
    """Set the instance up through the config flow."""
    data = {
        "token": simulator.instances[INSTANCE].token,
        "url": simulator.url,
    }
    if entries := await home_assistant.entries("ryze"):
        # Since the last start the simulator may have moved to another port.
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


async def async_config_flow(
    home_assistant: HomeAssistant, flow: dict[str, str], *forms: dict[str, Any]
) -> dict[str, Any]:
    """Fill in the forms of a config flow and return what comes of it."""
    flows = "/api/config/config_entries/flow"
    result: dict[str, Any] = await home_assistant.post(flows, flow)
    for form in forms:
        result = await home_assistant.post(f"{flows}/{result['flow_id']}", form)
    return result
