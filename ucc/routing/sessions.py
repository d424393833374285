"""Who is connected: consoles counted per node here, per agent in the database; one session to the engine.

An agent is online while any node holds a console of theirs. A node that dies leaves its rows behind; a
living node takes them away (Owner) and the agents are reconnecting.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from contextlib import suppress

from ucc.domain.engine import SetSession
from ucc.domain.errors import Unavailable
from ucc.domain.states import Session
from ucc.kit import log
from ucc.kit.clock import now_ms
from ucc.kit.db import Conn, Database
from ucc.kit.tasks import Tasks
from ucc.routing.dispatch import Dispatch, add_command
from ucc.routing.store import queries

RETRY_MS = 500

_logger = log.get("routing.sessions")


class Sessions:
    """The consoles this node holds."""

    def __init__(self, db: Database, tasks: Tasks, dispatch: Dispatch, node_id: int) -> None:
        self._db = db
        self._tasks = tasks
        self._dispatch = dispatch
        self._node_id = node_id
        self._consoles: Counter[tuple[int, int]] = Counter()

    async def opened(self, tenant_id: int, agent_id: int) -> None:
        """Note that a console of the agent connected to this node; once a socket, before its welcome."""
        key = (tenant_id, agent_id)
        self._consoles[key] += 1
        if self._consoles[key] > 1:
            return
        try:
            await self._hold(tenant_id, agent_id)
        except BaseException:
            self._forget(key)
            raise

    async def lost(self, tenant_id: int, agent_id: int) -> None:
        """Note that a console's socket closed without sign-out; after the last one: reconnecting."""
        await self._gone(tenant_id, agent_id, Session.RECONNECTING)

    async def closed(self, tenant_id: int, agent_id: int) -> None:
        """Note that a console signed out; after the last one the agent is offline."""
        await self._gone(tenant_id, agent_id, Session.OFFLINE)

    async def announce(self) -> None:
        """Note every console of this node again: the node was believed dead for a while."""
        for tenant_id, agent_id in list(self._consoles):
            try:
                await self._hold(tenant_id, agent_id)
            except Unavailable:
                _logger.warning("consoles are announced at the next lease")
                return

    async def _hold(self, tenant_id: int, agent_id: int) -> None:
        async with self._db.tenant(tenant_id) as conn:
            await queries.lock_agent_sessions(conn, agent_id=agent_id)
            if not self._consoles[(tenant_id, agent_id)]:
                return  # gone again while this waited
            added = await queries.add_session(
                conn, tenant_id=tenant_id, agent_id=agent_id, node_id=self._node_id, at_ms=now_ms()
            )
            if added is not None:
                await self._set(conn, tenant_id, agent_id, Session.ONLINE)
        self._dispatch.wake(tenant_id)

    async def _gone(self, tenant_id: int, agent_id: int, session: Session) -> None:
        key = (tenant_id, agent_id)
        if not self._consoles[key]:
            return
        self._forget(key)
        if self._consoles[key]:
            return
        try:
            await self._release(tenant_id, agent_id, session)
        except Unavailable:
            self._tasks.start("routing: release console", self._release_later(tenant_id, agent_id, session))

    async def _release(self, tenant_id: int, agent_id: int, session: Session) -> None:
        async with self._db.tenant(tenant_id) as conn:
            await queries.lock_agent_sessions(conn, agent_id=agent_id)
            if self._consoles[(tenant_id, agent_id)]:
                return  # back again while this waited
            await queries.delete_session(conn, tenant_id=tenant_id, agent_id=agent_id, node_id=self._node_id)
            if not await queries.has_session(conn, tenant_id=tenant_id, agent_id=agent_id):
                await self._set(conn, tenant_id, agent_id, session)
        self._dispatch.wake(tenant_id)

    async def _release_later(self, tenant_id: int, agent_id: int, session: Session) -> None:
        """Try until the database is back: nobody may stay online for want of it."""
        while True:
            await asyncio.sleep(RETRY_MS / 1000)
            with suppress(Unavailable):
                await self._release(tenant_id, agent_id, session)
                return

    async def _set(self, conn: Conn, tenant_id: int, agent_id: int, session: Session) -> None:
        await add_command(conn, tenant_id, SetSession(agent=agent_id, session=session))

    def _forget(self, key: tuple[int, int]) -> None:
        self._consoles[key] -= 1
        if not self._consoles[key]:
            del self._consoles[key]
