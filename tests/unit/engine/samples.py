"""One value of every command and fact, made from the types of their fields, so that none is forgotten."""

from __future__ import annotations

import types
import typing
from collections.abc import Iterator

import msgspec

from ucc.domain import engine

COMMANDS: tuple[type[engine.Command], ...] = typing.get_args(engine.AnyCommand)
CONDITIONS: tuple[type[engine.Condition], ...] = typing.get_args(engine.AnyCondition)
FACTS: tuple[type[engine.Fact], ...] = typing.get_args(engine.AnyFact)

# Fields that hold a word Rust knows by name; all other texts are free.
WORDS = {
    "medium": "voice",
    "session": "reconnecting",
    "status": "on_queue",
    "next_status": "off_queue",
    "cause": "taken_over",
    "rule": "named",
    "order_by": "strict_priority",
    "agent_choice": "least_occupied",
    "clock": "next_response",
    "pause": "contact_lost",
    "exit": "voicemail",
    "overflow_exit": "callback",
}
# Fields narrower than 64 bits.
WIDEST = dict.fromkeys(("priority", "level", "lower_by"), 255) | dict.fromkeys(
    (
        "units",
        "waiting_max",
        "eligible",
        "waiting",
        "load",
        "step",
        "share_per_hour",
        "reserve",
        "weight",
        "agent_units_max",
        "overflow_length",
        "broadcast",
        "tries",
        "tries_max",
        "callback_tries",
    ),
    2**32 - 1,
)
# The facts' reasons, every one of them.
REASONS: dict[str, tuple[str, ...]] = {
    "interaction_requeued": (
        "declined", "timed_out", "agent_lost", "agent_removed", "returned", "contact_wrote",
        "not_connected", "due",
    ),
    "connecting_failed": ("failed", "timed_out"),
    "interaction_failed": ("unreached",),
    "interaction_overflowed": ("waited", "unstaffed", "not_accepted", "length", "redirected", "asked"),
    "interaction_diverted": (
        "waited", "unstaffed", "not_accepted", "length", "redirected", "asked",
    ),
    "offer_revoked": (
        "contact_left", "contact_lost", "agent_lost", "taken", "agent_removed", "cancelled",
    ),
    "wrap_up_started": ("ended", "contact_left", "transferred"),
    "interaction_closed": (
        "completed", "wrap_up_timed_out", "contact_left", "agent_lost", "agent_removed",
        "consult_ended", "seat_left", "handed_over", "parent_moved",
    ),
    "interaction_abandoned": ("left", "lost"),
    "interaction_cancelled": (
        "declined", "timed_out", "agent_lost", "agent_removed", "contact_left", "parent_moved",
        "withdrawn", "not_connected", "contact_called",
    ),
    "flow_returned": ("finished", "taken_back", "timed_out"),
    "preference_ended": ("waited", "agent_away"),
}  # fmt: skip


def tag_of(kind: type[msgspec.Struct]) -> str:
    """Return the tag a Struct has on the wire."""
    tag = kind.__struct_config__.tag
    assert isinstance(tag, str)
    return tag


def make(kind: type[msgspec.Struct], number: int, *, is_full: bool) -> msgspec.Struct:
    """Make a Struct: `number` in every integer; every optional field given, or none."""
    hints = typing.get_type_hints(kind)
    return kind(**{name: _value(kind, name, hints[name], number, is_full) for name in kind.__struct_fields__})


def _value(kind: type[msgspec.Struct], name: str, hint: object, number: int, is_full: bool) -> object:
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin is types.UnionType or origin is typing.Union:
        is_given = is_full or type(None) not in arguments
        return _value(kind, name, arguments[0], number, is_full) if is_given else None
    if name == "interruptible":
        return ["email"] * (3 if is_full else 0)
    if name == "pauses":
        return ["wrapping"] * (3 if is_full else 0)
    if origin is list:
        return [_value(kind, name, arguments[0], number, is_full)] * (3 if is_full else 0)
    if origin is tuple:
        first = "chat" if arguments[0] is str else number
        return (first, min(number, 255) if name != "open" else number)
    if hint is bool:
        return is_full
    if hint is int:
        return min(number, WIDEST.get(name, number))
    if hint is str:
        return WORDS.get(name) or REASONS.get(str(kind.__struct_config__.tag), ("",))[0]
    assert isinstance(hint, type)
    assert issubclass(hint, msgspec.Struct)
    return make(hint, number, is_full=is_full)


def samples(kinds: tuple[type[msgspec.Struct], ...]) -> Iterator[msgspec.Struct]:
    """Yield every kind small and full, with integers of every width, and with every reason."""
    for kind in kinds:
        for number in (0, 1, 127, 128, 255, 256, 65_535, 65_536, 2**32 - 1, 2**32, 2**53, 2**63 - 1):
            yield make(kind, number, is_full=number % 2 == 1)
            yield make(kind, number, is_full=number % 2 == 0)
        for reason in REASONS.get(tag_of(kind), ()):
            yield msgspec.structs.replace(make(kind, 7, is_full=True), reason=reason)
