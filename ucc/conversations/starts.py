"""Beginnings of web chats: contact, thread, session and first message in one transaction, once."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Protocol

import msgspec

from ucc.channels.webchat.receive import checked_client_id, checked_text
from ucc.conversations.entries import Item
from ucc.conversations.inboxes import Entrance, Entrances
from ucc.conversations.languages import language_of, screen_locale
from ucc.conversations.rules import is_reopenable
from ucc.conversations.sights import Sights, Visitor
from ucc.conversations.writer import Batch, EntryWriter
from ucc.domain.errors import BadInput, TooMany
from ucc.domain.events import VisitorStart, VisitorStarted
from ucc.domain.states import Author, Channel, ConversationState
from ucc.kit import secrets, sql
from ucc.kit.clock import now_ms
from ucc.kit.db import Conn, Database
from ucc.kit.ids import Ids
from ucc.kit.limits import SlidingWindow

SESSION_MS = 90 * 86_400_000
START_REPEAT_MS = 600_000  # a repeated start is answered with the same conversation this long
FIELD_CHARACTERS_MAX = 500
URL_CHARACTERS_MAX = 2_000

_queries = sql.load(Path(__file__).with_name("queries.sql"))


class ContactFinder(Protocol):
    """What this needs of ucc.contacts."""

    async def find_or_make(
        self,
        conn: Conn,
        *,
        tenant_id: int,
        channel: Channel,
        scope: str,
        external_id: str,
        is_verified: bool,
        name: str,
        email: str | None,
        phone: str | None,
        locale: str | None,
    ) -> int:
        """Return the contact of an identity, made if it is new."""


class Starts:
    """Begins conversations for pages with the widget."""

    def __init__(
        self,
        database: Database,
        ids: Ids,
        writer: EntryWriter,
        contacts: ContactFinder,
        entrances: Entrances,
        sights: Sights,
    ) -> None:
        self._database = database
        self._ids = ids
        self._writer = writer
        self._contacts = contacts
        self._entrances = entrances
        self._sights = sights
        self._windows: dict[int, SlidingWindow] = {}

    async def start(self, key: str, origin: str | None, address: str, start: VisitorStart) -> VisitorStarted:
        """Begin a conversation with its first message, or return what the same start began before.

        Raises:
            NotFound: no inbox has this key.
            NotAllowed: the origin or the signed identity is not right.
            BadInput: a field is not allowed, a required question is not answered.
            TooMany: this address begins too many conversations.
        """
        entrance = await self._entrances.find(key)
        origin = entrance.check_origin(origin)
        is_verified = entrance.check_identity(start.user_id, start.user_hash)
        start = _checked(start, entrance)
        self._check_rate(entrance, address)
        return await self._start(entrance, origin, start, is_verified=is_verified)

    def _check_rate(self, entrance: Entrance, address: str) -> None:
        limit = entrance.settings.limits.starts
        window = self._windows.setdefault(limit, SlidingWindow(limit, 60_000))
        if not window.allows((entrance.id, address), now_ms()):
            raise TooMany(
                f"more than {limit} conversations a minute from one address",
                retry_after_s=-(-window.wait_ms((entrance.id, address), now_ms()) // 1000),
            )

    async def _start(
        self, entrance: Entrance, origin: str, start: VisitorStart, *, is_verified: bool
    ) -> VisitorStarted:
        token, at_ms = secrets.token(), now_ms()
        tenant_id = entrance.tenant_id
        batch: Batch | None = None
        async with self._database.tenant(tenant_id) as conn:
            await _queries.lock_start(conn, tenant_id=tenant_id, external_id=start.client_id)
            before = await _queries.read_started(
                conn, tenant_id=tenant_id, inbox_id=entrance.id, external_id=start.client_id
            )
            if before is not None:
                is_same = before["author"] == Author.CONTACT and before["text"] == start.text
                if not is_same or before["at_ms"] < at_ms - START_REPEAT_MS:
                    raise BadInput("client_id was used for another message", path="$.client_id")
                contact_id, conversation_id = before["contact_id"], before["conversation_id"]
            else:
                contact_id = await self._contact(conn, entrance, start, is_verified=is_verified)
                conversation_id = await self._conversation(conn, entrance, contact_id, start, at_ms)
            visitor = Visitor(
                tenant_id,
                self._ids.take(),
                entrance.id,
                entrance.key,
                contact_id,
                conversation_id,
                entrance.settings.limits,
            )
            await self._add_visitor(conn, visitor, token, origin, at_ms)
            if before is None:
                batch = await self._writer.write(conn, tenant_id, [_first_item(visitor, start)])
                if isinstance(batch.answers[0], Exception):
                    raise batch.answers[0]
            entries = await self._sights.entries(conn, visitor)
            seen = await self._sights.read(conn, visitor)
        if batch is not None:
            self._writer.announce(tenant_id, batch)
        placed = await self._sights.placed(tenant_id, seen)
        return VisitorStarted(token=token, state=placed.state, entries=entries)

    async def _contact(
        self, conn: Conn, entrance: Entrance, start: VisitorStart, *, is_verified: bool
    ) -> int:
        """Return the contact: the host site's user when it vouches for them, else somebody new."""
        language = language_of(start.text, start.locale)
        external_id = f"user:{start.user_id}" if is_verified else f"visitor:{secrets.token()}"
        answers = start.prechat
        return await self._contacts.find_or_make(
            conn,
            tenant_id=entrance.tenant_id,
            channel=Channel.WEBCHAT,
            scope=str(entrance.id),
            external_id=external_id,
            is_verified=is_verified,
            name=(start.user_name or answers.get("name", "")).strip(),
            email=start.user_email or answers.get("email") or None,
            phone=answers.get("phone") or None,
            locale=language or None,
        )

    async def _conversation(
        self, conn: Conn, entrance: Entrance, contact_id: int, start: VisitorStart, at_ms: int
    ) -> int:
        """Return the thread's conversation: the open one, one that may be opened again, or a new one."""
        language = language_of(start.text, start.locale)
        context = {
            "language": language,
            "prechat": start.prechat,
            "page": start.page,
            "page_title": start.page_title,
            "referrer": start.referrer,
            "time_zone": start.time_zone,
        }
        return await self.thread(
            conn, entrance, contact_id, {key: value for key, value in context.items() if value}, at_ms
        )

    async def thread(
        self, conn: Conn, entrance: Entrance, contact_id: int, context: dict[str, Any], at_ms: int
    ) -> int:
        """Return where a contact's thread goes on: in the open conversation, a reopenable or a new one."""
        thread = {
            "tenant_id": entrance.tenant_id,
            "inbox_id": entrance.id,
            "contact_id": contact_id,
            "thread_key": str(contact_id),
        }
        for _ in range(2):
            row = await _queries.read_thread(conn, **thread)
            if row is not None and is_reopenable(
                ConversationState(row["state"]), row["resolved_at_ms"], at_ms
            ):
                return int(row["id"])
            conversation_id = await _queries.add_conversation(
                conn,
                **thread,
                id=self._ids.take(),
                channel=entrance.channel,
                queue_id=entrance.queue_id,
                now_ms=at_ms,
                locale=screen_locale(str(context.get("language", ""))),
                context=context,
            )
            if conversation_id is not None:
                return int(conversation_id)
        raise AssertionError(f"thread of contact {contact_id} has an open conversation that cannot be read")

    async def _add_visitor(self, conn: Conn, visitor: Visitor, token: str, origin: str, at_ms: int) -> None:
        await _queries.add_visitor(
            conn,
            tenant_id=visitor.tenant_id,
            id=visitor.id,
            token_hash=secrets.digest(token),
            inbox_id=visitor.inbox_id,
            contact_id=visitor.contact_id,
            conversation_id=visitor.conversation_id,
            origin=origin,
            now_ms=at_ms,
            expires_at_ms=at_ms + SESSION_MS,
        )


def _checked(start: VisitorStart, entrance: Entrance) -> VisitorStart:
    """Return the start with clean fields, when all that is required is there."""
    prechat: dict[str, str] = {}
    for field in entrance.settings.widget.prechat:
        answer = start.prechat.get(field.key, "").strip()
        if field.is_required and not answer:
            raise BadInput(f"{field.key} is required", path=f"$.prechat.{field.key}")
        if len(answer) > FIELD_CHARACTERS_MAX:
            raise BadInput(
                f"{field.key} is {len(answer)} characters, limit {FIELD_CHARACTERS_MAX}",
                path=f"$.prechat.{field.key}",
            )
        if answer:
            prechat[field.key] = checked_text(answer)
    shortened = {
        name: checked_text(value[:limit], has_attachments=True) or None
        for name, limit in (
            ("page", URL_CHARACTERS_MAX),
            ("referrer", URL_CHARACTERS_MAX),
            ("page_title", FIELD_CHARACTERS_MAX),
            ("time_zone", 64),
            ("user_id", 255),
            ("user_name", 200),
            ("user_email", 254),
        )
        if (value := getattr(start, name)) is not None
    }
    return msgspec.structs.replace(
        start,
        client_id=checked_client_id(start.client_id),
        text=checked_text(start.text),
        prechat=prechat,
        locale=start.locale[:35],
        **shortened,
    )


def _first_item(visitor: Visitor, start: VisitorStart) -> Item:
    return Item(
        conversation_id=visitor.conversation_id,
        author=Author.CONTACT,
        text=start.text,
        client_id=start.client_id,
        visitor_id=visitor.id,
    )
