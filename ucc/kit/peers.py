"""Which other nodes are heard, and whether a message of one of them is missing: pure, by their numbers."""

from __future__ import annotations

import msgspec

LOST_MS = 1_500  # six heartbeats

Wire = tuple[int, str, int, msgspec.Raw]  # tenant, stream, seq, payload


class Message(msgspec.Struct, frozen=True, array_like=True):
    """What goes over NATS: a node's publications under its number; none is a heartbeat."""

    node: str
    number: int
    publications: list[Wire] = []
    hints: list[str] = []
    is_leaving: bool = False


class _Peer(msgspec.Struct):
    number: int  # of its last message
    heard_ms: int


class Peers:
    """The other nodes of the cluster as this one hears them."""

    def __init__(self) -> None:
        self._peers: dict[str, _Peer] = {}

    def __len__(self) -> int:
        return len(self._peers)

    def hear(self, message: Message, now_ms: int) -> str | None:
        """Take note of a message; return why something may have been missed, or None."""
        if message.is_leaving:
            self._peers.pop(message.node, None)
            return None
        peer = self._peers.get(message.node)
        if peer is None:
            self._peers[message.node] = _Peer(message.number, now_ms)
            return "new_peer"
        expected = peer.number + 1 if message.publications else peer.number
        peer.number = message.number
        peer.heard_ms = now_ms
        return None if message.number == expected else "numbers"

    def forget(self, now_ms: int) -> bool:
        """Forget who fell silent; say whether anybody did."""
        lost = [name for name, peer in self._peers.items() if now_ms - peer.heard_ms > LOST_MS]
        for name in lost:
            del self._peers[name]
        return bool(lost)
