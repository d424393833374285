"""Conversations: views and lists, logs, replies and notes, states, drafts."""

from __future__ import annotations

from typing import Annotated, Literal

from litestar import Router, get, patch, post, put
from litestar.params import Parameter

from ucc.conversations.desk import Filter
from ucc.domain.actor import Actor
from ucc.domain.conversation import (
    Conversation,
    ConversationWrite,
    Draft,
    DraftWrite,
    Entry,
    EntryWrite,
    Interaction,
    View,
    ViewCount,
)
from ucc.domain.people import Write
from ucc.web.pages import Cursor, Limit, Page, decode_cursor, encode_cursor, page_of
from ucc.web.rooms import Rooms

READERS = ("conversations.read_own", "conversations.read_all")
WRITERS = ("conversations.reply", "conversations.note")

Words = Annotated[str | None, Parameter(max_length=200, description="words of an entry or a contact's name")]
Id = Annotated[int | None, Parameter(ge=1, lt=2**53)]
Seq = Annotated[int | None, Parameter(ge=0, lt=2**31, description="an entry's number")]
EntryWay = Literal["after", "before"]
EntryLimit = Annotated[int, Parameter(ge=1, le=200, description="how many entries at most")]


class ReadWrite(Write, frozen=True, kw_only=True):
    """Up to which entry the signed-in user has read."""

    seq: int


@get("/views", permission=READERS)
async def list_views(rooms: Rooms, actor: Actor) -> Page[View]:
    """List the views of the Desk with their counts."""
    return Page(items=await rooms.conversations.desk.views(actor))


@get("/conversations", permission=READERS)
async def list_conversations(
    rooms: Rooms,
    actor: Actor,
    view: str = "all",
    queue_id: Id = None,
    tag_id: Id = None,
    is_vip: bool = False,
    q: Words = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Page[Conversation]:
    """List a view: contacts who wait first, by deadline, then by last activity. `q` searches instead."""
    narrowed = Filter(queue_id=queue_id, tag_id=tag_id, is_vip=is_vip, words=q or "")
    after = decode_cursor(cursor, tuple[int, int, int])
    found = await rooms.conversations.desk.list_view(actor, view, narrowed, after=after, count=limit + 1)
    heads = [head for _, head in found[:limit]]
    return Page(items=heads, next=encode_cursor(found[limit - 1][0]) if len(found) > limit else None)


@get("/conversations/count", permission=READERS)
async def count_conversations(
    rooms: Rooms,
    actor: Actor,
    view: str = "all",
    queue_id: Id = None,
    tag_id: Id = None,
    is_vip: bool = False,
) -> ViewCount:
    """Count a narrowed view, up to 100: for views an agent has saved."""
    narrowed = Filter(queue_id=queue_id, tag_id=tag_id, is_vip=is_vip)
    return ViewCount(count=await rooms.conversations.desk.count_view(actor, view, narrowed))


@get("/conversations/{conversation_id:int}", permission=READERS)
async def read_conversation(rooms: Rooms, actor: Actor, conversation_id: int) -> Conversation:
    """Return one conversation's head."""
    return await rooms.conversations.desk.get(actor, conversation_id)


@patch("/conversations/{conversation_id:int}", permission="conversations.reply")
async def change_conversation(
    rooms: Rooms, actor: Actor, conversation_id: int, data: ConversationWrite
) -> Conversation:
    """Snooze, open, resolve, mark as spam, or tag."""
    return await rooms.conversations.change(actor, conversation_id, data)


@get("/conversations/{conversation_id:int}/entries", permission=READERS)
async def list_entries(
    rooms: Rooms,
    actor: Actor,
    conversation_id: int,
    after: Seq = None,
    before: Seq = None,
    cursor: Cursor = None,
    limit: EntryLimit = 100,
) -> Page[Entry]:
    """List entries in the order of the log: those behind `after`, or the last ones before `before`.

    `next` goes on in the same direction: to newer entries from `after`, to older ones otherwise.
    """
    if (place := decode_cursor(cursor, tuple[EntryWay, int])) is not None:
        after, before = (place[1], None) if place[0] == "after" else (None, place[1])
    found = await rooms.conversations.desk.entries(
        actor, conversation_id, after=after, before=before, count=limit + 1
    )
    if len(found) <= limit:
        return Page(items=found)
    if after is not None:
        return Page(items=found[:limit], next=encode_cursor(("after", found[limit - 1].seq)))
    return Page(items=found[1:], next=encode_cursor(("before", found[1].seq)))


@post("/conversations/{conversation_id:int}/entries", permission=WRITERS, status_code=201)
async def add_entry(rooms: Rooms, actor: Actor, conversation_id: int, data: EntryWrite) -> Entry:
    """Send a reply, or leave a note for colleagues; the same client_id again gives the same entry."""
    return await rooms.conversations.write(actor, conversation_id, data)


@post("/conversations/{conversation_id:int}/read", permission=READERS, status_code=204)
async def mark_read(rooms: Rooms, actor: Actor, conversation_id: int, data: ReadWrite) -> None:
    """Note up to which entry the user has read."""
    await rooms.conversations.read(actor, conversation_id, data.seq)


@get("/conversations/{conversation_id:int}/interactions", permission=READERS)
async def list_interactions(
    rooms: Rooms, actor: Actor, conversation_id: int, cursor: Cursor = None, limit: Limit = 100
) -> Page[Interaction]:
    """List every stretch of work on the conversation, newest first."""
    before_id = decode_cursor(cursor, int)
    found = await rooms.conversations.desk.interactions(
        actor, conversation_id, before_id=before_id, count=limit + 1
    )
    return page_of(found, limit, lambda one: one.id)


@get("/conversations/{conversation_id:int}/drafts", permission=READERS)
async def list_drafts(rooms: Rooms, actor: Actor, conversation_id: int) -> Page[Draft]:
    """List what the user left in the composer."""
    return Page(items=await rooms.conversations.desk.drafts(actor, conversation_id))


@put("/conversations/{conversation_id:int}/drafts", permission=READERS)
async def keep_draft(rooms: Rooms, actor: Actor, conversation_id: int, data: DraftWrite) -> Draft:
    """Keep what is in the composer; an empty text removes it."""
    return await rooms.conversations.desk.keep_draft(actor, conversation_id, data)


@get("/contacts/{contact_id:int}/conversations", permission=READERS)
async def list_of_contact(
    rooms: Rooms, actor: Actor, contact_id: int, cursor: Cursor = None, limit: Limit = 50
) -> Page[Conversation]:
    """List a contact's conversations, newest first; of a merged contact, those of the one it went into."""
    after = decode_cursor(cursor, int)
    contact = await rooms.contacts.get(actor, contact_id)
    found = await rooms.conversations.desk.of_contact(actor, contact.id, before=after, count=limit + 1)
    return Page(items=found[:limit], next=encode_cursor(found[limit - 1].id) if len(found) > limit else None)


router = Router(
    path="/",
    tags=["conversations"],
    route_handlers=[
        list_views, list_conversations, count_conversations, read_conversation, change_conversation,
        list_entries, add_entry, mark_read, list_interactions, list_drafts, keep_draft, list_of_contact,
    ],
)  # fmt: skip
