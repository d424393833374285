"""What a batch of 100 messages costs in Python before it goes to PostgreSQL. Unit: microseconds a batch.

Floor: building the same number of plain tuples, which no writer can do without.
"""

from __future__ import annotations

import uuid
from typing import Any

import pytest

from ucc.conversations.entries import Item, Signer, entry_of_item
from ucc.conversations.writer import Head, _columns
from ucc.domain.events import EntryAdded, StreamEvent, encode
from ucc.domain.states import Author
from ucc.kit.text import search_terms

BATCH = 100
TEXT = "Could you check it again please? 麻烦再查一下，谢谢。"
ROW = {
    "inbox_id": 7,
    "head_seq": 12,
    "interaction_id": 9,
    "queue_id": 3,
    "waiting_since_ms": None,
    "agent_seq": 4,
}


@pytest.fixture
def items() -> list[Item]:
    return [
        Item(conversation_id=number, author=Author.CONTACT, text=TEXT, client_id=str(uuid.uuid4()), at_ms=1)
        for number in range(BATCH)
    ]


def test_floor_tuples(benchmark: Any, items: list[Item]) -> None:
    benchmark(lambda: [(item.conversation_id, item.client_id, item.text) for item in items])


def test_columns_of_a_batch(benchmark: Any, items: list[Item]) -> None:
    heads = {item.conversation_id: Head(ROW) for item in items}
    columns = benchmark(lambda: _columns(items, list(range(BATCH)), heads, {}))
    assert len(columns["texts"]) == BATCH


def test_search_terms_of_a_batch(benchmark: Any) -> None:
    assert benchmark(lambda: [search_terms(TEXT) for _ in range(BATCH)])[0]


def test_frames_of_a_batch(benchmark: Any, items: list[Item]) -> None:
    signer = Signer(b"secret", 0)

    def frames() -> list[bytes]:
        return [
            encode(
                StreamEvent(
                    stream="conversation:1",
                    seq=number,
                    event=EntryAdded(
                        entry=entry_of_item(item, id=1, seq=number, interaction_id=9, signer=signer)
                    ),
                )
            )
            for number, item in enumerate(items)
        ]

    assert len(benchmark(frames)) == BATCH
