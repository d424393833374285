"""What an owner's parts share: a command on its way, the ground shards stand on, and how ownership ends."""

from __future__ import annotations

import asyncio
from typing import Protocol
from uuid import UUID

import msgspec

from ucc.domain.engine import Outcome
from ucc.kit.bus import Bus
from ucc.kit.db import Database
from ucc.kit.tasks import Tasks
from ucc.routing.projector import RoutingProjector
from ucc.routing.streams import ListHints

encode = msgspec.msgpack.Encoder().encode


class Fenced(Exception):
    """Another owner wrote where this one wanted to write; this one is owner no more."""


class Withdrawn(Exception):
    """A stored command of the batch was taken back by whoever waited for it; read the table again."""


class NotOwner(Exception):
    """This node does not own the shard (any more); nothing was carried out."""


class Work:
    """One command on its way through the owner."""

    __slots__ = ("answer", "command", "command_id", "row_id", "seen_seq", "tenant_id")

    def __init__(
        self,
        tenant_id: int,
        command: bytes,
        *,
        answer: asyncio.Future[Outcome] | None = None,
        command_id: UUID | None = None,  # its answer is stored too
        row_id: int | None = None,  # it waits in the table
        seen_seq: int | None = None,  # of an ending: the conversation's last entry the agent had seen
    ) -> None:
        self.tenant_id = tenant_id
        self.command = command
        self.answer = answer
        self.command_id = command_id
        self.row_id = row_id
        self.seen_seq = seen_seq

    @property
    def is_answered(self) -> bool:
        """Say whether nobody waits (any more)."""
        return self.answer is None or self.answer.done()

    def resolve(self, outcome: Outcome) -> None:
        """Answer whoever waits."""
        if self.answer is not None and not self.answer.done():
            self.answer.set_result(outcome)

    def fail(self, error: Exception) -> None:
        """Tell whoever waits that it was not, or perhaps not, carried out."""
        if self.answer is not None and not self.answer.done():
            self.answer.set_exception(error)


class HeldLease(Protocol):
    """What a shard asks of the lease."""

    node_id: int

    @property
    def is_held(self) -> bool:
        """Say whether this node may act as owner now."""


class Ground:
    """What all shards of a node stand on."""

    def __init__(
        self,
        db: Database,
        bus: Bus,
        tasks: Tasks,
        lease: HeldLease,
        projector: RoutingProjector,
        *,
        transactions_max: int,
    ) -> None:
        self.db = db
        self.bus = bus
        self.tasks = tasks
        self.lease = lease
        self.projector = projector
        self.hints = ListHints(bus)
        self.transactions = asyncio.Semaphore(transactions_max)
        self.wants_snapshot: asyncio.Queue[int] = asyncio.Queue()
