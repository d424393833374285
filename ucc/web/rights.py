"""Whether a console may still read what it holds: looked at again whenever work moved or skills changed."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from ucc.domain.errors import Unavailable
from ucc.domain.events import ConversationChanged
from ucc.domain.states import Bond, InteractionState
from ucc.kit.tasks import Tasks
from ucc.web.hub import Frames

WITHHELD_MAX = 1_000  # events of one stream; with more the right is taken as gone, the console asks again
RETRY_S = 0.5

Place = tuple[
    int | None, int | None, int | None, InteractionState | None, tuple[tuple[int, Bond, int | None], ...]
]


class HeldRights:
    """The conversations one console holds. While a right is in doubt the stream's events wait."""

    def __init__(
        self,
        tasks: Tasks,
        readable: Callable[[list[int]], Awaitable[list[int]]],
        *,
        passed: Callable[[Frames], None],
        lost: Callable[[int], None],
    ) -> None:
        """`readable` says which conversations may be read; `passed` and `lost` are told the outcome."""
        self._tasks = tasks
        self._readable = readable
        self._passed = passed
        self._lost = lost
        self._places: dict[int, Place] = {}  # in whose hands each was when its right was looked at last
        self._doubted: dict[int, list[Frames]] = {}  # → what waits for the answer
        self._unasked: set[int] = set()
        self._settled = asyncio.Event()
        self._settled.set()

    def doubt(self, conversation_ids: list[int]) -> None:
        """Look at these again; their events wait until it is known."""
        for conversation_id in conversation_ids:
            self._doubted.setdefault(conversation_id, [])
        self._unasked.update(conversation_ids)
        if self._unasked and self._settled.is_set():
            self._settled.clear()
            self._tasks.start("sockets: rights", self._look())

    def withholds(self, conversation_id: int, frames: Frames) -> bool:
        """Say whether an event has to wait; it is passed on or dropped once the right is known."""
        event = frames.event
        if isinstance(event, ConversationChanged):
            place = _place_of(event)
            if self._places.get(conversation_id) != place:
                self._places[conversation_id] = place
                self.doubt([conversation_id])
        waiting = self._doubted.get(conversation_id)
        if waiting is None:
            return False
        if len(waiting) >= WITHHELD_MAX:
            self.forget(conversation_id)
            self._lost(conversation_id)
        else:
            waiting.append(frames)
        return True

    def forget(self, conversation_id: int) -> None:
        """Let go of a conversation that is held no more."""
        self._places.pop(conversation_id, None)
        self._doubted.pop(conversation_id, None)
        self._unasked.discard(conversation_id)

    async def settled(self) -> None:
        """Wait until nothing is in doubt."""
        await self._settled.wait()

    async def _look(self) -> None:
        try:
            while self._unasked:
                asked, self._unasked = sorted(self._unasked), set()
                try:
                    readable = set(await self._readable(asked))
                except Unavailable:  # nothing is passed on that nobody vouches for
                    self._unasked.update(one for one in asked if one in self._doubted)
                    await asyncio.sleep(RETRY_S)
                    continue
                for conversation_id in asked:
                    self._decide(conversation_id, is_readable=conversation_id in readable)
        finally:
            self._settled.set()

    def _decide(self, conversation_id: int, *, is_readable: bool) -> None:
        if conversation_id not in self._doubted:
            return  # let go of meanwhile
        if not is_readable:
            self.forget(conversation_id)
            self._lost(conversation_id)
        elif conversation_id not in self._unasked:  # else it moved once more and is looked at again
            for frames in self._doubted.pop(conversation_id):
                self._passed(frames)


def _place_of(event: ConversationChanged) -> Place:
    """Return what of a head decides who may read it."""
    head = event.conversation
    work = head.interaction
    bonded = tuple((one.interaction_id, one.bond, one.agent_id) for one in head.bonded)
    if work is None:
        return (head.agent_id, head.queue_id, None, None, bonded)
    return (head.agent_id, head.queue_id, work.id, work.state, bonded)
