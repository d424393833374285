"""Merging contacts by hand, and taking it back."""

from __future__ import annotations

from typing import Any, Protocol

import msgspec

from ucc.contacts import rules
from ucc.contacts.rules import Card
from ucc.contacts.store import card_of, queries, store_card
from ucc.domain.actor import Actor
from ucc.domain.conversation import ContactMerge
from ucc.domain.errors import Conflict, NotFound
from ucc.kit.clock import now_ms
from ucc.kit.db import Conn, Database
from ucc.kit.ids import Ids


class Recorder(Protocol):
    """Who keeps the audit."""

    async def audit(
        self, conn: Conn, actor: Actor, act: str, target: str, detail: dict[str, Any] | None = None
    ) -> None:
        """Record an act in the caller's transaction."""


class Follower(Protocol):
    """A room whose rows name contacts; they follow a merge, and its undoing, in the merge's transaction."""

    async def follow_merge(self, conn: Conn, tenant_id: int, kept_id: int, merged_id: int) -> list[int]:
        """Give the rows of the merged contact to the kept one; return the conversations among them."""

    async def return_merged(
        self, conn: Conn, tenant_id: int, kept_id: int, merged_id: int, conversation_ids: list[int]
    ) -> None:
        """Give back the rows of these conversations, if they are still where the merge put them."""


class Trace(msgspec.Struct, frozen=True, kw_only=True):
    """What undoing a merge needs: the kept card before and after, and everything that moved."""

    before: Card
    after: Card
    tag_ids: list[int]  # of the kept contact before
    identities: list[tuple[str, str, str]]  # (channel, scope, key)
    conversation_ids: list[int]


class Merging:
    """Moves what belongs to one contact to another, and back."""

    def __init__(self, db: Database, ids: Ids, recorder: Recorder) -> None:
        self._db = db
        self._ids = ids
        self._recorder = recorder
        self._followers: list[Follower] = []

    def follow(self, follower: Follower) -> None:
        """Let rows of another room follow merges."""
        self._followers.append(follower)

    async def merge(self, actor: Actor, kept_id: int, merged_id: int) -> ContactMerge:
        """Give everything of `merged_id` to `kept_id`; what both know, the kept one says.

        Raises:
            NotFound: one of them does not exist.
            Conflict: they are the same, or one is merged already.
        """
        tenant_id = actor.tenant_id
        if kept_id == merged_id:
            raise Conflict("a contact cannot be merged with itself", id=kept_id)
        merge = ContactMerge(id=self._ids.take(), kept_id=kept_id, merged_id=merged_id, at_ms=now_ms())
        async with self._db.tenant(tenant_id) as conn:
            kept, merged = await self._lock(conn, tenant_id, kept_id, merged_id)
            after = rules.merged(kept, merged)
            trace = Trace(
                before=kept,
                after=after,
                tag_ids=await self._tags(conn, tenant_id, kept_id),
                identities=await self._move_identities(conn, tenant_id, kept_id, merged_id),
                conversation_ids=await self._move_conversations(conn, tenant_id, kept_id, merged_id),
            )
            await store_card(conn, tenant_id, kept_id, after, merge.at_ms)
            await queries.keep_block(conn, tenant_id=tenant_id, kept_id=kept_id, merged_id=merged_id)
            tag_ids = await self._tags(conn, tenant_id, merged_id)
            await queries.add_tags(conn, tenant_id=tenant_id, contact_id=kept_id, tag_ids=tag_ids)
            await queries.set_merged_into(
                conn, tenant_id=tenant_id, id=merged_id, kept_id=kept_id, now_ms=merge.at_ms
            )
            await queries.add_merge(
                conn,
                tenant_id=tenant_id,
                id=merge.id,
                kept_id=kept_id,
                merged_id=merged_id,
                before=trace,
                by_user_id=actor.user_id or 0,
                at_ms=merge.at_ms,
            )
            await self._recorder.audit(
                conn, actor, "contact_merged", f"contact:{kept_id}", {"merged_id": merged_id}
            )
        return merge

    async def undo(self, actor: Actor, merge_id: int) -> None:
        """Take a merge back: what moved returns, what was changed since stays.

        Raises:
            NotFound: there is no such merge.
            Conflict: it is undone already, or a later merge has to be undone first.
        """
        tenant_id = actor.tenant_id
        async with self._db.tenant(tenant_id) as conn:
            row = await queries.lock_merge(conn, tenant_id=tenant_id, id=merge_id)
            if row is None:
                raise NotFound(f"there is no merge {merge_id}")
            if row["undone_at_ms"] is not None:
                raise Conflict("this merge is undone already")
            kept_id, merged_id = row["kept_id"], row["merged_id"]
            later_id = await queries.later_merge(
                conn, tenant_id=tenant_id, kept_id=kept_id, id=merge_id, at_ms=row["at_ms"]
            )
            if later_id is not None:
                raise Conflict(f"undo the later merge {later_id} first", later_id=later_id)
            await self._restore(conn, tenant_id, kept_id, merged_id, msgspec.convert(row["before"], Trace))
            await queries.mark_undone(conn, tenant_id=tenant_id, id=merge_id, now_ms=now_ms())
            await self._recorder.audit(
                conn, actor, "merge_undone", f"contact:{kept_id}", {"merged_id": merged_id}
            )

    async def _lock(self, conn: Conn, tenant_id: int, kept_id: int, merged_id: int) -> tuple[Card, Card]:
        rows = await queries.lock_contacts(conn, tenant_id=tenant_id, ids=[kept_id, merged_id])
        found = {row["id"]: row for row in rows}
        for contact_id in (kept_id, merged_id):
            if contact_id not in found:
                raise NotFound(f"there is no contact {contact_id}")
            if (into := found[contact_id]["merged_into"]) is not None:
                raise Conflict(f"contact {contact_id} is merged into {into} already", merged_into=into)
        return card_of(found[kept_id]), card_of(found[merged_id])

    async def _tags(self, conn: Conn, tenant_id: int, contact_id: int) -> list[int]:
        rows = await queries.list_tags(conn, tenant_id=tenant_id, contact_id=contact_id)
        return [row["tag_id"] for row in rows]

    async def _move_identities(
        self, conn: Conn, tenant_id: int, kept_id: int, merged_id: int
    ) -> list[tuple[str, str, str]]:
        rows = await queries.move_identities(conn, tenant_id=tenant_id, kept_id=kept_id, merged_id=merged_id)
        return [(row["channel"], row["scope"], row["external_id"]) for row in rows]

    async def _move_conversations(
        self, conn: Conn, tenant_id: int, kept_id: int, merged_id: int
    ) -> list[int]:
        moved: list[int] = []
        for follower in self._followers:
            moved += await follower.follow_merge(conn, tenant_id, kept_id, merged_id)
        return moved

    async def _restore(self, conn: Conn, tenant_id: int, kept_id: int, merged_id: int, trace: Trace) -> None:
        at_ms = now_ms()
        rows = await queries.lock_contacts(conn, tenant_id=tenant_id, ids=[kept_id, merged_id])
        now = next(card_of(row) for row in rows if row["id"] == kept_id)
        await store_card(conn, tenant_id, kept_id, rules.unmerged(now, trace.before, trace.after), at_ms)
        merged_tags = set(await self._tags(conn, tenant_id, merged_id)) - set(trace.tag_ids)
        tags = [tag for tag in await self._tags(conn, tenant_id, kept_id) if tag not in merged_tags]
        await queries.remove_tags(conn, tenant_id=tenant_id, contact_id=kept_id)
        await queries.add_tags(conn, tenant_id=tenant_id, contact_id=kept_id, tag_ids=tags)
        await queries.set_merged_into(conn, tenant_id=tenant_id, id=merged_id, kept_id=None, now_ms=at_ms)
        back = {"tenant_id": tenant_id, "kept_id": kept_id, "merged_id": merged_id}
        await queries.return_identity(
            conn,
            rows=[
                {**back, "channel": channel, "scope": scope, "external_id": key}
                for channel, scope, key in trace.identities
            ],
        )
        for follower in self._followers:
            await follower.return_merged(conn, tenant_id, kept_id, merged_id, trace.conversation_ids)
