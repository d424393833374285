"""Decisions about conversations, purely: what a message asks of routing, clocks, phases, languages."""

from __future__ import annotations

import re
from collections.abc import Iterable
from enum import StrEnum
from typing import Any

from ucc.domain.people import Skill
from ucc.domain.states import ConversationState, InteractionState, VisitorPhase

HOUR_MS = 3_600_000
REOPEN_MS = 72 * HOUR_MS  # a message this long after the end is the same conversation
PREVIEW_CHARACTERS = 160
REASON_CHARACTERS = 200
LANGUAGE_LEVEL = 1  # of the language skill a visitor's words ask for
MESSAGES_WINDOW_MS = 3_000

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
        InteractionState.INTERRUPTED,
        InteractionState.PARKED,
        InteractionState.WRAPPING,
    }
)
WAITING = frozenset({InteractionState.NEW, InteractionState.QUEUED, InteractionState.OFFERED})

_HAN = re.compile("[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")
_KANA_OR_HANGUL = re.compile("[\u3040-\u30ff\uac00-\ud7af]")


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
    state: ConversationState, interaction: InteractionState | None, *, is_open: bool = True
) -> VisitorPhase:
    """Return what the widget shows of the work behind a chat."""
    if state in (ConversationState.RESOLVED, ConversationState.SPAM):
        return VisitorPhase.ENDED
    if interaction is None:
        return VisitorPhase.IDLE
    if interaction in OVER or interaction == InteractionState.WRAPPING:
        return VisitorPhase.ENDED
    if interaction in WAITING:
        return VisitorPhase.WAITING if is_open else VisitorPhase.CLOSED
    return VisitorPhase.ACTIVE


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


def language_of(text: str, locale: str) -> str:
    """Return the language a visitor writes, as a tag: Han script is Chinese, else what their browser says."""
    tag = locale.strip().replace("_", "-")[:35]
    if _HAN.search(text) and not _KANA_OR_HANGUL.search(text):
        return tag if tag.lower().startswith("zh") else "zh"
    return tag


def language_skill(language: str, skills: Iterable[Skill]) -> int | None:
    """Return the skill that speaks `language`: the same tag first, else the same language, else None."""
    wanted = language.lower()
    base = wanted.partition("-")[0]
    near: int | None = None
    for skill in sorted(skills, key=lambda one: one.id):
        spoken = (skill.locale or "").lower()
        if spoken and spoken == wanted:
            return skill.id
        if near is None and spoken and spoken.partition("-")[0] == base:
            near = skill.id
    return near


def screen_locale(language: str) -> str | None:
    """Return the locale of our screens nearest to a language tag, or None."""
    tag = language.lower()
    if tag.startswith("zh"):
        is_traditional = any(part in tag for part in ("hant", "tw", "hk", "mo"))
        return "zh-TW" if is_traditional else "zh-CN"
    return "en" if tag.startswith("en") else None
