"""The verbs of contacts: found or made from an identity, kept, searched."""

from __future__ import annotations

from typing import Any, Protocol

import asyncpg
from msgspec import UNSET

from ucc.contacts import rules
from ucc.contacts.audiences import Audiences, audiences_of_contact
from ucc.contacts.merging import Follower, Merging
from ucc.contacts.rules import Card
from ucc.contacts.store import LATEST, Place, card_of, contact_of, fields_of, queries, read_page, store_card
from ucc.domain.actor import Actor
from ucc.domain.conversation import Contact, ContactMerge, ContactWrite
from ucc.domain.errors import BadInput, NotFound
from ucc.domain.events import ListsChanged
from ucc.domain.states import Channel
from ucc.kit import text
from ucc.kit.bus import Publication
from ucc.kit.clock import now_ms
from ucc.kit.db import Conn, Database
from ucc.kit.ids import Ids

DUPLICATES_MAX = 20
REASON_CHARACTERS_MAX = 500


class Recorder(Protocol):
    """Who keeps the audit."""

    async def audit(
        self, conn: Conn, actor: Actor, act: str, target: str, detail: dict[str, Any] | None = None
    ) -> None:
        """Record an act in the caller's transaction."""


class Publisher(Protocol):
    """What contacts need of the bus."""

    def publish(self, publications: list[Publication]) -> None:
        """Send after the commit."""


class Contacts:
    """People who write or call, and saved selections of them (`audiences`)."""

    def __init__(self, db: Database, ids: Ids, recorder: Recorder, publisher: Publisher) -> None:
        self._db = db
        self._ids = ids
        self._recorder = recorder
        self._publisher = publisher
        self._merging = Merging(db, ids, recorder)
        self.audiences = Audiences(db, ids, recorder)

    def follow(self, follower: Follower) -> None:
        """Let rows of another room, which name contacts, follow merges in the same transaction."""
        self._merging.follow(follower)

    async def find_or_make(
        self,
        conn: Conn,
        *,
        tenant_id: int,
        channel: Channel,
        scope: str,
        external_id: str,
        is_verified: bool = False,
        name: str | None = None,
        email: str | None = None,
        phone: str | None = None,
        locale: str | None = None,
    ) -> int:
        """Return the contact of an identity, made if need be, in the caller's transaction.

        Of N callers in parallel one makes it. What the visitor says about themselves fills empty fields only;
        an unproven id never finds the contact that proved it.

        Raises:
            BadInput: the external id is not allowed.
        """
        told = rules.claimed(name, email, phone, locale)
        identity = {
            "tenant_id": tenant_id,
            "channel": channel,
            "scope": scope,
            "external_id": rules.external_key(external_id, is_verified=is_verified),
        }
        row = await queries.contact_of_identity(conn, **identity)
        if row is None:
            contact_id = self._ids.take()
            is_new = await queries.add_contact_of_identity(
                conn,
                **identity,
                id=contact_id,
                is_verified=is_verified,
                name=told.name,
                email=told.email,
                phone=told.phone,
                locale=told.locale,
                terms=rules.terms(told),
                now_ms=now_ms(),
            )
            if is_new:
                return contact_id
            row = await queries.contact_of_identity(conn, **identity)
        await self._complete(conn, tenant_id, row, told)
        return int(row["id"])

    async def add(self, actor: Actor, write: ContactWrite) -> Contact:
        """Make a contact by hand.

        Raises:
            BadInput: a field is not allowed.
        """
        card = rules.written(Card(), write)
        contact_id = self._ids.take()
        async with self._db.tenant(actor.tenant_id) as conn:
            await self._guard(
                queries.add_contact(
                    conn,
                    tenant_id=actor.tenant_id,
                    id=contact_id,
                    terms=rules.terms(card),
                    now_ms=now_ms(),
                    **fields_of(card),
                ),
                card.owner_id,
            )
            await self._set_tags(conn, actor.tenant_id, contact_id, write)
            contact = await self._read(conn, actor.tenant_id, contact_id)
        self._tell(actor.tenant_id)
        return contact

    async def get(self, actor: Actor, contact_id: int) -> Contact:
        """Return a contact; of a merged one, the contact it went into.

        Raises:
            NotFound: there is none with this id.
        """
        async with self._db.tenant(actor.tenant_id) as conn:
            kept_id = await queries.kept_contact(conn, tenant_id=actor.tenant_id, id=contact_id)
            if kept_id is None:
                raise NotFound(f"there is no contact {contact_id}")
            return await self._read(conn, actor.tenant_id, kept_id)

    async def change(self, actor: Actor, contact_id: int, write: ContactWrite) -> Contact:
        """Change the given fields.

        Raises:
            NotFound: there is none with this id.
            BadInput: a field is not allowed.
        """
        async with self._db.tenant(actor.tenant_id) as conn:
            rows = await queries.lock_contacts(conn, tenant_id=actor.tenant_id, ids=[contact_id])
            if not rows or rows[0]["merged_into"] is not None:
                raise NotFound(f"there is no contact {contact_id}")
            card = rules.written(card_of(rows[0]), write)
            await self._guard(store_card(conn, actor.tenant_id, contact_id, card, now_ms()), card.owner_id)
            await self._set_tags(conn, actor.tenant_id, contact_id, write)
            contact = await self._read(conn, actor.tenant_id, contact_id)
        self._tell(actor.tenant_id)
        return contact

    async def block(self, actor: Actor, contact_id: int, *, is_blocked: bool, reason: str = "") -> Contact:
        """Block a contact, or take that back: it counts for the work that arrives from then on.

        Raises:
            NotFound: there is none with this id.
            BadInput: the reason is too long.
        """
        if len(reason) > REASON_CHARACTERS_MAX:
            raise BadInput(
                f"reason is {len(reason)} characters, limit {REASON_CHARACTERS_MAX}", field="reason"
            )
        tenant_id = actor.tenant_id
        async with self._db.tenant(tenant_id) as conn:
            rows = await queries.lock_contacts(conn, tenant_id=tenant_id, ids=[contact_id])
            if not rows or rows[0]["merged_into"] is not None:
                raise NotFound(f"there is no contact {contact_id}")
            is_news = await queries.set_blocked(
                conn, tenant_id=tenant_id, id=contact_id, is_blocked=is_blocked, now_ms=now_ms()
            )
            if is_news:
                act = "contact_blocked" if is_blocked else "contact_unblocked"
                detail = {"reason": reason} if reason else {}
                await self._recorder.audit(conn, actor, act, f"contact:{contact_id}", detail)
            contact = await self._read(conn, tenant_id, contact_id)
        self._tell(tenant_id)
        return contact

    async def list_page(
        self, actor: Actor, *, query: str | None, before: Place | None, count: int
    ) -> list[tuple[Contact, Place]]:
        """Return up to `count` contacts, latest change first, each with its place; `query` has to match."""
        before_ms, before_id = before or LATEST
        asked = {"tenant_id": actor.tenant_id, "before_ms": before_ms, "before_id": before_id, "count": count}
        async with self._db.tenant(actor.tenant_id) as conn:
            if query is None or not query.strip():
                rows = await queries.list_recent(conn, **asked)
            elif terms := text.search_query(query):
                rows = await queries.search_contacts(
                    conn, **asked, query=terms, patterns=rules.patterns(query)
                )
            else:
                rows = []  # nothing but signs: no contact has them as a word
            places = {row["id"]: (row["updated_at_ms"], row["id"]) for row in rows}
            return await read_page(conn, actor.tenant_id, places)

    async def merge(self, actor: Actor, kept_id: int, merged_id: int) -> ContactMerge:
        """Merge one contact into another by hand; see Merging.merge."""
        merge = await self._merging.merge(actor, kept_id, merged_id)
        self._tell(actor.tenant_id)
        return merge

    async def undo_merge(self, actor: Actor, merge_id: int) -> None:
        """Take a merge back; see Merging.undo."""
        await self._merging.undo(actor, merge_id)
        self._tell(actor.tenant_id)

    # --- inner steps --------------------------------------------------------------------------------

    async def _complete(self, conn: Conn, tenant_id: int, row: Any, told: Card) -> None:
        """Fill a known contact's empty fields, and write only if that changes something."""
        card = Card(
            name=row["name"],
            email=row["email"],
            phone=row["phone"],
            locale=row["locale"],
            attributes=row["attributes"],
            note=row["note"],
        )
        new = rules.completed(card, told)
        if new != card:
            await queries.complete_contact(
                conn,
                tenant_id=tenant_id,
                id=row["id"],
                name=new.name,
                email=new.email,
                phone=new.phone,
                locale=new.locale,
                terms=rules.terms(new),
                now_ms=now_ms(),
            )

    async def _read(self, conn: Conn, tenant_id: int, contact_id: int) -> Contact:
        rows = await queries.read_contacts(conn, tenant_id=tenant_id, ids=[contact_id])
        row = rows[0]
        duplicates = await queries.list_duplicates(
            conn,
            tenant_id=tenant_id,
            id=contact_id,
            email=row["email"],
            phone=row["phone"],
            count=DUPLICATES_MAX,
        )
        audiences = await audiences_of_contact(conn, tenant_id, contact_id)
        return contact_of(row, [one["id"] for one in duplicates], audiences)

    async def _set_tags(self, conn: Conn, tenant_id: int, contact_id: int, write: ContactWrite) -> None:
        if write.tag_ids is UNSET:
            return
        tag_ids = rules.check_tags(write.tag_ids)
        rows = await queries.lock_tags(conn, tenant_id=tenant_id, tag_ids=tag_ids)
        if unknown := sorted(set(tag_ids) - {row["id"] for row in rows}):
            raise BadInput(
                f"tag_ids names {', '.join(str(one) for one in unknown[:5])}; "
                "allowed are the tags of GET /v1/tags",
                field="tag_ids",
                unknown=unknown,
            )
        await queries.remove_tags(conn, tenant_id=tenant_id, contact_id=contact_id)
        await queries.add_tags(conn, tenant_id=tenant_id, contact_id=contact_id, tag_ids=tag_ids)

    async def _guard(self, statement: Any, owner_id: int | None) -> None:
        """Run a statement that writes the owner, who may not exist in this tenant."""
        try:
            await statement
        except asyncpg.ForeignKeyViolationError:
            raise BadInput(
                f"owner_id is {owner_id}; allowed are the users of GET /v1/users",
                field="owner_id",
                unknown=[owner_id],
            ) from None

    def _tell(self, tenant_id: int) -> None:
        self._publisher.publish(
            [Publication(tenant_id, f"tenant:{tenant_id}", 0, ListsChanged(names=["contacts"]))]
        )
