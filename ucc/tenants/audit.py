"""The record of who did what: one chain of hashes a tenant, which the application can only lengthen."""

from __future__ import annotations

import hashlib
from typing import Any

from ucc.domain.actor import Actor
from ucc.domain.people import AuditLine
from ucc.kit.clock import now_ms
from ucc.kit.db import Conn, Database
from ucc.tenants import rules
from ucc.tenants.store import audit_line_of, queries

CHECK_BATCH = 1_000
START = bytes(32)
SEQ_MAX = 2**53


class Audit:
    """Writes, lists and checks a tenant's audit."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def record(
        self, conn: Conn, actor: Actor, act: str, target: str, detail: dict[str, Any] | None = None
    ) -> None:
        """Add a line in the caller's transaction; call it last, it keeps other acts of the tenant waiting."""
        tenant_id = actor.tenant_id
        await queries.lock_audit(conn, tenant_id=tenant_id)
        last = await queries.last_audit(conn, tenant_id=tenant_id)
        seq, previous_hash = (last["seq"] + 1, last["hash"]) if last else (1, START)
        found = dict(detail or {}) | ({"api_key": actor.key_id} if actor.key_id else {})
        at_ms = now_ms()
        line = (tenant_id, seq, at_ms, actor.user_id, act, target, found)
        await queries.add_audit(
            conn,
            tenant_id=tenant_id,
            seq=seq,
            at_ms=at_ms,
            user_id=actor.user_id,
            act=act,
            target=target,
            detail=found,
            previous_hash=previous_hash,
            hash=hashlib.sha256(rules.audit_hash_input(previous_hash, line)).digest(),
        )

    async def list_page(
        self, actor: Actor, *, act: str | None, before_seq: int | None, count: int
    ) -> list[AuditLine]:
        """Return up to `count` lines, newest first."""
        async with self._db.tenant(actor.tenant_id) as conn:
            rows = await queries.list_audit(
                conn, tenant_id=actor.tenant_id, before_seq=before_seq or SEQ_MAX, act=act, count=count
            )
        return [audit_line_of(row) for row in rows]

    async def first_break(self, tenant_id: int) -> int | None:
        """Return the first seq where the chain does not hold, or None when it is whole."""
        previous_hash, seq = START, 0
        while True:
            async with self._db.tenant(tenant_id) as conn:
                rows = await queries.audit_from(conn, tenant_id=tenant_id, after_seq=seq, count=CHECK_BATCH)
            for row in rows:
                line = (
                    tenant_id,
                    *(row[name] for name in ("seq", "at_ms", "user_id", "act", "target", "detail")),
                )
                expected = hashlib.sha256(rules.audit_hash_input(previous_hash, line)).digest()
                if (row["seq"], row["previous_hash"], row["hash"]) != (seq + 1, previous_hash, expected):
                    return seq + 1
                previous_hash, seq = expected, seq + 1
            if len(rows) < CHECK_BATCH:
                return None
