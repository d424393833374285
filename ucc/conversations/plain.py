"""Which messages may be written in one round trip: what was last seen of their conversations' heads."""

from __future__ import annotations

from collections import Counter
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

    def note_written(self, item: Item, queue_id: int | None, *, is_answered: bool, is_waiting: bool) -> None:
        """Remember the head that `item` found so, as it is after `item`."""
        if item.kind == EntryKind.MESSAGE and item.author in _SPEAKERS:
            is_waiting = item.author == Author.CONTACT
            is_answered = is_answered or not is_waiting
        self.note(item.conversation_id, Glimpse(queue_id, is_answered, is_waiting))

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


_SPEAKERS = (Author.CONTACT, Author.AGENT)


class NewEntry(msgspec.Struct, omit_defaults=True):
    """One item of write_entries; the names are those of its record."""

    place: int
    conversation_id: int
    id: int
    kind: EntryKind
    author: Author
    text: str
    terms: str
    preview: str
    user_id: int | None = None
    external_id: str | None = None
    interaction_id: int | None = None
    body: Body | None = None
    due_at_ms: int | None = None
    due_queue: int | None = None
    due_first: bool | None = None


def new_entry(place: int, item: Item, due: Due) -> NewEntry:
    """Return what write_entries takes of an item; its row comes back under `place`."""
    return NewEntry(
        place,
        item.conversation_id,
        item.id,
        item.kind,
        item.author,
        item.text,
        " ".join(search_terms(item.text)),
        preview(item.text) or ", ".join(file.name for file in item.files)[:80],
        item.user_id,
        item.client_id,
        item.interaction_id,
        body_of(item),
        due.at_ms,
        due.queue_id,
        due.is_first,
    )
