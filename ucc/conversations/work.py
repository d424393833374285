"""Work for messages: turns "somebody must answer this" into commands of the engine."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Protocol

import msgspec

from ucc.contacts.audiences import priority_of_contact
from ucc.conversations.languages import LANGUAGE_LEVEL, language_of, language_skill
from ucc.conversations.policies import Policies, hours_of
from ucc.conversations.rules import IN_HAND, Need, callback_number, reason_of
from ucc.domain.engine import Command, ContactWrote, Enqueue, SkillLevel
from ucc.domain.people import Skill
from ucc.domain.states import Medium, OverflowExit
from ucc.kit import sql
from ucc.kit.db import Conn
from ucc.kit.ids import Ids
from ucc.routing.rules import calendar_of

VIP_PRIORITY = 9  # the highest: it passes a full queue, overflow by length and a reserve (R44, R53, R59)

_queries = sql.load(Path(__file__).with_name("queries.sql"))


class Commands(Protocol):
    """Where commands of the engine are stored, in the transaction of the fact they follow from."""

    async def command(self, conn: Conn, tenant_id: int, command: Command) -> None:
        """Store a command."""

    async def prepare(
        self,
        conn: Conn,
        tenant_id: int,
        order: Enqueue,
        *,
        conversation_id: int,
        contact_id: int,
        audience: str | None,
        reason: str,
        is_reopened: bool,
        left_by: OverflowExit | None,
        callback_to: str | None,
    ) -> None:
        """Make the row of work that is about to be queued."""

    async def set_audience(
        self, conn: Conn, tenant_id: int, interaction_id: int, audience: str | None
    ) -> None:
        """Say by which audience work that stands ready has its priority."""


class WorkMaker:
    """Makes interactions and their commands."""

    def __init__(self, ids: Ids, commands: Commands, policies: Policies) -> None:
        self._ids = ids
        self._commands = commands
        self._policies = policies

    async def ask(
        self,
        conn: Conn,
        tenant_id: int,
        head: Any,
        need: Need,
        reason: str,
        at_ms: int,
        *,
        new_id: int | None = None,
        left_by: OverflowExit | None = None,
    ) -> int:
        """Ask routing for somebody who answers; return the interaction that will carry it if need be.

        The conversation's row is locked by the caller, so `head` is true until the commit. `new_id` is the id
        that entries of this transaction name already as the new work's. `left_by` is how the contact left the
        work before: nobody waits on the other side then.
        """
        conversation_id = head["id"]
        if need == Need.REVIVE:
            spare = await _queries.read_spare_interaction(
                conn,
                tenant_id=tenant_id,
                conversation_id=conversation_id,
                interaction_id=head["interaction_id"],
            )
            order = await self._order(conn, tenant_id, conversation_id, reason, at_ms, spare)
            await self._commands.command(
                conn, tenant_id, ContactWrote(interaction=head["interaction_id"], otherwise=order)
            )
            return order.interaction
        order = await self._order(
            conn, tenant_id, conversation_id, reason, at_ms, None, new_id=new_id, left_by=left_by
        )
        await _queries.head_for_new_work(
            conn,
            tenant_id=tenant_id,
            id=conversation_id,
            interaction_id=order.interaction,
            queue_id=order.queue,
        )
        await self._commands.command(conn, tenant_id, order)
        return order.interaction

    async def _order(
        self,
        conn: Conn,
        tenant_id: int,
        conversation_id: int,
        reason: str,
        at_ms: int,
        spare: Any,
        *,
        new_id: int | None = None,
        left_by: OverflowExit | None = None,
    ) -> Enqueue:
        """Return the command that queues work of this conversation; its row stands ready."""
        facts = await _queries.read_work_facts(
            conn, tenant_id=tenant_id, id=conversation_id, in_hand=[*IN_HAND]
        )
        is_reopened = facts["last_agent_id"] is not None
        callback_to = callback_number(facts["phone"]) if left_by == OverflowExit.CALLBACK else None
        if left_by == OverflowExit.CALLBACK and callback_to is None:
            left_by = OverflowExit.MESSAGE  # nobody knows where to call: what was written is answered here
        priority, audience = await _urgency(conn, tenant_id, facts)
        medium = Medium.CHAT if callback_to is None else Medium.TASK
        if facts["channel"] == Medium.VOICE:
            medium = Medium.VOICE
        order = Enqueue(
            interaction=spare["id"] if spare is not None else new_id or self._ids.take(),
            queue=facts["queue_id"],
            medium=medium,
            arrived_ms=at_ms if callback_to is None else facts["arrived_at_ms"],  # a callback keeps the place
            priority=priority,
            requirement=await self._languages(conn, tenant_id, reason, facts["context"]),
            preferred_agent=_preferred(facts),
            is_contact_blocked=facts["is_blocked"],
            linked=facts["linked_id"],
            is_dialled=callback_to is not None,
            # Who calls need not be called back, and has waited long enough (R90).
            instead_of=facts["awaited_id"] if medium == Medium.VOICE else None,
            is_abandonable=left_by is None and await self.is_open(conn, tenant_id, facts["hours_id"], at_ms),
        )
        if spare is not None:
            if spare["audience"] != audience:
                await self._commands.set_audience(conn, tenant_id, order.interaction, audience)
        else:
            await self._commands.prepare(
                conn,
                tenant_id,
                order,
                conversation_id=conversation_id,
                contact_id=facts["contact_id"],
                audience=audience,
                reason=reason_of(facts["context"], reason),
                is_reopened=is_reopened,
                left_by=left_by,
                callback_to=callback_to,
            )
        return order

    async def _languages(
        self, conn: Conn, tenant_id: int, text: str, context: dict[str, Any]
    ) -> list[SkillLevel]:
        """Return the language skill the words ask for, if anybody here has it."""
        language = language_of(text, str(context.get("language", "")))
        if not language:
            return []
        rows = await _queries.list_language_skills(conn, tenant_id=tenant_id)
        skill_id = language_skill(language, [msgspec.convert(dict(row), Skill) for row in rows])
        return [] if skill_id is None else [(skill_id, LANGUAGE_LEVEL)]

    async def is_open(self, conn: Conn, tenant_id: int, hours_id: int | None, at_ms: int) -> bool:
        """Say whether these hours are open now; none named means always."""
        if hours_id is None:
            return True
        hours = hours_of(await _queries.read_hours(conn, tenant_id=tenant_id, id=hours_id))
        return hours is None or calendar_of(hours).is_open(at_ms)


async def _urgency(conn: Conn, tenant_id: int, facts: Any) -> tuple[int, str | None]:
    """Return the priority of new work, and the audience that gives it if the mark of the contact does not.

    It holds for this work from now on: work that waits already is not asked again.
    """
    marked = VIP_PRIORITY if facts["is_vip"] else 0
    if not facts["asks_audiences"]:
        return marked, None
    audience = await priority_of_contact(conn, tenant_id, facts["contact_id"])
    if audience is None or audience.priority is None or audience.priority < marked:
        return marked, None
    return audience.priority, audience.name


def _preferred(facts: Any) -> int | None:
    """Return who is to have work first: who had the conversation last, else the contact's owner.

    While somebody has other work of the contact in hand, that agent goes before the owner (R78).
    """
    if facts["last_agent_id"] is not None or facts["linked_id"] is not None:
        return facts["last_agent_id"]  # type: ignore[no-any-return]
    return facts["owner_id"]  # type: ignore[no-any-return]
