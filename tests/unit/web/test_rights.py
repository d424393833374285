"""Rights on held streams: while one is in doubt its events wait, then they pass in order or are dropped."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from ucc.domain.conversation import Conversation
from ucc.domain.errors import Unavailable
from ucc.domain.events import ConversationChanged, TypingSeen
from ucc.domain.states import Author, Channel, ConversationState
from ucc.kit.tasks import Tasks
from ucc.web import rights
from ucc.web.hub import Frames
from ucc.web.rights import HeldRights


class Console:
    """What a console was given, and a database whose answers the test decides."""

    def __init__(self, tasks: Tasks) -> None:
        self.passed: list[Frames] = []
        self.lost: list[int] = []
        self.asked: list[list[int]] = []
        self.answers: asyncio.Queue[list[int] | Exception] = asyncio.Queue()
        self.rights = HeldRights(tasks, self.readable, passed=self.passed.append, lost=self.lost.append)

    async def readable(self, conversation_ids: list[int]) -> list[int]:
        self.asked.append(conversation_ids)
        answer = await self.answers.get()
        if isinstance(answer, Exception):
            raise answer
        return answer

    def hear(self, frames: Frames) -> None:
        if not self.rights.withholds(5, frames):
            self.passed.append(frames)

    async def answer(self, *answers: list[int] | Exception) -> None:
        for answer in answers:
            self.answers.put_nowait(answer)
        async with asyncio.timeout(5):
            await self.rights.settled()


@pytest.fixture
async def console() -> AsyncIterator[Console]:
    tasks = Tasks()
    yield Console(tasks)
    await tasks.close()


def moved(agent_id: int | None) -> Frames:
    head = Conversation(
        id=5, inbox_id=1, channel=Channel.WEBCHAT, contact_id=1, contact_name="", last_at_ms=1,
        state=ConversationState.OPEN, head_seq=1, created_at_ms=1, agent_id=agent_id,
    )  # fmt: skip
    return Frames("conversation:5", 0, ConversationChanged(conversation=head))


def said() -> Frames:
    return Frames("conversation:5", 0, TypingSeen(conversation_id=5, author=Author.CONTACT))


async def test_what_waits_for_a_right_passes_in_order_once_it_holds(console: Console) -> None:
    frames = [said(), moved(7), said(), said()]
    for one in frames:
        console.hear(one)
    assert console.passed == frames[:1]
    await console.answer([5])
    assert console.passed == frames
    console.hear(moved(7))
    assert len(console.passed) == 5, "the same hands are no reason to ask again"
    assert console.asked == [[5]]


async def test_what_waits_is_dropped_when_the_right_is_gone(console: Console) -> None:
    console.hear(moved(7))
    console.hear(said())
    await console.answer([])
    assert (console.passed, console.lost) == ([], [5])


async def test_work_that_moves_while_it_is_looked_at_is_looked_at_again(console: Console) -> None:
    console.hear(moved(7))
    await asyncio.sleep(0)
    console.hear(moved(8))
    await console.answer([5], [])
    assert (console.asked, console.passed, console.lost) == ([[5], [5]], [], [5])


async def test_nothing_passes_while_the_database_is_away(
    console: Console, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rights, "RETRY_S", 0)
    console.hear(moved(7))
    await console.answer(Unavailable(), Unavailable(), [5])
    assert len(console.passed) == 1
    assert console.asked == [[5]] * 3


async def test_too_much_waiting_ends_the_stream(console: Console, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rights, "WITHHELD_MAX", 2)
    for one in (moved(7), said(), said()):
        console.hear(one)
    assert console.lost == [5]
    await console.answer([5])
    assert console.passed == []
