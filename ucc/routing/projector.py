"""Writes what a batch of facts means for screens and reports, in the transaction that journals it.

A batch that is whole by itself is two statements: `read_batch` reads all that the folds need, `carry_batch`
journals it and writes all that they found. Any other is two between BEGIN and COMMIT, `append_batch` and
`write_batch` (docs/decisions/0007-a-routing-batch.md).
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import cache
from typing import Any, Protocol

import msgspec

from ucc.domain.engine import (
    AnyCommand,
    AnyFact,
    ContactWrote,
    End,
    Enqueue,
    InteractionQueued,
    Outcome,
    PlanSet,
    SetPlan,
    decode_commands,
)
from ucc.domain.engine import InteractionOffered as OfferFact
from ucc.domain.engine import PlannedBreak as BreakFact
from ucc.domain.events import (
    AnyEvent,
    Event,
    InteractionChanged,
    InteractionOffered,
    OfferEnded,
    PresenceMoved,
    SlaAlerted,
)
from ucc.domain.people import PlannedBreak, Presence
from ucc.domain.states import Bond, InteractionState, OfferState, OffQueueReason
from ucc.kit.bus import Publication
from ucc.kit.db import Conn
from ucc.routing import store
from ucc.routing.journal import Decided
from ucc.routing.lease import HELD_MS
from ucc.routing.projection import QUIET, Projection, subjects_of
from ucc.routing.store import AgentRow, InteractionRow, OfferRow, WorkRead, queries, read_work
from ucc.routing.streams import Told

# Another room's part of the append's transaction: (conn, tenant, now_ms, [(seq, fact)]) → publications.
Projector = Callable[[Conn, int, int, list[tuple[int, AnyFact]]], Awaitable[list[Publication]]]

LOADED = frozenset(
    {
        InteractionState.ACTIVE,
        InteractionState.HELD,
        InteractionState.IN_FLOW,
        InteractionState.CONNECTING,
        InteractionState.WRAPPING,
    }
)
_PARTS = (
    "interactions",
    "presences",
    "plans",
    "segments_of",
    "ended",
    "offers",
    "segments",
    "alerts",
)  # of write_batch's `work`
_AGENTS = ("agent", "previous_agent")  # fields of facts that name agents …
_NAMED = ("originator", "named_agent")  # of whom the name alone is told
_QUEUES = ("queue", "to_queue")  # … and queues


class Batch(msgspec.Struct, frozen=True, kw_only=True):
    """What the engine made of a batch."""

    tenant_id: int
    at_ms: int
    facts: list[tuple[int, AnyFact]]  # each with its command's place in the journal
    unneeded: dict[int, InteractionState]  # interactions that stood ready and end so
    refused: list[tuple[AnyCommand, str]]
    seen: dict[int, int] = {}  # of the work that was ended here, the last entry its agent had seen

    @classmethod
    def of(cls, tenant_id: int, first_seq: int, decided: Decided, seen: list[int | None]) -> Batch:
        """Return what was decided; `first_seq` is the first command's place, `seen` is said with each."""
        commands = decode_commands(decided.commands)
        unneeded, refused = unneeded_of(commands, decided.outcomes)
        return cls(
            tenant_id=tenant_id,
            at_ms=decided.at_ms,
            facts=[
                (first_seq + place, fact)
                for place, outcome in enumerate(decided.outcomes)
                for fact in outcome.facts
            ],
            unneeded=unneeded,
            refused=refused,
            seen={
                command.interaction: seq
                for command, outcome, seq in zip(commands, decided.outcomes, seen, strict=True)
                if seq is not None and outcome.refusal is None and isinstance(command, End)
            },
        )

    def reading(self) -> dict[str, list[int]]:
        """Return what append_batch is to read so that the folds know enough."""
        about: dict[int, None] = {}
        interactions = {*self.unneeded}
        agents: set[int | None] = set()
        named: set[int | None] = set()
        children = []
        for _, fact in self.facts:
            subjects = subjects_of(fact)
            about.update(dict.fromkeys(subjects))
            if type(fact) in QUIET:
                continue
            interactions.update(subjects)
            of_agents, of_others = _naming(type(fact))
            agents.update([getattr(fact, name) for name in of_agents])
            named.update([getattr(fact, name) for name in of_others])
            match fact:
                case OfferFact():
                    named.update([skill for skill, _ in fact.why.requirement])
                case InteractionQueued() if fact.parent is not None:
                    children.append(fact.interaction)
                case PlanSet():
                    agents.add(fact.config.agent)
        return {
            "about": [*about],
            "interaction_ids": sorted(interactions),
            "children": children,
            "agent_ids": sorted(one for one in agents if one is not None),
            "named_ids": sorted(one for one in named | agents if one is not None),
        }


@cache
def _naming(kind: type[AnyFact]) -> tuple[list[str], list[str]]:
    """Return the fields by which facts of this kind name agents, and whom or what they name besides."""
    fields = kind.__struct_fields__
    return [one for one in _AGENTS if one in fields], [one for one in (*_NAMED, *_QUEUES) if one in fields]


class Surroundings(msgspec.Struct, frozen=True):
    """What was read for routing and is of use to others."""

    conversations: dict[int, int]  # of the interactions that have one
    names: dict[int, str]  # of the agents and queues that the facts name
    bonds: dict[int, Bond]  # of the interactions that were work of our own before the batch
    queues: dict[int, int]  # where each interaction is now


class ThreadsChange(Protocol):
    """What a batch means for conversations."""

    @property
    def write(self) -> Any:
        """Return what write_batch is given as `threads`; None: nothing is to be written."""

    @property
    def is_whole(self) -> bool:
        """Say whether this write is all there is to do."""

    async def finish(self, conn: Conn) -> None:
        """Do what is seldom needed, in the same transaction."""

    def publications(self, lines: str | None) -> list[Publication]:
        """Return what to publish after the commit; `lines` is what write_batch gave."""

    def committed(self) -> None:
        """Tell what is told by other ways than publications."""


class Threads(Protocol):
    """The conversations' fold; that room hands it in."""

    def fold(self, batch: Batch, around: Surroundings, read: str | None) -> ThreadsChange:
        """Return what the batch means, given what append_batch read of the conversations it concerns."""

    def rehearsal(self) -> Any:
        """Return what write_batch may be given as `threads` to run every step and change nothing."""


class Meaning:
    """What a batch means: what is to be written, and what is told once it is committed."""

    def __init__(
        self, batch: Batch, change: Projection, work: WorkRead, threads: ThreadsChange | None
    ) -> None:
        self.batch = batch
        self.change = change
        self.threads = threads
        self.publications: list[Publication] = []
        # Interactions and agents whose rows it was folded from.
        self.concerns = {row.id for row in work.interactions} | {agent.agent_id for agent in work.agents}
        self._told = Told(_events(change, work))

    @property
    def is_whole(self) -> bool:
        """Say whether it is all written by one statement."""
        return self.threads is None or self.threads.is_whole

    def written(self) -> dict[str, Any]:
        """Return what write_batch and carry_batch are given."""
        return {
            "work": _written(self.change),
            "threads": None if self.threads is None else self.threads.write,
            **self._told.stored(),
        }

    def stored(self, row: Any) -> None:
        """Note what write_batch gave: where the events and the lines of logs stand."""
        self.publications += self._told.publications(self.batch.tenant_id, row["heads"])
        if self.threads is not None:
            self.publications += self.threads.publications(row["lines"])

    def lists(self) -> set[str]:
        """Return the lists that are not what they were."""
        found: set[str] = set()
        if self.change.touched or self.change.alerts:
            found |= {"views", "queues"}
        if self.change.presences or self.change.loads:
            found |= {"presence", "queues"}
        if self.change.queues:
            found.add("queues")
        return found

    def committed(self) -> None:
        """Tell what is no publication."""
        if self.threads is not None:
            self.threads.committed()


class RoutingProjector:
    """Keeps interaction, offer, presence, segment and the agents' streams; conversations do theirs beside."""

    def __init__(self) -> None:
        self._threads: Threads | None = None
        self._others: list[Projector] = []

    def attach(self, threads: Threads) -> None:
        """Let conversations follow in the same two statements."""
        self._threads = threads

    def add(self, projector: Projector) -> None:
        """Run a projector with statements of its own in the same transaction, at its end."""
        self._others.append(projector)

    async def rehearse(self, conn: Conn, key: int) -> None:
        """Run the statements of a batch on nothing, in a transaction that the caller rolls back.

        PostgreSQL plans the steps of a function when a connection first runs them: a tenth of a second that a
        take-over would wait for. `key` is nobody else's, so that two rehearsals never wait for each other.
        """
        append: dict[str, Any] = {
            **{"tenant_id": 0, "shard": -1, "first_seq": key, "node_id": key},
            **{"rules_version": 0, "at_ms": 0, "commands": b"", "facts": b"", "count": 0, "previous_seq": 0},
            **{name: [] for name in ("about", "row_ids", "answer_ids", "refusals")},
        }
        needs = {name: [0] for name in ("interaction_ids", "agent_ids", "named_ids")}
        written: dict[str, Any] = {
            "work": {name: [] for name in _PARTS},
            "threads": None if self._threads is None else self._threads.rehearsal(),
            **{"streams": [key], "counts": [1], "agent_ids": [key], "behind": [0], "events": [b""]},
        }
        await queries.read_batch(conn, tenant_id=0, **needs)
        await queries.carry_batch(conn, **append, **written)
        append["first_seq"] = key + 1
        await queries.append_batch(conn, **append, **needs, children=[], idle_ms_max=str(HELD_MS))
        await queries.write_batch(conn, tenant_id=0, at_ms=0, **written)

    @property
    def is_alone(self) -> bool:
        """Say whether nobody has statements of their own in the transaction of a batch."""
        return not self._others

    def fold(self, batch: Batch, read: Any) -> Meaning:
        """Return what a batch means; `read` is the row of append_batch or read_batch."""
        work = read_work(read["work"])
        bonds = {row.id: row.bond for row in work.interactions if row.bond is not None}
        change = _folded(batch, work)
        threads = None
        if self._threads is not None:
            conversations = {
                row.id: row.conversation_id for row in work.interactions if row.conversation_id is not None
            }
            queues = {row.id: row.queue_id for row in work.interactions if row.queue_id is not None}
            around = Surroundings(conversations, work.names, bonds, queues)
            threads = self._threads.fold(batch, around, read["threads"])
        return Meaning(batch, change, work, threads)

    async def project(self, conn: Conn, batch: Batch, read: Any) -> Meaning:
        """Write everything a batch means, in the transaction of append_batch, which gave `read`."""
        done = self.fold(batch, read)
        written = done.written()
        if written["work"] or written["threads"] is not None or written["events"]:
            row = await queries.write_batch(conn, tenant_id=batch.tenant_id, at_ms=batch.at_ms, **written)
            done.stored(row)
        if done.threads is not None:
            await done.threads.finish(conn)
        for projector in self._others:
            done.publications += await projector(conn, batch.tenant_id, batch.at_ms, batch.facts)
        return done


def unneeded_of(
    commands: list[AnyCommand], outcomes: list[Outcome]
) -> tuple[dict[int, InteractionState], list[tuple[AnyCommand, str]]]:
    """Return interactions prepared for these commands that the engine did not take, and what was refused.

    The writer of a message stores the row of `otherwise` up front; when the old work was kept alive the row
    is cancelled, when the engine refused it (queue full, queue gone) the work failed.
    """
    unneeded: dict[int, InteractionState] = {}
    refused: list[tuple[AnyCommand, str]] = []
    for command, outcome in zip(commands, outcomes, strict=True):
        if outcome.refusal is not None:
            refused.append((command, outcome.refusal))
        prepared = command.otherwise if isinstance(command, ContactWrote) else command
        if not isinstance(prepared, Enqueue) or prepared.interaction == 0:  # 0: whose turn it is, no more
            continue
        queued = {fact.interaction for fact in outcome.facts if isinstance(fact, InteractionQueued)}
        if prepared.interaction not in queued and outcome.refusal != "interaction_exists":
            is_failed = outcome.refusal is not None
            unneeded[prepared.interaction] = (
                InteractionState.FAILED if is_failed else InteractionState.CANCELLED
            )
    return unneeded, refused


def _folded(batch: Batch, work: WorkRead) -> Projection:
    """Return what the facts make of the rows as they were before the batch."""
    change = Projection(
        at_ms=batch.at_ms,
        rows={row.id: row for row in work.interactions},
        ringing={(offer.interaction_id, offer.agent_id): offer for offer in work.ringing},
    )
    for seq, fact in batch.facts:
        change.fold(seq, fact)
    for interaction_id, state in batch.unneeded.items():
        change.fail(interaction_id, state)
    for offer in change.made:
        assert offer.fact_why is not None
        offer.why = store.worded(offer.fact_why, work.names, is_broadcast=offer.is_broadcast)
    return change


def _written(change: Projection) -> dict[str, Any]:
    """Return what write_batch is given as `work`; what nothing is to be done about is left out."""
    parts: tuple[list[Any], ...] = (
        [change.rows[one] for one in sorted(change.touched)],
        [_presence(fact) for _, fact in sorted(change.presences.items())],
        [_plan(plan) for _, plan in sorted(change.plans.items())],
        sorted(change.segments),
        [_without_why(offer) for offer in _changed_once(change)],
        [_stored(offer) for offer in change.made],
        [
            {"interaction_id": interaction_id, "kind": begins[0], "agent_id": begins[1]}
            for interaction_id, begins in sorted(change.segments.items())
            if begins is not None
        ],
        [
            {"interaction_id": interaction_id, "clock": alert.clock, "kind": alert.kind}
            for interaction_id, alert in change.alerts
        ],
    )
    return {name: rows for name, rows in zip(_PARTS, parts, strict=True) if rows}


def _changed_once(change: Projection) -> list[OfferRow]:
    """Return each offer of earlier batches once: re-armed and ended in one batch is one change."""
    changed = [*change.rearmed, *change.ended]
    return list({(offer.interaction_id, offer.epoch, offer.agent_id): offer for offer in changed}.values())


def _presence(fact: object) -> dict[str, object]:
    return {"agent": getattr(fact, "agent", 0)} | _axes(fact)


def _plan(plan: SetPlan) -> dict[str, object]:
    breaks = [msgspec.structs.asdict(one) for one in plan.breaks]
    return {"agent": plan.agent, "shifts": plan.shifts, "breaks": breaks}


def _axes(one: object) -> dict[str, object]:
    names = ("session", "status", "reason", "next_status", "next_reason", "is_blocked", "since_ms")
    return {name: getattr(one, name) for name in names}


def _without_why(offer: OfferRow) -> dict[str, object]:
    names = ("interaction_id", "epoch", "agent_id", "state", "expires_at_ms", "ended_at_ms", "reason")
    return {name: getattr(offer, name) for name in names}


def _stored(offer: OfferRow) -> dict[str, object]:
    names = ("queue_id", "offered_at_ms", "why", "journal_seq")
    return _without_why(offer) | {name: getattr(offer, name) for name in names}


def _events(change: Projection, work: WorkRead) -> list[tuple[int, AnyEvent | Event]]:
    """Return what the agents' consoles are told, in the order they are to see it."""
    names = work.names
    events: list[tuple[int, AnyEvent | Event]] = []
    for offer in change.ended:
        card = offer.shown(change.rows[offer.interaction_id], names)
        events.append((offer.agent_id, OfferEnded(offer=card)))
    for interaction_id in sorted(change.told):
        changed = InteractionChanged(interaction=change.rows[interaction_id].shown())
        events.extend((agent_id, changed) for agent_id in sorted(change.told[interaction_id]))
    for interaction_id, alert in change.alerts:
        row = change.rows.get(interaction_id)
        if row is not None and row.agent_id is not None:
            told = SlaAlerted(interaction_id=row.id, conversation_id=row.conversation_id, alert=alert)
            events.append((row.agent_id, told))
    for offer in [*change.made, *change.rearmed]:
        if offer.state == OfferState.RINGING:
            card = offer.shown(change.rows[offer.interaction_id], names)
            events.append((offer.agent_id, InteractionOffered(offer=card)))
    moved = {*change.presences, *change.loads}
    loads: dict[int, list[InteractionRow]] = {}  # what each has in hand of the work that changed
    for interaction_id in change.touched:
        row = change.rows[interaction_id]
        if row.agent_id in moved and row.state in LOADED:
            loads.setdefault(row.agent_id, []).append(row)
    for agent in sorted(work.agents, key=lambda one: one.agent_id):
        if agent.agent_id in moved:
            presence = _shown(agent, change, loads.get(agent.agent_id, []))
            events.append((agent.agent_id, PresenceMoved(presence=presence)))
    return events


def _shown(agent: AgentRow, change: Projection, changed: list[InteractionRow]) -> Presence:
    """Return an agent's presence and load as they are after the batch; `changed` is in hand now."""
    in_hand = [
        (medium, units, state) for found, medium, units, state in agent.in_hand if found not in change.touched
    ]
    in_hand += [(row.medium, row.units, row.state) for row in changed]
    load: dict[str, int] = {}
    for medium, units, _ in in_hand:
        load[medium] = load.get(medium, 0) + units
    wrap_ups = sum(state == InteractionState.WRAPPING for _, _, state in in_hand)
    plan = change.plans.get(agent.agent_id)
    coming = agent.next_break
    if plan is not None:
        coming = next((_break(one) for one in plan.breaks if one.to_ms > change.at_ms), None)
    shown = Presence(
        agent_id=agent.agent_id,
        session=agent.session,
        status=agent.status,
        reason=agent.reason,
        next_status=agent.next_status,
        next_reason=agent.next_reason,
        is_blocked=agent.is_blocked,
        since_ms=agent.since_ms,
        load=load,
        capacity=agent.capacity,
        wrap_ups=wrap_ups,
        next_break=coming,
    )
    moved = change.presences.get(agent.agent_id)
    return shown if moved is None else msgspec.convert(msgspec.structs.asdict(shown) | _axes(moved), Presence)


def _break(planned: BreakFact) -> PlannedBreak:
    return PlannedBreak(from_ms=planned.from_ms, to_ms=planned.to_ms, reason=OffQueueReason(planned.reason))
