"""Presence: one's own status, the team's for who may see and set it."""

from __future__ import annotations

from typing import Annotated

from litestar import Router, delete, get, put
from litestar.params import Parameter

from ucc.domain.actor import Actor
from ucc.domain.people import AgentPlan, PlanWrite, Presence, StatusWrite
from ucc.domain.team import LiveAct, TeamMember
from ucc.web.pages import Cursor, Limit, Page, decode_cursor, page_of
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


@get("/team", permission="conversations.read_all")
async def list_at_work(
    rooms: Rooms,
    actor: Actor,
    since_ms: Annotated[
        int | None, Parameter(ge=0, description="only whom something changed for since")
    ] = None,
    cursor: Cursor = None,
    limit: TeamLimit = TEAM_MAX,
) -> Page[TeamMember]:
    """List everybody active by id, each with presence and the work in hand; a team is one page.

    With `since_ms` it is those alone for whom something changed since, or shortly before.
    """
    after_id = decode_cursor(cursor, int) or 0
    team = await rooms.routing.presence.list_at_work(
        actor, since_ms=since_ms, after_id=after_id, count=limit + 1
    )
    return page_of(team, limit, lambda one: one.presence.agent_id)


@get("/acts", permission="reports.read")
async def list_acts(
    rooms: Rooms,
    actor: Actor,
    since_ms: Annotated[int, Parameter(ge=0, description="only what was done since")] = 0,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Page[LiveAct]:
    """List what supervisors did about queues and people at work, newest first, each with its author."""
    before_seq = decode_cursor(cursor, int)
    acts = await rooms.routing.acts.list_page(
        actor, since_ms=since_ms, before_seq=before_seq, count=limit + 1
    )
    return page_of(acts, limit, lambda one: one.seq)


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


@delete("/{agent_id:int}/sessions", permission="presence.set_any")
async def sign_out_any(rooms: Rooms, actor: Actor, agent_id: int) -> None:
    """Sign somebody out everywhere; work in hand goes back to its queues as after a lost connection."""
    await rooms.tenants.users.sign_out(actor, agent_id)


@get("/me/plan", permission="presence.set_own")
async def read_own_plan(rooms: Rooms, actor: Actor) -> AgentPlan:
    """Return one's own planned shifts and breaks."""
    return await rooms.routing.plans.get(actor, actor.require_user())


@get("/plans", permission="people.read")
async def list_plans(rooms: Rooms, actor: Actor, cursor: Cursor = None, limit: Limit = 50) -> Page[AgentPlan]:
    """List planned shifts and breaks, of those who have any, by id."""
    after_id = decode_cursor(cursor, int) or 0
    plans = await rooms.routing.plans.list_page(actor, after_id=after_id, count=limit + 1)
    return page_of(plans, limit, lambda one: one.agent_id)


@get("/{agent_id:int}/plan", permission="people.read")
async def read_plan(rooms: Rooms, actor: Actor, agent_id: int) -> AgentPlan:
    """Return somebody's planned shifts and breaks."""
    return await rooms.routing.plans.get(actor, agent_id)


@put("/{agent_id:int}/plan", permission="presence.set_any")
async def put_plan(rooms: Rooms, actor: Actor, agent_id: int, data: PlanWrite) -> AgentPlan:
    """Write somebody's plan whole; a break that runs by it begins at once, after the work in hand."""
    return await rooms.routing.plans.put(actor, agent_id, data)


router = Router(
    path="/presence",
    tags=["presence"],
    route_handlers=[
        list_presence, list_at_work, list_acts, read_own, set_own, clear_own_block, set_any, clear_any_block,
        sign_out_any, read_own_plan, list_plans, read_plan, put_plan,
    ],
)  # fmt: skip
