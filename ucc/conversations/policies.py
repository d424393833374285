"""What the clocks of waiting contacts need, per queue: targets and opening hours, kept for a few seconds."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec

from ucc.domain.events import ListsChanged
from ucc.domain.people import HoursWrite
from ucc.kit import sql
from ucc.kit.bus import Bus, Publication
from ucc.kit.clock import now_ms
from ucc.kit.db import Conn
from ucc.routing.rules import business_due, calendar_of

KEPT_MS = 10_000
TENANTS_MAX = 1_000

_queries = sql.load(Path(__file__).with_name("queries.sql"))


class Policy(msgspec.Struct, frozen=True, kw_only=True):
    """A queue's promise to contacts who wait."""

    name: str
    first_response_s: int | None = (
        None  # to the first answer; the time to take it in hand where only that is named
    )
    next_response_s: int | None = None  # to every later one
    tells_position: bool = True
    hours: HoursWrite | None = None  # None: always open

    def due_ms(self, from_ms: int, *, is_first: bool) -> int | None:
        """Return when an answer to a message of `from_ms` is due, in the queue's open time."""
        target_s = self.first_response_s if is_first else self.next_response_s
        return None if target_s is None else business_due(self.hours, from_ms, target_s)

    def opens_at_ms(self, at_ms: int) -> int | None:
        """Return None while the queue is open, else when it opens next (or `at_ms` if it never does)."""
        if self.hours is None:
            return None
        calendar = calendar_of(self.hours)
        return None if calendar.is_open(at_ms) else calendar.next_opening_ms(at_ms) or at_ms


class Policies:
    """Policies of all queues of the tenants this node serves.

    What is kept is as of a version, and each hint that queues changed makes a new one: an answer that was
    being read while the hint came is used once and not kept. A hint comes 0.5 s after the change at most
    (two a second); after a gap on the bus nothing is kept.
    """

    def __init__(self, bus: Bus) -> None:
        self._bus = bus
        self._kept: dict[int, tuple[int, dict[int, Policy]]] = {}
        self._versions: defaultdict[int, int] = defaultdict(int)
        self._gaps = 0
        # Tenants whose hints we hear; each ends its subscription.
        self._heard: dict[int, Callable[[], None]] = {}
        bus.on_gap(self._miss)

    async def read(self, conn: Conn, tenant_id: int) -> dict[int, Policy]:
        """Return the policy of each queue, read again once queues or hours changed on any node."""
        if (policies := self.known(tenant_id)) is not None:
            return policies
        at_ms = now_ms()
        if len(self._heard) >= TENANTS_MAX:
            for leave in self._heard.values():
                leave()
            self._heard.clear()
            self._kept.clear()
            self._versions.clear()
            self._gaps += 1  # for those who are reading now: their tenant may not be heard any more
        if tenant_id not in self._heard:
            self._heard[tenant_id] = self._bus.subscribe(tenant_id, f"tenant:{tenant_id}", self._hear)
        version = (self._gaps, self._versions[tenant_id])
        rows = await _queries.list_queue_policies(conn, tenant_id=tenant_id)
        policies = {row["id"]: _policy(row) for row in rows}
        if version == (self._gaps, self._versions[tenant_id]):
            self._kept[tenant_id] = (at_ms + KEPT_MS, policies)
        return policies

    def known(self, tenant_id: int) -> dict[int, Policy] | None:
        """Return the policies `read` would return without asking the database, None if it would ask."""
        kept = self._kept.get(tenant_id)
        return None if kept is None or kept[0] <= now_ms() else kept[1]

    def _hear(self, publication: Publication) -> None:
        if isinstance(publication.payload, ListsChanged) and "queues" in publication.payload.names:
            self._versions[publication.tenant_id] += 1
            self._kept.pop(publication.tenant_id, None)

    def _miss(self) -> None:
        """Keep nothing: hints of other nodes may have been lost."""
        self._gaps += 1
        self._kept.clear()


def hours_of(row: Any) -> HoursWrite | None:
    """Return the opening hours in a row, None where it names none."""
    if row is None or row["time_zone"] is None:
        return None
    return msgspec.convert(
        {
            "name": "",
            "time_zone": row["time_zone"],
            "week": row["week"],
            "holidays": row["holidays"],
        },
        HoursWrite,
    )


def _policy(row: Any) -> Policy:
    return Policy(
        name=row["name"],
        first_response_s=row["first_response_s"],
        next_response_s=row["next_response_s"],
        tells_position=row["tells_position"],
        hours=hours_of(row),
    )
