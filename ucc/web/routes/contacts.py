"""Contacts: list and search, read and write, merge by hand and take it back."""

from __future__ import annotations

from typing import Annotated

from litestar import Router, delete, get, patch, post, put
from litestar.params import Parameter

from ucc.domain.actor import Actor
from ucc.domain.conversation import BlockWrite, Contact, ContactMerge, ContactWrite
from ucc.domain.people import Write
from ucc.web.pages import Cursor, Limit, Page, decode_cursor, encode_cursor
from ucc.web.rooms import Rooms

Words = Annotated[
    str | None, Parameter(max_length=200, description="name, address, number, note or attribute; any script")
]


class MergeWrite(Write, frozen=True, kw_only=True):
    """Whom to merge into the contact of the path."""

    merged_id: int


@get("/", permission="contacts.read")
async def list_contacts(
    rooms: Rooms, actor: Actor, q: Words = None, cursor: Cursor = None, limit: Limit = 50
) -> Page[Contact]:
    """List contacts, latest change first; `q` finds those that have all its words."""
    before = decode_cursor(cursor, tuple[int, int])
    found = await rooms.contacts.list_page(actor, query=q, before=before, count=limit + 1)
    contacts = [contact for contact, _ in found[:limit]]
    return Page(items=contacts, next=encode_cursor(found[limit - 1][1]) if len(found) > limit else None)


@post("/", permission="contacts.write", status_code=201)
async def add_contact(rooms: Rooms, actor: Actor, data: ContactWrite) -> Contact:
    """Make a contact by hand."""
    return await rooms.contacts.add(actor, data)


@get("/{contact_id:int}", permission="contacts.read")
async def read_contact(rooms: Rooms, actor: Actor, contact_id: int) -> Contact:
    """Return a contact; of a merged one, the contact it went into. `duplicate_ids` only suggests.

    `audiences` are those the contact is in at this moment.
    """
    return await rooms.contacts.get(actor, contact_id)


@patch("/{contact_id:int}", permission="contacts.write")
async def change_contact(rooms: Rooms, actor: Actor, contact_id: int, data: ContactWrite) -> Contact:
    """Change the given fields."""
    return await rooms.contacts.change(actor, contact_id, data)


@put("/{contact_id:int}/block", permission="contacts.block")
async def block_contact(rooms: Rooms, actor: Actor, contact_id: int, data: BlockWrite) -> Contact:
    """Block a contact: later work of theirs is refused, or comes to its queue's one for the blocked."""
    return await rooms.contacts.block(actor, contact_id, is_blocked=True, reason=data.reason)


@delete("/{contact_id:int}/block", permission="contacts.block", status_code=200)
async def unblock_contact(rooms: Rooms, actor: Actor, contact_id: int) -> Contact:
    """Block a contact no more."""
    return await rooms.contacts.block(actor, contact_id, is_blocked=False)


@post("/{contact_id:int}/merge", permission="contacts.merge", status_code=201)
async def merge_contacts(rooms: Rooms, actor: Actor, contact_id: int, data: MergeWrite) -> ContactMerge:
    """Merge another contact into this one: identities, conversations and tags move; the id undoes it."""
    return await rooms.contacts.merge(actor, contact_id, data.merged_id)


@delete("/merges/{merge_id:int}", permission="contacts.merge")
async def undo_merge(rooms: Rooms, actor: Actor, merge_id: int) -> None:
    """Take a merge back: what moved returns, what was changed since stays."""
    await rooms.contacts.undo_merge(actor, merge_id)


router = Router(
    path="/contacts",
    tags=["contacts"],
    route_handlers=[
        list_contacts, add_contact, read_contact, change_contact, block_contact, unblock_contact,
        merge_contacts, undo_merge,
    ],
)  # fmt: skip
