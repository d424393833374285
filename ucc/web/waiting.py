"""Tells waiting visitors where they stand: on a change of the queues, one look a second at most."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from itertools import islice

from ucc.conversations.sights import Seen
from ucc.domain.events import ListsChanged
from ucc.kit.bus import Bus, Publication
from ucc.kit.tasks import Tasks
from ucc.web.visitor_socket import VisitorSocket

LOOK_S = 1.1  # a place is kept for a second
LOOKS = 2  # after a change
TOLD_MAX = 200  # visitors of a tenant told in one look

Placed = Callable[[int, Seen], Awaitable[Seen]]  # with the present place in the queue


class WaitingVisitors:
    """This node's visitors who wait, by tenant."""

    def __init__(self, bus: Bus, tasks: Tasks, placed: Placed) -> None:
        self._bus = bus
        self._placed = placed
        self._tasks = tasks
        self._waiting: dict[int, dict[VisitorSocket, None]] = {}
        self._cancels: dict[int, Callable[[], None]] = {}
        self._looks: dict[int, int] = {}  # tenant → how often to look yet

    def enter(self, visitor: VisitorSocket) -> None:
        """Tell this visitor from now on."""
        tenant_id = visitor.visitor.tenant_id
        if tenant_id not in self._waiting:
            self._waiting[tenant_id] = {}
            self._cancels[tenant_id] = self._bus.subscribe(
                tenant_id, f"tenant:{tenant_id}", lambda one: self._hear(tenant_id, one)
            )
        self._waiting[tenant_id][visitor] = None

    def leave(self, visitor: VisitorSocket) -> None:
        """Tell this visitor no more."""
        tenant_id = visitor.visitor.tenant_id
        waiting = self._waiting.get(tenant_id)
        if waiting is None or visitor not in waiting:
            return
        del waiting[visitor]
        if not waiting:
            del self._waiting[tenant_id]
            self._cancels.pop(tenant_id)()

    def _hear(self, tenant_id: int, publication: Publication) -> None:
        event = publication.payload
        if not isinstance(event, ListsChanged) or "queues" not in event.names:
            return
        is_looking = tenant_id in self._looks
        self._looks[tenant_id] = LOOKS
        if not is_looking:
            self._tasks.start(f"waiting: {tenant_id}", self._look(tenant_id))

    async def _look(self, tenant_id: int) -> None:
        """Look now and, as places are kept for a second, once more after that."""
        try:
            while self._looks[tenant_id] > 0:
                self._looks[tenant_id] -= 1
                waiting = self._waiting.get(tenant_id, {})
                some = list(islice(waiting, TOLD_MAX))
                for visitor in some:
                    # To the end of the line: with very many waiting, each is told in turn.
                    if waiting.pop(visitor, visitor) is None:
                        waiting[visitor] = None
                        visitor.show(await self._placed(tenant_id, visitor.seen))
                if len(some) == TOLD_MAX:
                    self._looks[tenant_id] = LOOKS
                await asyncio.sleep(LOOK_S)
        finally:
            del self._looks[tenant_id]
