"""Why this agent, who would get it, and what if: answers replayed from the journal, away from the live shard.

Every answer costs a load of the tenant's engine as a restart does; it runs beside the event loop, two at a
time, on an engine that is thrown away.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import msgspec

from ucc._native.engine import Engine
from ucc.domain.actor import Actor
from ucc.domain.conversation import WhySkill
from ucc.domain.engine import AnyCommand, Enqueue, SetQueue, SkillLevel, decode_outcomes, encode_facts
from ucc.domain.errors import BadInput, Conflict, NotFound, TooMany
from ucc.domain.explaining import Candidate, Moment, Otherwise, OtherwiseWrite, ProspectWrite
from ucc.domain.states import AgentChoice, AgentVerdict, Medium, QueueOrder
from ucc.kit.clock import now_ms
from ucc.kit.db import Database
from ucc.routing import journal, store
from ucc.routing.conditions import check_known, shown
from ucc.routing.moment import SPARE_ID, Change, Standing, Stood, otherwise, prospect, replayed
from ucc.routing.queues import Queues
from ucc.routing.snapshot import decode_snapshot
from ucc.routing.store import queries
from ucc.routing.work import WorkDesk

REPLAYS_MAX = 2  # at once on a node
REPLAYS_WAITING_MAX = 20
CANDIDATES_MAX = 200
PRIORITY_MAX = 9
LEVEL_MAX = 10
UNITS_MAX = 50
AFTER_S_MAX = 86_400

_decode_commands = msgspec.msgpack.Decoder(list[AnyCommand]).decode


class ExplainDesk:
    """The verbs of explaining."""

    def __init__(self, db: Database, work: WorkDesk, queues: Queues) -> None:
        self._db = db
        self._work = work
        self._queues = queues
        self._replays = asyncio.Semaphore(REPLAYS_MAX)
        self._waiting = 0

    async def moment(self, actor: Actor, interaction_id: int, seq: int) -> Moment:
        """Return how an interaction stood when the journal says something of it, and each agent beside it.

        Raises:
            NotFound, NotAllowed: there is no such interaction, or it is not the actor's to read.
            NotFound: the journal has no such line of it, or not any more.
            Conflict: it did not wait then: it was in somebody's hands.
            TooMany: too many replays wait.
        """
        row = await self._line(actor, interaction_id, seq)
        engine = await self._before(actor.tenant_id, row["first_seq"])
        place = seq - row["first_seq"]
        found = await asyncio.to_thread(_replay, engine, row, place, interaction_id)
        return await self._shown(actor.tenant_id, seq, interaction_id, _required(found, interaction_id))

    async def otherwise(
        self, actor: Actor, interaction_id: int, seq: int, write: OtherwiseWrite
    ) -> Otherwise:
        """Return what would have come of one change at that moment.

        Raises:
            BadInput: not exactly one change is named, or its value is not allowed.
            NotFound, NotAllowed, Conflict, TooMany: as for the moment itself.
        """
        change = change_of(write)
        await self._check_named(actor.tenant_id, write)
        row = await self._line(actor, interaction_id, seq)
        engine = await self._before(actor.tenant_id, row["first_seq"])
        place = seq - row["first_seq"]
        kept = await asyncio.to_thread(engine.snapshot)
        was = _required(await asyncio.to_thread(_replay, engine, row, place, interaction_id), interaction_id)
        engine = await asyncio.to_thread(Engine.restore, kept)
        found = await asyncio.to_thread(_replay_otherwise, engine, row, place, was, change)
        moment = await self._shown(actor.tenant_id, seq, interaction_id, _required(found, interaction_id))
        async with self._db.tenant(actor.tenant_id) as conn:
            names = await store.read_names(conn, actor.tenant_id, [] if was.agent is None else [was.agent])
        return Otherwise(
            agent_id=moment.agent_id,
            agent_name=moment.agent_name,
            recorded_agent_id=was.agent,
            recorded_agent_name=None if was.agent is None else names.get(was.agent),
            moment=moment,
        )

    async def prospect(self, actor: Actor, queue_id: int, write: ProspectWrite) -> Moment:
        """Return who would get a hypothetical arrival, with the queue as it is or as it is being written.

        Raises:
            NotFound: there is no such active queue.
            BadInput: a field is not allowed.
            TooMany: too many replays wait.
        """
        check_prospect(write)
        config = await self._written(actor, queue_id, write)
        engine = await self._before(actor.tenant_id, journal.FAR_MS)
        found = await asyncio.to_thread(_look_ahead, engine, queue_id, write, config)
        if found is None:
            raise NotFound(f"routing knows no active queue {queue_id}")
        return await self._shown(actor.tenant_id, 0, None, found)

    # --- inner steps ------------------------------------------------------------------------------------

    async def _check_named(self, tenant_id: int, write: OtherwiseWrite) -> None:
        async with self._db.tenant(tenant_id) as conn:
            await self._queues.check_asked(conn, tenant_id, "requirement", write.requirement or [])
            if (cell := write.level) is not None:
                skills, agents = {cell.skill_id: "level.skill_id"}, {cell.agent_id: "level.agent_id"}
                await check_known(conn, tenant_id, skills=skills, agents=agents)

    async def _line(self, actor: Actor, interaction_id: int, seq: int) -> Any:
        async with self._db.tenant(actor.tenant_id) as conn:
            await self._work.readable(conn, actor, interaction_id)
            row = await queries.find_moment(
                conn, tenant_id=actor.tenant_id, interaction_id=interaction_id, seq=seq
            )
        if row is None:
            raise NotFound(
                f"the journal says nothing of interaction {interaction_id} at {seq}, or not any more", seq=seq
            )
        return row

    async def _before(self, tenant_id: int, seq: int) -> Engine:
        """Return an engine of its own, as the journal had it before this seq."""
        async with self._turn():
            return (await journal.load(self._db, tenant_id, seq - 1)).engine

    @asynccontextmanager
    async def _turn(self) -> AsyncIterator[None]:
        if self._waiting >= REPLAYS_WAITING_MAX:
            raise TooMany(f"{self._waiting} replays wait on this node, limit {REPLAYS_WAITING_MAX}")
        self._waiting += 1
        try:
            async with self._replays:
                yield
        finally:
            self._waiting -= 1

    async def _written(
        self, actor: Actor, queue_id: int, write: ProspectWrite
    ) -> Callable[[SetQueue], SetQueue]:
        async with self._db.tenant(actor.tenant_id) as conn:
            await self._queues.check_asked(conn, actor.tenant_id, "skills", write.skills)
            if (agent_id := write.preferred_agent_id) is not None:
                agents = {agent_id: "preferred_agent_id"}
                await check_known(conn, actor.tenant_id, skills={}, agents=agents)
            if write.queue is None:
                return lambda config: config
            return await self._queues.as_written(conn, actor.tenant_id, queue_id, write.queue)

    async def _shown(self, tenant_id: int, seq: int, interaction_id: int | None, found: Stood) -> Moment:
        """Return a moment with the names of today."""
        standings = found.standings[:CANDIDATES_MAX]
        ids = {one.agent.config.agent for one in standings} | {skill for skill, _ in found.requirement}
        asker = found.work.originator if found.work.bond is not None else None
        ids |= {found.work.queue} | {one for one in (found.agent, asker) if one is not None}
        async with self._db.tenant(tenant_id) as conn:
            names = await store.read_names(conn, tenant_id, ids)
            conditions = [await shown(conn, tenant_id, one) for one in found.conditions]
        config, work = found.config, found.work
        return Moment(
            seq=seq,
            at_ms=found.at_ms,
            interaction_id=interaction_id,
            queue_id=work.queue,
            queue_name=names.get(work.queue, ""),
            medium=Medium(work.medium),
            priority=work.priority,
            waited_ms=max(0, found.at_ms - work.arrived_ms),
            is_open=found.is_open,
            is_paused=config.is_paused,
            order_by=QueueOrder(config.order_by),
            agent_choice=AgentChoice(config.agent_choice),
            place=found.place,
            waiting=found.waiting,
            step=work.step,
            steps=len(config.relaxation),
            conditions=conditions,
            preferred_agent_id=work.named_agent or work.preferred_agent,
            asked_by=asker,
            asked_by_name=None if asker is None else names.get(asker),
            rule=found.rule,
            agent_id=found.agent,
            agent_name=None if found.agent is None else names.get(found.agent),
            refusal=found.refusal,
            candidates=[_candidate(one, found, names) for one in standings],
            counts=dict(Counter(one.verdict.value for one in found.standings)),
        )


def _candidate(standing: Standing, found: Stood, names: dict[int, str]) -> Candidate:
    agent = standing.agent
    has, capacity = dict(agent.config.skills), dict(agent.config.capacity)
    return Candidate(
        agent_id=agent.config.agent,
        agent_name=names.get(agent.config.agent, ""),
        verdict=standing.verdict,
        skills=[
            WhySkill(skill_id=skill, name=names.get(skill, ""), asked=level, has=has.get(skill, 0))
            for skill, level in found.requirement
        ],
        units=standing.units,
        medium_units=standing.medium_units,
        medium_units_max=capacity.get(found.work.medium, 0),
        idle_since_ms=agent.idle_since_ms,
        since_ms=agent.since_ms,
        off_queue_reason=agent.reason if standing.verdict is AgentVerdict.OFF_QUEUE else None,
        until_ms=standing.until_ms,
    )


def _required(found: Stood | None, interaction_id: int) -> Stood:
    if found is None:
        raise Conflict(
            f"interaction {interaction_id} did not wait at that moment; it was in somebody's hands"
        )
    return found


def _replay(engine: Engine, row: Any, place: int, interaction_id: int) -> Stood | None:
    """Replay a row of the journal up to its command at `place`, and that one until the work is offered."""
    outcomes = decode_outcomes(row["facts"])
    for outcome in outcomes[:place]:
        engine.fold(row["at_ms"], encode_facts(outcome.facts))
    return replayed(engine, row["at_ms"], outcomes[place].facts, interaction_id)


def _replay_otherwise(engine: Engine, row: Any, place: int, was: Stood, change: Change) -> Stood | None:
    for outcome in decode_outcomes(row["facts"])[:place]:
        engine.fold(row["at_ms"], encode_facts(outcome.facts))
    command = _decode_commands(row["commands"])[place]
    return otherwise(engine, row["at_ms"], command, was.work.queue, was.work.interaction, change)


def _look_ahead(
    engine: Engine, queue_id: int, write: ProspectWrite, written: Callable[[SetQueue], SetQueue]
) -> Stood | None:
    state = decode_snapshot(engine.snapshot())
    queue = state.queue(queue_id)
    if queue is None:
        return None
    order = Enqueue(
        interaction=SPARE_ID,
        queue=queue_id,
        medium=write.medium,
        arrived_ms=now_ms() - write.after_s * 1000,
        units=write.units,
        priority=write.priority,
        requirement=[(one.skill_id, one.level) for one in write.skills],
        preferred_agent=write.preferred_agent_id,
    )
    return prospect(state, order, write.after_s * 1000, written(queue.config))


def check_prospect(write: ProspectWrite) -> None:
    """Refuse a hypothetical arrival that could not be.

    Raises:
        BadInput: a figure is outside its limits; the text names it and what is allowed.
    """
    limits = [
        ("priority", write.priority, 0, PRIORITY_MAX),
        ("units", write.units, 1, UNITS_MAX),
        ("after_s", write.after_s, 0, AFTER_S_MAX),
    ]
    for field, found, least, most in limits:
        if not least <= found <= most:
            raise BadInput(f"{field} is {found}; allowed are {least} to {most}", field=field)


def change_of(write: OtherwiseWrite) -> Change:
    """Return what is to be otherwise.

    Raises:
        BadInput: not exactly one change is named, or its value is not allowed.
    """
    given = [name for name in write.__struct_fields__ if getattr(write, name) is not None]
    if len(given) != 1:
        raise BadInput(
            f"found {', '.join(given) or 'nothing'}; "
            f"allowed is exactly one of {', '.join(write.__struct_fields__)}"
        )
    if write.agent_choice is not None:
        return Change(queue=_replacing(agent_choice=write.agent_choice.value))
    if write.order_by is not None:
        # A share of a queue that has none: as much as the engine allows, so that arrival alone orders it.
        return Change(
            queue=lambda config: msgspec.structs.replace(
                config, order_by=write.order_by, share_per_hour=config.share_per_hour or 60
            ),
            is_reordered=True,
        )
    if write.priority is not None:
        _within("priority", write.priority, 0, PRIORITY_MAX)
        return Change(priority=write.priority)
    if write.requirement is not None:
        return Change(queue=_replacing(requirement=[(one.skill_id, one.level) for one in write.requirement]))
    assert write.level is not None
    _within("level.level", write.level.level, 0, LEVEL_MAX)
    return Change(agent=write.level.agent_id, skills=_setting(write.level.skill_id, write.level.level))


def _within(field: str, found: int, least: int, most: int) -> None:
    if not least <= found <= most:
        raise BadInput(f"{field} is {found}; allowed are {least} to {most}", field=field)


def _replacing(**fields: Any) -> Callable[[SetQueue], SetQueue]:
    return lambda config: msgspec.structs.replace(config, **fields)


def _setting(skill_id: int, level: int) -> Callable[[list[SkillLevel]], list[SkillLevel]]:
    def change(skills: list[SkillLevel]) -> list[SkillLevel]:
        kept = [one for one in skills if one[0] != skill_id]
        return [*kept, (skill_id, level)] if level else kept

    return change
