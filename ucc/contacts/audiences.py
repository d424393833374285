"""The verbs of audiences: saved, tried, listed by their contacts, and asked about one contact."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
import msgspec

from ucc.contacts import conditions
from ucc.contacts.merging import Recorder
from ucc.contacts.store import LATEST, Place, queries, read_page
from ucc.domain.actor import Actor, Permission
from ucc.domain.audience import Audience, AudienceCount, AudiencePreview, AudienceWrite, ContactCondition
from ucc.domain.conversation import AudienceOfContact, Contact
from ucc.domain.errors import BadInput, Conflict, NotFound, Unavailable
from ucc.domain.states import ContactField
from ucc.kit.clock import now_ms
from ucc.kit.db import Conn, Database
from ucc.kit.ids import Ids
from ucc.kit.names import checked_name
from ucc.kit.sql import Part, joined

AUDIENCES_MAX = 100  # of one tenant
PRIORITIES_MAX = 20  # of them with a priority: each piece of work is asked about all of these
PRIORITY_MAX = 9
COUNT_MAX = 10_000  # a preview counts no further
FIRST_MAX = 10  # contacts of a preview
LOOK_MS = 3_000  # how long a look at the contacts may take

FIRST = ("", 0)


class Audiences:
    """Saved selections of contacts."""

    def __init__(self, database: Database, ids: Ids, recorder: Recorder) -> None:
        self._database = database
        self._ids = ids
        self._recorder = recorder

    async def list_page(
        self, actor: Actor, *, after: tuple[str, int] = FIRST, count: int = AUDIENCES_MAX
    ) -> list[Audience]:
        """Return up to `count` audiences by name."""
        async with self._database.tenant(actor.tenant_id) as conn:
            return await _list(conn, actor.tenant_id, after=after, count=count)

    async def get(self, actor: Actor, audience_id: int) -> Audience:
        """Return one audience.

        Raises:
            NotFound: there is none with this id.
        """
        async with self._database.tenant(actor.tenant_id) as conn:
            row = await queries.read_audience(conn, tenant_id=actor.tenant_id, id=audience_id)
        return _found(row, audience_id)

    async def add(self, actor: Actor, write: AudienceWrite) -> Audience:
        """Save a selection.

        Raises:
            BadInput: a field is not allowed; the text names its path, what was found and what is allowed.
            Conflict: there is one of this name, or there are too many.
        """
        audience_id = self._ids.take()
        async with self._database.tenant(actor.tenant_id) as conn:
            return await self._write(conn, actor, audience_id, write, queries.add_audience, "audience_added")

    async def change(self, actor: Actor, audience_id: int, write: AudienceWrite) -> Audience:
        """Write an audience whole. Work that waits keeps the priority it came with."""
        async with self._database.tenant(actor.tenant_id) as conn:
            _found(await queries.lock_audience(conn, tenant_id=actor.tenant_id, id=audience_id), audience_id)
            return await self._write(
                conn, actor, audience_id, write, queries.change_audience, "audience_changed"
            )

    async def remove(self, actor: Actor, audience_id: int) -> None:
        """Remove an audience that nothing uses.

        Raises:
            NotFound: there is none with this id.
            Conflict: it gives priority.
        """
        async with self._database.tenant(actor.tenant_id) as conn:
            row = await queries.lock_audience(conn, tenant_id=actor.tenant_id, id=audience_id)
            audience = _found(row, audience_id)
            if audience.priority is not None:
                raise Conflict(
                    f"audience {audience.name!r} gives work priority {audience.priority}; "
                    "take the priority away first",
                    priority=audience.priority,
                )
            await queries.remove_audience(conn, tenant_id=actor.tenant_id, id=audience_id)
            await self._recorder.audit(
                conn, actor, "audience_removed", f"audience:{audience_id}", {"name": audience.name}
            )

    async def preview(self, actor: Actor, condition: ContactCondition) -> AudiencePreview:
        """Return how many contacts a condition holds for, and the first of them; nothing is stored.

        Raises:
            BadInput: the condition is not allowed.
            NotAllowed: the actor may not read contacts.
            Unavailable: the look took too long.
        """
        actor.require(Permission.CONTACTS_READ)
        async with self._looking(actor) as conn:
            await _check(conn, actor.tenant_id, condition)
            part = conditions.compiled(condition, now_ms())
            count = await queries.count_members(
                conn, tenant_id=actor.tenant_id, condition=part, count=COUNT_MAX
            )
            first = await _members(conn, actor.tenant_id, part, before=None, count=FIRST_MAX)
        return AudiencePreview(count=count, contacts=[contact for contact, _ in first])

    async def count(self, actor: Actor) -> list[AudienceCount]:
        """Return how many contacts are in each audience now, by name: two statements for all of them.

        Raises:
            NotAllowed: the actor may not read contacts.
            Unavailable: the look took too long.
        """
        actor.require(Permission.CONTACTS_READ)
        async with self._looking(actor) as conn:
            audiences = await _list(conn, actor.tenant_id)
            if not audiences:
                return []
            at_ms = now_ms()
            counts = [
                queries.counted.part(condition=conditions.compiled(one.condition, at_ms)) for one in audiences
            ]
            found = await queries.count_each(conn, tenant_id=actor.tenant_id, counts=joined(counts, ", "))
        return [AudienceCount(id=one.id, count=count) for one, count in zip(audiences, found, strict=True)]

    async def list_contacts(
        self, actor: Actor, audience_id: int, *, before: Place | None, count: int
    ) -> list[tuple[Contact, Place]]:
        """Return up to `count` contacts who are in an audience now, latest change first, each with its place.

        Raises:
            NotFound: there is no such audience.
            NotAllowed: the actor may not read contacts.
            Unavailable: the look took too long.
        """
        actor.require(Permission.CONTACTS_READ)
        async with self._looking(actor) as conn:
            row = await queries.read_audience(conn, tenant_id=actor.tenant_id, id=audience_id)
            part = conditions.compiled(_found(row, audience_id).condition, now_ms())
            return await _members(conn, actor.tenant_id, part, before=before, count=count)

    # --- inner steps --------------------------------------------------------------------------------

    @asynccontextmanager
    async def _looking(self, actor: Actor) -> AsyncIterator[Conn]:
        """Open a transaction whose statements look through contacts and end in time."""
        try:
            async with self._database.tenant(actor.tenant_id) as conn:
                await queries.limit_statement(conn, tenant_id=actor.tenant_id, limit_ms=str(LOOK_MS))
                yield conn
        except asyncpg.QueryCanceledError:
            raise Unavailable(
                f"to look through the contacts took more than {LOOK_MS} ms; ask for less at once"
            ) from None

    async def _write(
        self, conn: Conn, actor: Actor, audience_id: int, write: AudienceWrite, query: Any, act: str
    ) -> Audience:
        name = checked_name(write.name)
        if write.priority is not None and not 0 <= write.priority <= PRIORITY_MAX:
            raise BadInput(
                f"priority is {write.priority}; allowed are 0 to {PRIORITY_MAX}, or none", field="priority"
            )
        await _check(conn, actor.tenant_id, write.condition)
        there = await queries.count_audiences(conn, tenant_id=actor.tenant_id, id=audience_id)
        if there["others"] >= AUDIENCES_MAX:
            raise Conflict(f"there are {there['others']} audiences, limit {AUDIENCES_MAX}")
        if write.priority is not None and there["with_priority"] >= PRIORITIES_MAX:
            raise Conflict(
                f"{there['with_priority']} audiences give priority, limit {PRIORITIES_MAX}", field="priority"
            )
        audience = Audience(id=audience_id, name=name, condition=write.condition, priority=write.priority)
        try:
            await query(conn, tenant_id=actor.tenant_id, **msgspec.structs.asdict(audience))
        except asyncpg.UniqueViolationError:
            raise Conflict(f"there is an audience {name!r} already", field="name") from None
        await self._recorder.audit(
            conn, actor, act, f"audience:{audience_id}", {"name": name, "priority": write.priority}
        )
        return audience


async def audiences_of_contact(conn: Conn, tenant_id: int, contact_id: int) -> list[AudienceOfContact]:
    """Return every audience a contact is in, by name: two statements, whatever the number of contacts."""
    return await _holding(conn, tenant_id, contact_id, await _list(conn, tenant_id))


async def priority_of_contact(conn: Conn, tenant_id: int, contact_id: int) -> AudienceOfContact | None:
    """Return the audience that gives a contact's new work the highest priority, None where none does.

    Two statements whatever the number of contacts; at most PRIORITIES_MAX conditions on this one.
    """
    rows = await queries.list_routing_audiences(conn, tenant_id=tenant_id, count=PRIORITIES_MAX)
    found = await _holding(conn, tenant_id, contact_id, [_audience(row) for row in rows])
    return found[0] if found else None


async def audience_naming_tag(conn: Conn, tenant_id: int, tag_id: int) -> str | None:
    """Return the name of an audience whose condition asks for a tag."""
    for audience in await _list(conn, tenant_id):
        for _, test in conditions.list_tests(audience.condition):
            if test.field is ContactField.TAG and test.value == tag_id:
                return audience.name
    return None


async def _list(
    conn: Conn, tenant_id: int, *, after: tuple[str, int] = FIRST, count: int = AUDIENCES_MAX
) -> list[Audience]:
    rows = await queries.list_audiences(
        conn, tenant_id=tenant_id, after_name=after[0], after_id=after[1], count=count
    )
    return [_audience(row) for row in rows]


async def _holding(
    conn: Conn, tenant_id: int, contact_id: int, audiences: list[Audience]
) -> list[AudienceOfContact]:
    """Return those of the audiences that the contact is in, in their order."""
    if not audiences:
        return []
    at_ms = now_ms()
    choices = [
        queries.choice.part(condition=conditions.compiled(one.condition, at_ms), audience_id=one.id)
        for one in audiences
    ]
    holding = await queries.audiences_of_contact(
        conn, tenant_id=tenant_id, id=contact_id, choices=joined(choices, ", ")
    )
    return [
        AudienceOfContact(id=one.id, name=one.name, priority=one.priority)
        for one in audiences
        if one.id in (holding or [])
    ]


async def _members(
    conn: Conn, tenant_id: int, part: Part, *, before: Place | None, count: int
) -> list[tuple[Contact, Place]]:
    before_ms, before_id = before or LATEST
    rows = await queries.list_members(
        conn, tenant_id=tenant_id, condition=part, before_ms=before_ms, before_id=before_id, count=count
    )
    return await read_page(conn, tenant_id, {row["id"]: (row["updated_at_ms"], row["id"]) for row in rows})


async def _check(conn: Conn, tenant_id: int, condition: ContactCondition) -> None:
    """Refuse a condition that cannot be, or names what this tenant has not; its tags stay until the commit.

    Raises:
        BadInput: the text names the path, what was found and what is allowed.
    """
    named: dict[ContactField, dict[Any, str]] = {ContactField.TAG: {}, ContactField.OWNER: {}}
    for path, test in conditions.list_tests(condition):
        conditions.check_test(test, path)
        if test.field in named and test.value is not None:
            named[test.field].setdefault(test.value, f"{path}.value")
    tags, owners = named[ContactField.TAG], named[ContactField.OWNER]
    known = {row["id"] for row in await queries.lock_tags(conn, tenant_id=tenant_id, tag_ids=list(tags))}
    known |= {row["id"] for row in await queries.list_users(conn, tenant_id=tenant_id, user_ids=list(owners))}
    for found, allowed in ((tags, "the tags of GET /v1/tags"), (owners, "the users of GET /v1/users")):
        for value, path in found.items():
            if value not in known:
                raise BadInput(f"{path} is {value}; allowed are {allowed}", field=path, unknown=[value])


def _audience(row: Any) -> Audience:
    return msgspec.convert(dict(row), Audience)


def _found(row: Any, audience_id: int) -> Audience:
    if row is None:
        raise NotFound(f"there is no audience {audience_id}")
    return _audience(row)
