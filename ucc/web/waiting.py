"""Tells waiting visitors where they stand: on a change of the queues, one look a second at most."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from ucc.domain.events import ListsChanged
from ucc.domain.states import VisitorPhase
from ucc.kit.bus import Bus, Publication
from ucc.kit.tasks import Tasks
from ucc.web.visitor_socket import VisitorSocket

LOOK_S = 1.0


class WaitingVisitors:
    """This node's visitors who wait, by tenant."""

    def __init__(self, bus: Bus, tasks: Tasks) -> None:
        self._bus = bus
        self._tasks = tasks
        self._waiting: dict[int, dict[VisitorSocket, None]] = {}
        self._cancels: dict[int, Callable[[], None]] = {}
        self._looking: dict[int, bool] = {}  # tenant → look once more after this look

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
        if tenant_id in self._looking:
            self._looking[tenant_id] = True
        else:
            self._looking[tenant_id] = False
            self._tasks.start(f"waiting: {tenant_id}", self._look(tenant_id))

    async def _look(self, tenant_id: int) -> None:
        """Look until nothing has changed since the last look, a second between two."""
        try:
            while True:
                for visitor in list(self._waiting.get(tenant_id, ())):
                    if visitor.state.phase == VisitorPhase.WAITING:
                        visitor.refresh()
                await asyncio.sleep(LOOK_S)
                if not self._looking[tenant_id]:
                    return
                self._looking[tenant_id] = False
        finally:
            del self._looking[tenant_id]
