"""The agents' streams: events with a seq, stored in the transaction that makes them, told afterwards."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import Any

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
    told = Told(events)
    return told.publications(
        tenant_id, await queries.append_events(conn, tenant_id=tenant_id, at_ms=at_ms, **told.stored())
    )


class Told:
    """Events for agents in their order, each encoded once: for the table and for the sockets."""

    def __init__(self, events: list[tuple[int, AnyEvent | Event]]) -> None:
        self._events = [(agent_id, event, encode(event)) for agent_id, event in events]
        self._counts = Counter(agent_id for agent_id, _ in events)
        self._streams = sorted(self._counts)
        left = dict(self._counts)
        self._behind: list[int] = []  # of each event, how many of its agent's come after it
        for agent_id, _ in events:
            left[agent_id] -= 1
            self._behind.append(left[agent_id])

    def stored(self) -> dict[str, Any]:
        """Return what append_events is given, and the statements of a batch."""
        return {
            "streams": self._streams,
            "counts": [self._counts[agent_id] for agent_id in self._streams],
            "agent_ids": [agent_id for agent_id, _, _ in self._events],
            "behind": self._behind,
            "events": [text for _, _, text in self._events],
        }

    def publications(self, tenant_id: int, heads: list[int] | None) -> list[Publication]:
        """Return what is published once they are stored; `heads` is what append_events gave."""
        head_of = dict(zip(self._streams, heads or [], strict=True))
        return [
            Publication(tenant_id, stream_of_agent(agent_id), head_of[agent_id] - behind, event, text)
            for (agent_id, event, text), behind in zip(self._events, self._behind, strict=True)
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
