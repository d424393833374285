"""The verbs of tenants and people, put together once by the composition root."""

from __future__ import annotations

import asyncio
from typing import Any

import asyncpg

from ucc.domain.actor import Actor
from ucc.domain.errors import BadInput, Conflict, Unavailable
from ucc.domain.people import User
from ucc.domain.states import Locale, Role
from ucc.kit import secrets
from ucc.kit.clock import now_ms
from ucc.kit.db import Conn, Database
from ucc.kit.ids import Ids
from ucc.kit.tasks import Tasks
from ucc.tenants import rules
from ucc.tenants.api_keys import ApiKeys
from ucc.tenants.audit import Audit
from ucc.tenants.passwords import Passwords
from ucc.tenants.sessions import Publisher, Sessions, SignedIn
from ucc.tenants.store import queries
from ucc.tenants.users import CAPACITY, AgentHook, Users

WATCH_S = 3
SWEEP_S = 3_600
FAILURES_KEPT_MS = 86_400_000


class Tenants:
    """Tenants, and through `users`, `sessions`, `keys` and `log` their people."""

    def __init__(self, db: Database, ids: Ids, publisher: Publisher, tasks: Tasks) -> None:
        self._db = db
        self._ids = ids
        self._passwords = Passwords()
        self.log = Audit(db)
        self.sessions = Sessions(db, self._passwords, self.log, publisher, tasks)
        self.keys = ApiKeys(db, ids, self.log)
        self.users = Users(db, ids, self._passwords, self.sessions, self.log)

    def listen(self, hook: AgentHook) -> None:
        """Tell `hook` of every user whose capacity or activity changes."""
        self.users.listen(hook)

    async def create_tenant(
        self,
        *,
        name: str,
        slug: str,
        email: str,
        password: str,
        admin_name: str = "Admin",
        time_zone: str = "UTC",
        locale: Locale = Locale.EN,
        is_password_checked: bool = True,
    ) -> tuple[int, int]:
        """Make a tenant and its first admin; return both ids.

        Raises:
            BadInput: a field is not allowed.
            Conflict: the slug or the address is in use.
        """
        tenant_id, user_id = self._ids.take(), self._ids.take()
        user = User(
            id=user_id,
            email=rules.check_email(email),
            name=rules.check_name(admin_name),
            role=Role.ADMIN,
            locale=locale,
            capacity=dict(CAPACITY),
        )
        if is_password_checked:
            rules.check_password(password, email=user.email, name=user.name)
        password_hash = await self._passwords.hash(password)
        actor = Actor(tenant_id=tenant_id, user_id=None, name="ucc", kind="system")
        async with self._db.tenant(tenant_id) as conn:
            try:
                await queries.add_tenant(
                    conn,
                    tenant_id=tenant_id,
                    name=rules.check_name(name),
                    slug=slug,
                    time_zone=rules.check_time_zone(time_zone),
                    locale=locale,
                    secret=secrets.token().encode(),
                    created_at_ms=now_ms(),
                )
            except asyncpg.UniqueViolationError:
                raise Conflict(f"the slug {slug} is in use already", field="slug") from None
            except asyncpg.CheckViolationError:
                raise BadInput(
                    "a slug has lower-case letters, digits and -, up to 63", field="slug"
                ) from None
            await self.users.insert(conn, tenant_id, user, password_hash)
            await self.users.tell(conn, tenant_id, user_id)
            await self.log.record(conn, actor, "tenant_created", f"tenant:{tenant_id}", {"slug": slug})
        return tenant_id, user_id

    async def hash_password(self, password: str) -> str:
        """Return the hash of a password nobody checks for strength: the demo's."""
        return await self._passwords.hash(password)

    async def find_tenant(self, slug: str) -> int | None:
        """Return the id of the tenant with this slug."""
        async with self._db.node() as conn:
            row = await queries.tenant_of_slug(conn, slug=slug)
        return row["tenant_id"] if row else None

    async def actor_of_session(self, token: str) -> SignedIn:
        """Return who holds a session token; see Sessions.find."""
        return await self.sessions.find(token)

    async def actor_of_api_key(self, text: str) -> Actor:
        """Return whom an API key acts for; see ApiKeys.find."""
        return await self.keys.find(text)

    async def redeem_ticket(self, ticket: str) -> Actor:
        """Return who a socket ticket was made for, once; see Sessions.redeem_ticket."""
        return await self.sessions.redeem_ticket(ticket)

    async def audit(
        self, conn: Conn, actor: Actor, act: str, target: str, detail: dict[str, Any] | None = None
    ) -> None:
        """Record an act in the caller's transaction; see Audit.record."""
        await self.log.record(conn, actor, act, target, detail)

    async def sweep(self) -> None:
        """Delete sessions, tickets and failures that are over, of every tenant."""
        async with self._db.node() as conn:
            await queries.forget_old_failures(conn, before_ms=now_ms() - FAILURES_KEPT_MS)
            tenant_ids = [row["tenant_id"] for row in await queries.list_tenant_ids(conn)]
        for tenant_id in tenant_ids:
            await self.sessions.sweep(tenant_id)

    async def keep_swept(self) -> None:
        """Watch sessions, and sweep once an hour, for ever; the composition root starts it as a task."""
        while True:
            try:
                await self.sweep()
                for _ in range(SWEEP_S // WATCH_S):
                    await self.sessions.watch()
                    await asyncio.sleep(WATCH_S)
            except Unavailable:  # the database is away; what it would have said is asked later
                await asyncio.sleep(WATCH_S)

    def close(self) -> None:
        """Let the password threads end."""
        self._passwords.close()
