"""Two short lists: tags to sort by, dispositions to end with."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import asyncpg

from ucc.contacts.audiences import audience_naming_tag
from ucc.conversations.catalogue.setting import Recorder
from ucc.domain.actor import Actor
from ucc.domain.errors import BadInput, Conflict, NotFound
from ucc.domain.people import Disposition, DispositionWrite, Tag, TagWrite
from ucc.kit import sql
from ucc.kit.db import Conn, Database
from ucc.kit.ids import Ids
from ucc.kit.names import checked_name

HUE_MAX = 6
TAG_CHARACTERS_MAX = 60

_queries = sql.load(Path(__file__).with_name("queries.sql"))


class Tags:
    """The verbs of tags."""

    def __init__(self, database: Database, ids: Ids, recorder: Recorder) -> None:
        self._database = database
        self._ids = ids
        self._recorder = recorder

    async def list_page(self, actor: Actor, *, after: tuple[str, int] = ("", 0), count: int) -> list[Tag]:
        """Return up to `count` tags by name."""
        async with self._database.tenant(actor.tenant_id) as conn:
            rows = await _queries.list_tags(
                conn, tenant_id=actor.tenant_id, after_name=after[0], after_id=after[1], count=count
            )
        return [Tag(**dict(row)) for row in rows]

    async def get(self, actor: Actor, tag_id: int) -> Tag:
        """Return one tag.

        Raises:
            NotFound: there is none with this id.
        """
        async with self._database.tenant(actor.tenant_id) as conn:
            return await self._read(conn, actor, tag_id)

    async def add(self, actor: Actor, write: TagWrite) -> Tag:
        """Add a tag.

        Raises:
            BadInput: a field is not allowed.
            Conflict: there is one of this name.
        """
        return await self._write(actor, self._ids.take(), write, _queries.add_tag, "tag_added")

    async def change(self, actor: Actor, tag_id: int, write: TagWrite) -> Tag:
        """Write a tag whole."""
        await self.get(actor, tag_id)
        return await self._write(actor, tag_id, write, _queries.change_tag, "tag_changed")

    async def remove(self, actor: Actor, tag_id: int) -> None:
        """Remove a tag, and take it off everything that has it.

        Raises:
            Conflict: an audience asks for it.
        """
        async with self._database.tenant(actor.tenant_id) as conn:
            await self._read(conn, actor, tag_id)
            await _queries.remove_tag(conn, tenant_id=actor.tenant_id, id=tag_id)
            # Asked once the tag is locked: an audience that is being saved keeps its tags until its commit.
            if (audience := await audience_naming_tag(conn, actor.tenant_id, tag_id)) is not None:
                raise Conflict(f"audience {audience!r} asks for this tag; take it out there first")
            await self._recorder.audit(conn, actor, "tag_removed", f"tag:{tag_id}")

    async def _write(self, actor: Actor, tag_id: int, write: TagWrite, query: Any, act: str) -> Tag:
        if not 1 <= write.hue <= HUE_MAX:
            raise BadInput(f"hue is {write.hue}, allowed 1 to {HUE_MAX}", field="hue")
        name = checked_name(write.name, TAG_CHARACTERS_MAX)
        async with self._database.tenant(actor.tenant_id) as conn:
            try:
                await query(conn, tenant_id=actor.tenant_id, id=tag_id, name=name, hue=write.hue)
            except asyncpg.UniqueViolationError:
                raise Conflict(f"there is a tag {name!r} already", field="name") from None
            await self._recorder.audit(conn, actor, act, f"tag:{tag_id}", {"name": name})
            return await self._read(conn, actor, tag_id)

    async def _read(self, conn: Conn, actor: Actor, tag_id: int) -> Tag:
        row = await _queries.read_tag(conn, tenant_id=actor.tenant_id, id=tag_id)
        if row is None:
            raise NotFound(f"there is no tag {tag_id}")
        return Tag(**dict(row))


class Dispositions:
    """The verbs of outcome codes."""

    def __init__(self, database: Database, ids: Ids, recorder: Recorder) -> None:
        self._database = database
        self._ids = ids
        self._recorder = recorder

    async def list_page(
        self, actor: Actor, *, after: tuple[int, int] = (-(2**31), 0), count: int
    ) -> list[Disposition]:
        """Return up to `count` outcome codes in their order."""
        async with self._database.tenant(actor.tenant_id) as conn:
            rows = await _queries.list_dispositions(
                conn, tenant_id=actor.tenant_id, after_position=after[0], after_id=after[1], count=count
            )
        return [Disposition(**dict(row)) for row in rows]

    async def get(self, actor: Actor, disposition_id: int) -> Disposition:
        """Return one outcome code.

        Raises:
            NotFound: there is none with this id.
        """
        async with self._database.tenant(actor.tenant_id) as conn:
            return await self._read(conn, actor, disposition_id)

    async def add(self, actor: Actor, write: DispositionWrite) -> Disposition:
        """Add an outcome code.

        Raises:
            BadInput: a field is not allowed.
            Conflict: there is one of this name.
        """
        return await self._write(
            actor, self._ids.take(), write, _queries.add_disposition, "disposition_added"
        )

    async def change(self, actor: Actor, disposition_id: int, write: DispositionWrite) -> Disposition:
        """Write an outcome code whole."""
        await self.get(actor, disposition_id)
        return await self._write(
            actor, disposition_id, write, _queries.change_disposition, "disposition_changed"
        )

    async def remove(self, actor: Actor, disposition_id: int) -> None:
        """Remove an outcome code no work ended with.

        Raises:
            Conflict: work ended with it; switch it off instead.
        """
        place = {"tenant_id": actor.tenant_id, "id": disposition_id}
        async with self._database.tenant(actor.tenant_id) as conn:
            await self._read(conn, actor, disposition_id)
            if await _queries.is_disposition_used(conn, **place):
                raise Conflict("work ended with this disposition; switch it off instead")
            await _queries.remove_disposition(conn, **place)
            await self._recorder.audit(conn, actor, "disposition_removed", f"disposition:{disposition_id}")

    async def _write(
        self, actor: Actor, disposition_id: int, write: DispositionWrite, query: Any, act: str
    ) -> Disposition:
        if not -(2**31) <= write.position < 2**31:
            raise BadInput(f"position is {write.position}; give a 32-bit number", field="position")
        name = checked_name(write.name)
        async with self._database.tenant(actor.tenant_id) as conn:
            try:
                await query(
                    conn,
                    tenant_id=actor.tenant_id,
                    id=disposition_id,
                    name=name,
                    position=write.position,
                    is_active=write.is_active,
                )
            except asyncpg.UniqueViolationError:
                raise Conflict(f"there is a disposition {name!r} already", field="name") from None
            await self._recorder.audit(conn, actor, act, f"disposition:{disposition_id}", {"name": name})
            return await self._read(conn, actor, disposition_id)

    async def _read(self, conn: Conn, actor: Actor, disposition_id: int) -> Disposition:
        row = await _queries.read_disposition(conn, tenant_id=actor.tenant_id, id=disposition_id)
        if row is None:
            raise NotFound(f"there is no disposition {disposition_id}")
        return Disposition(**dict(row))
