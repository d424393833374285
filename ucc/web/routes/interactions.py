"""Interactions: work in an agent's hands, and why it came there."""

from __future__ import annotations

from typing import Annotated

from litestar import Router, get, post
from litestar.params import Parameter

from ucc.domain.actor import Actor
from ucc.domain.conversation import (
    AgentDay,
    CallbackWrite,
    CompleteWrite,
    EndWrite,
    ExtendWrite,
    Interaction,
    InteractionWhy,
    TransferWrite,
)
from ucc.domain.explaining import Moment, Otherwise, OtherwiseWrite
from ucc.web.rooms import Rooms

READ = ("conversations.read_own", "conversations.read_all")
TAKE = ("conversations.take", "conversations.take_over")


Since = Annotated[int, Parameter(ge=0, lt=2**53, description="the reader's midnight, ms since 1970 UTC")]


@get("/day", permission=READ)
async def read_day(rooms: Rooms, actor: Actor, since_ms: Since) -> AgentDay:
    """Return what the signed-in user has handled since a moment, by the hour."""
    return await rooms.conversations.desk.day(actor, since_ms)


@get("/{interaction_id:int}", permission=READ)
async def read_interaction(rooms: Rooms, actor: Actor, interaction_id: int) -> Interaction:
    """Return an interaction whose conversation one may read."""
    return await rooms.routing.work.get(actor, interaction_id)


@get("/{interaction_id:int}/why", permission=READ)
async def read_why(rooms: Rooms, actor: Actor, interaction_id: int) -> InteractionWhy:
    """Return why it was offered to whom: every offer, and what the journal recorded."""
    return await rooms.routing.work.why(actor, interaction_id)


@get("/{interaction_id:int}/why/{seq:int}", permission=READ)
async def read_moment(rooms: Rooms, actor: Actor, interaction_id: int, seq: int) -> Moment:
    """Return how it stood at a line of its journal, replayed: its place, and a verdict on each agent."""
    return await rooms.routing.explain.moment(actor, interaction_id, seq)


@post("/{interaction_id:int}/why/{seq:int}/otherwise", permission="settings.read", status_code=200)
async def read_otherwise(
    rooms: Rooms, actor: Actor, interaction_id: int, seq: int, data: OtherwiseWrite
) -> Otherwise:
    """Return what one change at that moment would have made of it; nothing is changed by asking."""
    return await rooms.routing.explain.otherwise(actor, interaction_id, seq, data)


@post("/{interaction_id:int}/end", permission="conversations.reply", status_code=200)
async def end_interaction(rooms: Rooms, actor: Actor, interaction_id: int, data: EndWrite) -> Interaction:
    """Resolve up to the entry seen; wrap-up starts, and a later message of the contact ends it again."""
    return await rooms.routing.work.end(actor, interaction_id, data)


@post("/{interaction_id:int}/complete", permission="conversations.reply", status_code=200)
async def complete_interaction(
    rooms: Rooms, actor: Actor, interaction_id: int, data: CompleteWrite
) -> Interaction:
    """Finish wrap-up with its outcome."""
    return await rooms.routing.work.complete(actor, interaction_id, data)


@post("/{interaction_id:int}/extend", permission="conversations.reply", status_code=200)
async def extend_wrap_up(rooms: Rooms, actor: Actor, interaction_id: int, data: ExtendWrite) -> Interaction:
    """Take more time for wrap-up."""
    return await rooms.routing.work.extend(actor, interaction_id, data)


@post("/{interaction_id:int}/park", permission="conversations.reply", status_code=200)
async def park_interaction(rooms: Rooms, actor: Actor, interaction_id: int) -> Interaction:
    """Free the capacity and stay the owner."""
    return await rooms.routing.work.park(actor, interaction_id)


@post("/{interaction_id:int}/unpark", permission="conversations.reply", status_code=200)
async def unpark_interaction(rooms: Rooms, actor: Actor, interaction_id: int) -> Interaction:
    """Take parked work back in hand."""
    return await rooms.routing.work.unpark(actor, interaction_id)


@post("/{interaction_id:int}/transfer", permission="conversations.transfer", status_code=200)
async def transfer_interaction(
    rooms: Rooms, actor: Actor, interaction_id: int, data: TransferWrite
) -> Interaction:
    """Hand work on to a queue or an agent, with a note."""
    return await rooms.routing.work.transfer(actor, interaction_id, data)


@post("/{interaction_id:int}/callback", permission="conversations.take", status_code=201)
async def ask_callback(rooms: Rooms, actor: Actor, interaction_id: int, data: CallbackWrite) -> Interaction:
    """Let a waiting contact be called back: the callback, work of its own, has the place; answers with it."""
    return await rooms.conversations.callbacks.ask(actor, interaction_id, data.phone)


@post("/{interaction_id:int}/take", permission=TAKE, status_code=200)
async def take_interaction(rooms: Rooms, actor: Actor, interaction_id: int) -> Interaction:
    """Take waiting work by hand; somebody else's needs conversations.take_over."""
    return await rooms.routing.work.take(actor, interaction_id)


router = Router(
    path="/interactions",
    tags=["work"],
    route_handlers=[
        read_day, read_interaction, read_why, read_moment, read_otherwise, end_interaction,
        complete_interaction, extend_wrap_up, park_interaction, unpark_interaction, transfer_interaction,
        ask_callback, take_interaction,
    ],
)  # fmt: skip
