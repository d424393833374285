"""Presence: one's own status, the team's for who may see and set it."""

from __future__ import annotations

from typing import Annotated

from litestar import Router, delete, get, put
from litestar.params import Parameter

from ucc.domain.actor import Actor
from ucc.domain.people import Presence, StatusWrite
from ucc.web.pages import Cursor, Page, decode_cursor, page_of
from ucc.web.rooms import Rooms

TEAM_MAX = 1_000

TeamLimit = Annotated[int, Parameter(ge=1, le=TEAM_MAX, description="how many people at most")]


@get("/", permission="people.read")
async def list_presence(
    rooms: Rooms, actor: Actor, cursor: Cursor = None, limit: TeamLimit = TEAM_MAX
) -> Page[Presence]:
    """List the presence and load of everybody active, by id; a team is one page."""
    after_id = decode_cursor(cursor, int) or 0
    team = await rooms.routing.presence.list_team(actor, after_id=after_id, count=limit + 1)
    return page_of(team, limit, lambda one: one.agent_id)


@get("/me", permission="presence.set_own")
async def read_own(rooms: Rooms, actor: Actor) -> Presence:
    """Return one's own presence."""
    return await rooms.routing.presence.get(actor, actor.require_user())


@put("/me", permission="presence.set_own")
async def set_own(rooms: Rooms, actor: Actor, data: StatusWrite) -> Presence:
    """Choose one's status; with work in hand it becomes the next status and applies when that is done."""
    return await rooms.routing.presence.set_status(actor, actor.require_user(), data)


@delete("/me/block", permission="presence.set_own", status_code=200)
async def clear_own_block(rooms: Rooms, actor: Actor) -> Presence:
    """Say that one is there again after an offer rang out."""
    return await rooms.routing.presence.clear_block(actor, actor.require_user())


@put("/{agent_id:int}", permission="presence.set_any")
async def set_any(rooms: Rooms, actor: Actor, agent_id: int, data: StatusWrite) -> Presence:
    """Choose somebody's status; with work in hand it becomes their next status."""
    return await rooms.routing.presence.set_status(actor, agent_id, data)


@delete("/{agent_id:int}/block", permission="presence.set_any", status_code=200)
async def clear_any_block(rooms: Rooms, actor: Actor, agent_id: int) -> Presence:
    """Say that somebody is there again after an offer rang out."""
    return await rooms.routing.presence.clear_block(actor, agent_id)


router = Router(
    path="/presence",
    tags=["presence"],
    route_handlers=[list_presence, read_own, set_own, clear_own_block, set_any, clear_any_block],
)
