"""Audiences: saved selections of contacts, tried before they are saved, and who is in them."""

from __future__ import annotations

from litestar import Router, delete, get, post, put

from ucc.domain.actor import Actor
from ucc.domain.audience import Audience, AudienceCount, AudiencePreview, AudienceWrite, PreviewWrite
from ucc.domain.conversation import Contact
from ucc.web.pages import Cursor, Limit, Page, decode_cursor, encode_cursor, page_of
from ucc.web.rooms import Rooms

FIRST = ("", 0)


@get("/", permission="settings.read")
async def list_audiences(
    rooms: Rooms, actor: Actor, cursor: Cursor = None, limit: Limit = 100
) -> Page[Audience]:
    """List audiences by name."""
    after = decode_cursor(cursor, tuple[str, int]) or FIRST
    found = await rooms.contacts.audiences.list_page(actor, after=after, count=limit + 1)
    return page_of(found, limit, lambda one: (one.name, one.id))


@post("/", permission="settings.write", status_code=201)
async def add_audience(rooms: Rooms, actor: Actor, data: AudienceWrite) -> Audience:
    """Save a selection of contacts."""
    return await rooms.contacts.audiences.add(actor, data)


@post("/preview", permission="settings.read", status_code=200)
async def preview_audience(rooms: Rooms, actor: Actor, data: PreviewWrite) -> AudiencePreview:
    """Count the contacts a condition holds for and return the first; needs contacts.read too."""
    return await rooms.contacts.audiences.preview(actor, data.condition)


@get("/counts", permission="settings.read")
async def count_audiences(rooms: Rooms, actor: Actor) -> Page[AudienceCount]:
    """Count the contacts of every audience, by name; needs contacts.read too."""
    return Page(items=await rooms.contacts.audiences.count(actor))


@get("/{audience_id:int}", permission="settings.read")
async def read_audience(rooms: Rooms, actor: Actor, audience_id: int) -> Audience:
    """Return an audience."""
    return await rooms.contacts.audiences.get(actor, audience_id)


@put("/{audience_id:int}", permission="settings.write")
async def change_audience(rooms: Rooms, actor: Actor, audience_id: int, data: AudienceWrite) -> Audience:
    """Write an audience whole; work that waits keeps the priority it came with."""
    return await rooms.contacts.audiences.change(actor, audience_id, data)


@delete("/{audience_id:int}", permission="settings.write")
async def remove_audience(rooms: Rooms, actor: Actor, audience_id: int) -> None:
    """Remove an audience; refused while it gives priority."""
    await rooms.contacts.audiences.remove(actor, audience_id)


@get("/{audience_id:int}/contacts", permission="settings.read")
async def list_audience_contacts(
    rooms: Rooms, actor: Actor, audience_id: int, cursor: Cursor = None, limit: Limit = 50
) -> Page[Contact]:
    """List who is in an audience now, latest change first; needs contacts.read too."""
    before = decode_cursor(cursor, tuple[int, int])
    found = await rooms.contacts.audiences.list_contacts(actor, audience_id, before=before, count=limit + 1)
    contacts = [contact for contact, _ in found[:limit]]
    return Page(items=contacts, next=encode_cursor(found[limit - 1][1]) if len(found) > limit else None)


router = Router(
    path="/audiences",
    tags=["settings"],
    route_handlers=[
        list_audiences, add_audience, preview_audience, count_audiences, read_audience, change_audience,
        remove_audience, list_audience_contacts,
    ],
)  # fmt: skip
