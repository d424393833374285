"""Search over conversations, entries and contacts at once, in any script."""

from __future__ import annotations

from typing import Annotated

from litestar import Router, get
from litestar.params import Parameter

from ucc.domain.actor import Actor
from ucc.domain.conversation import Contact, Conversation, Entry
from ucc.domain.people import Struct
from ucc.web.rooms import Rooms

FOUND_MAX = 20

Words = Annotated[str, Parameter(min_length=1, max_length=200, description="words in any script")]


class Found(Struct, frozen=True, kw_only=True):
    """What holds the words, newest first, at most 20 of each."""

    conversations: list[Conversation]
    entries: list[Entry]
    contacts: list[Contact]


@get("/search", permission=("conversations.read_own", "conversations.read_all"))
async def search(rooms: Rooms, actor: Actor, q: Words) -> Found:
    """Search in everything the actor may read."""
    conversations, entries = await rooms.conversations.desk.search(actor, q, count=FOUND_MAX)
    contacts: list[Contact] = []
    if actor.may("contacts.read"):
        found = await rooms.contacts.list_page(actor, query=q, before=None, count=FOUND_MAX)
        contacts = [contact for contact, _ in found]
    return Found(conversations=conversations, entries=entries, contacts=contacts)


router = Router(path="/", tags=["conversations"], route_handlers=[search])
