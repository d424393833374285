"""SLA policies: how soon contacts are answered."""

from __future__ import annotations

from litestar import Router, delete, get, post, put

from ucc.domain.actor import Actor
from ucc.domain.people import SlaPolicy, SlaPolicyWrite
from ucc.web.pages import Cursor, Limit, Page, decode_cursor, page_of
from ucc.web.rooms import Rooms

FIRST = ("", 0)


@get("/", permission=("queues.read", "settings.read"))
async def list_sla_policies(
    rooms: Rooms, actor: Actor, cursor: Cursor = None, limit: Limit = 100
) -> Page[SlaPolicy]:
    """List SLA policies by name."""
    after = decode_cursor(cursor, tuple[str, int]) or FIRST
    found = await rooms.routing.sla_policies.list_page(actor, after=after, count=limit + 1)
    return page_of(found, limit, lambda one: (one.name, one.id))


@post("/", permission="settings.write", status_code=201)
async def add_policy(rooms: Rooms, actor: Actor, data: SlaPolicyWrite) -> SlaPolicy:
    """Add an SLA policy."""
    return await rooms.routing.sla_policies.add(actor, data)


@get("/{policy_id:int}", permission=("queues.read", "settings.read"))
async def read_policy(rooms: Rooms, actor: Actor, policy_id: int) -> SlaPolicy:
    """Return an SLA policy."""
    return await rooms.routing.sla_policies.get(actor, policy_id)


@put("/{policy_id:int}", permission="settings.write")
async def change_policy(rooms: Rooms, actor: Actor, policy_id: int, data: SlaPolicyWrite) -> SlaPolicy:
    """Write an SLA policy whole; routing follows at once."""
    return await rooms.routing.sla_policies.change(actor, policy_id, data)


@delete("/{policy_id:int}", permission="settings.write")
async def remove_policy(rooms: Rooms, actor: Actor, policy_id: int) -> None:
    """Remove an SLA policy; refused while something follows it."""
    await rooms.routing.sla_policies.remove(actor, policy_id)


router = Router(
    path="/sla-policies",
    tags=["settings"],
    route_handlers=[list_sla_policies, add_policy, read_policy, change_policy, remove_policy],
)
