"""The engine's snapshot as Structs, to read a state and to ask of one that is a little different.

The records are those of snapshot.rs, state.rs, plan.rs and clocks.rs in router-rs/core/src, field by field;
tests compare the bytes.
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from ucc.domain.engine import AnyCondition, SetAgent, SetPlan, SetQueue, SkillLevel


class QueueState(msgspec.Struct, array_like=True):
    """A queue's policy and what time has made of it."""

    config: SetQueue
    is_open: bool
    boundary: int
    unstaffed_at_ms: int | None
    is_unstaffed: bool
    gaps_ms: list[int]
    answered_ms: int
    busy_since_ms: int
    share_ms: int = 0


class PlanState(msgspec.Struct, array_like=True):
    """An agent's shifts and breaks, and what time has made of them."""

    config: SetPlan
    shift_ends_ms: int | None  # of the shift that runs or comes next
    break_starts_ms: int | None  # of the next break; None while one runs
    break_ends_ms: int | None  # of the break that runs
    kept_as: str | None  # the reason of the break that runs, if it took the agent off queue


class AgentState(msgspec.Struct, array_like=True):
    """An agent's configuration and presence."""

    config: SetAgent
    session: str
    status: str
    reason: str | None
    next_status: str | None
    next_reason: str | None
    is_blocked: bool
    since_ms: int
    idle_since_ms: int
    lost_at_ms: int | None
    turn: int = 0
    had: int = 0  # by weight
    plan: PlanState | None = None  # shifts and breaks, where any are planned


class ClockState(msgspec.Struct, array_like=True):
    """An SLA clock that is neither met nor breached; left is open time, in milliseconds."""

    clock: str
    target_ms: int
    pauses: list[str]
    is_paused: bool
    since_ms: int  # since when it runs or stands
    left_ms: int  # until the breach, as of then
    warn_left_ms: int | None  # until the warning, as of then
    warn_at_ms: int | None
    breach_at_ms: int | None


class WorkState(msgspec.Struct, array_like=True):
    """One live interaction."""

    interaction: int
    queue: int
    medium: str
    units: int
    priority: int
    requirement: list[SkillLevel]
    arrived_ms: int
    queued_ms: int
    deadline_ms: int
    order: int
    preferred_agent: int | None
    preferred_until_ms: int | None
    is_abandonable: bool
    parent: int | None
    child: int | None
    originator: int | None
    return_at_ms: int | None
    sla_at_ms: int | None
    overflow_at_ms: int | None
    is_overdue: bool
    named_agent: int | None
    stage: str
    holder: int | None
    until_ms: int | None
    epoch: int
    excluded: list[tuple[int, int]]
    is_contact_lost: bool
    abandon_at_ms: int | None
    visited: list[int]
    condition: AnyCondition | None = None
    step: int = 0
    relax_at_ms: int | None = None
    clocks: list[ClockState] = []
    is_answered: bool = False  # an agent has written and the contact has not since
    also: list[int] = []  # at whom else the offer rings
    is_broadcast: bool = False
    bond: str | None = None  # of a consult or a seat in a conference
    consult_until_ms: int | None = None
    seats: list[int] = []  # of its conference, the longest taken first
    is_held: bool = False
    is_dialled: bool = False  # a callback: its contact is dialled by whoever has it
    tries: int = 0  # how often that was in vain

    @property
    def is_waiting(self) -> bool:
        """Waits in the order of its queue; what rings for a named agent never does."""
        return self.stage == "queued" and self.named_agent is None

    @property
    def holders(self) -> list[int]:
        """Whom it rings at, or who has it."""
        return self.also if self.holder is None else [self.holder, *self.also]

    @property
    def place(self) -> tuple[int, int]:
        """What orders it, least first."""
        return (self.deadline_ms, self.order)


class Snapshot(msgspec.Struct, array_like=True):
    """Everything an engine is. Work is decoded when it is asked for: there may be very much of it."""

    version: int
    now_ms: int
    next_order: int
    epoch: int
    queues: list[QueueState]
    agents: list[AgentState]
    interactions: list[msgspec.Raw]
    next_turn: int = 1
    passed: int = 0  # what the latest agent by weight had had

    def queue(self, queue_id: int) -> QueueState | None:
        """Return a queue, None if the engine does not know it."""
        return next((one for one in self.queues if one.config.queue == queue_id), None)

    def work(self) -> Iterator[WorkState]:
        """Yield all live work by id."""
        return map(_decode_work, self.interactions)


decode_snapshot = msgspec.msgpack.Decoder(Snapshot).decode
encode_snapshot = msgspec.msgpack.Encoder().encode
_decode_work = msgspec.msgpack.Decoder(WorkState).decode
