"""What supervisors did about queues and people at work: lines of the audit, with names."""

from __future__ import annotations

import msgspec

from ucc.domain.actor import Actor
from ucc.domain.team import LiveAct
from ucc.kit.db import Database
from ucc.routing.store import queries

ACTS = ("queue_paused", "queue_resumed", "status_set", "block_cleared", "user_signed_out", "plan_changed")


class ActsDesk:
    """The verbs of what was done today."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def list_page(
        self, actor: Actor, *, since_ms: int, before_seq: int | None, count: int
    ) -> list[LiveAct]:
        """Return up to `count` acts since a moment, the newest first."""
        async with self._db.tenant(actor.tenant_id) as conn:
            rows = await queries.list_live_acts(
                conn,
                tenant_id=actor.tenant_id,
                acts=list(ACTS),
                since_ms=since_ms,
                before_seq=before_seq,
                count=count,
            )
        return [msgspec.convert(dict(row), LiveAct) for row in rows]
