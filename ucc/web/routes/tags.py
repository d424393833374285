"""Tags: words to sort conversations and contacts by."""

from __future__ import annotations

from litestar import Router, delete, get, post, put

from ucc.domain.actor import Actor
from ucc.domain.people import Tag, TagWrite
from ucc.web.auth import SIGNED_IN
from ucc.web.pages import Cursor, Limit, Page, decode_cursor, page_of
from ucc.web.rooms import Rooms

FIRST = ("", 0)


@get("/", permission=SIGNED_IN)
async def list_tags(rooms: Rooms, actor: Actor, cursor: Cursor = None, limit: Limit = 100) -> Page[Tag]:
    """List tags by name."""
    after = decode_cursor(cursor, tuple[str, int]) or FIRST
    found = await rooms.conversations.tags.list_page(actor, after=after, count=limit + 1)
    return page_of(found, limit, lambda one: (one.name, one.id))


@post("/", permission="settings.write", status_code=201)
async def add_tag(rooms: Rooms, actor: Actor, data: TagWrite) -> Tag:
    """Add a tag."""
    return await rooms.conversations.tags.add(actor, data)


@get("/{tag_id:int}", permission=SIGNED_IN)
async def read_tag(rooms: Rooms, actor: Actor, tag_id: int) -> Tag:
    """Return a tag."""
    return await rooms.conversations.tags.get(actor, tag_id)


@put("/{tag_id:int}", permission="settings.write")
async def change_tag(rooms: Rooms, actor: Actor, tag_id: int, data: TagWrite) -> Tag:
    """Write a tag whole."""
    return await rooms.conversations.tags.change(actor, tag_id, data)


@delete("/{tag_id:int}", permission="settings.write")
async def remove_tag(rooms: Rooms, actor: Actor, tag_id: int) -> None:
    """Remove a tag, and take it off everything that has it."""
    await rooms.conversations.tags.remove(actor, tag_id)


router = Router(
    path="/tags",
    tags=["settings"],
    route_handlers=[list_tags, add_tag, read_tag, change_tag, remove_tag],
)
