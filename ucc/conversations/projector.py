"""What routing's facts mean for conversations, written in the transaction that journals them."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Protocol

import msgspec

from ucc.conversations.entries import Item
from ucc.conversations.rules import IN_HAND, OVER, Need
from ucc.conversations.writer import EntryWriter
from ucc.domain import engine as e
from ucc.domain.conversation import SystemEvent
from ucc.domain.events import RightsChanged
from ucc.domain.states import Author, EntryKind, InteractionState, SystemCode
from ucc.kit import sql
from ucc.kit.bus import Publication
from ucc.kit.db import Conn

_queries = sql.load(Path(__file__).with_name("queries.sql"))


class Heads(Protocol):
    """Who tells screens that heads of conversations changed."""

    async def publications(
        self, conn: Conn, tenant_id: int, conversation_ids: list[int]
    ) -> list[Publication]:
        """Return what to publish after the commit."""


class _Note(msgspec.Struct, frozen=True):
    """What the sender of a transfer left for whoever gets the work."""

    user_id: int
    user_name: str
    text: str


class _Change(msgspec.Struct):
    """What a batch of facts makes of one conversation, folded in order."""

    conversation_id: int
    interaction_id: int | None
    work: InteractionState | None
    queue_id: int | None
    agent_id: int | None
    is_ending: bool = False  # work ended here: a message the ending did not know of revives it
    is_over: bool = False
    lines: list[tuple[int, SystemEvent | _Note]] = []  # interaction, what the log says


class Projector:
    """Keeps the work's part of each conversation's head, and its log."""

    def __init__(self, writer: EntryWriter, heads: Heads) -> None:
        self._writer = writer
        self._heads = heads

    async def project(
        self, conn: Conn, tenant_id: int, now_ms: int, facts: list[tuple[int, e.AnyFact]]
    ) -> list[Publication]:
        """Apply facts to the conversations they concern; return what to publish after the commit."""
        rights = _rights(tenant_id, facts)
        ids = sorted({found for _, fact in facts if (found := getattr(fact, "interaction", None))})
        if not ids:
            return rights
        rows = await _queries.lock_conversations_of_work(conn, tenant_id=tenant_id, interaction_ids=ids)
        heads = {row["id"]: row for row in rows}
        places = await _queries.list_conversations_of_work(conn, tenant_id=tenant_id, interaction_ids=ids)
        changes = {
            row["id"]: _Change(
                row["id"],
                row["interaction_id"],
                None if row["interaction_state"] is None else InteractionState(row["interaction_state"]),
                row["queue_id"],
                row["agent_id"],
            )
            for row in rows
        }
        of_work = {
            row["id"]: changes[row["conversation_id"]] for row in places if row["conversation_id"] in changes
        }
        notes = await self._notes(conn, tenant_id, facts)
        for _, fact in facts:
            change = of_work.get(getattr(fact, "interaction", 0))
            if change is None:
                continue
            _fold(change, fact)
            if isinstance(fact, e.InteractionQueued) and (note := notes.pop(fact.interaction, None)):
                change.lines = [*change.lines, (fact.interaction, note)]
        return rights + await self._write(conn, tenant_id, now_ms, changes, heads)

    async def _notes(
        self, conn: Conn, tenant_id: int, facts: list[tuple[int, e.AnyFact]]
    ) -> dict[int, _Note]:
        """Take the notes of the transfers among the facts, by the child each belongs to."""
        children = [
            fact.interaction
            for _, fact in facts
            if isinstance(fact, e.InteractionQueued) and fact.parent is not None
        ]
        if not children:
            return {}
        rows = await _queries.take_transfer_notes(conn, tenant_id=tenant_id, interaction_ids=children)
        return {row["interaction_id"]: _Note(row["user_id"], row["user_name"], row["text"]) for row in rows}

    async def refuse(
        self, conn: Conn, tenant_id: int, now_ms: int, refused: list[tuple[e.AnyCommand, str]]
    ) -> list[Publication]:
        """Note that routing could not take work: the conversation is open and nobody's, for people to see."""
        lost: dict[int, str] = {}
        for command, refusal in refused:
            order = command.otherwise if isinstance(command, e.ContactWrote) else command
            if isinstance(order, e.Enqueue) and refusal != e.Refusal.INTERACTION_EXISTS:
                lost[order.interaction] = refusal
        if not lost:
            return []
        rows = await _queries.lock_conversations_of_work(
            conn, tenant_id=tenant_id, interaction_ids=sorted(lost)
        )
        changes = {}
        for row in rows:
            if (why := lost.get(row["interaction_id"])) is None:
                continue
            change = _Change(row["id"], row["interaction_id"], InteractionState.FAILED, row["queue_id"], None)
            _say(change, row["interaction_id"], SystemCode.NOT_QUEUED, reason=why)
            changes[row["id"]] = change
        return await self._write(conn, tenant_id, now_ms, changes, {row["id"]: row for row in rows})

    async def _write(
        self,
        conn: Conn,
        tenant_id: int,
        now_ms: int,
        changes: dict[int, _Change],
        heads: dict[int, Any],
    ) -> list[Publication]:
        if not changes:
            return []
        found = list(changes.values())
        await _queries.move_heads(
            conn,
            tenant_id=tenant_id,
            now_ms=now_ms,
            ids=[change.conversation_id for change in found],
            interaction_ids=[change.interaction_id for change in found],
            states=[change.work for change in found],
            queue_ids=[change.queue_id for change in found],
            agent_ids=[change.agent_id for change in found],
            are_over=[change.is_over for change in found],
        )
        publications = await self._log(conn, tenant_id, found)
        for change in found:
            head = heads[change.conversation_id]
            if change.is_ending and head["contact_seq"] > head["ended_seq"]:
                await self._revive(conn, tenant_id, change, head, now_ms)
        return publications + await self._heads.publications(conn, tenant_id, sorted(changes))

    async def _log(self, conn: Conn, tenant_id: int, changes: list[_Change]) -> list[Publication]:
        """Write what happened as lines of the conversations' logs."""
        lines = [(change.conversation_id, *line) for change in changes for line in change.lines]
        if not lines:
            return []
        events = [said for _, _, said in lines if isinstance(said, SystemEvent)]
        ids = {one for event in events for one in (event.agent_id, event.queue_id) if one is not None}
        rows = await _queries.list_names(conn, tenant_id=tenant_id, ids=sorted(ids))
        names = {row["id"]: row["name"] for row in rows}
        items = [_item(*line, names) for line in lines]
        return (await self._writer.write(conn, tenant_id, items)).publications

    async def _revive(self, conn: Conn, tenant_id: int, change: _Change, head: Any, now_ms: int) -> None:
        """Give work to a message that came while an ending that did not know of it was under way."""
        present = {
            "id": change.conversation_id,
            "interaction_id": change.interaction_id,
            "contact_id": head["contact_id"],
        }
        need = Need.WORK if change.work in OVER else Need.REVIVE
        await self._writer.work.ask(conn, tenant_id, present, need, head["last_text"], now_ms)
        await _queries.open_again(conn, tenant_id=tenant_id, id=change.conversation_id)


def _rights(tenant_id: int, facts: list[tuple[int, e.AnyFact]]) -> list[Publication]:
    """Return the signals that skills or queues changed, and with them who may read which conversations."""
    users: set[int | None] = set()
    for _, fact in facts:
        match fact:
            case e.AgentSet():
                users.add(fact.config.agent)
            case e.QueueSet() | e.QueueRemoved():
                users.add(None)
            case _:
                pass
    if None in users:
        users = {None}
    return [
        Publication(tenant_id, f"tenant:{tenant_id}", 0, RightsChanged(user_id=user_id)) for user_id in users
    ]


def _item(
    conversation_id: int, interaction_id: int, said: SystemEvent | _Note, names: dict[int, str]
) -> Item:
    """Return the entry that says it."""
    if isinstance(said, _Note):
        return Item(
            conversation_id=conversation_id,
            kind=EntryKind.NOTE,
            author=Author.AGENT,
            text=said.text,
            user_id=said.user_id,
            user_name=said.user_name,
            interaction_id=interaction_id,
        )
    event = msgspec.structs.replace(
        said,
        agent_name=None if said.agent_id is None else names.get(said.agent_id),
        queue_name=None if said.queue_id is None else names.get(said.queue_id),
    )
    return Item(
        conversation_id=conversation_id,
        kind=EntryKind.SYSTEM,
        author=Author.SYSTEM,
        interaction_id=interaction_id,
        system=event,
    )


def _fold(change: _Change, fact: e.AnyFact) -> None:
    """Apply one fact about work of this conversation."""
    is_head = getattr(fact, "interaction", None) == change.interaction_id
    match fact:
        case e.InteractionQueued() if fact.named_agent is None:
            change.interaction_id, change.work = fact.interaction, InteractionState.QUEUED
            change.queue_id, change.agent_id = fact.queue, None
            change.is_over = change.is_ending = False
            code = SystemCode.QUEUED if fact.parent is None else SystemCode.TRANSFERRED
            _say(change, fact.interaction, code, queue_id=fact.queue)
        case e.InteractionActivated():
            came = fact.interaction != change.interaction_id or change.agent_id != fact.agent
            is_transfer = not is_head and change.agent_id is not None
            change.interaction_id, change.work = fact.interaction, InteractionState.ACTIVE
            change.agent_id, change.is_over, change.is_ending = fact.agent, False, False
            if is_transfer:
                _say(change, fact.interaction, SystemCode.TRANSFERRED, agent_id=fact.agent)
            if came or fact.cause in ("accepted", "taken", "taken_over"):
                _say(change, fact.interaction, SystemCode.JOINED, agent_id=fact.agent, cause=fact.cause)
        case e.InteractionOffered() if is_head:
            change.work = InteractionState.OFFERED
        case e.OfferDeclined():
            _back_in_queue(change, is_head=is_head)
            _say(change, fact.interaction, SystemCode.DECLINED, agent_id=fact.agent, reason=fact.reason or "")
        case e.OfferTimedOut():
            _back_in_queue(change, is_head=is_head)
            _say(change, fact.interaction, SystemCode.TIMED_OUT, agent_id=fact.agent)
        case e.OfferRevoked():
            _back_in_queue(change, is_head=is_head)
        case e.InteractionRequeued() if is_head:
            change.work, change.queue_id, change.agent_id = InteractionState.QUEUED, fact.queue, None
            change.is_over = change.is_ending = False
            if fact.reason not in ("declined", "timed_out"):
                _say(change, fact.interaction, SystemCode.QUEUED, queue_id=fact.queue, reason=fact.reason)
        case e.InteractionOverflowed() if is_head:
            change.queue_id = fact.to_queue
            _say(change, fact.interaction, SystemCode.OVERFLOWED, queue_id=fact.to_queue, reason=fact.reason)
        case e.InteractionParked() if is_head:
            change.work = InteractionState.PARKED
            _say(change, fact.interaction, SystemCode.PARKED, agent_id=fact.agent)
        case e.WrapUpStarted() if is_head:
            change.work, change.is_ending = InteractionState.WRAPPING, fact.reason != "transferred"
            code = SystemCode.LEFT if fact.reason == "contact_left" else SystemCode.RESOLVED
            if fact.reason != "transferred":
                _say(change, fact.interaction, code, agent_id=fact.agent)
        case e.InteractionClosed() if is_head:
            if change.work != InteractionState.WRAPPING:
                change.is_ending = True
                _say(change, fact.interaction, SystemCode.RESOLVED, agent_id=fact.agent, reason=fact.reason)
            change.work, change.is_over = InteractionState.CLOSED, True
        case e.InteractionAbandoned() if is_head:
            change.work, change.is_over, change.is_ending = InteractionState.ABANDONED, True, True
            _say(change, fact.interaction, SystemCode.ABANDONED, queue_id=fact.queue, reason=fact.reason)
        case e.InteractionCancelled() if is_head:
            change.work, change.is_over, change.is_ending = InteractionState.CANCELLED, True, True
        case _:
            pass


def _back_in_queue(change: _Change, *, is_head: bool) -> None:
    if is_head and change.work not in IN_HAND:
        change.work = InteractionState.QUEUED


def _say(
    change: _Change,
    interaction_id: int,
    code: SystemCode,
    *,
    agent_id: int | None = None,
    queue_id: int | None = None,
    **detail: str,
) -> None:
    """Add a line to the log."""
    words = {key: value for key, value in detail.items() if value}
    event = SystemEvent(code=code, agent_id=agent_id, queue_id=queue_id, detail=words)
    change.lines = [*change.lines, (interaction_id, event)]
