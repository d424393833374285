"""Which messages may be written in one round trip: what was last seen of their conversations' heads."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from enum import StrEnum
from typing import NamedTuple

import msgspec

from ucc.conversations.entries import Body, Item, body_of
from ucc.conversations.policies import Policy
from ucc.conversations.rules import preview
from ucc.domain.states import Author, EntryKind
from ucc.kit.text import search_terms

GLIMPSES_MAX = 100_000


class Glimpse(NamedTuple):
    """A head as the last write saw it; the statement that builds on it checks that it still holds."""

    queue_id: int | None
    is_answered: bool  # an agent has written before
    is_waiting: bool  # the contact waits for an answer


class Due(NamedTuple):
    """When an answer is due, and for which head that was computed; all None: the clock runs already."""

    at_ms: int | None = None
    queue_id: int | None = None
    is_first: bool | None = None


_RUNNING = Due()


class Glimpses:
    """The last glimpse of each conversation this node wrote to."""

    def __init__(self) -> None:
        self._seen: dict[int, Glimpse] = {}

    def note(self, conversation_id: int, glimpse: Glimpse) -> None:
        """Remember a head as it is after a write."""
        if len(self._seen) >= GLIMPSES_MAX:
            self._seen.clear()
        self._seen[conversation_id] = glimpse

    def plain(self, items: list[Item], policies: dict[int, Policy], at_ms: int) -> dict[int, Due]:
        """Return the places of the items that may be written at once, each with its due time.

        A conversation is left out whole when one of its items needs more than being stored, comes twice,
        or answers another of them: the long way keeps their order.
        """
        found: dict[int, Due] = {}
        authors: dict[int, str] = {}
        spoilt: set[int] = set()
        names = Counter(item.client_id for item in items)
        for place, item in enumerate(items):
            due = self._due(item, policies, at_ms)
            author = authors.setdefault(item.conversation_id, item.author)
            if due is None or author != item.author or names[item.client_id] > 1:
                spoilt.add(item.conversation_id)
            else:
                found[place] = due
        if spoilt:
            found = {place: due for place, due in found.items() if items[place].conversation_id not in spoilt}
        return found

    def _due(self, item: Item, policies: dict[int, Policy], at_ms: int) -> Due | None:
        """Return the due time of a plain message; None: it is none, or too little is known."""
        if item.kind != EntryKind.MESSAGE or item.client_id is None or item.attachment_ids or item.mentions:
            return None
        if item.author == Author.AGENT:
            return _RUNNING
        seen = self._seen.get(item.conversation_id)
        if item.author != Author.CONTACT or seen is None:
            return None
        if seen.is_waiting:
            return _RUNNING
        policy = policies.get(seen.queue_id or 0)
        if policy is None:
            return None
        due_ms = policy.due_ms(at_ms, is_first=not seen.is_answered)
        return Due(due_ms, seen.queue_id, not seen.is_answered)


class Clock(StrEnum):
    """What a batch does to the clock of a contact who waits for an answer."""

    START = "start"  # unless it runs
    RESTART = "restart"  # an agent wrote, then the contact
    STOP = "stop"


class NewEntry(msgspec.Struct, omit_defaults=True, gc=False):
    """One entry for write_entries; the names are those of its record."""

    conversation_id: int
    nth: int  # from 1, behind the head
    id: int
    kind: EntryKind
    author: Author
    text: str
    terms: str | None = None
    user_id: int | None = None
    external_id: str | None = None
    interaction_id: int | None = None
    body: Body | None = None


class MovedHead(msgspec.Struct, gc=False):
    """What write_entries and write_threads give of a head that moved."""

    conversation_id: int
    base_seq: int  # its last entry before
    interaction_id: int | None
    queue_id: int | None
    is_answered: bool
    is_waiting: bool
    is_changed: bool = False  # its clock or its work, by entries
    is_turned: bool = False  # routing has commands to read


class HeadMove(msgspec.Struct, omit_defaults=True, gc=False):
    """What the entries of a batch do to one conversation's head, for write_entries."""

    conversation_id: int
    count: int = 0
    contact_nth: int | None = None  # the contact's last message
    agent_nth: int | None = None
    clock: Clock | None = None
    due_at_ms: int | None = None
    preview: str | None = None  # of the last message
    author: Author | None = None
    due_queue: int | None = None
    due_first: bool | None = None
    said_by: list[int] = []  # agents whose messages these are, or for whom they were written

    def add(self, item: Item, due: Due) -> None:
        """Count one more entry."""
        self.count += 1
        if item.kind != EntryKind.MESSAGE:
            return
        self.preview = preview(item.text) or ", ".join(file.name for file in item.files)[:80]
        self.author = item.author
        if item.author == Author.AGENT:
            self.agent_nth = self.count
            self.clock, self.due_at_ms = Clock.STOP, None
            if item.user_id is not None:
                self.said_by = [*self.said_by, item.speaks_for or item.user_id]
        elif item.author == Author.CONTACT:
            self.contact_nth = self.count
            if self.clock is None or self.clock == Clock.STOP:
                self.clock = Clock.START if self.clock is None else Clock.RESTART
                self.due_at_ms, self.due_queue, self.due_first = due


def moves_of(
    items: list[Item], dues: dict[int, Due], ids: Callable[[], int]
) -> tuple[dict[int, HeadMove], list[NewEntry]]:
    """Return what write_entries takes of the items at these places, in their order; each gets its id."""
    heads: dict[int, HeadMove] = {}
    entries: list[NewEntry] = []
    for place, due in dues.items():
        item = items[place]
        head = heads.get(item.conversation_id)
        if head is None:
            head = heads[item.conversation_id] = HeadMove(item.conversation_id)
        head.add(item, due)
        item.id = ids()
        entries.append(
            NewEntry(
                item.conversation_id,
                head.count,
                item.id,
                item.kind,
                item.author,
                item.text,
                " ".join(search_terms(item.text)) or None,
                item.user_id,
                item.client_id,
                item.interaction_id,
                body_of(item),
            )
        )
    return heads, entries
