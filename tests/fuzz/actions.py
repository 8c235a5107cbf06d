"""Data of the four actions, from valid to nonsensical."""

from typing import Any, Final

from hypothesis import strategies as st

from .documents import PEOPLE
from .odd import BASE64, MEDIA_IDS, ODD, URLS
from tests.helpers.const import ANA, JOAO, MARIA

_CONTACTS: Final = st.one_of(
    st.sampled_from(["notify.maria", "notify.joao", "notify.nobody", "notify.group"]),
    st.sampled_from(["event.maria_call", "all", "none", "NOTIFY.MARIA", "notify."]),
)
_PLACES: Final = st.sampled_from(["kitchen", "nowhere", "none", ""])
_PHONES: Final = st.one_of(st.sampled_from([MARIA, int(JOAO), f"+{ANA}"]), PEOPLE)
_TAGS: Final = st.one_of(st.sampled_from(["door", "", 7]), st.text(max_size=5))


def _one_or_many(values: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Return a value, a list, or text with commas."""
    several = st.lists(values, max_size=3)
    return st.one_of(
        values, several, several.map(lambda items: ",".join(map(str, items)))
    )


def _whole(maximum: int) -> st.SearchStrategy[Any]:
    """Return a whole number as a number or a text, mostly within its limits."""
    numbers = st.integers(-1, maximum + 1)
    return st.one_of(numbers, numbers.map(float), numbers.map(str))


_FIELDS: Final[dict[str, st.SearchStrategy[Any]]] = {
    "entity_id": _one_or_many(_CONTACTS),
    "area_id": _one_or_many(_PLACES),
    "label_id": _one_or_many(_PLACES),
    "exclude": st.fixed_dictionaries(
        {}, optional={"entity_id": _one_or_many(_CONTACTS), "area_id": _PLACES}
    ),
    "number": _one_or_many(_PHONES),
    "duration": _whole(60),
    "wait": st.sampled_from([0, "0", 0.0, 1]),
    "tag": _TAGS,
    "config_entry_id": st.sampled_from(["home", "01JX", "", "\ud800"]),
    "message": st.sampled_from(["Fire!", " ", ""]),
    "tts_entity": st.sampled_from(["tts.parrot", "tts.nobody", "parrot"]),
    "language": st.sampled_from(["en", "xx", ""]),
    "tts_options": st.sampled_from([{}, {"voice": "x"}, {"x": 1}]),
    "media": st.one_of(
        MEDIA_IDS,
        MEDIA_IDS.map(lambda media: {"media_content_id": media}),
    ),
    "media_url": URLS,
    "media_base64": BASE64,
    "rounds": _whole(10),
    "ring_time": _whole(120),
    "pause": _whole(600),
    "deadline": _whole(86400),
    "accept": st.sampled_from(["answered", "answered_or_rejected", "rejected", ""]),
    "background": st.sampled_from([True, "on", 0]),
    "escalation_id": st.sampled_from(["01JX", ""]),
}
_RECIPIENTS: Final = (
    "entity_id",
    "area_id",
    "label_id",
    "exclude",
    "number",
    "tag",
    "config_entry_id",
)
_AUDIO: Final = (
    "message",
    "tts_entity",
    "language",
    "tts_options",
    "media",
    "media_url",
    "media_base64",
)
# The fields of each action.
ACTIONS: Final = {
    "fake_call": (*_RECIPIENTS, "duration", "wait"),
    "audio_call": (*_RECIPIENTS, *_AUDIO, "wait"),
    "escalate": (
        *_RECIPIENTS,
        *_AUDIO,
        "duration",
        "rounds",
        "ring_time",
        "pause",
        "deadline",
        "accept",
        "background",
    ),
    "acknowledge": ("escalation_id", "tag"),
}


def _data_of(action: str) -> st.SearchStrategy[tuple[str, dict[Any, Any]]]:
    """Return an action with valid fields and at most one odd value."""
    fields = {name: _FIELDS[name] for name in ACTIONS[action]}
    plausible = st.fixed_dictionaries(
        {"number": _one_or_many(_PHONES)} if "number" in fields else {},
        optional={name: value for name, value in fields.items() if name != "number"},
    )
    odd = st.dictionaries(st.sampled_from(sorted(fields)), ODD, max_size=1)
    return st.tuples(
        st.just(action), st.builds(lambda data, spoilt: data | spoilt, plausible, odd)
    )


CALLS: Final = st.sampled_from(sorted(ACTIONS)).flatmap(_data_of)
ANY_DATA: Final = st.one_of(
    st.dictionaries(st.one_of(st.sampled_from(sorted(_FIELDS)), ODD.map(str)), ODD),
    ODD,
)
