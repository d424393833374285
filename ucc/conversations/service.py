"""The verbs of conversations, put together once by the composition root."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Protocol

import msgspec

from ucc.channels.webchat.receive import checked_attachments, checked_client_id, checked_text
from ucc.conversations.access import require_readable, require_reply
from ucc.conversations.attachments import Attachments
from ucc.conversations.callbacks import Callbacks
from ucc.conversations.catalogue.inboxes import Inboxes
from ucc.conversations.catalogue.lists import Dispositions, Tags
from ucc.conversations.catalogue.setting import Recorder
from ucc.conversations.catalogue.templates import Templates
from ucc.conversations.desk import Desk
from ucc.conversations.entries import Item
from ucc.conversations.heads import HeadReader
from ucc.conversations.inboxes import Entrances
from ucc.conversations.merges import MergeFollower
from ucc.conversations.online import Online
from ucc.conversations.projector import Projector
from ucc.conversations.receipts import Mark, Receipts
from ucc.conversations.rules import HOUR_MS, IN_HAND, OVER, WAITING, Need
from ucc.conversations.sights import Positions, Sights
from ucc.conversations.snoozes import Snoozes
from ucc.conversations.starts import ContactFinder, Starts
from ucc.conversations.streams import StreamReader
from ucc.conversations.visitors import Visitors
from ucc.conversations.widget import Widget
from ucc.conversations.writer import Batch, EntryWriter, Router
from ucc.domain.actor import Actor, Permission
from ucc.domain.conversation import (
    Conversation,
    ConversationWrite,
    Entry,
    EntryWrite,
    Interaction,
    SystemEvent,
)
from ucc.domain.engine import AnyCommand, ContactLeft, Park
from ucc.domain.errors import BadInput, Conflict
from ucc.domain.states import Author, ConversationState, EntryKind, InteractionState, SystemCode
from ucc.kit import sql
from ucc.kit.bus import Bus, Publication
from ucc.kit.clock import now_ms
from ucc.kit.db import Conn, Database
from ucc.kit.files import Files
from ucc.kit.ids import Ids
from ucc.kit.tasks import Tasks
from ucc.routing.streams import ListHints

MENTIONS_MAX = 20
TAGS_MAX = 50
SNOOZE_MS_MAX = 366 * 24 * HOUR_MS

_queries = sql.load(Path(__file__).with_name("queries.sql"))


class Routing(Router, Protocol):
    """What conversations ask of routing."""

    async def submit(self, tenant_id: int, command: AnyCommand) -> Any:
        """Have a command carried out now; raises when it is refused."""

    async def ask_callback(
        self, tenant_id: int, interaction_id: int, callback_to: str, not_before_ms: int | None
    ) -> Interaction:
        """Let a waiting contact be called back, in the place of the waiting work."""


class Conversations:
    """Threads and entries; `desk` reads, `visitors` is the widget's side, `writer` the one way in."""

    def __init__(
        self,
        database: Database,
        ids: Ids,
        bus: Bus,
        tasks: Tasks,
        *,
        routing: Routing,
        contacts: ContactFinder,
        position: Positions,
        recorder: Recorder,
        files: Files,
        origin: str,
    ) -> None:
        self._database = database
        self._tasks = tasks
        self._routing = routing
        self.hints = ListHints(bus)
        self.heads = HeadReader(database, bus, tasks, self.hints)
        self.writer = EntryWriter(database, ids, bus, tasks, routing)
        self.writer.on_change(self.heads.note)
        self.projector = Projector(self.writer, self.heads)
        self.entrances = Entrances(database)
        sights = Sights(database, self.writer, position)
        starts = Starts(database, ids, self.writer, contacts, self.entrances, sights)
        self.visitors = Visitors(database, self.writer, routing, self.entrances, starts, sights)
        self.online = Online(database, tasks, routing, self.heads.note)
        self.streams = StreamReader(database, self.writer)
        self.attachments = Attachments(database, ids, files)
        self.snoozes = Snoozes(database, bus, self.writer)
        self.inboxes = Inboxes(database, ids, recorder, self.entrances, origin)
        self.templates = Templates(database, ids, require_readable)
        self.tags = Tags(database, ids, recorder)
        self.dispositions = Dispositions(database, ids, recorder)
        self.widget = Widget(database, self.entrances, self.writer.policies)
        self.callbacks = Callbacks(database, routing)
        self.merges = MergeFollower()
        self.receipts = Receipts(database, bus, tasks)
        self.desk = Desk(database, self.writer, self.heads)

    def start(self) -> None:
        """Begin this node's own work: who is there, who sleeps."""
        self._tasks.start("conversations: online", self.online.keep(), is_vital=True)
        self._tasks.start("conversations: snoozes", self.snoozes.keep(), is_vital=True)

    # --- writing ----------------------------------------------------------------------------------

    async def write(self, actor: Actor, conversation_id: int, write: EntryWrite) -> Entry:
        """Store a reply or a note of an agent; the same client_id again gives the same entry.

        Raises:
            NotFound: there is no such conversation the actor may read.
            NotAllowed: a reply in a conversation that is not in the actor's hands.
            BadInput: a field is not allowed.
            Conflict: the conversation is over.
        """
        user_id = actor.require_user()
        if write.kind == EntryKind.SYSTEM:
            raise BadInput("kind is 'system'; allowed are message, note", field="kind")
        if write.mentions and write.kind != EntryKind.NOTE:
            raise BadInput("only a note mentions colleagues", field="mentions")
        item = Item(
            conversation_id=conversation_id,
            kind=write.kind,
            author=Author.AGENT,
            text=checked_text(write.text, has_attachments=bool(write.attachment_ids)),
            user_id=user_id,
            user_name=actor.name,
            client_id=checked_client_id(write.client_id),
            attachment_ids=checked_attachments(write.attachment_ids),
            mentions=sorted(set(write.mentions)),
        )
        async with self._database.tenant(actor.tenant_id) as conn:
            if write.kind == EntryKind.NOTE:
                actor.require(Permission.CONVERSATIONS_NOTE)
                await require_readable(conn, actor, conversation_id)
                await _check_users(conn, actor.tenant_id, item.mentions)
            else:
                item.speaks_for = await require_reply(conn, actor, conversation_id)
        written = await self.writer.add(actor.tenant_id, item)
        if write.kind == EntryKind.MESSAGE:  # a colleague's note is no sign to the contact
            self.receipts.note(actor.tenant_id, conversation_id, Mark.AGENT_READ, written.entry.seq - 1)
        return written.entry

    async def read(self, actor: Actor, conversation_id: int, seq: int) -> None:
        """Note that the actor read up to `seq`; the agent who has it moves the mark the contact sees."""
        user_id = actor.require_user()
        async with self._database.tenant(actor.tenant_id) as conn:
            await require_readable(conn, actor, conversation_id)
            await self._see(conn, actor.tenant_id, user_id, conversation_id, seq)
            holder = await _queries.read_holder(conn, tenant_id=actor.tenant_id, id=conversation_id)
        if holder == user_id:
            self.receipts.note(actor.tenant_id, conversation_id, Mark.AGENT_READ, seq)

    async def _see(self, conn: Conn, tenant_id: int, user_id: int, conversation_id: int, seq: int) -> None:
        seen = await _queries.see_mentions(
            conn,
            tenant_id=tenant_id,
            user_id=user_id,
            conversation_id=conversation_id,
            seq=min(max(seq, 0), 2**31 - 1),
            now_ms=now_ms(),
        )
        if seen:
            self.hints.changed(tenant_id, "views")

    # --- what acts on work do to its conversation (ucc.routing.work.Threads) -----------------------

    async def require_readable(self, conn: Conn, actor: Actor, conversation_id: int) -> None:
        """Refuse an actor who may not read the conversation."""
        await require_readable(conn, actor, conversation_id)

    async def transferring(
        self, conn: Conn, actor: Actor, conversation_id: int, child_id: int, note: str
    ) -> None:
        """Keep the note for whoever gets the work; the projector writes it when the transfer is journaled."""
        await _queries.keep_transfer_note(
            conn,
            tenant_id=actor.tenant_id,
            interaction_id=child_id,
            conversation_id=conversation_id,
            user_id=actor.require_user(),
            text=checked_text(note),
        )

    async def not_transferred(self, conn: Conn, tenant_id: int, child_id: int) -> None:
        """Drop the note of a transfer that was refused."""
        await _queries.drop_transfer_note(conn, tenant_id=tenant_id, interaction_id=child_id)

    async def tagging(
        self, conn: Conn, actor: Actor, conversation_id: int, tag_ids: list[int]
    ) -> list[Publication]:
        """Set the tags chosen in wrap-up."""
        await _tag(conn, actor.tenant_id, conversation_id, tag_ids)
        return await self.heads.publications(conn, actor.tenant_id, [conversation_id])

    # --- states and tags --------------------------------------------------------------------------

    async def change(self, actor: Actor, conversation_id: int, write: ConversationWrite) -> Conversation:
        """Change the state or the tags of a conversation.

        Raises:
            NotFound: there is none the actor may read.
            BadInput: the state cannot be set, or a snooze has no time in the future.
            Conflict: work is in hand; end it first.
        """
        if write.snoozed_until_ms is not msgspec.UNSET and write.state != ConversationState.SNOOZED:
            found = "no state" if write.state is msgspec.UNSET else repr(str(write.state))
            raise BadInput(
                f"snoozed_until_ms goes with the state 'snoozed', found {found}", field="snoozed_until_ms"
            )
        tenant_id = actor.tenant_id
        batch = Batch([], [], {conversation_id})
        parks: InteractionState | None = None
        async with self._database.tenant(tenant_id) as conn:
            await require_readable(conn, actor, conversation_id)
            head = await _queries.lock_conversation(conn, tenant_id=tenant_id, id=conversation_id)
            if write.tag_ids is not msgspec.UNSET:
                await _tag(conn, tenant_id, conversation_id, write.tag_ids)
            if write.state is not msgspec.UNSET:
                actor.require(Permission.CONVERSATIONS_REPLY)
                until_ms = None if write.snoozed_until_ms is msgspec.UNSET else write.snoozed_until_ms
                parks = await self._change_state(conn, actor, head, write.state, until_ms, batch)
        self.writer.announce(tenant_id, batch)
        if write.state == ConversationState.SNOOZED:
            self.snoozes.changed()
        if parks is not None and actor.user_id is not None:
            await self._routing.submit(tenant_id, Park(head["interaction_id"], actor.user_id))
        return await self.desk.get(actor, conversation_id)

    async def _change_state(
        self,
        conn: Conn,
        actor: Actor,
        head: Any,
        state: ConversationState,
        until_ms: int | None,
        batch: Batch,
    ) -> InteractionState | None:
        """Carry the new state out; return the work's state if it is to be parked after the commit."""
        work = None if head["interaction_state"] is None else InteractionState(head["interaction_state"])
        old, tenant_id = ConversationState(head["state"]), actor.tenant_id
        if state == old and state != ConversationState.SNOOZED:
            return None
        code = _check_state(state, old, work, until_ms)
        if head["agent_id"] not in (None, actor.user_id):
            actor.require(Permission.CONVERSATIONS_REPLY_ANY)
        await _queries.change_state(
            conn,
            tenant_id=tenant_id,
            id=head["id"],
            state=state,
            snoozed_until_ms=until_ms if state == ConversationState.SNOOZED else None,
            now_ms=now_ms(),
        )
        if state == ConversationState.OPEN and old in (ConversationState.RESOLVED, ConversationState.SPAM):
            await self.writer.work.ask(conn, tenant_id, head, Need.WORK, head["last_text"], now_ms())
            batch.is_waking = True
        if state == ConversationState.SPAM and work is not None and work not in OVER:
            await _queries.mark_ending(conn, tenant_id=tenant_id, id=head["id"])
            await self._routing.command(conn, tenant_id, ContactLeft(head["interaction_id"]))
            batch.is_waking = True
        detail = {"until_ms": str(until_ms)} if state == ConversationState.SNOOZED else {}
        event = SystemEvent(code=code, agent_id=actor.user_id, agent_name=actor.name, detail=detail)
        item = Item(conversation_id=head["id"], kind=EntryKind.SYSTEM, author=Author.SYSTEM, system=event)
        written = await self.writer.write(conn, tenant_id, [item])
        batch.publications += written.publications
        can_park = state == ConversationState.SNOOZED and head["agent_id"] == actor.user_id
        return work if can_park and work in (InteractionState.ACTIVE, InteractionState.HELD) else None


def _check_state(
    state: ConversationState, old: ConversationState, work: InteractionState | None, until_ms: int | None
) -> SystemCode:
    """Return what the log says of a change of state by hand, when it is allowed."""
    match state:
        case ConversationState.SNOOZED:
            at_ms = now_ms()
            if until_ms is None or not at_ms < until_ms <= at_ms + SNOOZE_MS_MAX:
                raise BadInput("snoozed_until_ms has to be in the next 366 days", field="snoozed_until_ms")
            if old in (ConversationState.RESOLVED, ConversationState.SPAM):
                raise Conflict(f"the conversation is {old}; open it again first", state=old)
            if work in WAITING:
                raise Conflict("it waits for an agent; take it first", interaction=work)
            return SystemCode.SNOOZED
        case ConversationState.RESOLVED:
            if work in IN_HAND or work in WAITING:
                raise Conflict(
                    "work on it is not over; end the interaction, which resolves it", interaction=work
                )
            return SystemCode.RESOLVED
        case ConversationState.SPAM:
            return SystemCode.SPAM
        case ConversationState.OPEN:
            is_over = old in (ConversationState.RESOLVED, ConversationState.SPAM)
            return SystemCode.REOPENED if is_over else SystemCode.WOKEN
        case _:
            raise BadInput(f"state is {state!r}; allowed are open, snoozed, resolved, spam", field="state")


async def _check_users(conn: Conn, tenant_id: int, user_ids: list[int]) -> None:
    if len(user_ids) > MENTIONS_MAX:
        raise BadInput(f"{len(user_ids)} mentions, limit {MENTIONS_MAX}", field="mentions")
    if not user_ids:
        return
    rows = await _queries.list_users(conn, tenant_id=tenant_id, ids=user_ids)
    if unknown := sorted(set(user_ids) - {row["id"] for row in rows}):
        raise BadInput(
            f"mentions names {_some(unknown)}; allowed are active users (GET /v1/agents)",
            field="mentions",
            unknown=unknown,
        )


async def _tag(conn: Conn, tenant_id: int, conversation_id: int, tag_ids: list[int]) -> None:
    """Put exactly these tags on a conversation.

    Raises:
        BadInput: there are too many, or one does not exist; nothing is changed then.
    """
    if len(tag_ids) > TAGS_MAX:
        raise BadInput(f"{len(tag_ids)} tags, limit {TAGS_MAX}", field="tag_ids")
    wanted = sorted(set(tag_ids))
    rows = await _queries.lock_tags(conn, tenant_id=tenant_id, tag_ids=wanted)
    if unknown := sorted(set(wanted) - {row["id"] for row in rows}):
        raise BadInput(
            f"tag_ids names {_some(unknown)}; allowed are the tags of GET /v1/tags",
            field="tag_ids",
            unknown=unknown,
        )
    place = {"tenant_id": tenant_id, "conversation_id": conversation_id, "tag_ids": wanted}
    await _queries.remove_tags(conn, **place)
    await _queries.add_tags(conn, **place)


def _some(ids: list[int]) -> str:
    """Return the first of many ids, as a sentence names them."""
    shown = ", ".join(str(one) for one in ids[:5])
    return shown if len(ids) <= 5 else f"{shown} and {len(ids) - 5} more"
