"""Dispositions: the outcome codes of wrap-up."""

from __future__ import annotations

from litestar import Router, delete, get, post, put

from ucc.domain.actor import Actor
from ucc.domain.people import Disposition, DispositionWrite
from ucc.web.auth import SIGNED_IN
from ucc.web.pages import Cursor, Limit, Page, decode_cursor, page_of
from ucc.web.rooms import Rooms

FIRST = (-(2**31), 0)


@get("/", permission=SIGNED_IN)
async def list_dispositions(
    rooms: Rooms, actor: Actor, cursor: Cursor = None, limit: Limit = 100
) -> Page[Disposition]:
    """List outcome codes in their order."""
    after = decode_cursor(cursor, tuple[int, int]) or FIRST
    found = await rooms.conversations.dispositions.list_page(actor, after=after, count=limit + 1)
    return page_of(found, limit, lambda one: (one.position, one.id))


@post("/", permission="settings.write", status_code=201)
async def add_disposition(rooms: Rooms, actor: Actor, data: DispositionWrite) -> Disposition:
    """Add an outcome code."""
    return await rooms.conversations.dispositions.add(actor, data)


@get("/{disposition_id:int}", permission=SIGNED_IN)
async def read_disposition(rooms: Rooms, actor: Actor, disposition_id: int) -> Disposition:
    """Return an outcome code."""
    return await rooms.conversations.dispositions.get(actor, disposition_id)


@put("/{disposition_id:int}", permission="settings.write")
async def change_disposition(
    rooms: Rooms, actor: Actor, disposition_id: int, data: DispositionWrite
) -> Disposition:
    """Write an outcome code whole."""
    return await rooms.conversations.dispositions.change(actor, disposition_id, data)


@delete("/{disposition_id:int}", permission="settings.write")
async def remove_disposition(rooms: Rooms, actor: Actor, disposition_id: int) -> None:
    """Remove an outcome code no work ended with."""
    await rooms.conversations.dispositions.remove(actor, disposition_id)


router = Router(
    path="/dispositions",
    tags=["settings"],
    route_handlers=[
        list_dispositions,
        add_disposition,
        read_disposition,
        change_disposition,
        remove_disposition,
    ],
)
