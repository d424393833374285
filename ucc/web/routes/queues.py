"""Queues: their policy, and what happens in them now."""

from __future__ import annotations

from litestar import Router, delete, get, post, put

from ucc.domain.actor import Actor
from ucc.domain.explaining import Moment, ProspectWrite
from ucc.domain.people import PauseWrite, Queue, QueueWrite
from ucc.web.pages import Cursor, Limit, Page, decode_cursor, page_of
from ucc.web.rooms import Rooms

FIRST = ("", 0)


@get("/", permission="queues.read")
async def list_queues(rooms: Rooms, actor: Actor, cursor: Cursor = None, limit: Limit = 100) -> Page[Queue]:
    """List queues by name, with what waits and who could serve it now."""
    after = decode_cursor(cursor, tuple[str, int]) or FIRST
    found = await rooms.routing.queues.list_page(actor, after=after, count=limit + 1)
    return page_of(found, limit, lambda one: (one.name, one.id))


@post("/", permission="settings.write", status_code=201)
async def add_queue(rooms: Rooms, actor: Actor, data: QueueWrite) -> Queue:
    """Add a queue."""
    return await rooms.routing.queues.add(actor, data)


@get("/{queue_id:int}", permission="queues.read")
async def read_queue(rooms: Rooms, actor: Actor, queue_id: int) -> Queue:
    """Return a queue, with what waits and who could serve it now."""
    return await rooms.routing.queues.get(actor, queue_id)


@post("/{queue_id:int}/prospect", permission="settings.read", status_code=200)
async def read_prospect(rooms: Rooms, actor: Actor, queue_id: int, data: ProspectWrite) -> Moment:
    """Say who would get a hypothetical arrival now, with the queue as it is or as it is being written."""
    return await rooms.routing.explain.prospect(actor, queue_id, data)


@put("/{queue_id:int}", permission="settings.write")
async def change_queue(rooms: Rooms, actor: Actor, queue_id: int, data: QueueWrite) -> Queue:
    """Write a queue whole; routing follows at once."""
    return await rooms.routing.queues.change(actor, queue_id, data)


@put("/{queue_id:int}/pause", permission="queues.pause")
async def pause_queue(rooms: Rooms, actor: Actor, queue_id: int, data: PauseWrite) -> Queue:
    """Let a queue hand out nothing for now; with a redirect queue its work goes there at once."""
    return await rooms.routing.queues.pause(actor, queue_id, data)


@delete("/{queue_id:int}/pause", permission="queues.pause", status_code=200)
async def resume_queue(rooms: Rooms, actor: Actor, queue_id: int) -> Queue:
    """Let a paused queue hand out its work again."""
    return await rooms.routing.queues.resume(actor, queue_id)


@delete("/{queue_id:int}", permission="settings.write")
async def remove_queue(rooms: Rooms, actor: Actor, queue_id: int) -> None:
    """Remove a queue; refused while something follows it."""
    await rooms.routing.queues.remove(actor, queue_id)


router = Router(
    path="/queues",
    tags=["settings"],
    route_handlers=[
        list_queues, add_queue, read_queue, read_prospect, change_queue, pause_queue, resume_queue,
        remove_queue,
    ],
)  # fmt: skip
