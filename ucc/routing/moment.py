"""A moment of the past, replayed: who could have had some work and who not, and what a change had made of it.

Everything here works on an engine of its own, restored from the journal, and is thrown away with it. Which
agent may serve what is the engine's to say: it is asked who would get the same work, as things stood.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import msgspec

from ucc._native.engine import Engine
from ucc.domain.engine import (
    AllOf,
    AnyCommand,
    AnyCondition,
    AnyFact,
    ContactLeft,
    ContactWrote,
    End,
    Enqueue,
    InteractionOffered,
    NotSo,
    OneOfAgents,
    Relaxation,
    SetAgent,
    SetQueue,
    SkillLevel,
    decode_outcomes,
    decode_prospect,
    encode_command,
    encode_commands,
    encode_facts,
)
from ucc.domain.states import AgentVerdict
from ucc.routing.snapshot import AgentState, Snapshot, WorkState, decode_snapshot, encode_snapshot

BATCH_MAX = 1_000  # commands the engine takes at once
WAITING_MAX = 1_000_000  # as much as an engine holds
SPARE_ID = 2**53 - 1  # of work that is only asked about
IN_HAND = frozenset({"offered", "connecting", "active", "in_flow", "wrapping"})


class Standing(msgspec.Struct, frozen=True):
    """One agent at a moment, with what barred them."""

    agent: AgentState
    verdict: AgentVerdict
    units: int  # in hand, of every medium
    medium_units: int
    until_ms: int | None  # excluded from this work until then


class Stood(msgspec.Struct, frozen=True, kw_only=True):
    """How some work stood in its queue, and each agent beside it; the eligible first, best first."""

    at_ms: int
    work: WorkState
    config: SetQueue
    is_open: bool
    place: int
    waiting: int
    requirement: list[SkillLevel]
    conditions: list[AnyCondition]
    standings: list[Standing]
    rule: str | None = None  # of the offer that followed
    agent: int | None = None  # whom it was offered to
    refusal: str | None = None


def asked(config: SetQueue, own: Sequence[SkillLevel], step: int) -> SetQueue:
    """Return a queue that asks, unrelaxed, what this one asks of `own` work after `step` relaxations."""
    relaxation = config.relaxation[step - 1] if step else Relaxation(0, config.requirement, config.condition)
    levels = dict(relaxation.requirement)
    for skill, level in own:
        levels[skill] = max(levels.get(skill, 0), max(1, level - relaxation.lower_by))
    return msgspec.structs.replace(
        config, requirement=sorted(levels.items()), condition=relaxation.condition, relaxation=[]
    )


def stood(engine: Engine, interaction: int) -> Stood | None:
    """Return how waiting work stands in this engine; None if it does not wait."""
    state = decode_snapshot(engine.snapshot())
    live = list(state.work())
    work = next((one for one in live if one.interaction == interaction), None)
    if work is None or work.stage != "queued":
        return None
    return look(state, live, work)


def look(state: Snapshot, live: list[WorkState], work: WorkState) -> Stood:
    """Return how this work stands among the live work of a state; it need not be part of it."""
    found = state.queue(work.queue)
    assert found is not None, f"interaction {work.interaction} waits in queue {work.queue}, which is unknown"
    config, is_open = found.config, found.is_open
    plain = asked(config, work.requirement, work.step)
    # It has its place, and whom it waits for it waits for: neither is to be decided here.
    found.config = msgspec.structs.replace(plain, waiting_max=WAITING_MAX, preferred_ms=1)
    engine = Engine.restore(encode_snapshot(state))
    found.config = config
    order = Enqueue(
        interaction=SPARE_ID,
        queue=work.queue,
        medium=work.medium,
        arrived_ms=work.arrived_ms,
        units=work.units,
        priority=work.priority,
        preferred_agent=work.preferred_agent,
        condition=work.condition,
    )
    answer = decode_prospect(engine.who_would_get(encode_command(order)))
    waiting = [one.place for one in live if one.is_waiting and one.queue == work.queue]
    is_hypothetical = work.interaction == SPARE_ID
    before = answer.ahead if is_hypothetical else sum(place < work.place for place in waiting)
    return Stood(
        at_ms=state.now_ms,
        work=work,
        config=config,
        is_open=is_open,
        place=before + 1,
        waiting=len(waiting) + int(is_hypothetical or work.place not in waiting),
        requirement=plain.requirement,
        conditions=[one for one in (plain.condition, work.condition) if one is not None],
        standings=_standings(state, live, work, answer.agents),
        rule=answer.rule,
        agent=answer.agent,
        refusal=answer.refusal,
    )


def _standings(
    state: Snapshot, live: list[WorkState], work: WorkState, verdicts: list[tuple[int, str]]
) -> list[Standing]:
    """Return the agents with the engine's verdict, who may not have this very work after those who may."""
    agents = {one.config.agent: one for one in state.agents}
    excluded = dict(work.excluded)
    units: dict[int, int] = {}
    medium_units: dict[int, int] = {}
    for one in live:
        for holder in one.holders if one.stage in IN_HAND else ():
            units[holder] = units.get(holder, 0) + one.units
            if one.medium == work.medium:
                medium_units[holder] = medium_units.get(holder, 0) + one.units
    found = []
    for agent, word in verdicts:
        verdict = AgentVerdict(word)
        if work.named_agent is not None:  # a transfer rings at one agent alone
            is_named = agent == work.named_agent
            verdict = AgentVerdict.ELIGIBLE if is_named else AgentVerdict.NOT_PREFERRED
        elif work.bond is not None and agent == work.originator:
            verdict = AgentVerdict.ASKS  # whom a consult is never offered to
        elif verdict is AgentVerdict.ELIGIBLE and agent in excluded:
            verdict = AgentVerdict.EXCLUDED
        found.append(
            Standing(
                agents[agent],
                verdict,
                units.get(agent, 0),
                medium_units.get(agent, 0),
                excluded.get(agent),
            )
        )
    return sorted(found, key=lambda one: one.verdict is not AgentVerdict.ELIGIBLE)  # stable: the order stays


# --- a moment of the journal ----------------------------------------------------------------------------


def replayed(engine: Engine, at_ms: int, facts: list[AnyFact], interaction: int) -> Stood | None:
    """Fold one command's facts as far as the work is about to be offered, and return how it stood then.

    Where it is not offered: how it stood after the command, or before it where the command ended its waiting.
    None: it waits neither before nor after, it was in somebody's hands.
    """
    before = stood(engine, interaction)
    offered = next((at for at, fact in enumerate(facts) if _is_offer(fact, interaction)), len(facts))
    engine.fold(at_ms, encode_facts(facts[:offered]))
    found = stood(engine, interaction)
    if offered < len(facts):
        assert found is not None, f"interaction {interaction} was offered while it did not wait"
        fact = facts[offered]
        assert isinstance(fact, InteractionOffered)
        return msgspec.structs.replace(found, at_ms=at_ms, rule=fact.why.rule, agent=fact.agent)
    found = found or before
    return None if found is None else msgspec.structs.replace(found, at_ms=at_ms, rule=None, agent=None)


def _is_offer(fact: AnyFact, interaction: int) -> bool:
    return isinstance(fact, InteractionOffered) and fact.interaction == interaction


# --- the same moment otherwise ------------------------------------------------------------------------------


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """What is otherwise: a policy of the work's queue, the work's priority, or one agent's skills."""

    queue: Callable[[SetQueue], SetQueue] | None = None
    agent: int | None = None
    skills: Callable[[list[SkillLevel]], list[SkillLevel]] | None = None
    priority: int | None = None
    is_reordered: bool = False  # what waits takes its places anew


def otherwise(
    engine: Engine, at_ms: int, command: AnyCommand, queue: int, interaction: int, change: Change
) -> Stood | None:
    """Decide a command again with one thing changed before it, and return how the work stands or was offered.

    None: the work waits no more, for another reason than an offer.
    """
    state = decode_snapshot(engine.snapshot())
    if change.is_reordered or change.priority is not None:
        steps = _reordered(state, queue, interaction, change)
    else:
        steps = [_changed(state, queue, change)]
    for batch in [*steps, [_with_priority(command, interaction, change.priority)]]:
        kept = engine.snapshot()
        outcomes = decode_outcomes(engine.submit(at_ms, encode_commands(batch)))
        facts = [fact for outcome in outcomes for fact in outcome.facts]
        if any(_is_offer(fact, interaction) for fact in facts):
            return replayed(Engine.restore(kept), at_ms, facts, interaction)
    found = stood(engine, interaction)
    return None if found is None else msgspec.structs.replace(found, at_ms=at_ms, rule=None, agent=None)


def _changed(state: Snapshot, queue: int, change: Change) -> list[AnyCommand]:
    if change.queue is not None:
        found = state.queue(queue)
        assert found is not None, f"queue {queue} is unknown"
        return [change.queue(found.config)]
    agent = next((one.config for one in state.agents if one.config.agent == change.agent), None)
    if agent is None or change.skills is None:
        return []
    return [_with_skills(agent, change.skills(agent.skills))]


def _with_skills(agent: SetAgent, skills: list[SkillLevel]) -> SetAgent:
    return msgspec.structs.replace(agent, skills=sorted(skills))


def _reordered(state: Snapshot, queue: int, interaction: int, change: Change) -> list[list[AnyCommand]]:
    """Return commands that queue everything waiting in a queue anew, in the order in which it arrived.

    A place is given once, on arrival: for another order the work has to arrive again. The queue is paused
    meanwhile, so that nothing is offered before all of it has its place.
    """
    found = state.queue(queue)
    assert found is not None, f"queue {queue} is unknown"
    config = found.config if change.queue is None else change.queue(found.config)
    paused = msgspec.structs.replace(
        config, is_paused=True, redirect_queue=None, overflow_length=None, waiting_max=WAITING_MAX
    )
    waiting = sorted(
        (one for one in state.work() if one.is_waiting and one.queue == queue), key=lambda one: one.arrived_ms
    )
    arrived = {one.interaction: one.arrived_ms for one in state.work()}
    commands: list[AnyCommand] = [paused]
    for work in waiting:
        priority = change.priority if work.interaction == interaction else None
        commands += _again(work, arrived, priority)
    batches = [commands[start : start + BATCH_MAX] for start in range(0, len(commands), BATCH_MAX)]
    return [*batches, [config]]


def _again(work: WorkState, arrived: dict[int, int], priority: int | None) -> list[AnyCommand]:
    """Return what takes work out of its queue and puts it there anew.

    A consult has the place of its contact and is not for who asks; a paused queue takes none, so it comes
    back as other work of that kind.
    """
    leaves: AnyCommand = ContactLeft(work.interaction)
    arrived_ms, conditions = work.arrived_ms, [] if work.condition is None else [work.condition]
    if work.bond is not None and work.parent is not None and work.originator is not None:
        leaves = End(work.interaction, work.originator)
        arrived_ms = arrived.get(work.parent, arrived_ms)
        conditions = [*conditions, NotSo(OneOfAgents([work.originator]))]
    arrival = Enqueue(
        interaction=work.interaction,
        queue=work.queue,
        medium=work.medium,
        arrived_ms=arrived_ms,
        units=work.units,
        priority=work.priority if priority is None else priority,
        requirement=work.requirement,
        preferred_agent=work.preferred_agent,
        is_abandonable=work.is_abandonable,
        condition=AllOf(conditions) if len(conditions) > 1 else next(iter(conditions), None),
    )
    return [leaves, arrival]


def _with_priority(command: AnyCommand, interaction: int, priority: int | None) -> AnyCommand:
    """Return the command with another priority of this work, where it is the work's arrival."""
    if priority is None:
        return command
    if isinstance(command, ContactWrote) and command.otherwise.interaction == interaction:
        arrival = msgspec.structs.replace(command.otherwise, priority=priority)
        return msgspec.structs.replace(command, otherwise=arrival)
    if isinstance(command, Enqueue) and command.interaction == interaction:
        return msgspec.structs.replace(command, priority=priority)
    return command


# --- nobody yet ------------------------------------------------------------------------------------------


def prospect(state: Snapshot, order: Enqueue, after_ms: int, config: SetQueue) -> Stood:
    """Return who would get a hypothetical arrival that had waited `after_ms` under this policy."""
    found = state.queue(order.queue)
    assert found is not None, f"queue {order.queue} is unknown"
    found.config = config
    live = list(state.work())
    work = WorkState(
        interaction=SPARE_ID,
        queue=order.queue,
        medium=order.medium,
        units=order.units,
        priority=order.priority,
        requirement=order.requirement,
        arrived_ms=order.arrived_ms,
        queued_ms=order.arrived_ms,
        deadline_ms=0,
        order=state.next_order,
        preferred_agent=order.preferred_agent,
        preferred_until_ms=None,
        is_abandonable=True,
        parent=None,
        child=None,
        originator=None,
        return_at_ms=None,
        sla_at_ms=None,
        overflow_at_ms=None,
        is_overdue=False,
        named_agent=None,
        stage="queued",
        holder=None,
        until_ms=None,
        epoch=0,
        excluded=[],
        is_contact_lost=False,
        abandon_at_ms=None,
        visited=[],
        step=sum(step.after_ms <= after_ms for step in config.relaxation),
    )
    return look(state, live, work)
