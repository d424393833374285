"""Decisions about conversations, purely: what a message asks of routing, clocks, phases."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import Any

from ucc.domain.states import ConversationState, InteractionState, OverflowExit, VisitorPhase

HOUR_MS = 3_600_000
REOPEN_MS = 72 * HOUR_MS  # a message this long after the end is the same conversation
PREVIEW_CHARACTERS = 160
REASON_CHARACTERS = 200
MESSAGES_WINDOW_MS = 3_000
_E164 = re.compile(r"\+[1-9][0-9]{6,14}")

OVER = frozenset(
    {
        InteractionState.CLOSED,
        InteractionState.ABANDONED,
        InteractionState.CANCELLED,
        InteractionState.FAILED,
    }
)
_REVIVED_BY_MESSAGE = frozenset({InteractionState.WRAPPING, InteractionState.PARKED})
IN_HAND = frozenset(
    {
        InteractionState.CONNECTING,
        InteractionState.ACTIVE,
        InteractionState.HELD,
        InteractionState.IN_FLOW,
        InteractionState.INTERRUPTED,
        InteractionState.PARKED,
        InteractionState.WRAPPING,
    }
)
WAITING = frozenset(
    {InteractionState.NEW, InteractionState.QUEUED, InteractionState.OFFERED, InteractionState.SCHEDULED}
)


class Need(StrEnum):
    """What a contact's message asks of routing, given the state of the work."""

    NOTHING = "nothing"  # somebody has it, or it waits already
    REVIVE = "revive"  # wrapping or parked: the engine decides whether it is still there
    WORK = "work"  # nobody has it and nothing waits


def need_of_message(state: ConversationState, interaction: InteractionState | None) -> Need:
    """Return what must be asked of routing so that no message is left without work."""
    if state == ConversationState.SPAM:
        return Need.NOTHING
    if interaction is None or interaction in OVER:
        return Need.WORK
    return Need.REVIVE if interaction in _REVIVED_BY_MESSAGE else Need.NOTHING


def is_reopenable(state: ConversationState, resolved_at_ms: int | None, now_ms: int) -> bool:
    """Say whether a message still belongs to this conversation."""
    if state != ConversationState.RESOLVED:
        return True
    return resolved_at_ms is not None and now_ms < resolved_at_ms + REOPEN_MS


def phase_of(
    state: ConversationState,
    interaction: InteractionState | None,
    *,
    is_open: bool = True,
    left_by: OverflowExit | None = None,
) -> VisitorPhase:
    """Return what the widget shows of the work behind a chat."""
    if state in (ConversationState.RESOLVED, ConversationState.SPAM):
        return VisitorPhase.ENDED
    if interaction is None:
        return VisitorPhase.IDLE
    if interaction in OVER or interaction == InteractionState.WRAPPING:
        return VisitorPhase.ENDED
    if left_by == OverflowExit.CALLBACK and (
        interaction in WAITING or interaction == InteractionState.CONNECTING
    ):
        return VisitorPhase.CALLBACK  # while it is dialled too: nobody is in the chat
    if interaction in WAITING and left_by is not None:
        return VisitorPhase.LEFT
    if interaction in WAITING:
        return VisitorPhase.WAITING if is_open else VisitorPhase.CLOSED
    return VisitorPhase.ACTIVE


def callback_number(text: str | None) -> str | None:
    """Return a number that can be called from anywhere (E.164), None where the text is none."""
    written = re.sub(r"[ ().\-/]", "", text or "")
    return written if _E164.fullmatch(written) else None


def reason_of(context: dict[str, Any], text: str) -> str:
    """Return what an offer shows of the cause: an own pre-chat answer, then the first words."""
    for key, answer in context.get("prechat", {}).items():
        if key not in ("name", "email", "phone"):
            return f"{answer}: {text}"[:REASON_CHARACTERS]
    return text[:REASON_CHARACTERS]


def preview(text: str, characters: int = PREVIEW_CHARACTERS) -> str:
    """Return the one line of a text that lists show."""
    line = " ".join(text[: characters * 4].split())
    return line if len(line) <= characters else line[: characters - 1] + "…"
