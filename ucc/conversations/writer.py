"""The one writer of entries: group commit per tenant, one number after the other, work for every message."""

from __future__ import annotations

from operator import attrgetter
from pathlib import Path
from typing import Any, Protocol

import asyncpg
import msgspec

from ucc.conversations.entries import Item, Signer, StoredFile, Written, entry_of_item, entry_of_row
from ucc.conversations.plain import Due, Glimpse, Glimpses, MovedHead, NewEntry, moves_of
from ucc.conversations.policies import Policies, Policy
from ucc.conversations.rules import Need, is_reopenable, need_of_message, preview
from ucc.conversations.tidy import Tidier
from ucc.conversations.work import Commands, WorkMaker
from ucc.domain.conversation import Entry
from ucc.domain.errors import BadInput, Conflict, NotFound, UccError
from ucc.domain.events import AnyEvent, EntryAdded, Event, Mentioned
from ucc.domain.states import Author, ConversationState, EntryKind, InteractionState
from ucc.kit import sql
from ucc.kit.batch import GroupCommit
from ucc.kit.bus import Bus, Publication
from ucc.kit.clock import now_ms
from ucc.kit.db import Conn, Database
from ucc.kit.ids import Ids
from ucc.kit.tasks import Tasks
from ucc.routing.streams import append_agent_events

OVERLAP = 2  # batches of a tenant in flight: one is written while others are on their way to the disk
_ENDED = (ConversationState.RESOLVED, ConversationState.SPAM)

_queries = sql.load(Path(__file__).with_name("queries.sql"))


class Router(Commands, Protocol):
    """What the writer asks of routing."""

    def wake(self, tenant_id: int) -> None:
        """Tell the owner, after the commit, that commands wait."""


class Listener(Protocol):
    """Who wants to know, after the commit, which heads moved in more than a number."""

    def __call__(self, tenant_id: int, conversation_ids: set[int]) -> None:
        """Note that these conversations' clocks, states or work changed."""


class Over(Conflict):
    """The conversation ended too long ago to be continued; a new one must be begun."""

    code = "conversation_over"


class Head(msgspec.Struct):
    """The locked head of a conversation while a batch is written."""

    row: Any
    new_work: int | None = None  # the interaction that a message of this batch begins

    @property
    def state(self) -> ConversationState:
        """Return the thread's state."""
        return ConversationState(self.row["state"])

    @property
    def work(self) -> InteractionState | None:
        """Return the state of the present work."""
        found = self.row["interaction_state"]
        return None if found is None else InteractionState(found)


class Batch(msgspec.Struct):
    """What a written batch gave: an answer for each item, and what is to be said after the commit."""

    answers: list[Written | Exception]  # NotFound until something better is known
    publications: list[Publication] = []
    changed: set[int] = set()  # conversations whose clock or work changed
    is_waking: bool = False  # routing has commands to read


class EntryWriter:
    """Writes entries in batches; what was answered is committed."""

    def __init__(self, database: Database, ids: Ids, bus: Bus, tasks: Tasks, router: Router) -> None:
        self._database = database
        self._ids = ids
        self._bus = bus
        self._router = router
        self._secrets: dict[int, bytes] = {}
        self.policies = Policies(bus)
        self.work = WorkMaker(ids, router, self.policies)
        self._glimpses = Glimpses()
        self._tidier = Tidier(database, tasks)
        self._listeners: list[Listener] = []
        self._lane: GroupCommit[int, Item, Written] = GroupCommit(
            "entries", self._commit, tasks, overlap=OVERLAP, thread_of=attrgetter("conversation_id")
        )

    def on_change(self, listener: Listener) -> None:
        """Call `listener` after each commit that changed more than the log of a conversation."""
        self._listeners.append(listener)

    async def add(self, tenant_id: int, item: Item) -> Written:
        """Store an entry and return it when it is committed.

        Raises:
            NotFound: there is no such conversation.
            Over: it ended too long ago.
            BadInput: an attachment or the client id is not the writer's to use.
        """
        return await self._lane.submit(tenant_id, item)

    async def _commit(self, tenant_id: int, items: list[Item]) -> list[Written | Exception]:
        batch, left = await self._write_plain(tenant_id, items)
        self.announce(tenant_id, batch)
        if left:
            async with self._database.tenant(tenant_id) as conn:
                rest = await self.write(conn, tenant_id, [items[place] for place in left])
            self.announce(tenant_id, rest)
            for place, answer in zip(left, rest.answers, strict=True):
                batch.answers[place] = answer
        return batch.answers

    async def _write_plain(self, tenant_id: int, items: list[Item]) -> tuple[Batch, list[int]]:
        """Write what is plain in one round trip; return the places of the items that are left."""
        at_ms = now_ms()
        batch = _empty(len(items))
        policies, secret = self.policies.known(tenant_id), self._secrets.get(tenant_id)
        dues = {} if policies is None or secret is None else self._glimpses.plain(items, policies, at_ms)
        if not dues or secret is None:
            return batch, [*range(len(items))]
        for place in dues:
            items[place].at_ms = at_ms
        try:
            async with self._database.statement() as conn:
                moved = await self._write_entries(conn, tenant_id, items, dues)
        except asyncpg.UniqueViolationError:  # a message that is known: the long way tells which
            return batch, [*range(len(items))]
        written = self._place(tenant_id, items, dues, moved, Signer(secret, at_ms), batch)
        batch.changed.update(head.conversation_id for head in moved.values() if head.is_changed)
        return batch, [place for place in range(len(items)) if place not in written]

    async def _write_entries(
        self, conn: Conn, tenant_id: int, items: list[Item], dues: dict[int, Due], *, is_judged: bool = False
    ) -> dict[int, MovedHead]:
        """Write the items at these places behind their heads; return the heads that moved, by conversation.

        Without `is_judged` only those move whose items are plain.
        """
        heads, entries = moves_of(items, dues, self._ids.take)
        rows = await _queries.write_entries(
            conn,
            tenant_id=tenant_id,
            is_judged=is_judged,
            now_ms=items[next(iter(dues))].at_ms,
            heads=list(heads.values()),
            items=entries,
        )
        return {row["conversation_id"]: MovedHead(*row) for row in rows}

    def lines(self, items: list[Item], at_ms: int) -> dict[int, list[NewEntry]]:
        """Return lines of logs by conversation, for write_threads; `written_lines` takes its answer."""
        for item in items:
            item.at_ms = at_ms
        _, entries = moves_of(items, dict.fromkeys(range(len(items)), Due()), self._ids.take)
        lines: dict[int, list[NewEntry]] = {}
        for entry in entries:
            lines.setdefault(entry.conversation_id, []).append(entry)
        return lines

    def written_lines(
        self, tenant_id: int, items: list[Item], heads: list[MovedHead], at_ms: int
    ) -> list[Publication]:
        """Return what is published of these lines after the commit; `heads` are those of write_threads.

        What nobody hears is not made: most heads of a batch are open on no screen.
        """
        batch = _empty(len(items))
        moved = {head.conversation_id: head for head in heads}
        signer = Signer(b"", at_ms)  # lines have no files whose addresses it would sign
        heard = [
            place
            for place, item in enumerate(items)
            if self._bus.is_heard(tenant_id, f"conversation:{item.conversation_id}")
        ]
        self._place(tenant_id, items, dict.fromkeys(heard, Due()), moved, signer, batch)
        self._tidier.note()
        return batch.publications

    def announce(self, tenant_id: int, batch: Batch) -> None:
        """Tell streams, lists and routing; call it after the commit."""
        self._bus.publish(batch.publications)
        if batch.publications:
            self._tidier.note()
        if batch.is_waking:
            self._router.wake(tenant_id)
        if batch.changed:
            for listener in self._listeners:
                listener(tenant_id, batch.changed)

    async def signer(self, conn: Conn, tenant_id: int) -> Signer:
        """Return who signs the addresses of this tenant's files."""
        secret = self._secrets.get(tenant_id)
        if secret is None:
            secret = bytes(await _queries.read_secret(conn, tenant_id=tenant_id))
            self._secrets[tenant_id] = secret
        return Signer(secret, now_ms())

    async def write(self, conn: Conn, tenant_id: int, items: list[Item]) -> Batch:
        """Write the items in this transaction, in their order."""
        rows = await _queries.lock_conversations(
            conn, tenant_id=tenant_id, ids=sorted({item.conversation_id for item in items})
        )
        heads = {row["id"]: Head(row) for row in rows}
        at_ms = now_ms()
        batch = _empty(len(items))
        fit: list[int] = []
        first: dict[tuple[int, str], int] = {}
        twins: list[tuple[int, int]] = []  # the same message twice in one batch
        for number, item in enumerate(items):
            item.at_ms = at_ms
            if item.client_id is not None:
                key = (item.conversation_id, item.client_id)
                if (twin := first.setdefault(key, number)) != number:
                    twins.append((number, twin))
                    continue
            try:
                await self._judge(conn, tenant_id, item, heads.get(item.conversation_id))
            except UccError as refusal:
                batch.answers[number] = refusal
            else:
                fit.append(number)
        if fit:
            self._begin_work([items[number] for number in fit], heads)
            policies = await self.policies.read(conn, tenant_id)
            await self._store(conn, tenant_id, items, fit, heads, policies, batch)
        for number, twin in twins:
            answer = batch.answers[twin]
            batch.answers[number] = Written(answer.entry, False) if isinstance(answer, Written) else answer
        return batch

    def _begin_work(self, items: list[Item], heads: dict[int, Head]) -> None:
        """Name the work that contacts' messages will begin, so that these entries belong to it."""
        for item in items:
            head = heads[item.conversation_id]
            is_from_contact = item.author == Author.CONTACT and item.kind == EntryKind.MESSAGE
            if is_from_contact and need_of_message(head.state, head.work) == Need.WORK:
                head.new_work = head.new_work or self._ids.take()
                item.interaction_id = head.new_work

    async def _judge(self, conn: Conn, tenant_id: int, item: Item, head: Head | None) -> None:
        """Refuse what cannot be written; take the files it names."""
        if head is None:
            raise NotFound("there is no such conversation")
        if item.author == Author.CONTACT and not is_reopenable(
            head.state, head.row["resolved_at_ms"], item.at_ms
        ):
            raise Over
        if item.author == Author.AGENT and item.kind == EntryKind.MESSAGE and head.state in _ENDED:
            raise Conflict(f"the conversation is {head.state}; open it again first", state=head.state)
        if not item.attachment_ids:
            return
        claimed = await _queries.claim_attachments(
            conn,
            tenant_id=tenant_id,
            conversation_id=item.conversation_id,
            ids=item.attachment_ids,
            visitor_id=item.visitor_id,
            user_id=item.user_id,
        )
        item.files = [msgspec.convert(dict(row), StoredFile) for row in claimed]
        if item.files or await _queries.is_known(
            conn, tenant_id=tenant_id, inbox_id=head.row["inbox_id"], external_id=item.client_id
        ):
            return
        raise BadInput(
            f"not all of the attachments {item.attachment_ids} are unused and yours", path="$.attachment_ids"
        )

    async def _store(
        self,
        conn: Conn,
        tenant_id: int,
        items: list[Item],
        fit: list[int],
        heads: dict[int, Head],
        policies: dict[int, Policy],
        batch: Batch,
    ) -> None:
        known = await self._list_known(conn, tenant_id, items, fit, heads)
        new = [place for place in fit if place not in known]
        signer = await self.signer(conn, tenant_id)
        dues = dict(zip(new, _dues([items[place] for place in new], heads, policies), strict=True))
        moved = await self._write_entries(conn, tenant_id, items, dues, is_judged=True) if new else {}
        entries = self._place(tenant_id, items, dues, moved, signer, batch)
        fresh: dict[int, list[Item]] = {}
        for place, entry in entries.items():
            item = items[place]
            fresh.setdefault(item.conversation_id, []).append(item)
            if item.mentions:
                batch.publications += await self._mention(conn, tenant_id, entry)
            if item.files:
                await _queries.place_attachments(
                    conn,
                    tenant_id=tenant_id,
                    conversation_id=item.conversation_id,
                    seq=entry.seq,
                    ids=[file.id for file in item.files],
                )
        repeated: dict[tuple[int, int], list[int]] = {}
        for place, stored in known.items():
            repeated.setdefault(stored, []).append(place)
        if repeated:
            await self._answer_repeats(conn, tenant_id, items, repeated, signer, batch)
        for conversation_id, added in fresh.items():
            await self._follow(conn, tenant_id, heads[conversation_id], added, batch)

    async def _list_known(
        self, conn: Conn, tenant_id: int, items: list[Item], fit: list[int], heads: dict[int, Head]
    ) -> dict[int, tuple[int, int]]:
        """Return where those of the items stand, conversation and seq, whose ids are known already."""
        named = {
            (heads[items[place].conversation_id].row["inbox_id"], items[place].client_id): place
            for place in fit
            if items[place].client_id is not None
        }
        if not named:
            return {}
        rows = await _queries.list_known(
            conn,
            tenant_id=tenant_id,
            inbox_ids=[inbox_id for inbox_id, _ in named],
            external_ids=[external_id for _, external_id in named],
        )
        return {
            named[row["inbox_id"], row["external_id"]]: (row["conversation_id"], row["seq"]) for row in rows
        }

    def _place(
        self,
        tenant_id: int,
        items: list[Item],
        dues: dict[int, Due],
        moved: dict[int, MovedHead],
        signer: Signer,
        batch: Batch,
    ) -> dict[int, Entry]:
        """Answer the items that were written and prepare what their streams are told."""
        entries: dict[int, Entry] = {}
        seqs: dict[int, int] = {}
        for place in dues:
            item = items[place]
            head = moved.get(item.conversation_id)
            if head is None:
                continue
            seq = seqs[item.conversation_id] = seqs.get(item.conversation_id, head.base_seq) + 1
            entry = entries[place] = entry_of_item(
                item, seq=seq, interaction_id=item.interaction_id or head.interaction_id, signer=signer
            )
            batch.answers[place] = Written(entry, True)
            batch.publications.append(
                Publication(tenant_id, f"conversation:{item.conversation_id}", seq, EntryAdded(entry=entry))
            )
        for head in moved.values():
            batch.is_waking |= head.is_turned
            glimpse = Glimpse(head.queue_id, head.is_answered, head.is_waiting)
            self._glimpses.note(head.conversation_id, glimpse)
        return entries

    async def _mention(self, conn: Conn, tenant_id: int, entry: Entry) -> list[Publication]:
        """Tell the colleagues a note names, on their own streams."""
        await _queries.add_mentions(
            conn,
            tenant_id=tenant_id,
            user_ids=entry.mentions,
            conversation_id=entry.conversation_id,
            seq=entry.seq,
            now_ms=entry.at_ms,
        )
        named: list[tuple[int, AnyEvent | Event]] = [
            (user_id, Mentioned(entry=entry)) for user_id in entry.mentions
        ]
        return await append_agent_events(conn, tenant_id, entry.at_ms, named)

    async def _answer_repeats(
        self,
        conn: Conn,
        tenant_id: int,
        items: list[Item],
        repeated: dict[tuple[int, int], list[int]],
        signer: Signer,
        batch: Batch,
    ) -> None:
        """Answer what was stored before with what is stored, to the conversation it belongs to alone."""
        rows = await _queries.read_stored_entries(
            conn,
            tenant_id=tenant_id,
            conversation_ids=[place[0] for place in repeated],
            seqs=[place[1] for place in repeated],
        )
        for row in rows:
            entry = entry_of_row(row, signer)
            for number in repeated[entry.conversation_id, entry.seq]:
                item = items[number]
                if item.conversation_id == entry.conversation_id and item.author == entry.author:
                    batch.answers[number] = Written(entry, False)
                    # Told again: the answer to its commit may have been lost, and its news with it.
                    batch.publications.append(
                        Publication(
                            tenant_id,
                            f"conversation:{entry.conversation_id}",
                            entry.seq,
                            EntryAdded(entry=entry),
                        )
                    )
                else:
                    batch.answers[number] = BadInput(
                        "client_id was used for another message", path="$.client_id"
                    )

    async def _follow(self, conn: Conn, tenant_id: int, head: Head, added: list[Item], batch: Batch) -> None:
        """Do what new entries of one conversation ask for beyond being stored."""
        conversation_id = head.row["id"]
        messages = [item for item in added if item.kind == EntryKind.MESSAGE]
        said = [item for item in messages if item.author == Author.CONTACT]
        is_waiting = head.row["waiting_since_ms"] is not None
        if said:
            need = need_of_message(head.state, head.work)
            if need != Need.NOTHING:
                reason = preview(said[-1].text)
                await self.work.ask(
                    conn, tenant_id, head.row, need, reason, said[0].at_ms, new_id=head.new_work
                )
                batch.is_waking = True
            if head.state not in (ConversationState.OPEN, ConversationState.SPAM):
                await _queries.open_again(conn, tenant_id=tenant_id, id=conversation_id)
            if need != Need.NOTHING or head.state != ConversationState.OPEN or not is_waiting:
                batch.changed.add(conversation_id)
        if is_waiting and any(item.author == Author.AGENT for item in messages):
            batch.changed.add(conversation_id)


def _empty(count: int) -> Batch:
    return Batch([NotFound("there is no such conversation")] * count, [], set())


def _dues(items: list[Item], heads: dict[int, Head], policies: dict[int, Policy]) -> list[Due]:
    """Return when an answer to each contact's message is due; it counts where a clock starts."""
    answered: set[int] = set()  # conversations an agent of this batch wrote to
    found = []
    for item in items:
        row = heads[item.conversation_id].row
        at_ms = None
        if item.author == Author.AGENT and item.kind == EntryKind.MESSAGE:
            answered.add(item.conversation_id)
        elif item.author == Author.CONTACT and (
            row["waiting_since_ms"] is None or item.conversation_id in answered
        ):
            policy = policies.get(row["queue_id"])
            is_first = row["agent_seq"] == 0 and item.conversation_id not in answered
            at_ms = None if policy is None else policy.due_ms(item.at_ms, is_first=is_first)
        found.append(Due(at_ms))
    return found
