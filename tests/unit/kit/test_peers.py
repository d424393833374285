"""Numbers of other nodes: every kind of hole is noticed, nothing else is."""

from __future__ import annotations

import msgspec
import pytest

from ucc.kit.peers import LOST_MS, Message, Peers

ONE = (1, "conversation:1", 1, msgspec.Raw(b"x"))


def say(number: int, *, beat: bool = False, node: str = "a") -> Message:
    return Message(node, number, [] if beat else [ONE])


@pytest.mark.parametrize(
    ("messages", "causes"),
    [
        ([say(1), say(2), say(2, beat=True), say(3)], ["new_peer", None, None, None]),
        ([say(0, beat=True), say(1)], ["new_peer", None]),
        ([say(5, beat=True), say(6)], ["new_peer", None]),
        ([say(1), say(3)], ["new_peer", "numbers"]),
        ([say(1), say(2, beat=True)], ["new_peer", "numbers"]),
        ([say(1), say(3), say(4)], ["new_peer", "numbers", None]),
        ([say(1), say(1, node="b"), say(2), say(2, node="b")], ["new_peer", "new_peer", None, None]),
    ],
)
def test_a_hole_in_the_numbers_is_noticed_once(messages: list[Message], causes: list[str | None]) -> None:
    peers = Peers()
    assert [peers.hear(message, 0) for message in messages] == causes


def test_who_leaves_is_no_gap_and_who_falls_silent_is() -> None:
    peers = Peers()
    peers.hear(say(1), 0)
    assert peers.hear(Message("a", 1, is_leaving=True), 1) is None
    assert len(peers) == 0
    peers.hear(say(1), 0)
    assert not peers.forget(LOST_MS)
    assert peers.forget(LOST_MS + 1)
    assert len(peers) == 0
    assert peers.hear(say(9), 0) == "new_peer"
