"""What agents read: views and lists, one conversation, its log, its work, drafts, search."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec

from ucc.conversations.access import Sight, check_readable, require_readable, sight_of
from ucc.conversations.entries import entry_of_row
from ucc.conversations.heads import HeadReader, interaction_of
from ucc.conversations.writer import EntryWriter
from ucc.domain.actor import Actor
from ucc.domain.conversation import AgentDay, Conversation, Draft, DraftWrite, Entry, Interaction, View
from ucc.domain.errors import BadInput
from ucc.domain.states import InteractionState
from ucc.kit import sql
from ucc.kit.clock import now_ms
from ucc.kit.db import Conn, Database
from ucc.kit.text import like_pattern, search_query

MISSED_MS = 7 * 86_400_000
RECENT_MS = 7 * 86_400_000
LATE_MS = 10**13  # puts contacts who wait without a deadline behind those with one
DRAFT_CHARACTERS_MAX = 10_000
DRAFT_KINDS = ("message", "note", "wrap_up")
ENTRIES_MAX = 200
COUNT_MAX = 100  # a saved view with more says so
HOUR_MS = 3_600_000
DAY_HOURS_MAX = 36  # from somebody's midnight to now, wherever they are, and a long shift
START: tuple[int, int, int] = (-1, 0, 0)  # before every sort key

_HANDLED = [
    InteractionState.CONNECTING,
    InteractionState.ACTIVE,
    InteractionState.HELD,
    InteractionState.IN_FLOW,
    InteractionState.INTERRUPTED,
]
_OWN: dict[str, tuple[list[InteractionState], bool | None]] = {
    "mine": ([*_HANDLED, InteractionState.PARKED, InteractionState.WRAPPING], None),
    "working": (_HANDLED, True),
    "waiting_on_contact": (_HANDLED, False),
    "wrap_up": ([InteractionState.WRAPPING], None),
    "parked": ([InteractionState.PARKED], None),
}
_OPEN = ["open", "pending", "snoozed"]
VIEWS = (*_OWN, "mentions", "unassigned", "my_queues", "missed", "all")

_queries = sql.load(Path(__file__).with_name("queries.sql"))

Key = tuple[int, int, int]  # (contact does not wait, deadline or last activity, id): the order of lists


class Filter(msgspec.Struct, frozen=True, kw_only=True):
    """What narrows a view."""

    queue_id: int | None = None
    tag_id: int | None = None
    is_vip: bool = False  # true: only VIP contacts, marked or by an audience of their work
    words: str = ""  # of an entry or of the contact's name; they search beyond the view

    @property
    def columns(self) -> dict[str, Any]:
        """The parameters of the queries, all but the words."""
        return {"queue_id": self.queue_id, "tag_id": self.tag_id, "is_vip": self.is_vip}


EVERYTHING = Filter()


class Desk:
    """The reading verbs."""

    def __init__(self, database: Database, writer: EntryWriter, heads: HeadReader) -> None:
        self._database = database
        self._writer = writer
        self._heads = heads

    async def views(self, actor: Actor) -> list[View]:
        """Return every view and how many conversations stand in it."""
        async with self._database.tenant(actor.tenant_id) as conn:
            sight = await sight_of(conn, actor)
            row = await _queries.count_views(
                conn, tenant_id=actor.tenant_id, since_ms=now_ms() - MISSED_MS, **_of(sight)
            )
        return [View(key=key, count=row["open" if key == "all" else key]) for key in VIEWS]

    async def list_view(
        self,
        actor: Actor,
        view: str,
        narrowed: Filter = EVERYTHING,
        *,
        after: Key | None = None,
        count: int,
    ) -> list[tuple[Key, Conversation]]:
        """Return up to `count` conversations of a view behind the key given, each with its key.

        Raises:
            BadInput: there is no such view.
        """
        page = dict(zip(("grp", "key", "id"), after or START, strict=True)) | {"limit": count}
        async with self._database.tenant(actor.tenant_id) as conn:
            rows = await _page(conn, actor, view, narrowed, page)
            heads = await self._heads.read(conn, actor.tenant_id, [row["id"] for row in rows])
        found = {head.id: head for head in heads}
        return [((row["grp"], row["key"], row["id"]), found[row["id"]]) for row in rows if row["id"] in found]

    async def count_view(self, actor: Actor, view: str, narrowed: Filter) -> int:
        """Return how many conversations stand in a narrowed view, at most COUNT_MAX.

        Raises:
            BadInput: there is no such view.
        """
        page = dict(zip(("grp", "key", "id"), START, strict=True)) | {"limit": COUNT_MAX}
        async with self._database.tenant(actor.tenant_id) as conn:
            return len(await _page(conn, actor, view, narrowed, page))

    async def day(self, actor: Actor, since_ms: int) -> AgentDay:
        """Return what the actor has handled since a moment: their midnight.

        Raises:
            BadInput: the moment is in the future or more than DAY_HOURS_MAX hours ago.
        """
        hours = (now_ms() - since_ms) // HOUR_MS
        if not 0 <= hours < DAY_HOURS_MAX:
            raise BadInput(f"since_ms is {hours} h ago; allowed are 0 to {DAY_HOURS_MAX} h", field="since_ms")
        async with self._database.tenant(actor.tenant_id) as conn:
            rows = await _queries.count_handled_by_hour(
                conn, tenant_id=actor.tenant_id, user_id=actor.require_user(), since_ms=since_ms
            )
        by_hour = {row["hour"]: row["handled"] for row in rows}
        handled = sum(by_hour.values())
        return AgentDay(
            handled=handled,
            handled_by_hour=[by_hour.get(hour, 0) for hour in range(hours + 1)],
            handle_s=sum(row["in_hand_ms"] for row in rows) // handled // 1000 if handled else None,
        )

    async def get(self, actor: Actor, conversation_id: int) -> Conversation:
        """Return one conversation.

        Raises:
            NotFound: there is none the actor may read.
        """
        async with self._database.tenant(actor.tenant_id) as conn:
            await require_readable(conn, actor, conversation_id)
            return (await self._heads.read(conn, actor.tenant_id, [conversation_id]))[0]

    async def entries(
        self,
        actor: Actor,
        conversation_id: int,
        *,
        after: int | None = None,
        before: int | None = None,
        count: int = ENTRIES_MAX,
    ) -> list[Entry]:
        """Return entries in the order of the log: behind `after`, or the last ones before `before`.

        Raises:
            NotFound: there is no such conversation the actor may read.
            BadInput: both are given.
        """
        if after is not None and before is not None:
            raise BadInput(f"give after or before, not both; found {after} and {before}", field="before")
        where = {"tenant_id": actor.tenant_id, "conversation_id": conversation_id, "limit": count}
        async with self._database.tenant(actor.tenant_id) as conn:
            await require_readable(conn, actor, conversation_id)
            if after is not None:
                rows = await _queries.read_entries_after(conn, seq=after, **where)
            else:
                rows = await _queries.read_entries_before(conn, seq=before or 2**31 - 1, **where)
                rows.reverse()
            signer = await self._writer.signer(conn, actor.tenant_id)
        return [entry_of_row(row, signer) for row in rows]

    async def interactions(
        self, actor: Actor, conversation_id: int, *, before_id: int | None = None, count: int
    ) -> list[Interaction]:
        """Return up to `count` stretches of work on a conversation before an id, newest first."""
        async with self._database.tenant(actor.tenant_id) as conn:
            await require_readable(conn, actor, conversation_id)
            rows = await _queries.list_interactions(
                conn,
                tenant_id=actor.tenant_id,
                conversation_id=conversation_id,
                before_id=before_id,
                limit=count,
            )
        return [interaction_of(row) for row in rows]

    async def of_contact(
        self, actor: Actor, contact_id: int, *, before: int | None, count: int
    ) -> list[Conversation]:
        """Return a contact's conversations that the actor may read, newest first."""
        async with self._database.tenant(actor.tenant_id) as conn:
            rows = await _queries.list_of_contact(
                conn, tenant_id=actor.tenant_id, contact_id=contact_id, before=before, limit=count
            )
            readable = await check_readable(conn, actor, [row["id"] for row in rows])
            return await self._heads.read(conn, actor.tenant_id, readable)

    async def search(
        self, actor: Actor, words: str, *, count: int = 20
    ) -> tuple[list[Conversation], list[Entry]]:
        """Return conversations and entries that hold the words, newest first."""
        page = {"grp": -(2**31), "key": -(2**62), "id": 0, "limit": count}
        async with self._database.tenant(actor.tenant_id) as conn:
            sight = await sight_of(conn, actor)
            rows = await _find(conn, actor, sight, Filter(words=words), page)
            heads = await self._heads.read(conn, actor.tenant_id, [row["id"] for row in rows])
            entries: list[Any] = []
            if terms := search_query(words):
                entries = await _queries.find_entries(
                    conn,
                    tenant_id=actor.tenant_id,
                    terms=terms,
                    pattern=like_pattern(words),
                    limit=count,
                    **_of(sight),
                )
            signer = await self._writer.signer(conn, actor.tenant_id)
        return heads, [entry_of_row(row, signer) for row in entries]

    # --- drafts -----------------------------------------------------------------------------------

    async def drafts(self, actor: Actor, conversation_id: int) -> list[Draft]:
        """Return what this user left in the composer of a conversation."""
        async with self._database.tenant(actor.tenant_id) as conn:
            await require_readable(conn, actor, conversation_id)
            rows = await _queries.list_drafts(
                conn,
                tenant_id=actor.tenant_id,
                conversation_id=conversation_id,
                user_id=actor.require_user(),
            )
        return [Draft(kind=row["kind"], text=row["text"], updated_at_ms=row["updated_at_ms"]) for row in rows]

    async def keep_draft(self, actor: Actor, conversation_id: int, write: DraftWrite) -> Draft:
        """Keep what is in the composer; an empty text removes it.

        Raises:
            BadInput: the kind is unknown or the text too long.
        """
        if write.kind not in DRAFT_KINDS:
            raise BadInput(f"kind is {write.kind!r}; allowed are {', '.join(DRAFT_KINDS)}", field="kind")
        if len(write.text) > DRAFT_CHARACTERS_MAX:
            raise BadInput(f"text is {len(write.text)} characters, limit {DRAFT_CHARACTERS_MAX}")
        text = write.text.replace("\x00", "")
        place = {
            "tenant_id": actor.tenant_id,
            "conversation_id": conversation_id,
            "user_id": actor.require_user(),
            "kind": write.kind,
        }
        at_ms = now_ms()
        async with self._database.tenant(actor.tenant_id) as conn:
            await require_readable(conn, actor, conversation_id)
            if text:
                await _queries.keep_draft(conn, **place, text=text, now_ms=at_ms)
            else:
                await _queries.drop_draft(conn, **place)
        return Draft(kind=write.kind, text=text, updated_at_ms=at_ms)


async def _page(conn: Conn, actor: Actor, view: str, narrowed: Filter, page: dict[str, int]) -> list[Any]:
    """Return ids and sort keys of one page of a narrowed view."""
    if view not in VIEWS:
        raise BadInput(f"view is {view!r}; allowed are {', '.join(VIEWS)}", field="view")
    sight = await sight_of(conn, actor)
    if narrowed.words.strip():
        return await _find(conn, actor, sight, narrowed, page)
    return await _rows(conn, actor, sight, view, narrowed, page)


async def _rows(
    conn: Conn, actor: Actor, sight: Sight, view: str, narrowed: Filter, page: dict[str, int]
) -> list[Any]:
    """Return ids and sort keys of one page of a view."""
    own = {"tenant_id": actor.tenant_id, "user_id": sight.user_id, "late_ms": LATE_MS}
    own |= page | narrowed.columns
    if view in _OWN:
        works, is_waiting = _OWN[view]
        return list(await _queries.list_own(conn, works=works, is_waiting=is_waiting, **own))
    if view == "mentions":
        return list(await _queries.list_mentioned(conn, **own))
    never_ms = 2**62
    filters: dict[str, Any] = {"states": _OPEN, "since_ms": never_ms, "works": None, "within": None}
    filters |= {"is_unassigned": False}
    match view:
        case "unassigned":
            filters |= {
                "states": ["open", "pending"],
                "works": ["new", "queued", "offered", "failed"],
                "is_unassigned": True,
            }
        case "my_queues":
            filters |= {"within": sight.queue_ids}
        case "missed":
            filters |= {"states": [], "since_ms": now_ms() - MISSED_MS, "works": ["abandoned"]}
        case _:
            filters |= {"since_ms": now_ms() - RECENT_MS}
    return list(await _queries.list_conversations(conn, **filters, **own, **_of(sight, but="user_id")))


async def _find(conn: Conn, actor: Actor, sight: Sight, narrowed: Filter, page: dict[str, int]) -> list[Any]:
    """Return ids and sort keys of conversations that hold the words."""
    if page["grp"] == START[0]:
        page = page | {"key": -(2**62)}
    terms = search_query(narrowed.words) or "'\x01'"  # punctuation alone is in no text
    rows = await _queries.find_conversations(
        conn,
        tenant_id=actor.tenant_id,
        pattern=like_pattern(narrowed.words),
        terms=terms,
        **narrowed.columns,
        **_of(sight),
        **page,
    )
    return list(rows)


def _of(sight: Sight, but: str = "") -> dict[str, Any]:
    """Return the parameters that filter by what the actor sees."""
    found = {
        "user_id": sight.user_id,
        "is_everything": sight.is_everything,
        "queue_ids": sight.queue_ids,
    }
    found.pop(but, None)
    return found
