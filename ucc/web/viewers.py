"""Who has which conversation open: this node's consoles, and what other nodes say of theirs."""

from __future__ import annotations

import asyncio
from collections import Counter

from ucc.domain.events import ViewersChanged, ViewersSeen
from ucc.kit.bus import Bus, Publication
from ucc.kit.clock import monotonic_ms
from ucc.web.hub import Frames

BEAT_S = 20
FORGOTTEN_MS = 50_000  # of a node that says nothing any more

Key = tuple[int, int]  # tenant, conversation


class Viewers:
    """Adds up, per conversation, what each node says."""

    def __init__(self, bus: Bus) -> None:
        self._bus = bus
        self._here: dict[Key, Counter[int]] = {}
        self._elsewhere: dict[Key, dict[str, tuple[int, tuple[int, ...]]]] = {}

    def enter(self, tenant_id: int, conversation_id: int, user_id: int) -> None:
        """Note that a console opened a conversation."""
        self._here.setdefault((tenant_id, conversation_id), Counter())[user_id] += 1
        self._tell((tenant_id, conversation_id))

    def leave(self, tenant_id: int, conversation_id: int, user_id: int) -> None:
        """Note that a console turned to something else."""
        key = (tenant_id, conversation_id)
        users = self._here.get(key)
        if users is None:
            return
        users[user_id] -= 1
        if users[user_id] <= 0:
            del users[user_id]
        if not users:
            del self._here[key]
        self._tell(key)

    def _tell(self, key: Key) -> None:
        seen = ViewersSeen(
            conversation_id=key[1], node=self._bus.name, user_ids=sorted(self._here.get(key, ()))
        )
        self._bus.publish([Publication(key[0], f"conversation:{key[1]}", 0, seen)])

    def frames_of(self, tenant_id: int, seen: ViewersSeen) -> Frames:
        """Note what a node said and return the sum, for consoles."""
        key = (tenant_id, seen.conversation_id)
        if seen.node != self._bus.name:
            nodes = self._elsewhere.setdefault(key, {})
            if seen.user_ids:
                nodes[seen.node] = (monotonic_ms(), tuple(seen.user_ids))
            else:
                nodes.pop(seen.node, None)
            if not nodes:
                del self._elsewhere[key]
        users = set(self._here.get(key, ()))
        for _, others in self._elsewhere.get(key, {}).values():
            users.update(others)
        event = ViewersChanged(conversation_id=seen.conversation_id, user_ids=sorted(users))
        return Frames(f"conversation:{seen.conversation_id}", 0, event)

    async def keep(self) -> None:
        """Repeat what is so on this node, and forget nodes that fell silent, for ever."""
        while True:
            await asyncio.sleep(BEAT_S)
            before_ms = monotonic_ms() - FORGOTTEN_MS
            for key, nodes in list(self._elsewhere.items()):
                for node in [name for name, (heard_ms, _) in nodes.items() if heard_ms < before_ms]:
                    del nodes[node]
                if not nodes:
                    del self._elsewhere[key]
            for key in list(self._here):
                self._tell(key)
