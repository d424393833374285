"""Hints that lists changed reach every console, a few at a time."""

from __future__ import annotations

import asyncio

import pytest

from ucc.domain.events import ListsChanged
from ucc.web import hub
from ucc.web.hub import Frames, HintRound, Holder


class Console:
    """A holder that counts what it is told."""

    def __init__(self) -> None:
        self.told: list[list[str]] = []

    def hear(self, frames: Frames) -> None:
        assert isinstance(frames.event, ListsChanged)
        self.told.append(frames.event.names)

    async def has_room(self) -> None:
        """Is always there."""


@pytest.fixture(autouse=True)
def no_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hub, "HINTS_PAUSE_MS", 0)


async def settle() -> None:
    for _ in range(20):
        await asyncio.sleep(0)


async def test_every_console_is_told_once_and_only_some_in_one_turn() -> None:
    consoles = [Console() for _ in range(2 * hub.HINTS_AT_ONCE + 1)]
    holders: dict[Holder, int] = dict.fromkeys(consoles, 0)
    HintRound("tenant:1", holders).note(ListsChanged(names=["views"]))
    assert sum(len(one.told) for one in consoles) == hub.HINTS_AT_ONCE
    await settle()
    assert [one.told for one in consoles] == [[["views"]]] * len(consoles)


async def test_what_changes_during_a_round_is_told_to_all_by_the_next() -> None:
    consoles = [Console() for _ in range(hub.HINTS_AT_ONCE + 1)]
    holders: dict[Holder, int] = dict.fromkeys(consoles, 0)
    hints = HintRound("tenant:1", holders)
    for name in ("views", "queues", "presence"):
        hints.note(ListsChanged(names=[name]))
    await settle()
    assert [one.told for one in consoles] == [[["views"], ["presence", "queues"]]] * len(consoles)
    hints.note(ListsChanged(names=["agents"]))
    assert consoles[0].told[-1] == ["agents"]


async def test_a_console_that_left_during_a_round_hears_nothing_more() -> None:
    consoles = [Console() for _ in range(hub.HINTS_AT_ONCE + 1)]
    holders: dict[Holder, int] = dict.fromkeys(consoles, 0)
    HintRound("tenant:1", holders).note(ListsChanged(names=["views"]))
    del holders[consoles[-1]]
    await settle()
    assert consoles[-1].told == []
