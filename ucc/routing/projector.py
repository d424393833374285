"""Writes what a batch of facts means for screens and reports, in the transaction that journals it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from ucc.domain.engine import (
    AnyCommand,
    AnyFact,
    ContactWrote,
    Enqueue,
    InteractionQueued,
    Outcome,
    decode_commands,
)
from ucc.domain.events import Event, InteractionChanged, InteractionOffered, OfferEnded, PresenceMoved
from ucc.domain.states import InteractionState, OfferState
from ucc.kit.bus import Publication
from ucc.kit.db import Conn
from ucc.routing import store
from ucc.routing.journal import Decided
from ucc.routing.projection import Projection, interactions_of
from ucc.routing.store import OfferRow, queries
from ucc.routing.streams import append_agent_events

# Another room's part of the append's transaction: (conn, tenant, now_ms, [(seq, fact)]) → publications.
Projector = Callable[[Conn, int, int, list[tuple[int, AnyFact]]], Awaitable[list[Publication]]]
# Told of refusals: (conn, tenant, now_ms, [(command, refusal)]) → publications.
RefusalHook = Callable[[Conn, int, int, list[tuple[AnyCommand, str]]], Awaitable[list[Publication]]]


class Projected:
    """What is told once the batch is committed."""

    def __init__(self) -> None:
        self.publications: list[Publication] = []
        self.lists: set[str] = set()


class RoutingProjector:
    """Keeps interaction, offer, presence, segment and the agents' streams; other rooms then do theirs."""

    def __init__(self) -> None:
        self._others: list[Projector] = []
        self._refusal_hooks: list[RefusalHook] = []

    def add(self, projector: Projector) -> None:
        """Run another room's projector in the same transaction, after ours."""
        self._others.append(projector)

    def add_refusal_hook(self, hook: RefusalHook) -> None:
        """Tell another room, in the same transaction, of refused commands that came from stored facts."""
        self._refusal_hooks.append(hook)

    async def project(self, conn: Conn, tenant_id: int, first_seq: int, decided: Decided) -> Projected:
        """Write everything a batch means; `first_seq` is its first command's place in the journal."""
        facts = [
            (first_seq + place, fact)
            for place, outcome in enumerate(decided.outcomes)
            for fact in outcome.facts
        ]
        unneeded, refused = unneeded_of(decode_commands(decided.commands), decided.outcomes)
        done = Projected()
        change = await _read(conn, tenant_id, decided.at_ms, facts, unneeded)
        for seq, fact in facts:
            change.fold(seq, fact)
        for interaction_id, state in unneeded.items():
            change.fail(interaction_id, state)
        await _write(conn, tenant_id, change)
        events = await _events(conn, tenant_id, change)
        done.publications += await append_agent_events(conn, tenant_id, decided.at_ms, events)
        for projector in self._others:
            done.publications += await projector(conn, tenant_id, decided.at_ms, facts)
        if refused:
            for hook in self._refusal_hooks:
                done.publications += await hook(conn, tenant_id, decided.at_ms, refused)
        if change.touched:
            done.lists |= {"views", "queues"}
        if change.presences or change.loads:
            done.lists |= {"presence", "queues"}
        if change.queues:
            done.lists.add("queues")
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
        if not isinstance(prepared, Enqueue):
            continue
        queued = {fact.interaction for fact in outcome.facts if isinstance(fact, InteractionQueued)}
        if prepared.interaction not in queued and outcome.refusal != "interaction_exists":
            is_failed = outcome.refusal is not None
            unneeded[prepared.interaction] = (
                InteractionState.FAILED if is_failed else InteractionState.CANCELLED
            )
    return unneeded, refused


async def _read(
    conn: Conn,
    tenant_id: int,
    at_ms: int,
    facts: list[tuple[int, AnyFact]],
    unneeded: dict[int, InteractionState],
) -> Projection:
    """Return the rows these facts concern, as they are before the batch."""
    ids = list(dict.fromkeys([*interactions_of([fact for _, fact in facts]), *unneeded]))
    if not ids:
        return Projection(at_ms=at_ms, rows={}, ringing={})
    return Projection(
        at_ms=at_ms,
        rows=await store.read_interactions(conn, tenant_id, ids),
        ringing=await store.read_ringing(conn, tenant_id, ids),
    )


async def _write(conn: Conn, tenant_id: int, change: Projection) -> None:
    if change.touched or change.presences or change.ended or change.rearmed or change.segments:
        await queries.write_projections(
            conn,
            tenant_id=tenant_id,
            at_ms=change.at_ms,
            interactions=[change.rows[one] for one in sorted(change.touched)],
            presences=[_presence(fact) for _, fact in sorted(change.presences.items())],
            segments_of=sorted(change.segments),
            ended=[_without_why(offer) for offer in _changed_once(change)],
        )
    if change.made:
        names = await _names(conn, tenant_id, change)
        for offer in change.made:
            assert offer.fact_why is not None
            offer.why = store.worded(offer.fact_why, names)
        await queries.add_offers(conn, tenant_id=tenant_id, offers=[_stored(offer) for offer in change.made])
    begun = [
        {"interaction_id": interaction_id, "kind": begins[0], "agent_id": begins[1]}
        for interaction_id, begins in sorted(change.segments.items())
        if begins is not None
    ]
    if begun:
        await queries.open_segments(conn, tenant_id=tenant_id, at_ms=change.at_ms, segments=begun)


def _changed_once(change: Projection) -> list[OfferRow]:
    """Return each offer of earlier batches once: re-armed and ended in one batch is one change."""
    return list(
        {(offer.interaction_id, offer.epoch): offer for offer in [*change.rearmed, *change.ended]}.values()
    )


def _presence(fact: object) -> dict[str, object]:
    names = ("agent", "session", "status", "reason", "next_status", "next_reason", "is_blocked", "since_ms")
    return {name: getattr(fact, name) for name in names}


def _without_why(offer: OfferRow) -> dict[str, object]:
    names = ("interaction_id", "epoch", "state", "expires_at_ms", "ended_at_ms", "reason")
    return {name: getattr(offer, name) for name in names}


def _stored(offer: OfferRow) -> dict[str, object]:
    names = ("agent_id", "queue_id", "offered_at_ms", "why", "journal_seq")
    return _without_why(offer) | {name: getattr(offer, name) for name in names}


async def _names(conn: Conn, tenant_id: int, change: Projection) -> dict[int, str]:
    """Return the names that the cards of this batch show."""
    ids: set[int] = set()
    for offer in [*change.made, *change.ended, *change.rearmed]:
        ids.add(offer.agent_id)
        if offer.queue_id is not None:
            ids.add(offer.queue_id)
        if offer.fact_why is not None:
            ids.update(skill for skill, _ in offer.fact_why.requirement)
    return await store.read_names(conn, tenant_id, ids) if ids else {}


async def _events(conn: Conn, tenant_id: int, change: Projection) -> list[tuple[int, Event]]:
    """Return what the agents' consoles are told, in the order they are to see it."""
    names = await _names(conn, tenant_id, change)
    events: list[tuple[int, Event]] = []
    for offer in change.ended:
        card = offer.shown(change.rows[offer.interaction_id], names)
        events.append((offer.agent_id, OfferEnded(offer=card)))
    for interaction_id in sorted(change.told):
        changed = InteractionChanged(interaction=change.rows[interaction_id].shown())
        events.extend((agent_id, changed) for agent_id in sorted(change.told[interaction_id]))
    for offer in [*change.made, *change.rearmed]:
        if offer.state == OfferState.RINGING:
            card = offer.shown(change.rows[offer.interaction_id], names)
            events.append((offer.agent_id, InteractionOffered(offer=card)))
    agents = sorted({*change.presences, *change.loads})
    if agents:
        presences = await store.read_presences(conn, tenant_id, agents)
        events.extend((one.agent_id, PresenceMoved(presence=one)) for one in presences)
    return events
