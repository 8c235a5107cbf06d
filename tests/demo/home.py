"""The home of the demo: its configuration, and how it is set up."""

from pathlib import Path
from string import Template
from typing import Any

from imageio_ffmpeg import get_ffmpeg_exe

from .home_assistant import DemoError, HomeAssistant
from tests.simulator import Simulator

INSTANCE = "home"
MARIA = "5511999990001"
JOAO = "5511999990002"

_TEMPLATES = Path(__file__).parent


def write_configuration(config: Path, port: int, simulator: Simulator) -> None:
    """Write the configuration and the dashboard."""
    config.mkdir(parents=True, exist_ok=True)
    values = {
        "chime": f"{simulator.url}/_simulator/chime.wav",
        "ffmpeg": get_ffmpeg_exe(),
        "joao": JOAO,
        "maria": MARIA,
        "phones": f"{simulator.url}/",
        "port": port,
    }
    for name in ("configuration.yaml", "dashboard.yaml"):
        template = Template((_TEMPLATES / name).read_text())
        (config / name).write_text(template.substitute(values))


async def async_set_up(home_assistant: HomeAssistant, simulator: Simulator) -> None:
    """Set the instance up through the config flow, unless it is."""
    for entry in await home_assistant.entries("ryze"):
        if entry["state"] != "loaded":
            raise DemoError(
                f"The instance is not loaded but {entry['state']}; see {home_assistant.log}"
            )
        return
    result = await async_config_flow(
        home_assistant, simulator.instances[INSTANCE].token, simulator.url
    )
    if result.get("type") != "create_entry":
        raise DemoError(f"The instance could not be set up: {result}")


async def async_config_flow(
    home_assistant: HomeAssistant, token: str, url: str
) -> dict[str, Any]:
    """Fill in the form of the config flow and return what comes of it."""
    flows = "/api/config/config_entries/flow"
    flow = await home_assistant.post(flows, {"handler": "ryze"})
    result: dict[str, Any] = await home_assistant.post(
        f"{flows}/{flow['flow_id']}", {"token": token, "url": url}
    )
    return result
