"""What a visitor is shown around the log: phase, agent, place in the queue, and their log."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Protocol

import msgspec

from ucc.channels.webchat.send import send
from ucc.conversations.entries import entry_of_row
from ucc.conversations.inboxes import settings_of
from ucc.conversations.rules import phase_of
from ucc.conversations.writer import EntryWriter
from ucc.domain.errors import NotFound
from ucc.domain.events import VisitorEntry, VisitorState
from ucc.domain.people import VisitorLimits
from ucc.domain.states import ConversationState, InteractionState, OverflowExit, VisitorPhase
from ucc.kit import sql
from ucc.kit.clock import now_ms
from ucc.kit.db import Conn, Database
from ucc.routing.dispatch import Place

LOG_MAX = 1_000  # entries of one reading

_queries = sql.load(Path(__file__).with_name("queries.sql"))


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


class Sights:
    """Reads what visitors are shown."""

    def __init__(self, database: Database, writer: EntryWriter, position: Positions) -> None:
        self._database = database
        self._writer = writer
        self._position = position

    async def see(self, visitor: Visitor) -> Seen:
        """Return what the widget shows around the log."""
        async with self._database.tenant(visitor.tenant_id) as conn:
            seen = await self.read(conn, visitor)
        return await self.placed(visitor.tenant_id, seen)

    async def entries(self, conn: Conn, visitor: Visitor) -> list[VisitorEntry]:
        """Return the log from its beginning, as the visitor may see it."""
        rows = await _queries.read_entries_after(
            conn,
            tenant_id=visitor.tenant_id,
            conversation_id=visitor.conversation_id,
            seq=0,
            limit=LOG_MAX,
        )
        signer = await self._writer.signer(conn, visitor.tenant_id)
        seen = (send(entry_of_row(row, signer)) for row in rows)
        return [entry for entry in seen if entry is not None]

    async def read(self, conn: Conn, visitor: Visitor) -> Seen:
        """Return what the widget shows, in the caller's transaction; the place is asked outside of it.

        Raises:
            NotFound: the conversation is gone.
        """
        row = await _queries.read_visitor_conversation(
            conn, tenant_id=visitor.tenant_id, id=visitor.conversation_id
        )
        if row is None:
            raise NotFound(f"there is no conversation {visitor.conversation_id}")
        policies = await self._writer.policies.read(conn, visitor.tenant_id)
        policy = policies.get(row["queue_id"])
        opens_at_ms = policy.opens_at_ms(now_ms()) if policy is not None else None
        work = None if row["interaction_state"] is None else InteractionState(row["interaction_state"])
        left_by = None if row["exit"] is None else OverflowExit(row["exit"])
        phase = phase_of(ConversationState(row["state"]), work, is_open=opens_at_ms is None, left_by=left_by)
        state = VisitorState(
            conversation_id=row["id"],
            state=ConversationState(row["state"]),
            phase=phase,
            agent_name=_names(row) if phase == VisitorPhase.ACTIVE else None,
            queue_name=row["queue_name"],
            offers_callback=phase == VisitorPhase.WAITING
            and settings_of(row["settings"]).widget.offers_callback,
            callback_to=row["callback_to"] if phase == VisitorPhase.CALLBACK else None,
            callback_at_ms=row["due_ms"] if phase == VisitorPhase.CALLBACK else None,
            opens_at_ms=opens_at_ms if phase == VisitorPhase.CLOSED else None,
            agent_read_seq=row["agent_read_seq"],
            is_rated="rating" in row["context"],
        )
        waits = phase in (VisitorPhase.WAITING, VisitorPhase.CALLBACK)
        tells = waits and policy is not None and policy.tells_position
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


def _names(row: Any) -> str | None:
    """Return who is in the chat: its agent, then who else of a conference, the longest there first."""
    return ", ".join([row["agent_name"], *row["seat_names"]]) if row["agent_name"] else None


def _seconds(milliseconds: int | None) -> int | None:
    return None if milliseconds is None else -(-milliseconds // 1000)
