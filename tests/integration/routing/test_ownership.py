"""Two nodes, one database: take-over, fence, lease, and what a dead node leaves behind."""

from __future__ import annotations

import asyncio
from itertools import pairwise
from typing import Any

import pytest

from ucc.domain.conversation import EndWrite
from ucc.domain.engine import Complete
from ucc.domain.people import StatusWrite
from ucc.domain.states import Status
from ucc.kit.clock import monotonic_ms
from ucc.kit.db import Conn
from ucc.routing import journal
from ucc.routing.ground import Fenced, NotOwner, Work
from ucc.routing.lease import Lease, Sight, shard_of

from .conftest import Node, Nodes, World, eventually, make_world


async def until_owned(node: Node, tenant_id: int) -> None:
    """Wait until this node owns the tenant and has its engine."""

    async def is_so() -> bool:
        shard = node.routing._owner.shard(tenant_id)
        return shard is not None and tenant_id in shard._opened

    await eventually(is_so)


async def test_one_live_node_owns_every_shard_and_a_second_takes_none(nodes: Nodes) -> None:
    first = await nodes()
    world = await make_world(first)
    second = await nodes()
    await eventually(lambda: seen(second, world.tenant_id))
    owners = await world.fetch("SELECT DISTINCT node_id FROM shard")
    assert [row["node_id"] for row in owners] == [first.routing.node_id]


async def seen(node: Node, tenant_id: int) -> bool:
    return node.routing._lease.seat(shard_of(tenant_id)) is not None


async def test_a_node_that_leaves_hands_its_shards_over_at_once(nodes: Nodes) -> None:
    first, second = await nodes(), await nodes()
    world = await make_world(first)
    queue = await world.add_queue()
    interaction = await world.enqueue(queue)
    await world.until_state(interaction, "queued")
    before = first.routing.state_hash(world.tenant_id)
    started_ms = monotonic_ms()
    await first.routing.close()
    world.node = second
    await until_owned(second, world.tenant_id)
    print(f"handed over in {monotonic_ms() - started_ms} ms")
    assert before is not None
    assert await world.state(interaction) == "queued"
    verdict = await second.routing.verify(world.tenant_id)
    assert verdict.state_hash == second.routing.state_hash(world.tenant_id)


async def test_a_node_that_leaves_does_not_take_its_lease_again(
    node: Node, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    owner, lease, keeper = node.routing._owner, node.routing._lease, node.routing._keeper
    assert keeper is not None
    close = owner.close

    async def close_and_hint() -> None:
        await close()
        lease.look_soon()  # as its own hint does, in the turn in which the keeper is cancelled

    monkeypatch.setattr(owner, "close", close_and_hint)
    before = await world.fetch("SELECT epoch FROM node WHERE id = $1", lease.node_id)
    await node.routing.close()
    await asyncio.wait([keeper], timeout=5)
    assert keeper.cancelled()
    after = await world.fetch(
        "SELECT epoch, expires_at <= clock_timestamp() AS is_over FROM node WHERE id = $1", lease.node_id
    )
    assert [dict(row) for row in after] == [{"epoch": before[0]["epoch"], "is_over": True}]


async def test_a_command_stored_during_the_take_over_waits_for_no_look(
    nodes: Nodes, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = await nodes(), await nodes()
    world = await make_world(first)
    queue = await world.add_queue()
    stored: list[int] = []
    write_takeover = second.routing._owner._write_takeover

    async def look_away(_: Sight) -> None:
        """Renew the lease and see no commands."""

    async def while_it_commits(conn: Conn, free: list[int]) -> list[Any]:
        rows = await write_takeover(conn, free)
        if rows and not stored:
            monkeypatch.setattr(second.routing._lease, "_on_sight", look_away)
            stored.append(await world.enqueue(queue))
        return rows

    monkeypatch.setattr(second.routing._owner, "_write_takeover", while_it_commits)
    # The hint comes now, while the shard is nobody's yet, and never again.
    monkeypatch.setattr(second.routing, "wake", lambda tenant: second.routing._owner.hinted(shard_of(tenant)))
    await until_seen(second, world.tenant_id)
    world.node = second
    await first.routing.close()
    await until_owned(second, world.tenant_id)
    await world.until_state(stored[0], "queued")


async def until_seen(node: Node, tenant_id: int) -> None:
    await eventually(lambda: seen(node, tenant_id))


async def test_i9_the_survivor_of_a_killed_owner_assigns_what_waits_once_and_in_order(nodes: Nodes) -> None:
    first, second = await nodes(), await nodes()
    world = await make_world(first)
    queue = await world.add_queue()
    waiting = [await world.enqueue(queue) for _ in range(4)]
    for interaction in waiting:
        await world.until_state(interaction, "queued")
    await first.die()
    world.node = second
    await until_owned(second, world.tenant_id)
    agent = await world.add_agent(chats=1)
    await world.come_online(agent)
    for interaction in waiting:
        assert await world.accept(interaction) == agent
        assert (await world.fetch("SELECT count(*) FROM offer WHERE interaction_id = $1", interaction))[0][
            0
        ] == 1
        await second.routing.work.end(agent, interaction, EndWrite(seen_seq=0))
        await second.routing.submit(world.tenant_id, complete(interaction, agent.user_id))
    await second.routing.verify(world.tenant_id)


def complete(interaction: int, agent: int | None) -> Complete:
    assert agent is not None
    return Complete(interaction=interaction, agent=agent)


async def test_i13_a_restart_folds_the_state_that_was_left(nodes: Nodes) -> None:
    first = await nodes()
    world = await make_world(first)
    queue = await world.add_queue(needs={})
    agent = await world.add_agent()
    await world.come_online(agent)
    await world.accept(await world.enqueue(queue))
    await world.until_ringing(await world.enqueue(queue))
    left = first.routing.state_hash(world.tenant_id)
    rows = await world.fetch("SELECT max(first_seq + count - 1) AS seq FROM journal")
    await first.die()
    second = await nodes()
    world.node = second
    await until_owned(second, world.tenant_id)
    folded = await journal.load(second.database, world.tenant_id, upto_seq=rows[0]["seq"])
    assert str(folded.engine.state_hash()) == left


async def test_a_zombie_whose_clock_stood_still_is_refused_by_the_fence(
    nodes: Nodes, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = await nodes()
    world = await make_world(first)
    queue = await world.add_queue()
    agent = await world.add_agent()
    await world.come_online(agent)
    # The zombie believes in its lease for ever and sees nothing; its renewals stop.
    first.routing._keeper.cancel()
    monkeypatch.setattr(
        Lease, "is_held", property(lambda lease: lease.node_id == first.routing.node_id or held(lease))
    )
    zombie = first.routing._owner.shard(world.tenant_id)
    assert zombie is not None
    second = await nodes()
    await until_owned(second, world.tenant_id)
    assert agent.user_id is not None
    status = StatusWrite(status=Status.OFF_QUEUE, reason="break")
    presence = await first.routing.presence.set_status(agent, agent.user_id, status)
    assert presence.reason == "break"  # the zombie was refused, the owner carried it out
    assert first.routing._owner.shard(world.tenant_id) is None
    with pytest.raises(NotOwner):
        zombie.submit(Work(world.tenant_id, b""))
    await world.come_online(agent, second)
    interaction = await world.enqueue(queue, node=first)
    await world.until_ringing(interaction)
    offers = await world.fetch("SELECT agent_id FROM offer WHERE interaction_id = $1", interaction)
    assert len(offers) == 1
    rows = await world.fetch(
        "SELECT node_id, first_seq, count FROM journal WHERE shard = $1 ORDER BY first_seq",
        shard_of(world.tenant_id),
    )
    nodes_in_order = [row["node_id"] for row in rows]
    assert nodes_in_order == sorted(nodes_in_order, key=[first.routing.node_id, second.routing.node_id].index)
    assert all(one["first_seq"] + one["count"] == other["first_seq"] for one, other in pairwise(rows))
    await second.routing.verify(world.tenant_id)


def held(lease: Lease) -> bool:
    return monotonic_ms() < lease._until_ms


async def test_a_zombie_asleep_inside_its_transaction_does_not_hold_its_successor_up(
    nodes: Nodes, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = await nodes()
    world = await make_world(first)
    queue = await world.add_queue()
    asleep = asyncio.Event()

    async def sleep_for_ever(*_: object) -> None:
        asleep.set()
        await asyncio.Event().wait()

    first.routing.add_projector(sleep_for_ever)  # type: ignore[arg-type]
    interaction = await world.enqueue(queue)
    async with asyncio.timeout(5):
        await asleep.wait()
    first.routing._keeper.cancel()
    second = await nodes()
    started_ms = monotonic_ms()
    await until_owned(second, world.tenant_id)
    world.node = second
    await world.until_state(interaction, "queued")
    print(f"taken over beside a sleeping transaction in {monotonic_ms() - started_ms} ms")
    await second.routing.verify(world.tenant_id)


async def test_a_lease_that_ran_out_is_resumed_when_nobody_took_the_shards(node: Node, world: World) -> None:
    queue = await world.add_queue()
    await world.until_state(await world.enqueue(queue), "queued")
    shard = node.routing._owner.shard(world.tenant_id)
    async with node.database.node() as conn:
        await conn.execute("UPDATE node SET expires_at = clock_timestamp() - interval '1 s'")

    async def has_registered_again() -> bool:
        rows = await world.fetch("SELECT epoch FROM node WHERE id = $1", node.routing.node_id)
        return bool(rows and rows[0]["epoch"] == 2)

    await eventually(has_registered_again)
    await world.until_state(await world.enqueue(queue), "queued")
    assert node.routing._owner.shard(world.tenant_id) is shard


async def test_agents_of_a_dead_node_are_reconnecting_and_those_of_living_nodes_stay_online(
    nodes: Nodes,
) -> None:
    first, second = await nodes(), await nodes()
    world = await make_world(first)
    await world.add_queue()
    lost, kept, both = [await world.add_agent() for _ in range(3)]
    for actor, held_by in ((lost, [first]), (kept, [second]), (both, [first, second])):
        for holder in held_by:
            assert actor.user_id is not None
            await holder.routing.sessions.opened(world.tenant_id, actor.user_id)
        await world.until_session(actor, "online")
    await first.die()
    world.node = second
    await world.until_session(lost, "reconnecting")
    await world.until_session(kept, "online")
    await world.until_session(both, "online")
    assert lost.user_id is not None
    await second.routing.sessions.opened(world.tenant_id, lost.user_id)
    await world.until_session(lost, "online")


async def test_agents_of_a_dead_node_that_owned_nothing_are_reconnecting_too(nodes: Nodes) -> None:
    owner = await nodes()
    world = await make_world(owner)
    agent = await world.add_agent()
    other = await nodes()
    assert agent.user_id is not None
    await other.routing.sessions.opened(world.tenant_id, agent.user_id)
    await world.until_session(agent, "online")
    await other.die()
    await world.until_session(agent, "reconnecting")
    assert not await world.fetch("SELECT FROM agent_session")
    assert not await world.fetch("SELECT FROM node WHERE id = $1", other.routing.node_id)


async def test_consoles_of_a_node_that_was_believed_dead_are_announced_again(nodes: Nodes) -> None:
    owner = await nodes()
    world = await make_world(owner)
    agent = await world.add_agent()
    other = await nodes()
    assert agent.user_id is not None
    await other.routing.sessions.opened(world.tenant_id, agent.user_id)
    await world.until_session(agent, "online")
    async with owner.database.node() as conn:
        await conn.execute(
            "UPDATE node SET expires_at = clock_timestamp() - interval '1 s' WHERE id = $1",
            other.routing.node_id,
        )
    owner.routing._lease.look_soon()

    async def is_held_again() -> bool:
        return bool(await world.fetch("SELECT FROM agent_session WHERE node_id = $1", other.routing.node_id))

    await eventually(is_held_again)
    await world.until_session(agent, "online")


async def test_an_agent_is_online_while_any_console_on_any_node_is(nodes: Nodes) -> None:
    first, second = await nodes(), await nodes()
    world = await make_world(first)
    agent = await world.add_agent()
    assert agent.user_id is not None
    key = (world.tenant_id, agent.user_id)
    await first.routing.sessions.opened(*key)
    await first.routing.sessions.opened(*key)
    await second.routing.sessions.opened(*key)
    await world.until_session(agent, "online")
    await first.routing.sessions.lost(*key)
    await first.routing.sessions.closed(*key)
    assert (await world.fetch("SELECT count(*) FROM agent_session"))[0][0] == 1
    await second.routing.sessions.lost(*key)
    await world.until_session(agent, "reconnecting")
    states = await world.fetch("SELECT session FROM presence")
    assert [row["session"] for row in states] == ["reconnecting"]


async def test_a_rehearsed_take_over_leaves_nothing_behind(node: Node, world: World) -> None:
    await asyncio.gather(node.routing._owner.warm(), node.routing._owner.warm())
    async with node.database.node(0) as conn:
        left = await conn.fetch(
            "SELECT first_seq FROM journal WHERE shard = -1 UNION ALL SELECT agent_id FROM agent_stream"
        )
    assert left == []
    await world.until_state(await world.enqueue(await world.add_queue()), "queued")


async def test_what_a_stopped_shard_is_given_is_refused_as_not_owner(node: Node, world: World) -> None:
    shard = node.routing._owner.shard(world.tenant_id)
    assert shard is not None
    shard.stop()
    with pytest.raises(NotOwner):
        shard.submit(object())  # type: ignore[arg-type]


def test_being_fenced_is_no_refusal_of_a_caller() -> None:
    assert not issubclass(Fenced, NotOwner)
