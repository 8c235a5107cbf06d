"""Actions of the Ryze integration."""

import asyncio
from collections.abc import Callable, Sequence
import time
from typing import Final

from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import (
    HomeAssistant,
    ServiceCall,
    ServiceResponse,
    SupportsResponse,
    callback,
)
from homeassistant.util.ulid import ulid_now

from .audio.media import async_get_audio
from .calls.call import AudioCall, Call, FakeCall
from .const import (
    ATTR_ACCEPT,
    ATTR_BACKGROUND,
    ATTR_CALLS,
    ATTR_DEADLINE,
    ATTR_DURATION,
    ATTR_ESCALATION_ID,
    ATTR_PAUSE,
    ATTR_REPORTS_OUTCOMES,
    ATTR_RESULT,
    ATTR_RING_TIME,
    ATTR_ROUNDS,
    ATTR_TAG,
    ATTR_WAIT,
    DOMAIN,
)
from .errors import refusal, translated
from .escalation.plan import Plan, Result, Target
from .escalation.registry import DATA_ESCALATIONS
from .recipients import Recipient, async_get_recipients
from .schemas import (
    ACCEPT,
    ACKNOWLEDGE_SCHEMA,
    AUDIO_CALL_SCHEMA,
    AUDIO_FIELDS,
    ESCALATE_SCHEMA,
    FAKE_CALL_SCHEMA,
)

SERVICE_ACKNOWLEDGE: Final = "acknowledge"
SERVICE_AUDIO_CALL: Final = "audio_call"
SERVICE_ESCALATE: Final = "escalate"
SERVICE_FAKE_CALL: Final = "fake_call"


async def _async_fake_call(call: ServiceCall) -> ServiceResponse:
    """Ring phones and hang up."""
    recipients = async_get_recipients(call.hass, call.data)
    duration, tag = call.data[ATTR_DURATION], call.data.get(ATTR_TAG)
    return await _async_place(
        call,
        recipients,
        lambda number: FakeCall(number=number, duration=duration, tag=tag),
    )


async def _async_audio_call(call: ServiceCall) -> ServiceResponse:
    """Ring phones and play audio to whoever answers."""
    recipients = async_get_recipients(call.hass, call.data)
    audio = await async_get_audio(call.hass, call.data)
    tag = call.data.get(ATTR_TAG)
    return await _async_place(
        call,
        recipients,
        lambda number: AudioCall(number=number, audio=audio, tag=tag),
    )


async def _async_place(
    call: ServiceCall,
    recipients: Sequence[Recipient],
    request: Callable[[str], FakeCall | AudioCall],
) -> ServiceResponse:
    """Place calls side by side and return what became of them."""
    wait: int = call.data[ATTR_WAIT]

    async def place(recipient: Recipient) -> Call:
        wanted = request(recipient.number)
        if calls := recipient.current_calls:
            return await calls.async_place(wanted, call.context, wait)
        return Call.not_loaded(wanted, call.context, recipient.contact)

    calls = await asyncio.gather(*(place(recipient) for recipient in recipients))
    errors = [placed.error for placed in calls if placed.error]
    if errors and (len(errors) == len(calls) or not call.return_response):
        raise translated(errors[0].key)
    if not call.return_response:
        return None
    return {ATTR_CALLS: [placed.as_response(waited=wait > 0) for placed in calls]}


async def _async_escalate(call: ServiceCall) -> ServiceResponse:
    """Call people in order until one of them has it."""
    escalations = call.hass.data[DATA_ESCALATIONS]
    recipients = async_get_recipients(call.hass, call.data, alarm=True)
    plan = _make_plan(call, recipients)
    escalation = escalations.async_start(plan, call.context.id)
    # Another one of the same tag is not waited for: whoever started it does.
    if escalation.plan is plan and not call.data[ATTR_BACKGROUND]:
        try:
            await escalation.async_wait()
        except asyncio.CancelledError:
            if not call.hass.is_stopping:
                escalation.async_end(Result.STOPPED)
            raise
    if not call.return_response:
        return None
    return escalation.as_dict() | {
        ATTR_RESULT: escalation.result.value,
        ATTR_REPORTS_OUTCOMES: any(
            recipient.entry.runtime_data.calls.tracker.reports_outcomes
            for recipient in recipients
            if recipient.entry.state is ConfigEntryState.LOADED
        ),
        ATTR_CALLS: escalation.rows,
    }


def _make_plan(call: ServiceCall, recipients: Sequence[Recipient]) -> Plan:
    """Return what an escalation is to do."""
    data = call.data
    audio = {key: data[key] for key in map(str, AUDIO_FIELDS) if key in data}
    deadline = data.get(ATTR_DEADLINE)
    return Plan(
        escalation_id=ulid_now(),
        tag=data.get(ATTR_TAG),
        targets=[
            Target(
                entry_id=recipient.entry.entry_id,
                contact_id=recipient.contact_id,
                number=recipient.number,
            )
            for recipient in recipients
        ],
        audio=audio or None,
        duration=data[ATTR_DURATION],
        rounds=data[ATTR_ROUNDS],
        ring_time=data[ATTR_RING_TIME],
        pause=data[ATTR_PAUSE],
        accept=ACCEPT[data[ATTR_ACCEPT]],
        deadline=None if deadline is None else time.time() + deadline,
        user_id=call.context.user_id,
    )


async def _async_acknowledge(call: ServiceCall) -> ServiceResponse:
    """End escalations: somebody has it."""
    escalation_id, tag = call.data.get(ATTR_ESCALATION_ID), call.data.get(ATTR_TAG)
    found = call.hass.data[DATA_ESCALATIONS].async_get(
        escalation_id=escalation_id, tag=tag
    )
    if not found and (escalation_id is not None or tag is not None):
        raise refusal("unknown_escalation")
    for escalation in found:
        escalation.async_end(Result.ACKNOWLEDGED, call.context.user_id)
    if not call.return_response:
        return None
    return {ATTR_ESCALATION_ID: [escalation.plan.escalation_id for escalation in found]}


@callback
def async_setup_services(hass: HomeAssistant) -> None:
    """Register the actions."""
    for name, action, schema in (
        (SERVICE_ACKNOWLEDGE, _async_acknowledge, ACKNOWLEDGE_SCHEMA),
        (SERVICE_AUDIO_CALL, _async_audio_call, AUDIO_CALL_SCHEMA),
        (SERVICE_ESCALATE, _async_escalate, ESCALATE_SCHEMA),
        (SERVICE_FAKE_CALL, _async_fake_call, FAKE_CALL_SCHEMA),
    ):
        hass.services.async_register(
            DOMAIN,
            name,
            action,
            schema=schema,
            supports_response=SupportsResponse.OPTIONAL,
        )
