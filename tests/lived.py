"""A day that was really lived: the engine decides, contacts and agents are drawn; its journal, row by row."""

from __future__ import annotations

import heapq
import itertools
import random
from collections.abc import Iterator
from typing import Any, NamedTuple

import msgspec

from ucc._native.engine import Engine
from ucc.domain.engine import (
    RULES_VERSION,
    Accept,
    Advance,
    AnyCommand,
    Command,
    Complete,
    ContactLeft,
    End,
    Enqueue,
    InteractionDiverted,
    InteractionOffered,
    InteractionQueued,
    SetAgent,
    SetQueue,
    SetSession,
    SetStatus,
    decode_outcomes,
)

HOUR_MS = 3_600_000
CHINESE, ORDERS = 71, 72


class Row(NamedTuple):
    """A row of the journal."""

    at_ms: int
    commands: bytes
    facts: bytes
    interactions: frozenset[int]


class Lived:
    """Plays a day: one queue per skill, agents with shifts, contacts who may lose patience."""

    def __init__(self, start_ms: int, *, seed: int = 5, ids: Iterator[int] | None = None) -> None:
        self.dice = random.Random(seed)
        self.engine = Engine()
        self.rows: list[Row] = []
        self.start_ms = start_ms
        self.now_ms = start_ms
        self.ids = ids or itertools.count(1_000)
        self.calendar: list[tuple[int, int, Command]] = []
        self.number = itertools.count()
        self.waiting: set[int] = set()
        self.active: dict[int, int] = {}
        self.wrapping: set[int] = set()
        self.arrived = 0

    def at(self, at_ms: int, command: Command) -> None:
        """Plan a command."""
        heapq.heappush(self.calendar, (at_ms, next(self.number), command))

    def add_queue(self, queue: int, skills: list[tuple[int, int]], **policy: Any) -> None:
        policy = {"open": [(0, 2**50)], "answer_target_ms": 20_000, "wrap_up_ms": 600_000, **policy}
        self.at(self.start_ms, SetQueue(queue=queue, requirement=skills, **policy))

    def add_agent(self, agent: int, skills: list[tuple[int, int]], from_h: float, until_h: float) -> None:
        from_ms, until_ms = (self.start_ms + round(hour * HOUR_MS) for hour in (from_h, until_h))
        self.at(self.start_ms, SetAgent(agent=agent, skills=skills, capacity=[("chat", 1)]))
        self.at(from_ms, SetSession(agent=agent, session="online"))
        self.at(from_ms, SetStatus(agent=agent, status="on_queue"))
        self.at(until_ms, SetStatus(agent=agent, status="off_queue"))

    def add_contacts(self, queue: int, an_hour: float, from_h: float, until_h: float) -> None:
        at_h = from_h + self.dice.expovariate(an_hour)
        while at_h < until_h:
            at_ms = self.start_ms + round(at_h * HOUR_MS)
            arrival = Enqueue(interaction=next(self.ids), queue=queue, medium="chat", arrived_ms=at_ms)
            self.at(at_ms, arrival)
            at_h += self.dice.expovariate(an_hour)

    def live(self) -> list[Row]:
        """Play until nothing more is planned."""
        while self.calendar:
            at_ms, _, command = self.calendar[0]
            if (due_ms := self.engine.next_deadline()) is not None and due_ms < at_ms:
                self._submit(due_ms, Advance())  # which may plan something before
                continue
            heapq.heappop(self.calendar)
            if self._is_due(command):
                self._submit(at_ms, command)
        return self.rows

    def _is_due(self, command: Command) -> bool:
        match command:
            case ContactLeft(interaction) | Accept(interaction):
                return interaction in self.waiting
            case End(interaction):
                return interaction in self.active
            case Complete(interaction):
                return interaction in self.wrapping
        return True

    def _submit(self, at_ms: int, command: Command) -> None:
        self.now_ms = max(self.now_ms, at_ms)
        commands = msgspec.msgpack.encode([command])
        facts = self.engine.submit(self.now_ms, commands)
        (outcome,) = decode_outcomes(facts)
        names = {fact.interaction for fact in outcome.facts if hasattr(fact, "interaction")}
        self.rows.append(Row(self.now_ms, commands, facts, frozenset(names)))
        assert outcome.refusal is None, (command, outcome)
        match command:
            case Enqueue(interaction):
                self.arrived += 1
                patience_ms = round(self.dice.expovariate(1 / 240_000))
                self.at(self.now_ms + patience_ms, ContactLeft(interaction=interaction))
            case ContactLeft(interaction):
                self.waiting.discard(interaction)
            case Accept(interaction, agent):
                self.waiting.discard(interaction)
                self.active[interaction] = agent
                service_ms = round(self.dice.gammavariate(3, 60_000))
                self.at(self.now_ms + service_ms, End(interaction=interaction, agent=agent))
            case End(interaction, agent):
                del self.active[interaction]
                self.wrapping.add(interaction)
                wrap_ms = self.dice.randrange(5_000, 30_000)
                self.at(self.now_ms + wrap_ms, Complete(interaction=interaction, agent=agent))
        for fact in outcome.facts:
            if isinstance(fact, InteractionDiverted):
                self.waiting.discard(fact.interaction)
            if isinstance(fact, InteractionQueued):
                self.waiting.add(fact.interaction)
            if isinstance(fact, InteractionOffered):
                accept = Accept(interaction=fact.interaction, agent=fact.agent, epoch=fact.epoch)
                self.at(self.now_ms + self.dice.randrange(1_000, 4_000), accept)


def shop_day(start_ms: int, agents: list[int], queues: tuple[int, int], **more: Any) -> Lived:
    """A day with too few Chinese speakers from 10 to 12, and enough people for orders."""
    day = Lived(start_ms, **more)
    chinese, orders = queues
    day.add_queue(chinese, [(CHINESE, 3)])
    day.add_queue(orders, [(ORDERS, 1)])
    for place, agent in enumerate(agents):
        skills = [(CHINESE, 5)] if place < 2 else [(ORDERS, 3 + place % 5)]
        day.add_agent(agent, skills, 9, 17)
    day.add_contacts(chinese, 18, 9, 10)
    day.add_contacts(chinese, 55, 10, 12)
    day.add_contacts(chinese, 18, 12, 17)
    day.add_contacts(orders, 12 * (len(agents) - 2), 9, 17)
    return day


async def store_day(conn: Any, tenant_id: int, day: Lived, names: dict[int, str]) -> None:
    """Store a lived day as a tenant's journal, with people, queues and skills; `conn` may write everything.

    A node that loads the tenant starts at seq 1 and does not see it.
    """
    insert = "INSERT INTO {} (tenant_id, id, name{}) VALUES ($1, $2, $3{})"
    created_ms = day.start_ms - 1
    for skill in (CHINESE, ORDERS):
        await conn.execute(insert.format("skill", "", ""), tenant_id, skill, names[skill])
    queues = {
        command.queue: command
        for row in day.rows
        for command in commands_of(row)
        if isinstance(command, SetQueue)
    }
    for queue, config in queues.items():
        statement = insert.format("queue", ", requirement", ", $4")
        await conn.execute(
            statement, tenant_id, queue, names[queue], [list(one) for one in config.requirement]
        )
    agents = {
        command.agent: command
        for row in day.rows
        for command in commands_of(row)
        if isinstance(command, SetAgent)
    }
    for agent, told in agents.items():
        statement = insert.format(
            "app_user", ", email, role, capacity, created_at_ms", ", $4, 'agent', $5, $6"
        )
        fields = (f"{agent}@example.com", dict(told.capacity), created_ms)
        await conn.execute(statement, tenant_id, agent, names[agent], *fields)
        for skill, level in told.skills:
            await conn.execute(
                "INSERT INTO agent_skill (tenant_id, agent_id, skill_id, level) VALUES ($1, $2, $3, $4)",
                *(tenant_id, agent, skill, level),
            )
    first = -100_000 * tenant_id  # a node writes from 1 on, for all tenants of a shard
    await conn.executemany(
        "INSERT INTO journal (shard, first_seq, tenant_id, node_id, rules_version, at_ms, count,"
        " commands, facts, previous_seq, interaction_ids)"
        " VALUES ($1, $2, $3, 1, $4, $5, 1, $6, $7, $8, $9)",
        [
            (tenant_id % 64, seq, tenant_id, RULES_VERSION, row.at_ms, row.commands, row.facts,
             seq - 1 if seq > first else 0, sorted(row.interactions))
            for seq, row in enumerate(day.rows, first)
        ],
    )  # fmt: skip
    await conn.executemany(
        "INSERT INTO interaction (tenant_id, id, medium, state, created_at_ms)"
        " VALUES ($1, $2, 'chat', 'closed', $3)",
        [
            (tenant_id, command.interaction, row.at_ms)
            for row in day.rows
            for command in commands_of(row)
            if isinstance(command, Enqueue)
        ],
    )


def commands_of(row: Row) -> list[Command]:
    """Return the commands of a row."""
    return list(msgspec.msgpack.decode(row.commands, type=list[AnyCommand]))
