"""The people of a tenant: add, change, deactivate, password and preferences."""

from __future__ import annotations

from typing import Any, Protocol

import asyncpg
import msgspec
from msgspec import UNSET

from ucc.domain.actor import Actor, Permission
from ucc.domain.errors import BadInput, Conflict, NotAllowed, NotFound
from ucc.domain.people import Me, PasswordWrite, Preferences, User, UserWrite
from ucc.domain.states import Locale, Medium, Role
from ucc.kit.clock import now_ms
from ucc.kit.db import Conn, Database
from ucc.kit.ids import Ids
from ucc.tenants import rules
from ucc.tenants.audit import Audit
from ucc.tenants.passwords import Passwords
from ucc.tenants.sessions import Sessions
from ucc.tenants.store import queries, user_of

CAPACITY = {Medium.CHAT.value: 4, Medium.VOICE.value: 1, Medium.EMAIL.value: 4, Medium.TASK.value: 4}


class AgentHook(Protocol):
    """Who needs to know that an agent changed: routing, wired in at composition."""

    async def agent_changed(self, conn: Conn, tenant_id: int, agent_id: int) -> None:
        """Write what follows, in the transaction of the change."""

    def wake(self, tenant_id: int) -> None:
        """Act on what was written: the transaction is committed."""


class Users:
    """The verbs of people."""

    def __init__(
        self, db: Database, ids: Ids, passwords: Passwords, sessions: Sessions, audit: Audit
    ) -> None:
        self._db = db
        self._ids = ids
        self._passwords = passwords
        self._sessions = sessions
        self._audit = audit
        self._hooks: list[AgentHook] = []

    def listen(self, hook: AgentHook) -> None:
        """Tell `hook` of every user whose capacity or activity changes."""
        self._hooks.append(hook)

    async def tell(self, conn: Conn, tenant_id: int, user_id: int) -> None:
        """Tell the hooks of a user in the transaction that changes them."""
        for hook in self._hooks:
            await hook.agent_changed(conn, tenant_id, user_id)

    async def list_page(
        self, actor: Actor, *, after: tuple[str, int] = ("", 0), count: int, only_active: bool = False
    ) -> list[User]:
        """Return up to `count` users by name, after the (name, id) given."""
        async with self._db.tenant(actor.tenant_id) as conn:
            rows = await queries.list_users(
                conn,
                tenant_id=actor.tenant_id,
                after_name=after[0],
                after_id=after[1],
                count=count,
                only_active=only_active,
            )
        return [user_of(row) for row in rows]

    async def get(self, actor: Actor, user_id: int) -> User:
        """Return one user.

        Raises:
            NotFound: there is none with this id.
        """
        async with self._db.tenant(actor.tenant_id) as conn:
            return await self._read(conn, actor.tenant_id, user_id)

    async def add(self, actor: Actor, write: UserWrite) -> User:
        """Add a user.

        Raises:
            BadInput: a field is missing or not allowed.
            Conflict: the address signs somebody in already.
        """
        if UNSET in (write.email, write.name, write.role, write.password):
            raise BadInput("a new user needs email, name, role and password")
        user = _changed(_blank(self._ids.take()), write)
        self._check_grant(actor, user.role)
        async with self._db.tenant(actor.tenant_id) as conn:
            await self.insert(conn, actor.tenant_id, user, await self._hash(write.password, user))
            await self.tell(conn, actor.tenant_id, user.id)
            await self._audit.record(conn, actor, "user_added", f"user:{user.id}", {"role": user.role.value})
            user = await self._read(conn, actor.tenant_id, user.id)
        self._wake(actor.tenant_id)
        return user

    async def insert(self, conn: Conn, tenant_id: int, user: User, password_hash: str | None) -> None:
        """Store a new user in the caller's transaction.

        Raises:
            Conflict: the address signs somebody in already.
        """
        try:
            await queries.add_user(
                conn,
                tenant_id=tenant_id,
                id=user.id,
                email=user.email,
                name=user.name,
                password_hash=password_hash,
                role=user.role,
                locale=user.locale,
                team=user.team,
                capacity=user.capacity,
                handling=msgspec.to_builtins(user.handling),
                is_active=user.is_active,
                created_at_ms=now_ms(),
            )
        except asyncpg.UniqueViolationError:
            raise Conflict(f"{user.email} is in use already", field="email") from None

    async def change(self, actor: Actor, user_id: int, write: UserWrite) -> User:
        """Change a user. A new password, a new role or deactivation ends all their sessions.

        Raises:
            NotFound: there is none with this id.
            Conflict: the address is in use, or this was the last admin.
        """
        async with self._db.tenant(actor.tenant_id) as conn:
            old = await self._lock(conn, actor.tenant_id, user_id)
            new = _changed(old, write)
            if new.role != old.role:
                self._check_grant(actor, new.role)
            if old.role is Role.ADMIN and old.is_active and not (new.role is Role.ADMIN and new.is_active):
                await self._check_admin_left(conn, actor.tenant_id, user_id)
            fields = await self._store(conn, actor.tenant_id, old, new, write)
            is_revoked = bool({"password", "role", "is_active", "email"} & set(fields))
            if is_revoked:
                await self._sessions.end_all(conn, actor.tenant_id, user_id)
            if {"capacity", "handling", "team", "is_active"} & set(fields):
                await self.tell(conn, actor.tenant_id, user_id)
            if fields:
                await self._audit.record(conn, actor, "user_changed", f"user:{user_id}", fields)
            user = await self._read(conn, actor.tenant_id, user_id)
        if is_revoked:
            self._sessions.ended(actor.tenant_id, user_id)
        self._wake(actor.tenant_id)
        return user

    async def deactivate(self, actor: Actor, user_id: int) -> None:
        """Take away a user's access; what they did stays under their name.

        Raises:
            Conflict: it is the actor's own account or the last admin.
        """
        if user_id == actor.user_id:
            raise Conflict("nobody deactivates their own account")
        await self.change(actor, user_id, UserWrite(is_active=False))

    async def sign_out(self, actor: Actor, user_id: int) -> None:
        """End all of a user's sessions and close their sockets; they may sign in again at once.

        Raises:
            NotFound: there is no such user.
            NotAllowed: the user may do more than the actor.
        """
        actor.require(Permission.PRESENCE_SET_ANY)
        async with self._db.tenant(actor.tenant_id) as conn:
            user = await self._lock(conn, actor.tenant_id, user_id)
            self._check_grant(actor, user.role)
            await self._sessions.end_all(conn, actor.tenant_id, user_id)
            await self._audit.record(conn, actor, "user_signed_out", f"user:{user_id}")
        self._sessions.ended(actor.tenant_id, user_id)

    async def change_own_password(self, actor: Actor, write: PasswordWrite) -> None:
        """Change the actor's password and end all their other sessions.

        Raises:
            NotAllowed: the old password is wrong.
            TooMany: it was wrong too often, here or at sign-ins.
            BadInput: the new one is too easy.
        """
        user_id = actor.require_user()
        async with self._db.tenant(actor.tenant_id) as conn:
            row = await queries.lock_user(conn, tenant_id=actor.tenant_id, id=user_id)
        await self._sessions.guard(row["email"])
        if not await self._passwords.is_right(
            write.old[: rules.PASSWORD_CHARACTERS_MAX + 1], row["password_hash"]
        ):
            raise NotAllowed("the old password is wrong", field="old")
        await self._sessions.forgive(row["email"])
        rules.check_password(write.new, email=row["email"], name=row["name"])
        password_hash = await self._passwords.hash(write.new)
        async with self._db.tenant(actor.tenant_id) as conn:
            await queries.change_password(
                conn, tenant_id=actor.tenant_id, id=user_id, password_hash=password_hash
            )
            await self._sessions.end_all(conn, actor.tenant_id, user_id, kept=actor.session_hash)
            await self._audit.record(conn, actor, "password_changed", f"user:{user_id}")
        self._sessions.ended(actor.tenant_id, user_id)

    async def me(self, actor: Actor, csrf_token: str) -> Me:
        """Return the signed-in user with rights and preferences."""
        user_id = actor.require_user()
        async with self._db.tenant(actor.tenant_id) as conn:
            user = await self._read(conn, actor.tenant_id, user_id)
            row = await queries.read_preferences(conn, tenant_id=actor.tenant_id, id=user_id)
        return Me(
            user=user,
            tenant_id=actor.tenant_id,
            tenant_name=row["tenant_name"],
            permissions=sorted(actor.permissions),
            csrf_token=csrf_token,
            locale=Locale(row["locale"]),
            theme=row["theme"],
            preferences=row["preferences"],
        )

    async def prefer(self, actor: Actor, write: Preferences) -> None:
        """Keep what the actor sets for themselves.

        Raises:
            BadInput: a field is not allowed.
        """
        values: dict[str, Any] = {
            name: None if value is UNSET else value
            for name, value in (
                ("locale", write.locale), ("theme", write.theme), ("preferences", write.preferences),
            )
        }  # fmt: skip
        rules.check_preferences(values["theme"], values["preferences"])
        async with self._db.tenant(actor.tenant_id) as conn:
            await queries.change_preferences(
                conn, tenant_id=actor.tenant_id, id=actor.require_user(), **values
            )

    # --- inner steps --------------------------------------------------------------------------------

    def _wake(self, tenant_id: int) -> None:
        for hook in self._hooks:
            hook.wake(tenant_id)

    async def _read(self, conn: Conn, tenant_id: int, user_id: int) -> User:
        row = await queries.read_user(conn, tenant_id=tenant_id, id=user_id)
        if row is None:
            raise NotFound(f"there is no user {user_id}")
        return user_of(row)

    async def _lock(self, conn: Conn, tenant_id: int, user_id: int) -> User:
        row = await queries.lock_user(conn, tenant_id=tenant_id, id=user_id)
        if row is None:
            raise NotFound(f"there is no user {user_id}")
        return user_of({**row, "skills": {}})

    async def _check_admin_left(self, conn: Conn, tenant_id: int, user_id: int) -> None:
        admins = {row["id"] for row in await queries.lock_admins(conn, tenant_id=tenant_id)}
        if admins <= {user_id}:
            raise Conflict("this is the last admin; name another one first")

    def _check_grant(self, actor: Actor, role: Role) -> None:
        """Refuse to give a role more than the actor holds: a key with people.write is no way to admin."""
        if beyond := rules.ROLES[role] - actor.permissions - rules.PERSONAL_PERMISSIONS:
            raise NotAllowed(f"the role {role} holds permissions you do not: {', '.join(sorted(beyond)[:5])}")

    async def _hash(self, password: str | Any, user: User) -> str:
        rules.check_password(password, email=user.email, name=user.name)
        return await self._passwords.hash(password)

    async def _store(
        self, conn: Conn, tenant_id: int, old: User, new: User, write: UserWrite
    ) -> dict[str, Any]:
        """Write the user back and return what changed, as the audit tells it."""
        fields = {
            name: getattr(new, name)
            for name in ("email", "name", "role", "team", "is_active", "capacity", "handling")
            if getattr(new, name) != getattr(old, name)
        }
        if fields:
            try:
                await queries.change_user(
                    conn,
                    tenant_id=tenant_id,
                    id=new.id,
                    email=new.email,
                    name=new.name,
                    role=new.role,
                    team=new.team,
                    is_active=new.is_active,
                    capacity=new.capacity,
                    handling=msgspec.to_builtins(new.handling),
                )
            except asyncpg.UniqueViolationError:
                raise Conflict(f"{new.email} is in use already", field="email") from None
        if write.password is not UNSET:
            password_hash = await self._hash(write.password, new)
            await queries.change_password(conn, tenant_id=tenant_id, id=new.id, password_hash=password_hash)
            fields["password"] = True
        return fields


def _blank(user_id: int) -> User:
    return User(id=user_id, email="", name="", role=Role.AGENT, capacity=dict(CAPACITY))


def _changed(user: User, write: UserWrite) -> User:
    """Return the user with the given fields, each checked."""
    return User(
        id=user.id,
        email=user.email if write.email is UNSET else rules.check_email(write.email),
        name=user.name if write.name is UNSET else rules.check_name(write.name),
        role=user.role if write.role is UNSET else write.role,
        team=user.team if write.team is UNSET else rules.check_team(write.team),
        locale=user.locale,
        is_active=user.is_active if write.is_active is UNSET else write.is_active,
        capacity=user.capacity if write.capacity is UNSET else rules.check_capacity(write.capacity),
        handling=user.handling if write.handling is UNSET else rules.check_handling(write.handling),
    )
