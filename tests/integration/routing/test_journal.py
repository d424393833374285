"""The journal says everything, and says it again bit for bit (I13)."""

from __future__ import annotations

import msgspec
import pytest
import structlog.testing

from ucc._native.engine import EngineBroken
from ucc.domain.conversation import CompleteWrite, EndWrite
from ucc.domain.engine import InteractionClosed, InteractionQueued, OpenShard, decode_outcomes, encode_facts
from ucc.kit.clock import now_ms
from ucc.routing import journal
from ucc.routing.journal import BrokenJournal
from ucc.routing.lease import SHARDS, shard_of

from .conftest import Node, World, eventually, make_world


async def work_through(world: World, node: Node, count: int) -> None:
    """Carry some work from its queueing to its end."""
    queue = await world.add_queue(f"Queue {node.ids.take()}")
    agent = await world.add_agent()
    await world.come_online(agent)
    for _ in range(count):
        interaction = await world.enqueue(queue)
        actor = await world.accept(interaction)
        await node.routing.work.end(actor, interaction, EndWrite(seen_seq=0))
        await node.routing.work.complete(actor, interaction, CompleteWrite())


async def test_i13_deciding_and_folding_the_whole_journal_give_what_was_recorded(
    world: World, node: Node
) -> None:
    await work_through(world, node, 5)
    verdict = await node.routing.verify(world.tenant_id)
    assert verdict.rows == verdict.redecided > 20
    assert verdict.state_hash == node.routing.state_hash(world.tenant_id)


async def test_i13_a_snapshot_and_the_rest_equal_the_whole(world: World, node: Node) -> None:
    await work_through(world, node, 2)
    seq, _ = await journal.add_snapshot(node.database, world.tenant_id, shard_of(world.tenant_id))
    await work_through(world, node, 2)
    whole = await node.routing.verify(world.tenant_id)
    assert whole.snapshots == 1
    async with node.database.node(world.tenant_id) as conn:
        await conn.execute("DELETE FROM journal WHERE first_seq <= $1 AND tenant_id IS NOT NULL", seq)
    rest = await node.routing.verify(world.tenant_id)
    assert rest.rows < whole.rows
    assert rest.state_hash == whole.state_hash
    loaded = await journal.load(node.database, world.tenant_id)
    assert str(loaded.engine.state_hash()) == whole.state_hash


async def test_a_missing_row_is_noticed_and_nothing_is_decided_on_the_rest(world: World, node: Node) -> None:
    await work_through(world, node, 1)
    rows = await world.fetch("SELECT first_seq FROM journal WHERE tenant_id IS NOT NULL ORDER BY first_seq")
    async with node.database.node(world.tenant_id) as conn:
        await conn.execute("DELETE FROM journal WHERE first_seq = $1", rows[3]["first_seq"])
    with pytest.raises(BrokenJournal, match="follows seq"):
        await journal.load(node.database, world.tenant_id)
    with pytest.raises(BrokenJournal, match="follows seq"):
        await node.routing.verify(world.tenant_id)


async def test_a_recorded_fact_that_would_be_decided_otherwise_is_noticed(world: World, node: Node) -> None:
    await work_through(world, node, 1)
    rows = await world.fetch(
        "SELECT first_seq, facts FROM journal WHERE position('interaction_queued'::bytea IN facts) > 0"
    )
    row, outcomes = rows[0], decode_outcomes(rows[0]["facts"])
    facts = next(
        one.facts for one in outcomes if any(isinstance(fact, InteractionQueued) for fact in one.facts)
    )
    place = next(place for place, fact in enumerate(facts) if isinstance(fact, InteractionQueued))
    facts[place] = msgspec.structs.replace(facts[place], priority=9)
    async with node.database.node(world.tenant_id) as conn:
        await conn.execute(
            "UPDATE journal SET facts = $1 WHERE first_seq = $2",
            msgspec.msgpack.encode(outcomes),
            row["first_seq"],
        )
    with pytest.raises(BrokenJournal, match="differs"):
        await node.routing.verify(world.tenant_id)


async def test_rows_of_other_rules_are_folded_and_not_decided_again(world: World, node: Node) -> None:
    await work_through(world, node, 1)
    async with node.database.node(world.tenant_id) as conn:
        await conn.execute("UPDATE journal SET rules_version = 0 WHERE tenant_id IS NOT NULL")
    verdict = await node.routing.verify(world.tenant_id)
    assert verdict.redecided == 0
    assert verdict.state_hash == node.routing.state_hash(world.tenant_id)


async def test_the_journal_of_a_shard_has_no_holes_whoever_writes_in_it(world: World, node: Node) -> None:
    await work_through(world, node, 2)
    rows = await world.fetch(
        "SELECT first_seq, count, lead(first_seq) OVER (ORDER BY first_seq) AS following FROM journal"
        " WHERE shard = $1 ORDER BY first_seq",
        shard_of(world.tenant_id),
    )
    assert rows[0]["first_seq"] == 1
    assert all(row["first_seq"] + row["count"] == row["following"] for row in rows[:-1])


async def test_old_rows_go_where_a_snapshot_stands_in_for_them(world: World, node: Node) -> None:
    await work_through(world, node, 2)
    assert await journal.prune(node.database, world.tenant_id, now_ms() + 1) == 0  # no snapshot yet
    seq, _ = await journal.add_snapshot(node.database, world.tenant_id, shard_of(world.tenant_id))
    await work_through(world, node, 1)
    whole = await node.routing.verify(world.tenant_id)
    assert await journal.prune(node.database, world.tenant_id, now_ms() + 1) > 0
    left = await world.fetch("SELECT min(first_seq) AS first FROM journal WHERE tenant_id IS NOT NULL")
    assert left[0]["first"] > seq
    assert (await node.routing.verify(world.tenant_id)).state_hash == whole.state_hash


async def test_a_shard_asks_for_a_snapshot_after_many_commands(
    world: World, node: Node, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ucc.routing.shard.SNAPSHOT_COMMANDS", 10)
    await work_through(world, node, 3)

    async def has_snapshot() -> bool:
        return bool(await world.fetch("SELECT FROM snapshot"))

    await eventually(has_snapshot)
    await node.routing.verify(world.tenant_id)


async def test_a_live_engine_that_differs_from_its_journal_is_loaded_again(world: World, node: Node) -> None:
    await work_through(world, node, 1)
    shard = node.routing._owner.shard(world.tenant_id)
    assert shard is not None
    live = shard.engines[world.tenant_id]
    live.engine.submit(now_ms(), msgspec.msgpack.encode([OpenShard(epoch=999)]))
    await node.routing._upkeep.snapshot(world.tenant_id)

    async def is_loaded_again() -> bool:
        found = shard.engines.get(world.tenant_id)
        return found is not None and found is not live

    await eventually(is_loaded_again)


async def test_an_engine_that_breaks_is_loaded_from_its_journal_and_that_is_told(
    world: World, node: Node
) -> None:
    queue, agent = await world.add_queue(), await world.add_agent(chats=3)
    await world.come_online(agent)
    await world.until_ringing(await world.enqueue(queue))
    engine = node.routing._owner.engine(world.tenant_id)
    assert engine is not None
    with pytest.raises(EngineBroken):
        engine.fold(now_ms(), encode_facts([InteractionClosed(404, 7, "completed")]))
    with structlog.testing.capture_logs() as told:
        interaction = await world.enqueue(queue)
        await world.until_ringing(interaction)
    errors = [(line["event"], line["tenant"]) for line in told if line["log_level"] == "error"]
    assert errors == [("engine broke, loading it from its journal", world.tenant_id)]
    loaded = node.routing._owner.engine(world.tenant_id)
    assert loaded is not None
    assert loaded is not engine
    await node.routing.verify(world.tenant_id)


async def test_the_round_expands_calendars_and_prunes_answers_and_events(world: World, node: Node) -> None:
    await work_through(world, node, 1)
    async with node.database.node(world.tenant_id) as conn:
        await conn.execute("UPDATE agent_event SET at_ms = 1")
        await conn.execute(
            "INSERT INTO routing_answer (tenant_id, command_id, at_ms) VALUES ($1, gen_random_uuid(), 1)",
            world.tenant_id,
        )
    before = await world.fetch("SELECT count(*) FROM journal WHERE position('queue_set'::bytea IN facts) > 0")
    await node.routing._upkeep.round(world.tenant_id)
    assert not await world.fetch("SELECT FROM routing_answer")
    assert not await world.fetch("SELECT FROM agent_event WHERE at_ms = 1")

    async def is_expanded() -> bool:
        after = await world.fetch(
            "SELECT count(*) FROM journal WHERE position('queue_set'::bytea IN facts) > 0"
        )
        return bool(after[0][0] > before[0][0])

    await eventually(is_expanded)


async def test_tenants_of_one_shard_share_its_numbers_and_nothing_else(world: World, node: Node) -> None:
    while (neighbour_id := node.ids.take()) % SHARDS != world.tenant_id % SHARDS:
        pass
    neighbour = await make_world(node, neighbour_id)
    await work_through(world, node, 1)
    await work_through(neighbour, node, 1)
    await work_through(world, node, 1)
    for one in (world, neighbour):
        verdict = await node.routing.verify(one.tenant_id)
        assert verdict.state_hash == node.routing.state_hash(one.tenant_id)
    owners = await world.fetch("SELECT tenant_id FROM journal WHERE shard = $1", shard_of(neighbour_id))
    assert {row["tenant_id"] for row in owners} == {None, world.tenant_id, neighbour_id}


async def test_a_batch_in_flight_is_no_difference_between_the_live_engine_and_its_journal(
    world: World, node: Node
) -> None:
    await work_through(world, node, 1)
    shard = node.routing._owner.shard(world.tenant_id)
    assert shard is not None
    live = shard.engines[world.tenant_id]
    live.decide(now_ms(), msgspec.msgpack.encode([OpenShard(epoch=999)]))
    await node.routing._upkeep.snapshot(world.tenant_id)
    assert shard.engines[world.tenant_id] is live
    live.ahead = 0  # as if that had been committed: now the journal lacks it
    await node.routing._upkeep.snapshot(world.tenant_id)
    assert shard.engines.get(world.tenant_id) is not live
