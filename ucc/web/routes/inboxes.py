"""Inboxes: entry points, with the snippet to paste."""

from __future__ import annotations

from litestar import Router, delete, get, post, put

from ucc.domain.actor import Actor
from ucc.domain.people import Inbox, InboxWrite
from ucc.web.pages import Cursor, Limit, Page, decode_cursor, page_of
from ucc.web.rooms import Rooms

FIRST = ("", 0)
READERS = ("settings.read", "conversations.read_own", "conversations.read_all")


@get("/", permission=READERS)
async def list_inboxes(rooms: Rooms, actor: Actor, cursor: Cursor = None, limit: Limit = 100) -> Page[Inbox]:
    """List inboxes by name."""
    after = decode_cursor(cursor, tuple[str, int]) or FIRST
    found = await rooms.conversations.inboxes.list_page(actor, after=after, count=limit + 1)
    return page_of(found, limit, lambda one: (one.name, one.id))


@post("/", permission="settings.write", status_code=201)
async def add_inbox(rooms: Rooms, actor: Actor, data: InboxWrite) -> Inbox:
    """Add an inbox."""
    return await rooms.conversations.inboxes.add(actor, data)


@get("/{inbox_id:int}", permission=READERS)
async def read_inbox(rooms: Rooms, actor: Actor, inbox_id: int) -> Inbox:
    """Return an inbox."""
    return await rooms.conversations.inboxes.get(actor, inbox_id)


@put("/{inbox_id:int}", permission="settings.write")
async def change_inbox(rooms: Rooms, actor: Actor, inbox_id: int, data: InboxWrite) -> Inbox:
    """Write an inbox whole."""
    return await rooms.conversations.inboxes.change(actor, inbox_id, data)


@delete("/{inbox_id:int}", permission="settings.write")
async def remove_inbox(rooms: Rooms, actor: Actor, inbox_id: int) -> None:
    """Remove an inbox nobody ever wrote to."""
    await rooms.conversations.inboxes.remove(actor, inbox_id)


@post("/{inbox_id:int}/rotate-secret", permission="settings.write", status_code=200)
async def rotate_secret(rooms: Rooms, actor: Actor, inbox_id: int) -> Inbox:
    """Make a new identity secret; what the old one signed is refused from now on."""
    return await rooms.conversations.inboxes.rotate_secret(actor, inbox_id)


router = Router(
    path="/inboxes",
    tags=["settings"],
    route_handlers=[list_inboxes, add_inbox, read_inbox, change_inbox, remove_inbox, rotate_secret],
)
