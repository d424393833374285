"""A batch moves a head as its entries would one after the other."""

from __future__ import annotations

import random
from itertools import count

import pytest

from ucc.conversations.entries import Item
from ucc.conversations.plain import Clock, Due, HeadMove, moves_of
from ucc.domain.states import Author, EntryKind

NOW = 1_000


def step(head: dict[str, object], item: Item, due: Due) -> None:
    """Move a head by one entry."""
    head["head_seq"] = int(str(head["head_seq"])) + 1
    if item.kind != EntryKind.MESSAGE:
        return
    head["last_text"], head["last_author"] = item.text, item.author
    if item.author == Author.AGENT:
        head |= {"agent_seq": head["head_seq"], "waiting_since_ms": None, "due_at_ms": None}
    elif item.author == Author.CONTACT:
        head["contact_seq"] = head["head_seq"]
        if head["waiting_since_ms"] is None:
            head |= {"waiting_since_ms": NOW, "due_at_ms": due.at_ms}


def at_once(head: dict[str, object], move: HeadMove) -> None:
    """Move a head as write_entries does."""
    base = int(str(head["head_seq"]))
    head["head_seq"] = base + move.count
    for name, nth in (("contact_seq", move.contact_nth), ("agent_seq", move.agent_nth)):
        if nth is not None:
            head[name] = base + nth
    starts = move.clock == Clock.START and head["waiting_since_ms"] is None
    if starts or move.clock == Clock.RESTART:
        head |= {"waiting_since_ms": NOW, "due_at_ms": move.due_at_ms}
    elif move.clock == Clock.STOP:
        head |= {"waiting_since_ms": None, "due_at_ms": None}
    if move.author is not None:
        head |= {"last_text": move.preview, "last_author": move.author}


@pytest.mark.parametrize("seed", range(200))
def test_a_batch_moves_a_head_as_its_entries_would(seed: int) -> None:
    dice = random.Random(seed)
    items = [
        Item(
            conversation_id=dice.randrange(3),
            author=dice.choice([Author.CONTACT, Author.AGENT, Author.BOT]),
            kind=dice.choice([EntryKind.MESSAGE, EntryKind.MESSAGE, EntryKind.NOTE]),
            text=f"text {number}",
        )
        for number in range(dice.randrange(1, 12))
    ]
    dues = {place: Due(2_000 + place) for place in range(len(items))}
    ids = count(1)
    moves, entries = moves_of(items, dues, lambda: next(ids))
    for conversation_id, move in moves.items():
        waiting = dice.choice([None, 5])
        head: dict[str, object] = {
            "head_seq": 7, "contact_seq": 3, "agent_seq": 2, "waiting_since_ms": waiting,
            "due_at_ms": None if waiting is None else 9, "last_text": "before", "last_author": Author.SYSTEM,
        }  # fmt: skip
        one_by_one = dict(head)
        at_once(head, move)
        for place, item in enumerate(items):
            if item.conversation_id == conversation_id:
                step(one_by_one, item, dues[place])
        assert head == one_by_one
        own = [entry for entry in entries if entry.conversation_id == conversation_id]
        assert [entry.nth for entry in own] == list(range(1, move.count + 1))
    assert [entry.id for entry in entries] == list(range(1, len(items) + 1))
