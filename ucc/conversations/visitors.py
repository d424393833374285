"""Visitors of web chats: coming back, writing, leaving; each token opens one conversation alone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ucc.channels.base import Inbound
from ucc.channels.webchat.receive import checked_text
from ucc.conversations.entries import Item, Written
from ucc.conversations.inboxes import Entrances, is_allowed, settings_of
from ucc.conversations.rules import OVER
from ucc.conversations.sights import Seen, Sights, Visitor
from ucc.conversations.starts import FIELD_CHARACTERS_MAX, URL_CHARACTERS_MAX, Starts
from ucc.conversations.writer import Batch, EntryWriter, Over, Router
from ucc.domain.conversation import SystemEvent
from ucc.domain.engine import ContactLeft
from ucc.domain.errors import BadInput, NotAllowed, NotSignedIn
from ucc.domain.events import VisitorStart, VisitorStarted
from ucc.domain.states import Author, EntryKind, SystemCode
from ucc.kit import secrets, sql
from ucc.kit.clock import now_ms
from ucc.kit.db import Database

_queries = sql.load(Path(__file__).with_name("queries.sql"))


class Visitors:
    """The verbs of the widget; beginnings are made by `Starts`, what is shown is read by `Sights`."""

    def __init__(
        self,
        database: Database,
        writer: EntryWriter,
        router: Router,
        entrances: Entrances,
        starts: Starts,
        sights: Sights,
    ) -> None:
        self._database = database
        self._writer = writer
        self._router = router
        self._entrances = entrances
        self._starts = starts
        self._sights = sights

    async def find(self, token: str, origin: str | None) -> Visitor:
        """Return the session of a token, opened by a page that may embed its inbox.

        Raises:
            NotSignedIn: there is no such session, or it is over.
            NotAllowed: the page's origin is not on the inbox's list.
        """
        async with self._database.node() as conn:
            row = await _queries.read_visitor(conn, token_hash=secrets.digest(token))
        if row is None or row["expires_at_ms"] <= now_ms() or not row["is_active"]:
            raise NotSignedIn("there is no such visitor's session, or it is over")
        settings = settings_of(row["settings"])
        if origin is None or not is_allowed(origin, settings.origins):
            raise NotAllowed(f"this inbox may not be embedded by {origin or 'a page without an origin'}")
        return Visitor(
            row["tenant_id"],
            row["id"],
            row["inbox_id"],
            row["key"],
            row["contact_id"],
            row["conversation_id"],
            settings.limits,
        )

    async def start(self, key: str, origin: str | None, address: str, start: VisitorStart) -> VisitorStarted:
        """Begin a conversation with its first message; see Starts.start."""
        return await self._starts.start(key, origin, address, start)

    async def see(self, visitor: Visitor) -> Seen:
        """Return what the widget shows around the log."""
        return await self._sights.see(visitor)

    async def placed(self, tenant_id: int, seen: Seen) -> Seen:
        """Return it with the present place in the queue."""
        return await self._sights.placed(tenant_id, seen)

    async def receive(self, visitor: Visitor, message: Inbound) -> Written:
        """Store a visitor's message; after a long time it begins a new conversation of the same contact."""
        try:
            return await self._writer.add(visitor.tenant_id, _item(visitor, message))
        except Over:
            return await self._begin_again(visitor, message)

    async def _begin_again(self, visitor: Visitor, message: Inbound) -> Written:
        entrance = await self._entrances.find(visitor.key)
        tenant_id = visitor.tenant_id
        async with self._database.tenant(tenant_id) as conn:
            bound = await _queries.lock_visitor(conn, tenant_id=tenant_id, id=visitor.id)
            old = await _queries.read_visitor_conversation(
                conn, tenant_id=tenant_id, id=bound["conversation_id"]
            )
            context = {key: value for key, value in old["context"].items() if key != "rating"}
            conversation_id = await self._starts.thread(
                conn, entrance, bound["contact_id"], context, now_ms()
            )
            await _queries.bind_visitor(
                conn, tenant_id=tenant_id, id=visitor.id, conversation_id=conversation_id
            )
            item = _item(visitor, message)
            item.conversation_id = conversation_id
            batch = await self._writer.write(conn, tenant_id, [item])
            if isinstance(batch.answers[0], Exception):
                raise batch.answers[0]
        visitor.conversation_id = conversation_id
        self._writer.announce(tenant_id, batch)
        return batch.answers[0]

    async def leave(self, visitor: Visitor) -> None:
        """End the chat: waiting work is abandoned, an agent's goes to wrap-up."""
        async with self._database.tenant(visitor.tenant_id) as conn:
            row = await _queries.mark_ending(conn, tenant_id=visitor.tenant_id, id=visitor.conversation_id)
            if row is None or row["interaction_id"] is None or row["interaction_state"] in OVER:
                return
            await self._router.command(conn, visitor.tenant_id, ContactLeft(row["interaction_id"]))
        self._router.wake(visitor.tenant_id)

    async def note_page(self, visitor: Visitor, url: str, title: str) -> None:
        """Keep which page the visitor looks at."""
        page = checked_text(url[:URL_CHARACTERS_MAX], has_attachments=True)
        page_title = checked_text(title[:FIELD_CHARACTERS_MAX], has_attachments=True)
        await self._merge(visitor, {"page": page, "page_title": page_title})

    async def rate(self, visitor: Visitor, stars: int, text: str) -> None:
        """Keep how the visitor liked it; once given, a rating may be given again.

        Raises:
            BadInput: the stars are not 1 to 5, or the text is too long.
        """
        if not 1 <= stars <= 5:
            raise BadInput(f"stars is {stars}, allowed 1 to 5", path="$.stars")
        if len(text) > URL_CHARACTERS_MAX:
            raise BadInput(f"text is {len(text)} characters, limit {URL_CHARACTERS_MAX}", path="$.text")
        words = checked_text(text, has_attachments=True)
        await self._merge(visitor, {"rating": {"stars": stars, "text": words, "at_ms": now_ms()}})
        event = SystemEvent(code=SystemCode.RATED, detail={"stars": str(stars), "text": words})
        item = Item(
            conversation_id=visitor.conversation_id,
            kind=EntryKind.SYSTEM,
            author=Author.SYSTEM,
            system=event,
        )
        await self._writer.add(visitor.tenant_id, item)

    async def _merge(self, visitor: Visitor, context: dict[str, Any]) -> None:
        async with self._database.tenant(visitor.tenant_id) as conn:
            await _queries.merge_context(
                conn, tenant_id=visitor.tenant_id, id=visitor.conversation_id, context=context
            )
        for_lists = {visitor.conversation_id}
        self._writer.announce(visitor.tenant_id, Batch([], [], for_lists))


def _item(visitor: Visitor, message: Inbound) -> Item:
    return Item(
        conversation_id=visitor.conversation_id,
        author=Author.CONTACT,
        text=message.text,
        client_id=message.external_id,
        visitor_id=visitor.id,
        attachment_ids=message.attachment_ids,
    )
