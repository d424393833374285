"""The verbs of skills and agents. Every change reaches routing in the transaction that makes it."""

from __future__ import annotations

from typing import Any, Protocol

import asyncpg

from ucc.agents import rules
from ucc.agents.store import AgentProfile, profile_of, queries, skill_of
from ucc.domain.actor import Actor
from ucc.domain.errors import BadInput, Conflict, NotFound
from ucc.domain.people import Skill, SkillCell, SkillWrite
from ucc.kit.db import Conn, Database
from ucc.kit.ids import Ids


class AgentHook(Protocol):
    """Who needs to know that an agent changed: routing, wired in at composition."""

    async def agent_changed(self, conn: Conn, tenant_id: int, agent_id: int) -> None:
        """Write what follows, in the transaction of the change."""

    def wake(self, tenant_id: int) -> None:
        """Act on what was written: the transaction is committed."""


class Recorder(Protocol):
    """Who keeps the audit."""

    async def audit(
        self, conn: Conn, actor: Actor, act: str, target: str, detail: dict[str, Any] | None = None
    ) -> None:
        """Record an act in the caller's transaction."""


class Agents:
    """Skills, who has them at which level, and what routing needs of each agent."""

    def __init__(self, db: Database, ids: Ids, recorder: Recorder) -> None:
        self._db = db
        self._ids = ids
        self._recorder = recorder
        self._hooks: list[AgentHook] = []

    def listen(self, hook: AgentHook) -> None:
        """Tell `hook` of every agent whose skills change."""
        self._hooks.append(hook)

    # --- skills -------------------------------------------------------------------------------------

    async def list_skills(self, actor: Actor, *, after: tuple[str, int] = ("", 0), count: int) -> list[Skill]:
        """Return up to `count` skills by name, after the (name, id) given."""
        async with self._db.tenant(actor.tenant_id) as conn:
            rows = await queries.list_skills(
                conn, tenant_id=actor.tenant_id, after_name=after[0], after_id=after[1], count=count
            )
        return [skill_of(row) for row in rows]

    async def get_skill(self, actor: Actor, skill_id: int) -> Skill:
        """Return one skill.

        Raises:
            NotFound: there is none with this id.
        """
        async with self._db.tenant(actor.tenant_id) as conn:
            return await self._read_skill(conn, actor.tenant_id, skill_id)

    async def add_skill(self, actor: Actor, write: SkillWrite) -> Skill:
        """Add a skill.

        Raises:
            BadInput: a field is not allowed.
            Conflict: there is one of this name.
        """
        fields = _fields(rules.check_skill(write))
        skill_id = self._ids.take()
        async with self._db.tenant(actor.tenant_id) as conn:
            try:
                await queries.add_skill(conn, tenant_id=actor.tenant_id, id=skill_id, **fields)
            except asyncpg.UniqueViolationError:
                raise _taken(write.name) from None
            await self._recorder.audit(conn, actor, "skill_added", f"skill:{skill_id}", fields)
            return await self._read_skill(conn, actor.tenant_id, skill_id)

    async def change_skill(self, actor: Actor, skill_id: int, write: SkillWrite) -> Skill:
        """Write a skill whole.

        Raises:
            NotFound: there is none with this id.
            Conflict: there is another of this name.
        """
        fields = _fields(rules.check_skill(write))
        async with self._db.tenant(actor.tenant_id) as conn:
            try:
                changed = await queries.change_skill(conn, tenant_id=actor.tenant_id, id=skill_id, **fields)
            except asyncpg.UniqueViolationError:
                raise _taken(write.name) from None
            if not changed:
                raise NotFound(f"there is no skill {skill_id}")
            await self._recorder.audit(conn, actor, "skill_changed", f"skill:{skill_id}", fields)
            return await self._read_skill(conn, actor.tenant_id, skill_id)

    async def remove_skill(self, actor: Actor, skill_id: int) -> None:
        """Remove a skill and every agent's level of it.

        Raises:
            NotFound: there is none with this id.
            Conflict: a queue asks for it.
        """
        tenant_id = actor.tenant_id
        async with self._db.tenant(tenant_id) as conn:
            queues = await queries.queues_requiring(conn, tenant_id=tenant_id, skill_id=skill_id)
            if queues:
                names = ", ".join(row["name"] for row in queues)
                raise Conflict(f"queues ask for this skill: {names}", queues=names)
            agents = await queries.agents_with_skill(conn, tenant_id=tenant_id, skill_id=skill_id)
            if not await queries.remove_skill(conn, tenant_id=tenant_id, id=skill_id):
                raise NotFound(f"there is no skill {skill_id}")
            for row in agents:
                await self._tell(conn, tenant_id, row["agent_id"])
            await self._recorder.audit(conn, actor, "skill_removed", f"skill:{skill_id}")
        self._wake(tenant_id)

    # --- people × skills ------------------------------------------------------------------------------

    async def set_levels(self, actor: Actor, cells: list[SkillCell]) -> list[SkillCell]:
        """Write many cells of the matrix at once; level 0 takes a skill away. All of them or none.

        Raises:
            BadInput: a level or the batch is not allowed, or somebody would have too many skills.
            NotFound: a person or a skill does not exist.
        """
        rules.check_cells(cells)
        tenant_id = actor.tenant_id
        agent_ids = sorted({cell.agent_id for cell in cells})
        skill_ids = sorted({cell.skill_id for cell in cells})
        async with self._db.tenant(tenant_id) as conn:
            agents = await queries.lock_agents(conn, tenant_id=tenant_id, agent_ids=agent_ids)
            skills = await queries.known_skills(conn, tenant_id=tenant_id, skill_ids=skill_ids)
            _check_known("user", agent_ids, {row["id"] for row in agents})
            _check_known("skill", skill_ids, {row["id"] for row in skills})
            kept = [cell for cell in cells if cell.level]
            removed = [cell for cell in cells if not cell.level]
            await queries.set_levels(
                conn,
                tenant_id=tenant_id,
                agent_ids=[cell.agent_id for cell in kept],
                skill_ids=[cell.skill_id for cell in kept],
                levels=[cell.level for cell in kept],
            )
            await queries.remove_levels(
                conn,
                tenant_id=tenant_id,
                agent_ids=[cell.agent_id for cell in removed],
                skill_ids=[cell.skill_id for cell in removed],
            )
            await self._check_count(conn, tenant_id, agent_ids)
            for agent_id in agent_ids:
                await self._tell(conn, tenant_id, agent_id)
            detail = {"cells": [[cell.agent_id, cell.skill_id, cell.level] for cell in cells]}
            await self._recorder.audit(conn, actor, "skills_changed", "agents", detail)
        self._wake(tenant_id)
        return cells

    async def _check_count(self, conn: Conn, tenant_id: int, agent_ids: list[int]) -> None:
        found = await queries.find_overskilled(
            conn, tenant_id=tenant_id, agent_ids=agent_ids, skills_max=rules.SKILLS_MAX
        )
        if found is not None:
            raise BadInput(
                f"agent {found['agent_id']} would have {found['skills']} skills, limit {rules.SKILLS_MAX}"
            )

    # --- what routing asks ------------------------------------------------------------------------------

    async def profile(self, conn: Conn, tenant_id: int, agent_id: int) -> AgentProfile | None:
        """Return the profile of an active agent, or None: there is none, take them out."""
        rows = await queries.list_profiles(conn, tenant_id=tenant_id, agent_id=agent_id)
        return profile_of(rows[0]) if rows else None

    async def profiles(self, conn: Conn, tenant_id: int) -> list[AgentProfile]:
        """Return the profiles of every active agent."""
        rows = await queries.list_profiles(conn, tenant_id=tenant_id, agent_id=None)
        return [profile_of(row) for row in rows]

    async def _tell(self, conn: Conn, tenant_id: int, agent_id: int) -> None:
        for hook in self._hooks:
            await hook.agent_changed(conn, tenant_id, agent_id)

    def _wake(self, tenant_id: int) -> None:
        for hook in self._hooks:
            hook.wake(tenant_id)

    async def _read_skill(self, conn: Conn, tenant_id: int, skill_id: int) -> Skill:
        row = await queries.read_skill(conn, tenant_id=tenant_id, id=skill_id)
        if row is None:
            raise NotFound(f"there is no skill {skill_id}")
        return skill_of(row)


def _fields(write: SkillWrite) -> dict[str, Any]:
    return {"name": write.name, "category": write.category, "locale": write.locale}


def _taken(name: str) -> Conflict:
    return Conflict(f"there is a skill named {name.strip()!r} already", field="name")


def _check_known(kind: str, wanted: list[int], found: set[int]) -> None:
    if missing := [one for one in wanted if one not in found]:
        raise NotFound(f"there is no {kind} {missing[0]}")
