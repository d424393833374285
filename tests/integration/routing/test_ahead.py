"""A batch is decided while the one before it is on its way; order, answers and journal stay what they are."""

from __future__ import annotations

import asyncio
from typing import Any

import msgspec
import pytest

from ucc.domain.actor import Actor
from ucc.domain.engine import Accept, AnyCommand, Outcome, SetStatus
from ucc.domain.errors import Unavailable
from ucc.routing import shard as shard_module
from ucc.routing.ground import Work, encode
from ucc.routing.journal import TenantEngine
from ucc.routing.store import queries

from .conftest import Node, World, eventually


class Way:
    """Stops batches before they are carried, and lets each go on or die."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(shard_module, "AHEAD_MIN", 1)
        self._carry = queries.carry_batch
        self.stopped: list[asyncio.Future[bool]] = []
        self.is_open = True
        self.bad_count = 0  # of the commands of batches that fail
        monkeypatch.setitem(queries._queries, "carry_batch", self.carry)

    async def carry(self, conn: Any, /, **given: Any) -> Any:
        if given["count"] == self.bad_count:
            raise RuntimeError("a bad batch")
        if not self.is_open:
            gate: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
            self.stopped.append(gate)
            if not await gate:
                conn.terminate()
        return await self._carry(conn, **given)

    async def until_stopped(self, count: int) -> None:
        async def is_so() -> bool:
            return len(self.stopped) == count

        await eventually(is_so)


@pytest.fixture
def way(monkeypatch: pytest.MonkeyPatch) -> Way:
    return Way(monkeypatch)


def leave(world: World, node: Node, agent: Actor, reason: str) -> asyncio.Future[Outcome]:
    """Let an agent go off queue."""
    assert agent.user_id is not None
    return submit(world, node, SetStatus(agent=agent.user_id, status="off_queue", reason=reason))


def submit(world: World, node: Node, command: AnyCommand) -> asyncio.Future[Outcome]:
    """Hand the owner a command; its answer comes after its commit."""
    shard = node.routing._owner.shard(world.tenant_id)
    assert shard is not None
    answer: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()
    shard.submit(Work(world.tenant_id, encode(command), answer=answer))
    return answer


async def store(world: World, node: Node, agent: Actor, *reasons: str) -> None:
    """Leave commands in the table by which an agent goes off queue, for one reason after the other."""
    assert agent.user_id is not None
    async with node.database.tenant(world.tenant_id) as conn:
        for reason in reasons:
            command = SetStatus(agent=agent.user_id, status="off_queue", reason=reason)
            await node.routing.command(conn, world.tenant_id, command)
    node.routing.wake(world.tenant_id)


async def two_agents(world: World) -> list[Actor]:
    agents = [await world.add_agent() for _ in range(2)]
    for agent in agents:
        await world.come_online(agent)
    return agents


async def until_decided(world: World, node: Node, ahead: int) -> None:
    async def is_so() -> bool:
        return engine_of(world, node).ahead == ahead

    await eventually(is_so)


async def until_taken(world: World, node: Node) -> None:
    """Wait until the shard has taken what was handed to it: it decides it in the same turn, or waits."""
    shard = node.routing._owner.shard(world.tenant_id)
    assert shard is not None

    async def is_so() -> bool:
        return not shard._inbox.direct

    await eventually(is_so)


def engine_of(world: World, node: Node) -> TenantEngine:
    shard = node.routing._owner.shard(world.tenant_id)
    assert shard is not None
    return shard.engines[world.tenant_id]


async def reasons(world: World) -> list[str]:
    rows = await world.fetch(
        "SELECT reason FROM presence WHERE tenant_id = $1 ORDER BY agent_id", world.tenant_id
    )
    return [row["reason"] for row in rows]


async def eventually_reasons(world: World, expected: list[str]) -> None:
    async def is_so() -> bool:
        return await reasons(world) == expected

    await eventually(is_so)


async def test_the_next_batch_is_decided_on_the_way_and_answered_behind_the_one_before(
    world: World, node: Node, way: Way
) -> None:
    agents = await two_agents(world)
    way.is_open = False
    first = leave(world, node, agents[0], "meal")
    await way.until_stopped(1)
    second = leave(world, node, agents[1], "break")
    await until_decided(world, node, ahead=2)
    assert not first.done()
    assert not second.done()
    assert len(way.stopped) == 1  # it does not leave before the one before it stands
    way.stopped[0].set_result(True)
    await way.until_stopped(2)
    assert (await first).refusal is None
    assert not second.done()
    way.stopped[1].set_result(True)
    assert (await second).refusal is None
    assert await reasons(world) == ["meal", "break"]
    await node.routing.verify(world.tenant_id)
    assert node.routing.state_hash(world.tenant_id) == (await node.routing.verify(world.tenant_id)).state_hash


async def test_when_a_batch_dies_what_was_decided_behind_it_is_decided_again(
    world: World, node: Node, way: Way
) -> None:
    agents = await two_agents(world)
    way.is_open = False
    first = leave(world, node, agents[0], "meal")
    await way.until_stopped(1)
    second = leave(world, node, agents[1], "break")
    await until_decided(world, node, ahead=2)
    way.is_open = True
    way.stopped[0].set_result(False)
    with pytest.raises(Unavailable):
        await first
    assert (await second).refusal is None
    assert await reasons(world) == [None, "break"]
    verdict = await node.routing.verify(world.tenant_id)
    assert node.routing.state_hash(world.tenant_id) == verdict.state_hash


async def test_a_batch_about_the_same_agent_is_read_again_when_the_one_before_stands(
    world: World, node: Node, way: Way
) -> None:
    queue, agent = await world.add_queue(), await world.add_agent(chats=2)
    await world.come_online(agent)
    offers = [await world.until_ringing(await world.enqueue(queue)) for _ in range(2)]
    way.is_open = False
    answers = []
    for number, offer in enumerate(offers, 1):
        command = Accept(offer["interaction_id"], offer["agent_id"], offer["epoch"])
        answers.append(submit(world, node, command))
        await (way.until_stopped(1) if number == 1 else until_decided(world, node, ahead=2))
    way.is_open = True
    way.stopped[0].set_result(True)
    assert [(await one).refusal for one in answers] == [None, None]
    rows = await world.fetch("SELECT event FROM agent_event WHERE agent_id = $1 ORDER BY seq", agent.user_id)
    told = [msgspec.json.decode(row["event"]) for row in rows]
    loads = [one["presence"]["load"] for one in told if one["type"] == "presence_moved"]
    assert loads[-2:] == [{"chat": 1}, {"chat": 2}]
    await node.routing.verify(world.tenant_id)


async def test_nothing_is_decided_ahead_of_a_batch_that_is_carried_out_one_by_one(
    world: World, node: Node, way: Way
) -> None:
    agents = await two_agents(world)
    way.bad_count, way.is_open = 2, False
    first, second = (leave(world, node, agents[0], reason) for reason in ("meal", "break"))
    await way.until_stopped(1)  # both failed together: the first alone
    third = leave(world, node, agents[1], "meal")
    await world.fetch("SELECT 1")  # a turn in which it could have been decided
    assert engine_of(world, node).ahead == 1
    way.stopped[0].set_result(True)
    await way.until_stopped(2)
    way.is_open = True
    way.stopped[1].set_result(True)
    assert [(await one).refusal for one in (first, second, third)] == [None, None, None]
    assert await reasons(world) == ["break", "meal"]
    verdict = await node.routing.verify(world.tenant_id)
    assert node.routing.state_hash(world.tenant_id) == verdict.state_hash


async def test_nothing_is_decided_ahead_of_stored_commands_that_are_carried_out_one_by_one(
    world: World, node: Node, way: Way
) -> None:
    agents = await two_agents(world)
    way.bad_count, way.is_open = 2, False
    await store(world, node, agents[0], "meal", "break")
    await way.until_stopped(1)  # both failed together: the first alone
    third = leave(world, node, agents[1], "meal")
    await until_taken(world, node)  # by which it would have been decided
    assert engine_of(world, node).ahead == 1
    way.is_open = True
    way.stopped[0].set_result(True)
    assert (await third).refusal is None
    await eventually_reasons(world, ["break", "meal"])
    verdict = await node.routing.verify(world.tenant_id)
    assert node.routing.state_hash(world.tenant_id) == verdict.state_hash


async def test_stored_commands_are_decided_while_a_batch_is_on_its_way(
    world: World, node: Node, way: Way
) -> None:
    agents = await two_agents(world)
    way.is_open = False
    first = leave(world, node, agents[0], "meal")
    await way.until_stopped(1)
    await store(world, node, agents[1], "break")
    await until_decided(world, node, ahead=2)
    way.is_open = True
    way.stopped[0].set_result(True)
    assert (await first).refusal is None
    await eventually_reasons(world, ["meal", "break"])
    await node.routing.verify(world.tenant_id)


async def test_stored_commands_do_not_overtake_those_of_a_batch_that_dies(
    world: World, node: Node, way: Way
) -> None:
    agents = await two_agents(world)
    way.is_open = False
    await store(world, node, agents[0], "meal")
    await way.until_stopped(1)
    await store(world, node, agents[0], "break")
    last = leave(world, node, agents[1], "meal")  # together with the stored one
    await until_decided(world, node, ahead=2)
    way.is_open = True
    way.stopped[0].set_result(False)
    assert (await last).refusal is None
    await eventually_reasons(world, ["break", "meal"])
    kept = await world.fetch("SELECT id FROM routing_command WHERE tenant_id = $1", world.tenant_id)
    assert not kept
    verdict = await node.routing.verify(world.tenant_id)
    assert node.routing.state_hash(world.tenant_id) == verdict.state_hash


async def test_whoever_waits_behind_a_batch_when_the_shard_stops_is_answered_or_told(
    world: World, node: Node, way: Way
) -> None:
    agents = await two_agents(world)
    way.is_open = False
    first = leave(world, node, agents[0], "meal")
    await way.until_stopped(1)
    second = leave(world, node, agents[1], "break")
    await until_decided(world, node, ahead=2)
    shard = node.routing._owner.shard(world.tenant_id)
    assert shard is not None
    shard.stop()
    way.is_open = True
    way.stopped[0].set_result(True)
    assert (await first).refusal is None
    assert (await second).refusal is None  # it was decided: the stop finishes it
    await node.routing.verify(world.tenant_id)
