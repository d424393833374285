"""Heads of conversations as screens see them: rows of lists, and the signal that one has changed."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from pathlib import Path
from typing import Any

import msgspec

from ucc.domain.conversation import BondedWork, Conversation, Interaction, LinkedWork, SlaAlert, WrapUp
from ucc.domain.errors import Unavailable
from ucc.domain.events import ConversationChanged
from ucc.domain.states import (
    Author,
    Bond,
    Channel,
    ConversationState,
    InteractionState,
    Locale,
    Medium,
    SlaAlertKind,
    SlaClock,
)
from ucc.kit import sql
from ucc.kit.bus import Bus, Publication
from ucc.kit.clock import now_ms
from ucc.kit.db import Conn, Database
from ucc.kit.tasks import Tasks
from ucc.routing.streams import ListHints

ONLINE_MS = 75_000  # a visitor nobody reported for this long is not there
BATCH_MAX = 200
TELL_MS = 50  # heads are told together: the agents' own streams told of the work already
_INTERACTION = [*Interaction.__struct_fields__]

_queries = sql.load(Path(__file__).with_name("queries.sql"))


class HeadReader:
    """Reads heads, and tells whoever holds their streams when they change."""

    def __init__(self, database: Database, bus: Bus, tasks: Tasks, hints: ListHints) -> None:
        self._database = database
        self._bus = bus
        self._tasks = tasks
        self._hints = hints
        self._dirty: defaultdict[int, set[int]] = defaultdict(set)
        self._moved: defaultdict[int, set[int]] = defaultdict(
            set
        )  # whose work moved: linked heads show it too
        self._is_telling = False

    async def read(self, conn: Conn, tenant_id: int, conversation_ids: list[int]) -> list[Conversation]:
        """Return the heads of these conversations, in the order asked for."""
        rows = await _queries.read_conversations(
            conn, tenant_id=tenant_id, ids=conversation_ids, online_ms=now_ms() - ONLINE_MS
        )
        found = {row["id"]: conversation_of(row) for row in rows}
        return [found[one] for one in conversation_ids if one in found]

    async def publications(
        self, conn: Conn, tenant_id: int, conversation_ids: list[int]
    ) -> list[Publication]:
        """Return the signals of changed heads, to be published after the commit."""
        heads = await self.read(conn, tenant_id, conversation_ids)
        return [_signal(tenant_id, head) for head in heads]

    def note(self, tenant_id: int, conversation_ids: set[int]) -> None:
        """Tell of these heads soon: what changes while one reading is under way is told by the next."""
        self._hints.changed(tenant_id, "views")
        self.tell_soon(tenant_id, conversation_ids)

    def tell_moved(self, tenant_id: int, conversation_ids: set[int]) -> None:
        """Do that for heads whose work moved, and for those of the same contacts; others tell of lists."""
        self._moved[tenant_id] |= conversation_ids
        self.tell_soon(tenant_id, conversation_ids)

    def tell_soon(self, tenant_id: int, conversation_ids: set[int]) -> None:
        """Do that for heads of which lists are told by others. What nobody holds is not read."""
        self._dirty[tenant_id] |= conversation_ids
        if not self._is_telling:
            self._is_telling = True
            self._tasks.start("conversations: heads", self._tell())

    async def _tell(self) -> None:
        try:
            while self._dirty:
                await asyncio.sleep(TELL_MS / 1000)
                dirty, self._dirty = self._dirty, defaultdict(set)
                moved, self._moved = self._moved, defaultdict(set)
                for tenant_id, waiting in dirty.items():
                    if self._bus.is_kind_heard(tenant_id, "conversation"):
                        await self._tell_of(tenant_id, sorted(waiting), moved.get(tenant_id, set()))
        finally:
            self._is_telling = False

    async def _tell_of(self, tenant_id: int, waiting: list[int], moved: set[int]) -> None:
        """Tell of these heads; what changes while they are read is told by the next."""
        for start in range(0, len(waiting), BATCH_MAX):
            batch = waiting[start : start + BATCH_MAX]
            try:
                async with self._database.tenant(tenant_id) as conn:
                    linked = await self._linked(conn, tenant_id, moved.intersection(batch), batch)
                    heard = [
                        one for one in (*batch, *linked) if self._bus.is_heard(tenant_id, stream_of(one))
                    ]
                    publications = await self.publications(conn, tenant_id, heard) if heard else []
            except Unavailable:
                self._dirty[tenant_id].update(batch)  # the transaction has waited for the database
                self._moved[tenant_id].update(moved.intersection(batch))
                continue
            self._bus.publish(publications)

    async def _linked(self, conn: Conn, tenant_id: int, moved: set[int], told: list[int]) -> list[int]:
        """Return the conversations that show the work of these, but those that are told anyway."""
        if not moved:
            return []
        rows = await _queries.list_linked(conn, tenant_id=tenant_id, ids=sorted(moved), limit=BATCH_MAX)
        return [row["id"] for row in rows if row["id"] not in told]


def stream_of(conversation_id: int) -> str:
    """Return the name of a conversation's stream."""
    return f"conversation:{conversation_id}"


def _signal(tenant_id: int, head: Conversation) -> Publication:
    return Publication(tenant_id, stream_of(head.id), 0, ConversationChanged(conversation=head))


def conversation_of(row: Any) -> Conversation:
    """Return the head in a row of read_conversations."""
    return Conversation(
        id=row["id"],
        inbox_id=row["inbox_id"],
        channel=Channel(row["channel"]),
        contact_id=row["contact_id"],
        contact_name=row["contact_name"],
        contact_is_vip=row["contact_is_vip"],
        state=ConversationState(row["state"]),
        snoozed_until_ms=row["snoozed_until_ms"],
        head_seq=row["head_seq"],
        interaction=None if row["interaction"] is None else interaction_of(row["interaction"]),
        queue_id=row["queue_id"],
        queue_name=row["queue_name"],
        agent_id=row["agent_id"],
        agent_name=row["agent_name"],
        contact_seq=row["contact_seq"],
        agent_seq=row["agent_seq"],
        contact_read_seq=row["contact_read_seq"],
        contact_delivered_seq=row["contact_delivered_seq"],
        agent_read_seq=row["agent_read_seq"],
        unread=row["unread"],
        waiting_since_ms=row["waiting_since_ms"],
        due_at_ms=row["due_at_ms"],
        target_s=row["target_s"],
        linked=[
            msgspec.structs.replace(
                LinkedWork(**one), channel=Channel(one["channel"]), state=InteractionState(one["state"])
            )
            for one in row["linked"]
        ],
        bonded=[msgspec.convert(one, BondedWork) for one in row["bonded"]],
        wrap_ups=[WrapUp(**one) for one in row["wrap_ups"]],
        sla_alerts=[
            SlaAlert(clock=SlaClock(one["clock"]), kind=SlaAlertKind(one["kind"]), at_ms=one["at_ms"])
            for one in row["sla_alerts"]
        ],
        last_at_ms=row["last_at_ms"],
        last_text=row["last_text"],
        last_author=Author(row["last_author"]),
        locale=None if row["locale"] is None else Locale(row["locale"]),
        tag_ids=row["tag_ids"],
        context=row["context"],
        disposition_id=row["disposition_id"],
        created_at_ms=row["created_at_ms"],
        resolved_at_ms=row["resolved_at_ms"],
        is_contact_online=row["is_contact_online"],
    )


def interaction_of(row: Any) -> Interaction:
    """Return the interaction in a row, or in a row as jsonb."""
    fields = {name: row[name] for name in _INTERACTION}
    return msgspec.structs.replace(
        Interaction(**fields),
        medium=Medium(fields["medium"]),
        state=InteractionState(fields["state"]),
        bond=None if fields["bond"] is None else Bond(fields["bond"]),
    )
