"""What routing's facts mean for conversations, written in the transaction that journals them."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Protocol

import msgspec

from ucc.conversations.entries import Item
from ucc.conversations.folding import Folded, Note, fold, say
from ucc.conversations.plain import MovedHead, NewEntry
from ucc.conversations.rules import OVER, Need
from ucc.conversations.writer import EntryWriter
from ucc.domain import engine as e
from ucc.domain.conversation import SystemEvent
from ucc.domain.events import RightsChanged
from ucc.domain.states import Author, EntryKind, InteractionState, OverflowExit, SystemCode
from ucc.kit import sql
from ucc.kit.bus import Publication
from ucc.kit.db import Conn
from ucc.routing.projector import Batch, Surroundings

_queries = sql.load(Path(__file__).with_name("queries.sql"))


class Heads(Protocol):
    """Who tells screens that heads of conversations changed."""

    def tell_moved(self, tenant_id: int, conversation_ids: set[int]) -> None:
        """Read these heads, and those of the same contacts, and tell of them, after the commit."""


class _Head(msgspec.Struct, gc=False):
    """A head as it was before the batch: read, or locked on the long way."""

    id: int
    contact_id: int
    contact_seq: int
    ended_seq: int
    interaction_id: int | None
    interaction_state: InteractionState | None
    queue_id: int | None
    agent_id: int | None
    last_text: str


class _TakenNote(msgspec.Struct):
    """The note of a transfer of this batch."""

    interaction_id: int
    user_id: int
    user_name: str
    text: str


class _Moved(msgspec.Struct, omit_defaults=True, gc=False):
    """One head for write_threads, which moves it if it is still as it was known."""

    id: int
    is_over: bool
    known_contact_seq: int
    known_ended_seq: int
    ended_seq: int = 0
    interaction_id: int | None = None
    state: InteractionState | None = None
    queue_id: int | None = None
    agent_id: int | None = None
    known_interaction_id: int | None = None
    known_state: InteractionState | None = None
    known_queue_id: int | None = None
    known_agent_id: int | None = None
    lines: list[NewEntry] | None = None

    @classmethod
    def of(cls, change: Folded, head: _Head, lines: list[NewEntry] | None) -> _Moved:
        """Return what the batch makes of a head as it was read."""
        return cls(
            change.conversation_id,
            change.is_over,
            head.contact_seq,
            head.ended_seq,
            change.seen_seq,
            change.interaction_id,
            change.work,
            change.queue_id,
            change.agent_id,
            head.interaction_id,
            head.interaction_state,
            head.queue_id,
            head.agent_id,
            lines,
        )


class _Read(msgspec.Struct):
    """What lock_threads gives."""

    heads: list[_Head] = []
    notes: list[_TakenNote] = []


_decode_read = msgspec.json.Decoder(_Read).decode
_decode_lines = msgspec.json.Decoder(list[MovedHead]).decode


class Change:
    """What a batch means for conversations (ucc.routing.projector.ThreadsChange)."""

    def __init__(
        self,
        batch: Batch,
        around: Surroundings,
        writer: EntryWriter,
        heads: Heads,
        read: _Read,
    ) -> None:
        self._batch = batch
        self._writer = writer
        self._heads = heads
        self._found = {head.id: head for head in read.heads}
        self._changes: dict[int, Folded] = {
            head.id: Folded(
                head.id, head.interaction_id, head.interaction_state, head.queue_id, head.agent_id
            )
            for head in read.heads
        }
        notes = {note.interaction_id: note for note in read.notes}
        for _, fact in batch.facts:
            interaction_id = getattr(fact, "interaction", 0)
            change = self._changes.get(around.conversations.get(interaction_id, 0))
            if change is None:
                continue
            change.is_touched = True
            fold(change, fact, around)
            if isinstance(fact, e.InteractionQueued) and (note := notes.pop(fact.interaction, None)):
                said = Note(note.user_id, note.user_name, note.text)
                change.lines = [*change.lines, (fact.interaction, said)]
        for interaction_id, seq in batch.seen.items():
            # Who ends a consult or leaves a conference has ended nothing of the contact's.
            if interaction_id in around.bonds:
                continue
            if (change := self._changes.get(around.conversations.get(interaction_id, 0))) is not None:
                change.seen_seq = max(change.seen_seq, seq)
        self._refuse()
        self._changes = {key: change for key, change in self._changes.items() if change.is_touched}
        lines = [(one.conversation_id, *line) for one in self._changes.values() for line in one.lines]
        self._items = [_item(*line, around.names) for line in lines]

    def _refuse(self) -> None:
        """Note that routing could not take work: people see the conversation, save of a blocked contact."""
        lost: dict[int, str] = {}
        for command, refusal in self._batch.refused:
            order = command.otherwise if isinstance(command, e.ContactWrote) else command
            if isinstance(order, e.Enqueue) and refusal != e.Refusal.INTERACTION_EXISTS:
                lost[order.interaction] = refusal
        for change in self._changes.values() if lost else ():
            if change.interaction_id is not None and (why := lost.get(change.interaction_id)) is not None:
                change.is_touched = True
                change.work, change.agent_id = InteractionState.FAILED, None
                change.is_over, change.is_ending = why == e.Refusal.CONTACT_BLOCKED, False
                say(change, change.interaction_id, SystemCode.NOT_QUEUED, reason=why)

    @property
    def write(self) -> dict[str, Any] | None:
        """Return what write_threads is given."""
        if not self._changes:
            return None
        lines = self._writer.lines(self._items, self._batch.at_ms)
        moved = [
            _Moved.of(change, self._found[change.conversation_id], lines.get(change.conversation_id))
            for change in self._changes.values()
        ]
        return {"heads": moved, "count": len(moved)}

    @property
    def is_whole(self) -> bool:
        """Say whether no message needs work because of it."""
        return all(self._need(change) is None for change in self._changes.values())

    async def finish(self, conn: Conn) -> None:
        """Give work to messages that came while an ending that did not know of them was under way."""
        for change in self._changes.values():
            if (need := self._need(change)) is not None:
                await self._ask(conn, change, self._found[change.conversation_id], need, change.exit)

    def publications(self, lines: str | None) -> list[Publication]:
        """Return what to publish after the commit."""
        tenant_id = self._batch.tenant_id
        publications = _rights(tenant_id, self._batch.facts)
        if lines and self._items:
            publications += self._writer.written_lines(
                tenant_id, self._items, _decode_lines(lines), self._batch.at_ms
            )
        return publications

    def _need(self, change: Folded) -> Need | None:
        """Return what a conversation's last message needs because its work left or ended without it."""
        head = self._found[change.conversation_id]
        if change.exit is not None:
            return Need.WORK
        if change.is_ending and head.contact_seq > max(head.ended_seq, change.seen_seq):
            return Need.WORK if change.work in OVER else Need.REVIVE
        return None

    async def _ask(
        self, conn: Conn, change: Folded, head: _Head, need: Need, left_by: OverflowExit | None
    ) -> None:
        tenant_id, at_ms = self._batch.tenant_id, self._batch.at_ms
        present = {
            "id": change.conversation_id,
            "interaction_id": change.interaction_id,
            "contact_id": head.contact_id,
        }
        await self._writer.work.ask(conn, tenant_id, present, need, head.last_text, at_ms, left_by=left_by)
        await _queries.open_again(conn, tenant_id=tenant_id, id=change.conversation_id)

    def committed(self) -> None:
        """Tell screens of the heads; they are read behind the commit, many batches' in one statement."""
        if self._changes:
            self._heads.tell_moved(self._batch.tenant_id, set(self._changes))


class Projector:
    """Keeps the work's part of each conversation's head, and its log (ucc.routing.projector.Threads)."""

    def __init__(self, writer: EntryWriter, heads: Heads) -> None:
        self._writer = writer
        self._heads = heads

    def fold(self, batch: Batch, around: Surroundings, read: str | None) -> Change:
        """Return what facts mean for the conversations they concern, given what lock_threads read."""
        found = _Read() if read is None else _decode_read(read)
        return Change(batch, around, self._writer, self._heads, found)

    def rehearsal(self) -> dict[str, Any]:
        """Return a write that finds no conversation."""
        line = Item(conversation_id=0, kind=EntryKind.SYSTEM, author=Author.SYSTEM)
        return {"heads": [{"id": 0, "lines": self._writer.lines([line], 0)[0]}]}


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


def _item(conversation_id: int, interaction_id: int, said: SystemEvent | Note, names: dict[int, str]) -> Item:
    """Return the entry that says it."""
    if isinstance(said, Note):
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
