"""Stores the past of the demo tenant: conversations of the last weeks, as if they had been lived."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec

from ucc.demo.company import Company, Story
from ucc.demo.history import Episode, Line, episodes
from ucc.domain.actor import Actor
from ucc.domain.states import Author, EntryKind, Locale
from ucc.kit import sql, text
from ucc.kit.clock import now_ms
from ucc.kit.db import Conn
from ucc.kit.ids import Ids
from ucc.web.rooms import Rooms

PREVIEW_CHARACTERS = 120
MET_BEFORE_MS = 40 * 86_400_000  # contacts were met before their first conversation here

queries = sql.load(Path(__file__).with_name("queries.sql"))


async def store_past(rooms: Rooms, actor: Actor, company: Company, stories: list[Story]) -> None:
    """Store the past in one transaction, unless there is any conversation already."""
    tenant_id = actor.tenant_id
    told = episodes(company, stories, now_ms())
    await rooms.ids.ensure(sum(len(episode.lines) + 2 for episode in told))
    async with rooms.database.tenant(tenant_id) as conn:
        if await queries.count_conversations(conn, tenant_id=tenant_id):
            return
        names = await _names(conn, tenant_id, company.inbox_key)
        contacts = await queries.list_contacts(conn, tenant_id=tenant_id)
        for row in contacts:
            at_ms = told[0].started_at_ms - MET_BEFORE_MS
            await queries.set_contact_times(conn, tenant_id=tenant_id, id=row["id"], at_ms=at_ms)
        for episode in told:
            writer = _Writer(conn, tenant_id, rooms.ids, names, contacts[episode.contact]["id"])
            await writer.store(episode)


class _Names(msgspec.Struct, frozen=True):
    """Ids of what stories name."""

    inbox_id: int
    people: dict[str, int]
    queues: dict[str, int]
    tags: dict[str, int]
    dispositions: dict[str, int]


async def _names(conn: Conn, tenant_id: int, inbox_key: str) -> _Names:
    inbox = await queries.inbox_of_key(conn, tenant_id=tenant_id, key=inbox_key)
    people = await queries.list_users(conn, tenant_id=tenant_id)
    return _Names(
        inbox_id=inbox["id"],
        people={row["email"]: row["id"] for row in people},
        queues={row["name"]: row["id"] for row in await queries.list_queues(conn, tenant_id=tenant_id)},
        tags={row["name"]: row["id"] for row in await queries.list_tags(conn, tenant_id=tenant_id)},
        dispositions={
            row["name"]: row["id"] for row in await queries.list_dispositions(conn, tenant_id=tenant_id)
        },
    )


class _Writer:
    """Writes one episode."""

    def __init__(self, conn: Conn, tenant_id: int, ids: Ids, names: _Names, contact_id: int) -> None:
        self._conn = conn
        self._tenant_id = tenant_id
        self._ids = ids
        self._names = names
        self._contact_id = contact_id

    async def store(self, episode: Episode) -> None:
        """Write conversation, entries, interaction, segments and tags."""
        conversation_id, interaction_id = self._ids.take(), self._ids.take()
        await self._add_conversation(episode, conversation_id, interaction_id)
        entries = [
            self._entry(episode, line, seq, conversation_id, interaction_id)
            for seq, line in enumerate(episode.lines, 1)
        ]
        await queries.add_entry(self._conn, rows=entries)
        await self._add_interaction(episode, conversation_id, interaction_id)
        await queries.add_conversation_tags(
            self._conn,
            tenant_id=self._tenant_id,
            conversation_id=conversation_id,
            tag_ids=[self._names.tags[name] for name in episode.story.tags] if episode.agent else [],
        )
        await queries.touch_contact(
            self._conn, tenant_id=self._tenant_id, id=self._contact_id, at_ms=episode.closed_at_ms
        )

    async def _add_conversation(self, episode: Episode, conversation_id: int, interaction_id: int) -> None:
        messages = [
            (seq, line) for seq, line in enumerate(episode.lines, 1) if line.kind is EntryKind.MESSAGE
        ]
        last = messages[-1][1]
        await queries.add_conversation(
            self._conn,
            tenant_id=self._tenant_id,
            id=conversation_id,
            inbox_id=self._names.inbox_id,
            contact_id=self._contact_id,
            thread_key=str(self._contact_id),
            head_seq=len(episode.lines),
            interaction_id=interaction_id,
            interaction_state="closed" if episode.agent else "abandoned",
            queue_id=self._names.queues[episode.story.queue],
            agent_id=self._agent_id(episode),
            contact_seq=max(seq for seq, line in messages if line.author is Author.CONTACT),
            agent_seq=max((seq for seq, line in messages if line.author is Author.AGENT), default=0),
            last_at_ms=last.at_ms,
            last_text=last.text[:PREVIEW_CHARACTERS],
            last_author=last.author,
            locale=episode.story.language if episode.story.language in set(Locale) else None,
            context={"language": episode.story.language, "page": episode.story.page},
            disposition_id=self._disposition_id(episode),
            created_at_ms=episode.started_at_ms,
            resolved_at_ms=episode.ended_at_ms,
        )

    async def _add_interaction(self, episode: Episode, conversation_id: int, interaction_id: int) -> None:
        await queries.add_interaction(
            self._conn,
            tenant_id=self._tenant_id,
            id=interaction_id,
            conversation_id=conversation_id,
            contact_id=self._contact_id,
            queue_id=self._names.queues[episode.story.queue],
            state="closed" if episode.agent else "abandoned",
            agent_id=self._agent_id(episode),
            reason=episode.lines[0].text[:PREVIEW_CHARACTERS],
            created_at_ms=episode.started_at_ms,
            answered_at_ms=episode.answered_at_ms,
            ended_at_ms=episode.ended_at_ms,
            closed_at_ms=episode.closed_at_ms,
            disposition_id=self._disposition_id(episode),
        )
        if episode.agent is None:
            return
        segment = {
            "tenant_id": self._tenant_id,
            "interaction_id": interaction_id,
            "agent_id": self._agent_id(episode),
        }
        talk = {"kind": "talk", "started_at_ms": episode.answered_at_ms, "ended_at_ms": episode.ended_at_ms}
        wrap = {"kind": "wrap_up", "started_at_ms": episode.ended_at_ms, "ended_at_ms": episode.closed_at_ms}
        await queries.add_segment(self._conn, rows=[segment | talk, segment | wrap])

    def _entry(
        self, episode: Episode, line: Line, seq: int, conversation_id: int, interaction_id: int
    ) -> dict[str, Any]:
        user_id = self._names.people[line.person] if line.person else None
        body = None
        if line.system is not None:
            queue_id = self._names.queues[episode.story.queue] if line.system.code == "queued" else None
            queue_name = episode.story.queue if queue_id else None
            event = msgspec.structs.replace(
                line.system, agent_id=user_id, queue_id=queue_id, queue_name=queue_name
            )
            body = {"system": msgspec.to_builtins(event)}
        return {
            "tenant_id": self._tenant_id,
            "conversation_id": conversation_id,
            "seq": seq,
            "id": self._ids.take(),
            "inbox_id": self._names.inbox_id,
            "kind": line.kind,
            "author": line.author,
            "user_id": user_id if line.system is None else None,
            "interaction_id": interaction_id,
            "text": line.text,
            "body": body,
            "at_ms": line.at_ms,
            "terms": text.search_terms(line.text) or None,
        }

    def _agent_id(self, episode: Episode) -> int | None:
        return self._names.people[episode.agent.email] if episode.agent else None

    def _disposition_id(self, episode: Episode) -> int | None:
        return self._names.dispositions[episode.story.disposition] if episode.agent else None
