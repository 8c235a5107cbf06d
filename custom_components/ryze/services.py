"""Actions of the Ryze integration."""

import asyncio
from collections.abc import Callable, Sequence
import time
from typing import Final

from homeassistant.const import ATTR_ENTITY_ID
from homeassistant.core import (
    HomeAssistant,
    ServiceCall,
    ServiceResponse,
    SupportsResponse,
    callback,
    valid_entity_id,
)
from homeassistant.util.ulid import ulid_now

from .audio import async_get_audio
from .calls import AudioCall, Call, CallRequest, FakeCall
from .const import (
    ATTR_ACCEPT,
    ATTR_BACKGROUND,
    ATTR_CALLS,
    ATTR_DEADLINE,
    ATTR_DURATION,
    ATTR_ESCALATION_ID,
    ATTR_PAUSE,
    ATTR_PROBLEMS,
    ATTR_REPORTS_OUTCOMES,
    ATTR_RESULT,
    ATTR_RING_TIME,
    ATTR_ROUNDS,
    ATTR_TAG,
    ATTR_WAIT,
    DOMAIN,
    LOGGER,
)
from .errors import log_unexpected, refusal, translated
from .escalation import DATA_ESCALATIONS, Escalation, Plan, Result, Target
from .missing_contacts import DATA_MISSING_CONTACTS
from .problems import Problem
from .recipients import Recipient, async_get_recipients
from .rights import async_get_rights
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


async def _async_fake_call(action: ServiceCall) -> ServiceResponse:
    """Ring phones and hang up."""
    recipients = await _async_get_recipients(action)
    duration, tag = action.data[ATTR_DURATION], action.data.get(ATTR_TAG)
    return await _async_call(
        action,
        recipients,
        lambda number: FakeCall(number=number, duration=duration, tag=tag),
    )


async def _async_audio_call(action: ServiceCall) -> ServiceResponse:
    """Ring phones, and play audio when a call is answered."""
    recipients = await _async_get_recipients(action)
    audio = await async_get_audio(action.hass, action.data)
    tag = action.data.get(ATTR_TAG)
    return await _async_call(
        action,
        recipients,
        lambda number: AudioCall(number=number, audio=audio, tag=tag),
    )


async def _async_get_recipients(action: ServiceCall) -> list[Recipient]:
    """Return the recipients of an action, all of whom its user may call."""
    rights = await async_get_rights(action.hass, action.context)
    recipients = async_get_recipients(action.hass, action.data)
    for recipient in recipients:
        rights.check_call(recipient.entry.entry_id, recipient.entities)
    return recipients


async def _async_call(
    action: ServiceCall,
    recipients: Sequence[Recipient],
    make_request: Callable[[str], CallRequest],
) -> ServiceResponse:
    """Call recipients side by side, and return the outcomes."""
    wait: int = action.data[ATTR_WAIT]

    async def call(recipient: Recipient) -> Call:
        request = make_request(recipient.number)
        if recipient.calls:
            return await recipient.calls.async_place(request, action.context, wait)
        return Call.not_loaded(request, action.context, recipient.contact)

    placed = await asyncio.gather(*(call(recipient) for recipient in recipients))
    errors = [item.error for item in placed if item.error]
    if errors and (len(errors) == len(placed) or not action.return_response):
        raise translated(errors[0].key)
    if not action.return_response:
        return None
    return {ATTR_CALLS: [item.as_response(waited=wait > 0) for item in placed]}


async def _async_escalate(action: ServiceCall) -> ServiceResponse:
    """Call people in order until one of them acknowledges."""
    hass, data = action.hass, action.data
    recipients = await _async_get_recipients(action)
    problems: list[Problem] = data[ATTR_PROBLEMS]
    plan = _make_plan(action, recipients)
    escalation = hass.data[DATA_ESCALATIONS].async_start(plan, action.context.id)
    _report(action, problems)
    # A running escalation with the same tag is not waited for a second time.
    if escalation.plan is plan and not data[ATTR_BACKGROUND]:
        try:
            await escalation.async_wait()
        except asyncio.CancelledError:
            if not hass.is_stopping:
                escalation.async_end(Result.STOPPED)
            raise
    if not action.return_response:
        return None
    return escalation.as_dict() | {
        ATTR_RESULT: escalation.result.value,
        ATTR_PROBLEMS: [problem.as_dict() for problem in problems],
        ATTR_REPORTS_OUTCOMES: any(
            recipient.calls.reports_outcomes
            for recipient in recipients
            if recipient.calls
        ),
        ATTR_CALLS: escalation.rows,
    }


def _report(action: ServiceCall, problems: Sequence[Problem]) -> None:
    """Log what an escalation leaves out, and raise repairs for missing contacts.

    Whatever goes wrong here must not silence the escalation, which runs by now.
    """
    missing = set()
    for problem in problems:
        LOGGER.error("An escalation leaves out %s", problem)
        entity_id = problem.value or ""
        if problem.field == ATTR_ENTITY_ID and valid_entity_id(entity_id):
            missing.add(entity_id)
    try:
        action.hass.data[DATA_MISSING_CONTACTS].async_handle_escalation(
            action.data.get(ATTR_TAG), missing
        )
    except Exception as err:  # noqa: BLE001
        log_unexpected("in the repairs of an escalation", err)


def _make_plan(action: ServiceCall, recipients: Sequence[Recipient]) -> Plan:
    """Return the plan of a new escalation."""
    data = action.data
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
        user_id=action.context.user_id,
    )


async def _async_acknowledge(action: ServiceCall) -> ServiceResponse:
    """Acknowledge escalations."""
    rights = await async_get_rights(action.hass, action.context)
    running = _named_escalations(action)
    named = bool(action.data)
    if named and not running:
        raise refusal("unknown_escalation")
    found = [item for item in running if rights.may_acknowledge(item.plan.entry_ids)]
    if len(found) < len(running) and (named or not found):
        raise rights.refusal()
    for escalation in found:
        escalation.async_end(Result.ACKNOWLEDGED, action.context.user_id)
    if not action.return_response:
        return None
    return {ATTR_ESCALATION_ID: [escalation.plan.escalation_id for escalation in found]}


def _named_escalations(action: ServiceCall) -> list[Escalation]:
    """Return the running escalations that the data name, all where they name none.

    Data that a template has left empty must not end all: an empty tag stands for the
    escalations without a tag.
    """
    given = {key: value for key, value in action.data.items() if value is not None}
    running = action.hass.data[DATA_ESCALATIONS].async_get(**given)
    if given or not action.data:
        return running
    has_tag = ATTR_TAG in action.data
    return [item for item in running if has_tag and item.plan.tag is None]


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
