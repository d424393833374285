"""What a batch of 100 messages costs in Python before it goes to PostgreSQL. Unit: microseconds a batch.

Floor: building the same number of plain tuples, which no writer can do without.
"""

from __future__ import annotations

import uuid
from typing import Any

import msgspec
import pytest

from ucc.conversations.entries import Item, Signer, entry_of_item
from ucc.conversations.plain import Due, Glimpse, Glimpses, moves_of
from ucc.conversations.policies import Policy
from ucc.domain.events import EntryAdded, StreamEvent, encode
from ucc.domain.states import Author
from ucc.kit.text import search_terms

BATCH = 100
TEXT = "Could you check it again please? 麻烦再查一下，谢谢。"


@pytest.fixture
def items() -> list[Item]:
    return [
        Item(conversation_id=number, author=Author.CONTACT, text=TEXT, client_id=str(uuid.uuid4()), at_ms=1)
        for number in range(BATCH)
    ]


def test_floor_tuples(benchmark: Any, items: list[Item]) -> None:
    benchmark(lambda: [(item.conversation_id, item.client_id, item.text) for item in items])


def test_parameters_of_a_batch(benchmark: Any, items: list[Item]) -> None:
    entries = benchmark(
        lambda: msgspec.json.encode(moves_of(items, dict.fromkeys(range(BATCH), Due()), lambda: 7)[1])
    )
    assert entries.count(b'"terms"') == BATCH


def test_judging_which_messages_are_plain(benchmark: Any, items: list[Item]) -> None:
    glimpses = Glimpses()
    for item in items:
        glimpses.note(item.conversation_id, Glimpse(3, is_answered=True, is_waiting=False))
    policies = {3: Policy(name="sales", first_response_s=60, next_response_s=120)}
    assert len(benchmark(lambda: glimpses.plain(items, policies, 1_000))) == BATCH


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
                    event=EntryAdded(entry=entry_of_item(item, seq=number, interaction_id=9, signer=signer)),
                )
            )
            for number, item in enumerate(items)
        ]

    assert len(benchmark(frames)) == BATCH
