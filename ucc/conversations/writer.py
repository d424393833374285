"""The one writer of entries: group commit per tenant, one number after the other, work for every message."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Protocol

import msgspec

from ucc.conversations.entries import (
    Item,
    Signer,
    StoredFile,
    Written,
    body_of,
    entry_of_item,
    entry_of_row,
)
from ucc.conversations.policies import Policies, Policy
from ucc.conversations.rules import Need, is_reopenable, need_of_message, preview
from ucc.conversations.work import WorkMaker
from ucc.domain.conversation import Entry
from ucc.domain.engine import Command
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
from ucc.kit.text import search_terms
from ucc.routing.streams import append_agent_events

_ENDED = (ConversationState.RESOLVED, ConversationState.SPAM)

_queries = sql.load(Path(__file__).with_name("queries.sql"))


class Router(Protocol):
    """What the writer asks of routing."""

    async def command(self, conn: Conn, tenant_id: int, command: Command) -> None:
        """Store a command with the facts of this transaction."""

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

    answers: list[Written | Exception]
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
        self._listeners: list[Listener] = []
        self._lane: GroupCommit[int, Item, Written] = GroupCommit("entries", self._commit, tasks)

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
        async with self._database.tenant(tenant_id) as conn:
            batch = await self.write(conn, tenant_id, items)
        self.announce(tenant_id, batch)
        return batch.answers

    def announce(self, tenant_id: int, batch: Batch) -> None:
        """Tell streams, lists and routing; call it after the commit."""
        self._bus.publish(batch.publications)
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
        batch = Batch([NotFound("there is no such conversation")] * len(items), [], set())
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
            policies = await self.policies.read(conn, tenant_id)
            await self._store(conn, tenant_id, items, fit, heads, policies, batch)
        for number, twin in twins:
            answer = batch.answers[twin]
            batch.answers[number] = Written(answer.entry, False) if isinstance(answer, Written) else answer
        return batch

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
        ids = [self._ids.take() for _ in fit]
        columns = _columns([items[number] for number in fit], ids, heads, policies)
        placed = await _queries.write_entries(conn, tenant_id=tenant_id, **columns)
        signer = await self.signer(conn, tenant_id)
        repeated: dict[tuple[int, int], list[int]] = {}
        fresh: dict[int, list[Item]] = {}
        for ord_, conversation_id, seq, is_new in placed:
            number = fit[ord_]
            item = items[number]
            if not is_new:
                repeated.setdefault((conversation_id, seq), []).append(number)
                continue
            entry = entry_of_item(
                item,
                id=ids[ord_],
                seq=seq,
                interaction_id=item.interaction_id or heads[conversation_id].row["interaction_id"],
                signer=signer,
            )
            batch.answers[number] = Written(entry, True)
            batch.publications.append(
                Publication(tenant_id, f"conversation:{conversation_id}", seq, EntryAdded(entry=entry))
            )
            fresh.setdefault(conversation_id, []).append(item)
            if item.mentions:
                batch.publications += await self._mention(conn, tenant_id, entry)
            if item.files:
                await _queries.place_attachments(
                    conn,
                    tenant_id=tenant_id,
                    conversation_id=conversation_id,
                    seq=seq,
                    ids=[file.id for file in item.files],
                )
        batch.publications.sort(key=lambda one: (one.stream, one.seq))
        if repeated:
            await self._answer_repeats(conn, tenant_id, items, repeated, signer, batch)
        for conversation_id, added in fresh.items():
            await self._follow(conn, tenant_id, heads[conversation_id], added, batch)

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
                await self.work.ask(conn, tenant_id, head.row, need, preview(said[-1].text), said[0].at_ms)
                batch.is_waking = True
            if head.state not in (ConversationState.OPEN, ConversationState.SPAM):
                await _queries.open_again(conn, tenant_id=tenant_id, id=conversation_id)
            if need != Need.NOTHING or head.state != ConversationState.OPEN or not is_waiting:
                batch.changed.add(conversation_id)
        if is_waiting and any(item.author == Author.AGENT for item in messages):
            batch.changed.add(conversation_id)


def _columns(
    items: list[Item], ids: list[int], heads: dict[int, Head], policies: dict[int, Policy]
) -> dict[str, list[Any]]:
    """Return the parameters of write_entries: one array a column."""
    rows = [heads[item.conversation_id].row for item in items]
    return {
        "ords": list(range(len(items))),
        "conversation_ids": [item.conversation_id for item in items],
        "inbox_ids": [row["inbox_id"] for row in rows],
        "heads": [row["head_seq"] for row in rows],
        "ids": ids,
        "kinds": [item.kind for item in items],
        "authors": [item.author for item in items],
        "user_ids": [item.user_id for item in items],
        "external_ids": [item.client_id for item in items],
        "interaction_ids": [
            item.interaction_id or row["interaction_id"] for item, row in zip(items, rows, strict=True)
        ],
        "texts": [item.text for item in items],
        "bodies": [body_of(item) for item in items],
        "terms": [" ".join(search_terms(item.text)) for item in items],
        "previews": [_preview(item) for item in items],
        "due": [_due(item, row, policies) for item, row in zip(items, rows, strict=True)],
        "at": [item.at_ms for item in items],
    }


def _preview(item: Item) -> str:
    return preview(item.text) or ", ".join(file.name for file in item.files)[:80]


def _due(item: Item, row: Any, policies: dict[int, Policy]) -> int | None:
    """Return when an answer to a contact's message is due; only the first unanswered one counts."""
    if item.author != Author.CONTACT or row["waiting_since_ms"] is not None:
        return None
    policy = policies.get(row["queue_id"])
    return None if policy is None else policy.due_ms(item.at_ms, is_first=row["agent_seq"] == 0)
