"""The agents' streams: events with a seq, stored in the transaction that makes them, told afterwards."""

from __future__ import annotations

import asyncio

from ucc.domain.events import AnyEvent, Event, ListsChanged, encode
from ucc.kit.bus import Bus, Publication
from ucc.kit.clock import monotonic_ms
from ucc.kit.db import Conn
from ucc.routing.store import queries

HINT_MS = 500  # at most two hints a second and tenant


def stream_of_agent(agent_id: int) -> str:
    """Return the name of an agent's stream."""
    return f"agent:{agent_id}"


async def append_agent_events(
    conn: Conn, tenant_id: int, at_ms: int, events: list[tuple[int, AnyEvent | Event]]
) -> list[Publication]:
    """Store events at the end of agents' streams; publish what comes back after the commit."""
    if not events:
        return []
    seqs = await queries.append_agent_events(
        conn,
        tenant_id=tenant_id,
        at_ms=at_ms,
        agent_ids=[agent_id for agent_id, _ in events],
        events=[encode(event) for _, event in events],
    )
    return publications_of(tenant_id, events, seqs)


def publications_of(
    tenant_id: int, events: list[tuple[int, AnyEvent | Event]], seqs: list[int]
) -> list[Publication]:
    """Return what is published of events that were stored under these seqs."""
    return [
        Publication(tenant_id, stream_of_agent(agent_id), seq, event)
        for (agent_id, event), seq in zip(events, seqs, strict=True)
    ]


class ListHints:
    """Tells consoles of a tenant to ask lists again, at most twice a second."""

    def __init__(self, bus: Bus) -> None:
        self._bus = bus
        self._names: dict[int, set[str]] = {}
        self._told_ms: dict[int, int] = {}

    def changed(self, tenant_id: int, *names: str) -> None:
        """Note that these lists (views, queues, presence …) are not what they were."""
        if not names:
            return
        waiting = self._names.get(tenant_id)
        if waiting is not None:
            waiting.update(names)
            return
        self._names[tenant_id] = set(names)
        wait_ms = self._told_ms.get(tenant_id, 0) + HINT_MS - monotonic_ms()
        if wait_ms <= 0:
            self._tell(tenant_id)
        else:
            asyncio.get_running_loop().call_later(wait_ms / 1000, self._tell, tenant_id)

    def _tell(self, tenant_id: int) -> None:
        names = self._names.pop(tenant_id)
        self._told_ms[tenant_id] = monotonic_ms()
        self._bus.publish(
            [Publication(tenant_id, f"tenant:{tenant_id}", 0, ListsChanged(names=sorted(names)))]
        )
