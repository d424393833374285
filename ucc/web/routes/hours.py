"""Opening hours."""

from __future__ import annotations

from litestar import Router, delete, get, post, put

from ucc.domain.actor import Actor
from ucc.domain.people import Hours, HoursWrite
from ucc.web.pages import Cursor, Limit, Page, decode_cursor, page_of
from ucc.web.rooms import Rooms

FIRST = ("", 0)


@get("/", permission=("queues.read", "settings.read"))
async def list_hours(rooms: Rooms, actor: Actor, cursor: Cursor = None, limit: Limit = 100) -> Page[Hours]:
    """List opening hours by name, with whether they are open now."""
    after = decode_cursor(cursor, tuple[str, int]) or FIRST
    found = await rooms.routing.hours.list_page(actor, after=after, count=limit + 1)
    return page_of(found, limit, lambda one: (one.name, one.id))


@post("/", permission="settings.write", status_code=201)
async def add_hours(rooms: Rooms, actor: Actor, data: HoursWrite) -> Hours:
    """Add opening hours."""
    return await rooms.routing.hours.add(actor, data)


@get("/{hours_id:int}", permission=("queues.read", "settings.read"))
async def read_hours(rooms: Rooms, actor: Actor, hours_id: int) -> Hours:
    """Return opening hours, with whether they are open now."""
    return await rooms.routing.hours.get(actor, hours_id)


@put("/{hours_id:int}", permission="settings.write")
async def change_hours(rooms: Rooms, actor: Actor, hours_id: int, data: HoursWrite) -> Hours:
    """Write opening hours whole; routing follows at once."""
    return await rooms.routing.hours.change(actor, hours_id, data)


@delete("/{hours_id:int}", permission="settings.write")
async def remove_hours(rooms: Rooms, actor: Actor, hours_id: int) -> None:
    """Remove opening hours; refused while something follows it."""
    await rooms.routing.hours.remove(actor, hours_id)


router = Router(
    path="/hours",
    tags=["settings"],
    route_handlers=[list_hours, add_hours, read_hours, change_hours, remove_hours],
)
