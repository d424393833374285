"""Offers: what rings at the signed-in agent, and the answer."""

from __future__ import annotations

from litestar import Router, get, post

from ucc.domain.actor import Actor
from ucc.domain.conversation import DeclineWrite, Interaction, Offer
from ucc.web.pages import Page
from ucc.web.rooms import Rooms


@get("/", permission="conversations.reply")
async def list_offers(rooms: Rooms, actor: Actor) -> Page[Offer]:
    """List what rings at oneself now, oldest first."""
    return Page(items=await rooms.routing.work.list_offers(actor))


@post("/{interaction_id:int}/{epoch:int}/accept", permission="conversations.reply", status_code=200)
async def accept_offer(rooms: Rooms, actor: Actor, interaction_id: int, epoch: int) -> Interaction:
    """Take an offer; doing it twice is the same as once."""
    return await rooms.routing.work.accept(actor, interaction_id, epoch)


@post("/{interaction_id:int}/{epoch:int}/decline", permission="conversations.reply", status_code=200)
async def decline_offer(
    rooms: Rooms, actor: Actor, interaction_id: int, epoch: int, data: DeclineWrite
) -> Interaction:
    """Refuse an offer; the work goes back to its original place."""
    return await rooms.routing.work.decline(actor, interaction_id, epoch, data)


router = Router(path="/offers", tags=["work"], route_handlers=[list_offers, accept_offer, decline_offer])
