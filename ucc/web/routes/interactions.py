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
    ConsultWrite,
    EndWrite,
    ExtendWrite,
    FlowWrite,
    HandOverWrite,
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
    """Resolve up to the entry seen; wrap-up starts, and a later message of the contact ends it again.

    Of a consult or a seat that alone is over: whoever has it goes back, or the contact's agent sends them.
    """
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


@post("/{interaction_id:int}/consult", permission="conversations.transfer", status_code=201)
async def ask_colleague(rooms: Rooms, actor: Actor, interaction_id: int, data: ConsultWrite) -> Interaction:
    """Ask a colleague or a queue about work in hand; answers with the consult. The contact sees nothing."""
    return await rooms.routing.consults.ask(actor, interaction_id, data)


@post("/{interaction_id:int}/consult/complete", permission="conversations.transfer", status_code=200)
async def complete_consult(rooms: Rooms, actor: Actor, interaction_id: int) -> Interaction:
    """Hand the contact to the colleague of this consult; the sender wraps up at once."""
    return await rooms.routing.consults.complete(actor, interaction_id)


@post("/{interaction_id:int}/consult/merge", permission="conversations.transfer", status_code=200)
async def merge_consult(rooms: Rooms, actor: Actor, interaction_id: int) -> Interaction:
    """Bring the colleague of this consult to the contact: a conference."""
    return await rooms.routing.consults.merge(actor, interaction_id)


@post("/{interaction_id:int}/hand-over", permission="conversations.transfer", status_code=200)
async def hand_over(rooms: Rooms, actor: Actor, interaction_id: int, data: HandOverWrite) -> Interaction:
    """Leave a conference by naming who of it owns the work from here on."""
    return await rooms.routing.consults.hand_over(actor, interaction_id, data)


@post("/{interaction_id:int}/hold", permission="conversations.reply", status_code=200)
async def hold_call(rooms: Rooms, actor: Actor, interaction_id: int) -> Interaction:
    """Let the contact of a call hold on."""
    return await rooms.routing.consults.hold(actor, interaction_id)


@post("/{interaction_id:int}/unhold", permission="conversations.reply", status_code=200)
async def unhold_call(rooms: Rooms, actor: Actor, interaction_id: int) -> Interaction:
    """Speak to the contact of a call again."""
    return await rooms.routing.consults.unhold(actor, interaction_id)


@post("/{interaction_id:int}/flow", permission="conversations.reply", status_code=200)
async def hand_to_flow(rooms: Rooms, actor: Actor, interaction_id: int, data: FlowWrite) -> Interaction:
    """Let a flow have the contact (a payment, a form), who comes back to the same agent."""
    return await rooms.routing.consults.hand_to_flow(actor, interaction_id, data)


@post("/{interaction_id:int}/flow/return", permission="conversations.reply", status_code=200)
async def return_from_flow(rooms: Rooms, actor: Actor, interaction_id: int) -> Interaction:
    """Bring the contact back from a flow: the agent takes them, or an API key says that the step is done."""
    return await rooms.routing.consults.return_from_flow(actor, interaction_id)


@post("/{interaction_id:int}/callback", permission="conversations.take", status_code=201)
async def ask_callback(rooms: Rooms, actor: Actor, interaction_id: int, data: CallbackWrite) -> Interaction:
    """Let a waiting contact be called back: the callback, work of its own, has the place; answers with it."""
    return await rooms.conversations.callbacks.ask(actor, interaction_id, data)


@post("/{interaction_id:int}/connected", permission="conversations.reply", status_code=200)
async def connect_interaction(rooms: Rooms, actor: Actor, interaction_id: int) -> Interaction:
    """Say that the contact is on the line, or was reached: the work is in hand."""
    return await rooms.routing.work.connected(actor, interaction_id)


@post("/{interaction_id:int}/not-connected", permission="conversations.reply", status_code=200)
async def fail_connecting(rooms: Rooms, actor: Actor, interaction_id: int) -> Interaction:
    """Say that nobody was reached: the work is back in its place, a callback is dialled again later."""
    return await rooms.routing.work.not_connected(actor, interaction_id)


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
        ask_callback, take_interaction, ask_colleague, complete_consult, merge_consult, hand_over, hold_call,
        unhold_call, hand_to_flow, return_from_flow, connect_interaction, fail_connecting,
    ],
)  # fmt: skip
