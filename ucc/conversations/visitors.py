"""Visitors of web chats: starting, coming back, writing, leaving; each token opens one conversation alone."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Protocol

import msgspec

from ucc.channels.base import Inbound
from ucc.channels.webchat.receive import checked_client_id, checked_text
from ucc.channels.webchat.send import send
from ucc.conversations.entries import Item, Written, entry_of_row
from ucc.conversations.inboxes import Entrance, Entrances, is_allowed, settings_of
from ucc.conversations.languages import language_of, screen_locale
from ucc.conversations.rules import OVER, is_reopenable, phase_of
from ucc.conversations.writer import Batch, EntryWriter, Over, Router
from ucc.domain.conversation import SystemEvent
from ucc.domain.engine import ContactLeft
from ucc.domain.errors import BadInput, NotAllowed, NotSignedIn, TooMany
from ucc.domain.events import VisitorEntry, VisitorStart, VisitorStarted, VisitorState
from ucc.domain.people import VisitorLimits
from ucc.domain.states import (
    Author,
    Channel,
    ConversationState,
    EntryKind,
    InteractionState,
    SystemCode,
    VisitorPhase,
)
from ucc.kit import secrets, sql
from ucc.kit.clock import now_ms
from ucc.kit.db import Conn, Database
from ucc.kit.ids import Ids
from ucc.kit.limits import SlidingWindow
from ucc.routing.dispatch import Place

SESSION_MS = 90 * 86_400_000
START_REPEAT_MS = 600_000  # a repeated start is answered with the same conversation this long
LOG_MAX = 1_000  # entries of one reading
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


class Positions(Protocol):
    """Who knows where waiting work stands."""

    async def __call__(self, tenant_id: int, interaction_id: int) -> Place | None:
        """Return the place, None when it waits no more or nobody knows."""


class Visitor(msgspec.Struct):
    """A visitor's session; its conversation changes when they come back after a long time."""

    tenant_id: int
    id: int
    inbox_id: int
    key: str  # of the inbox
    contact_id: int
    conversation_id: int
    limits: VisitorLimits


class Seen(msgspec.Struct, frozen=True):
    """What a visitor is shown, and the interaction whose place in the queue may be told."""

    state: VisitorState
    waiting: int | None


class Visitors:
    """The verbs of the widget."""

    def __init__(
        self,
        database: Database,
        ids: Ids,
        writer: EntryWriter,
        contacts: ContactFinder,
        router: Router,
        entrances: Entrances,
        position: Positions,
    ) -> None:
        self._database = database
        self._ids = ids
        self._writer = writer
        self._contacts = contacts
        self._router = router
        self._entrances = entrances
        self._position = position
        self._starts: dict[int, SlidingWindow] = {}

    # --- sessions ---------------------------------------------------------------------------------

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
        window = self._starts.setdefault(limit, SlidingWindow(limit, 60_000))
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
                if before["author"] != Author.CONTACT or before["at_ms"] < at_ms - START_REPEAT_MS:
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
            entries, _ = await self._entries(conn, visitor, 0)
            seen = await self._read_state(conn, visitor)
        if batch is not None:
            self._writer.announce(tenant_id, batch)
        placed = await self.placed(tenant_id, seen)
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
        return await self._thread(
            conn, entrance, contact_id, {key: value for key, value in context.items() if value}, at_ms
        )

    async def _thread(
        self, conn: Conn, entrance: Entrance, contact_id: int, context: dict[str, Any], at_ms: int
    ) -> int:
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

    # --- the open chat ----------------------------------------------------------------------------

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
            old = await _queries.read_visitor_conversation(conn, tenant_id=tenant_id, id=bound)
            context = {key: value for key, value in old["context"].items() if key != "rating"}
            conversation_id = await self._thread(conn, entrance, visitor.contact_id, context, now_ms())
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
            row = await _queries.mark_ending(
                conn, tenant_id=visitor.tenant_id, id=visitor.conversation_id, seq=None
            )
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

    # --- what they see ----------------------------------------------------------------------------

    async def see(self, visitor: Visitor) -> Seen:
        """Return what the widget shows around the log."""
        async with self._database.tenant(visitor.tenant_id) as conn:
            seen = await self._read_state(conn, visitor)
        return await self.placed(visitor.tenant_id, seen)

    async def _entries(self, conn: Conn, visitor: Visitor, last_seq: int) -> tuple[list[VisitorEntry], int]:
        rows = await _queries.read_entries_after(
            conn,
            tenant_id=visitor.tenant_id,
            conversation_id=visitor.conversation_id,
            seq=last_seq,
            limit=LOG_MAX,
        )
        signer = await self._writer.signer(conn, visitor.tenant_id)
        seen = (send(entry_of_row(row, signer)) for row in rows)
        return [entry for entry in seen if entry is not None], rows[-1]["seq"] if rows else last_seq

    async def _read_state(self, conn: Conn, visitor: Visitor) -> Seen:
        row = await _queries.read_visitor_conversation(
            conn, tenant_id=visitor.tenant_id, id=visitor.conversation_id
        )
        policies = await self._writer.policies.read(conn, visitor.tenant_id)
        policy = policies.get(row["queue_id"])
        opens_at_ms = policy.opens_at_ms(now_ms()) if policy is not None else None
        work = None if row["interaction_state"] is None else InteractionState(row["interaction_state"])
        phase = phase_of(ConversationState(row["state"]), work, is_open=opens_at_ms is None)
        state = VisitorState(
            conversation_id=row["id"],
            state=ConversationState(row["state"]),
            phase=phase,
            agent_name=row["agent_name"] if phase == VisitorPhase.ACTIVE else None,
            queue_name=row["queue_name"],
            opens_at_ms=opens_at_ms if phase == VisitorPhase.CLOSED else None,
            agent_read_seq=row["agent_read_seq"],
            is_rated="rating" in row["context"],
        )
        tells = phase == VisitorPhase.WAITING and policy is not None and policy.tells_position
        return Seen(state, row["interaction_id"] if tells else None)

    async def placed(self, tenant_id: int, seen: Seen) -> Seen:
        """Return it with the present place in the queue, which is asked outside of any transaction."""
        if seen.waiting is None:
            return seen
        place = await self._position(tenant_id, seen.waiting)
        if place is None:
            return seen
        state = msgspec.structs.replace(
            seen.state,
            position=place.place,
            wait_low_s=_seconds(place.wait_low_ms),
            wait_high_s=_seconds(place.wait_high_ms),
        )
        return Seen(state, seen.waiting)


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


def _seconds(milliseconds: int | None) -> int | None:
    return None if milliseconds is None else -(-milliseconds // 1000)


def _first_item(visitor: Visitor, start: VisitorStart) -> Item:
    return _item(visitor, Inbound(external_id=start.client_id, text=start.text))


def _item(visitor: Visitor, message: Inbound) -> Item:
    return Item(
        conversation_id=visitor.conversation_id,
        author=Author.CONTACT,
        text=message.text,
        client_id=message.external_id,
        visitor_id=visitor.id,
        attachment_ids=message.attachment_ids,
    )
