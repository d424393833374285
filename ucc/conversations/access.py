"""Who may see and write in which conversation."""

from __future__ import annotations

from pathlib import Path

import msgspec

from ucc.domain.actor import Actor, Permission
from ucc.domain.errors import NotAllowed, NotFound
from ucc.kit import sql
from ucc.kit.db import Conn

_queries = sql.load(Path(__file__).with_name("queries.sql"))


class Sight(msgspec.Struct, frozen=True):
    """What an actor sees of the tenant's conversations."""

    user_id: int  # 0: no user, an API key
    is_everything: bool
    queue_ids: list[int]  # served by this user's skills


async def sight_of(conn: Conn, actor: Actor) -> Sight:
    """Return what the actor may see: everything, or own work and that of the queues they serve."""
    if actor.may(Permission.CONVERSATIONS_READ_ALL):
        queue_ids = await _served(conn, actor) if actor.user_id is not None else []
        return Sight(actor.user_id or 0, True, queue_ids)
    actor.require(Permission.CONVERSATIONS_READ_OWN)
    return Sight(actor.user_id or 0, False, await _served(conn, actor))


async def _served(conn: Conn, actor: Actor) -> list[int]:
    rows = await _queries.list_served_queues(conn, tenant_id=actor.tenant_id, user_id=actor.user_id or 0)
    return [row["id"] for row in rows]


async def check_readable(conn: Conn, actor: Actor, conversation_ids: list[int]) -> list[int]:
    """Return which of these conversations exist and may be read by the actor."""
    if not conversation_ids:
        return []
    sight = await sight_of(conn, actor)
    rows = await _queries.list_readable(
        conn,
        tenant_id=actor.tenant_id,
        ids=conversation_ids,
        user_id=sight.user_id,
        is_everything=sight.is_everything,
        queue_ids=sight.queue_ids,
    )
    readable = {row["id"] for row in rows}
    return [one for one in conversation_ids if one in readable]


async def require_readable(conn: Conn, actor: Actor, conversation_id: int) -> None:
    """Go on only if the actor may read this conversation.

    Raises:
        NotFound: there is none, or it is not for them; the two look the same.
    """
    if not await check_readable(conn, actor, [conversation_id]):
        raise NotFound("there is no such conversation, or it is not yours to read", id=conversation_id)


async def require_reply(conn: Conn, actor: Actor, conversation_id: int) -> int | None:
    """Go on only if the actor may answer the contact here: who has the conversation, or is in its conference.

    Returns for whom they answer: the agent who has it; None where somebody else steps in.

    Raises:
        NotFound: it is not theirs to read.
        NotAllowed: it is somebody else's, or nobody's, to answer.
    """
    await require_readable(conn, actor, conversation_id)
    holder: int | None = await _queries.may_answer(
        conn, tenant_id=actor.tenant_id, id=conversation_id, user_id=actor.user_id or 0
    )
    if actor.may(Permission.CONVERSATIONS_REPLY_ANY):
        return holder
    actor.require(Permission.CONVERSATIONS_REPLY)
    if holder is not None:
        return holder
    holder = await _queries.read_holder(conn, tenant_id=actor.tenant_id, id=conversation_id)
    raise NotAllowed(
        "only the agent who has this conversation may answer here; take it or be given it first",
        agent_id=holder,
    )
