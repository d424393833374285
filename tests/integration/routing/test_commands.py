"""A command is carried out exactly once, whichever way it comes and whatever dies on the way."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import uuid4

import asyncpg
import pytest

from ucc.domain.actor import Actor
from ucc.domain.conversation import SlaAlert
from ucc.domain.engine import Accept, ContactWrote, Enqueue, SetStatus
from ucc.domain.errors import BadInput, Unavailable
from ucc.domain.events import SlaAlerted, decode_event
from ucc.domain.states import InteractionState, SlaAlertKind, SlaClock
from ucc.kit.bus import Publication
from ucc.kit.clock import now_ms
from ucc.routing import dispatch
from ucc.routing.dispatch import _Request, add_command
from ucc.routing.ground import Work, encode
from ucc.routing.lease import shard_of
from ucc.routing.projector import Batch
from ucc.routing.refusals import Refused
from ucc.routing.store import queries
from ucc.routing.streams import append_agent_events

from .conftest import Node, Nodes, World, eventually, make_world


async def ready(world: World) -> tuple[int, Actor]:
    """Return a queue and an agent who waits for work."""
    queue, agent = await world.add_queue(), await world.add_agent(chats=3)
    await world.come_online(agent)
    return queue, agent


async def commands_left(world: World) -> int:
    return int((await world.fetch("SELECT count(*) FROM routing_command"))[0][0])


async def queued_facts(world: World, interaction: int) -> int:
    rows = await world.fetch(
        "SELECT count(*) FROM journal WHERE interaction_ids @> ARRAY[$1::bigint]"
        " AND position('interaction_queued'::bytea IN facts) > 0",
        interaction,
    )
    return int(rows[0][0])


async def test_a_stored_command_is_deleted_in_the_transaction_that_journals_it(
    world: World, node: Node
) -> None:
    queue, _ = await ready(world)
    interaction = await world.enqueue(queue)
    await world.until_ringing(interaction)
    assert await commands_left(world) == 0
    deleted = await world.fetch(
        "SELECT j.xmin::text AS journaled, i.xmin::text AS projected FROM journal j, offer i"
        " WHERE j.interaction_ids @> ARRAY[$1::bigint] AND i.interaction_id = $1",
        interaction,
    )
    assert {(row["journaled"] == row["projected"]) for row in deleted} == {True}


async def add_nothing(*_: object) -> list[Publication]:
    """Be a projector with statements of its own: batches take the long way."""
    return []


async def test_a_command_whose_transaction_dies_before_the_commit_is_carried_out_later_once(
    world: World, node: Node, monkeypatch: pytest.MonkeyPatch
) -> None:
    queue, _ = await ready(world)
    node.routing.add_projector(add_nothing)
    project, died = node.routing._projector.project, []

    async def die_once(conn: object, *arguments: object) -> object:
        done = await project(conn, *arguments)  # type: ignore[arg-type]
        if not died:
            died.append(True)
            conn.terminate()  # type: ignore[attr-defined]  # as PostgreSQL's death looks from here
        return done

    monkeypatch.setattr(node.routing._projector, "project", die_once)
    interaction = await world.enqueue(queue)
    await world.until_ringing(interaction)
    assert died
    assert await queued_facts(world, interaction) == 1
    assert await commands_left(world) == 0
    await node.routing.verify(world.tenant_id)


async def test_a_command_whose_connection_dies_before_its_only_statement_is_carried_out_later_once(
    world: World, node: Node, monkeypatch: pytest.MonkeyPatch
) -> None:
    queue, _ = await ready(world)
    carry, died = queries.carry_batch, []

    def die_once(conn: Any, /, **given: Any) -> Any:
        if not died:
            died.append(True)
            conn.terminate()
        return carry(conn, **given)

    monkeypatch.setitem(queries._queries, "carry_batch", die_once)
    interaction = await world.enqueue(queue)
    await world.until_ringing(interaction)
    assert died
    assert await queued_facts(world, interaction) == 1
    assert await commands_left(world) == 0
    await node.routing.verify(world.tenant_id)


async def test_a_batch_whose_answer_was_lost_stands_and_streams_are_read_again(
    world: World, node: Node, monkeypatch: pytest.MonkeyPatch
) -> None:
    queue, agent = await ready(world)
    carry, lost, gaps = queries.carry_batch, [], []
    node.bus.on_gap(lambda: gaps.append(len(lost)))

    async def lose_once(conn: Any, /, **given: Any) -> Any:
        row = await carry(conn, **given)
        if not lost:
            lost.append(row)
            conn.terminate()
            await conn.execute("SELECT 1")
        return row

    monkeypatch.setitem(queries._queries, "carry_batch", lose_once)
    interaction = await world.enqueue(queue)
    await world.until_ringing(interaction)
    assert await world.accept(interaction) == agent
    assert gaps == [1]
    assert await queued_facts(world, interaction) == 1
    await node.routing.verify(world.tenant_id)


async def test_a_stored_command_that_was_taken_back_stops_its_whole_batch(
    world: World, node: Node, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, agent = await ready(world)
    carry, taken = queries.carry_batch, []
    assert agent.user_id is not None
    command = SetStatus(agent=agent.user_id, status="off_queue", reason="meal")

    async def take_back(conn: Any, /, **given: Any) -> Any:
        if given["row_ids"] and not taken:
            async with node.database.tenant(world.tenant_id) as other:
                taken.append(
                    await other.execute("DELETE FROM routing_command WHERE id = ANY($1)", given["row_ids"])
                )
        return await carry(conn, **given)

    monkeypatch.setitem(queries._queries, "carry_batch", take_back)
    async with node.database.tenant(world.tenant_id) as conn:
        await add_command(conn, world.tenant_id, command)
    node.routing.wake(world.tenant_id)
    await eventually(lambda: is_true(bool(taken)))
    back = SetStatus(agent=agent.user_id, status="off_queue", reason="break")
    assert (await node.routing.submit(world.tenant_id, back)).refusal is None
    rows = await world.fetch("SELECT count(*) FROM journal WHERE position('meal'::bytea IN commands) > 0")
    assert rows[0][0] == 0
    await node.routing.verify(world.tenant_id)


async def is_true(found: bool) -> bool:
    return found


@pytest.mark.parametrize("is_by_table", [True, False])
async def test_what_an_ending_saw_goes_with_it_to_the_owner(nodes: Nodes, is_by_table: bool) -> None:
    way: dict[str, Any] = {"nats": None} if is_by_table else {}
    owner = await nodes(**way)
    world = await make_world(owner)
    queue, agent = await ready(world)
    seen: list[dict[int, int]] = []
    fold = owner.routing._projector.fold

    def note(batch: Batch, read: Any) -> Any:
        seen.append(batch.seen)
        return fold(batch, read)

    owner.routing._projector.fold = note  # type: ignore[method-assign]
    other = await nodes(**way)
    await eventually(lambda: sees_owner(other, world.tenant_id))
    interaction = await world.enqueue(queue)
    await world.accept(interaction)
    await other.routing.work.resolve(agent, interaction, 7)
    assert {interaction: 7} in seen
    seen.clear()
    with pytest.raises(Refused):  # it is ended: nothing is noted of a second time
        await other.routing.work.resolve(agent, interaction, 9)
    assert not any(seen)


async def test_an_answer_lost_after_the_commit_is_found_in_the_journal(
    world: World, node: Node, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, agent = await ready(world)
    node.routing.add_projector(add_nothing)
    shard = node.routing._owner.shard(world.tenant_id)
    assert shard is not None
    transaction = node.database.node

    class DiesAfterCommit:
        def __init__(self, tenant_id: int | None) -> None:
            self.inner = transaction(tenant_id)

        async def __aenter__(self) -> object:
            return await self.inner.__aenter__()

        async def __aexit__(self, *error: object) -> None:
            await self.inner.__aexit__(*error)  # type: ignore[arg-type]
            monkeypatch.setattr(node.database, "node", transaction)
            raise Unavailable("the connection died after the commit")

    answer = asyncio.get_running_loop().create_future()
    assert agent.user_id is not None
    command = SetStatus(agent=agent.user_id, status="off_queue", reason="meal")
    monkeypatch.setattr(node.database, "node", DiesAfterCommit)
    shard.submit(Work(world.tenant_id, encode(command), answer=answer))
    assert (await answer).refusal is None
    await node.routing.verify(world.tenant_id)


async def test_one_bad_command_fails_alone_and_is_set_aside_after_five_tries(
    world: World, node: Node, monkeypatch: pytest.MonkeyPatch
) -> None:
    queue, _ = await ready(world)
    bad, tries = node.ids.take(), []

    async def fail(conn: object, tenant_id: int, at_ms: int, facts: list[tuple[int, object]]) -> list[object]:
        if any(getattr(fact, "interaction", None) == bad for _, fact in facts):
            tries.append(True)
            raise RuntimeError("this projector cannot write it")
        return []

    node.routing.add_projector(fail)  # type: ignore[arg-type]
    async with node.database.tenant(world.tenant_id) as conn:
        for interaction in (bad, node.ids.take()):
            await node.routing.command(conn, world.tenant_id, Enqueue(interaction, queue, "chat", now_ms()))
    node.routing.wake(world.tenant_id)
    await world.until_ringing(await world.enqueue(queue))

    async def is_set_aside() -> bool:
        rows = await world.fetch("SELECT error FROM routing_command WHERE set_aside_at_ms IS NOT NULL")
        return bool(rows) and "cannot write it" in rows[0]["error"]

    await eventually(is_set_aside)
    assert 5 <= len(tries) <= 7  # alone five times, in company before
    assert (await world.fetch("SELECT count(*) FROM offer WHERE state = 'ringing'"))[0][0] == 2
    await node.routing.verify(world.tenant_id)


async def test_the_agents_node_asks_the_owner_on_another_node(nodes: Nodes) -> None:
    owner = await nodes()
    world = await make_world(owner)
    queue, agent = await ready(world)
    other = await nodes()
    interaction = await world.enqueue(queue, node=other)
    assert await world.accept(interaction, node=other) == agent
    assert not other.routing.owns(world.tenant_id)
    place = await world.enqueue(queue, requirement=[(1, 1)])
    await world.until_state(place, "queued")
    found = await other.routing.place(world.tenant_id, place)
    assert found is not None
    assert (found.place, found.waiting) == (1, 1)


async def test_a_request_repeated_with_its_id_is_carried_out_once(world: World, node: Node) -> None:
    queue, _ = await ready(world)
    interaction = await world.enqueue(queue)
    offer = await world.until_ringing(interaction)
    command = encode(Accept(interaction, offer["agent_id"], offer["epoch"]))
    request = _Request(world.tenant_id, uuid4(), command)
    dispatch = node.routing._dispatch
    first = await asyncio.gather(*(dispatch._once(request) for _ in range(3)))
    assert [one.refusal for one in first] == [None, None, None]
    dispatch._answers.clear()  # another node owns the shard now: it knows the table alone
    retried = _Request(world.tenant_id, request.command_id, command, is_retry=True)
    assert (await dispatch._once(retried)).refusal is None
    async with node.database.tenant(world.tenant_id) as conn:  # and the same once more by the table
        await conn.execute(
            "INSERT INTO routing_command (tenant_id, shard, command_id, command, at_ms)"
            " VALUES ($1, $2, $3, $4, 0)",
            *(world.tenant_id, shard_of(world.tenant_id), request.command_id, command),
        )
    node.routing.wake(world.tenant_id)
    await eventually(lambda: is_empty(world))
    rows = await world.fetch("SELECT count(*) FROM segment WHERE interaction_id = $1", interaction)
    assert rows[0][0] == 1


async def is_empty(world: World) -> bool:
    return await commands_left(world) == 0


async def test_without_nats_work_is_assigned_and_accepted_through_the_table(nodes: Nodes) -> None:
    owner = await nodes(nats=None)
    world = await make_world(owner)
    queue, agent = await ready(world)
    other = await nodes(nats=None)
    await eventually(lambda: sees_owner(other, world.tenant_id))
    interaction = await world.enqueue(queue, node=other)  # no hint can reach the owner
    assert await world.accept(interaction, node=other) == agent
    with pytest.raises(Refused, match="offer is gone"):
        await other.routing.work.accept(agent, interaction, 999)
    assert await other.routing.place(world.tenant_id, interaction) is None


async def sees_owner(node: Node, tenant_id: int) -> bool:
    seat = node.routing._lease.seat(shard_of(tenant_id))
    return seat is not None and not seat.is_free


async def test_a_command_nobody_carries_out_in_time_is_taken_back(
    world: World, node: Node, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, agent = await ready(world)
    assert agent.user_id is not None
    await node.routing.close()
    command = SetStatus(agent=agent.user_id, status="off_queue", reason="meal")
    with pytest.raises(Unavailable, match="3000 ms"):
        await node.routing.submit(world.tenant_id, command)
    assert await commands_left(world) == 0


async def test_accepting_ones_own_accepted_offer_again_is_no_error(world: World, node: Node) -> None:
    queue, agent = await ready(world)
    interaction = await world.enqueue(queue)
    offer = await world.until_ringing(interaction)
    for _ in range(2):
        found = await node.routing.work.accept(agent, interaction, offer["epoch"])
        assert found.state == InteractionState.ACTIVE


async def test_a_prepared_interaction_that_was_not_needed_is_cancelled(world: World, node: Node) -> None:
    queue, _ = await ready(world)
    interaction = await world.enqueue(queue)
    await world.accept(interaction)
    spare = await world.enqueue(queue, requirement=[(1, 99)])  # refused: no such level
    await world.until_state(spare, "failed")
    async with node.database.tenant(world.tenant_id) as conn:
        other = node.ids.take()
        await conn.execute(
            "INSERT INTO interaction (tenant_id, id, medium, state, created_at_ms)"
            " VALUES ($1, $2, 'chat', 'new', 1)",
            *(world.tenant_id, other),
        )
        order = Enqueue(other, queue, "chat", now_ms())
        await add_command(conn, world.tenant_id, ContactWrote(interaction, order))
    node.routing.wake(world.tenant_id)
    await world.until_state(other, "cancelled")
    assert await world.state(interaction) == "active"


async def test_i2_the_database_itself_refuses_a_second_live_offer(world: World, node: Node) -> None:
    queue, _ = await ready(world)
    interaction = await world.enqueue(queue)
    await world.until_ringing(interaction)
    with pytest.raises(asyncpg.UniqueViolationError, match="offer_live"):
        async with node.database.node(world.tenant_id) as conn:
            await conn.execute(
                "INSERT INTO offer (tenant_id, interaction_id, epoch, agent_id, state, offered_at_ms,"
                " expires_at_ms, why, journal_seq) SELECT tenant_id, interaction_id, epoch + 100, agent_id,"
                " state, offered_at_ms, expires_at_ms, why, journal_seq FROM offer"
            )


async def test_whoever_waits_when_the_shard_is_fenced_is_told_and_asks_again(
    world: World, node: Node, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, agent = await ready(world)
    assert agent.user_id is not None
    shard = node.routing._owner.shard(world.tenant_id)
    assert shard is not None
    async with node.database.node() as conn:  # another owner wrote where this one is about to
        await conn.execute(
            "INSERT INTO journal (shard, first_seq, node_id, rules_version, at_ms, count, commands, facts)"
            " VALUES ($1, $2, 1, 1, 1, 1, '', '')",
            *(shard.shard, shard.next_seq),
        )
    command = SetStatus(agent=agent.user_id, status="off_queue", reason="meal")
    outcomes = await asyncio.gather(*(node.routing.submit(world.tenant_id, command) for _ in range(5)))
    assert [outcome.refusal for outcome in outcomes] == [None] * 5
    assert node.routing._owner.shard(world.tenant_id) is not shard
    await node.routing.verify(world.tenant_id)


async def test_a_console_lost_while_the_database_is_away_is_released_later(
    world: World, node: Node, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, agent = await ready(world)
    assert agent.user_id is not None
    transaction, tries = node.database.tenant, []

    def away_once(tenant_id: int) -> object:
        tries.append(True)
        if len(tries) == 1:
            raise Unavailable("the database does not answer")
        return transaction(tenant_id)

    monkeypatch.setattr(node.database, "tenant", away_once)
    await node.routing.sessions.lost(world.tenant_id, agent.user_id)
    await world.until_session(agent, "reconnecting")


@pytest.mark.parametrize(("interaction", "epoch", "field"), [(-5, 1, "interaction"), (5, -4609, "epoch")])
async def test_a_negative_number_is_refused_before_it_can_fail_a_batch(
    world: World, node: Node, interaction: int, epoch: int, field: str
) -> None:
    agent = await world.add_agent()
    with pytest.raises(BadInput, match=f"{field} is -[0-9]+; allowed is 0 to [0-9]+"):
        await node.routing.work.accept(agent, interaction, epoch)


async def test_whoever_waits_for_a_slow_owner_is_told_so_and_the_command_stands_later(
    world: World, node: Node, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, agent = await ready(world)
    assert agent.user_id is not None
    monkeypatch.setattr(dispatch, "DEADLINE_MS", 1)
    carry, gate = queries.carry_batch, asyncio.get_running_loop().create_future()

    async def wait(conn: Any, /, **given: Any) -> Any:
        await gate
        return await carry(conn, **given)

    monkeypatch.setitem(queries._queries, "carry_batch", wait)
    command = SetStatus(agent=agent.user_id, status="off_queue", reason="meal")
    with pytest.raises(Unavailable):
        await node.routing.submit(world.tenant_id, command)
    gate.set_result(None)

    async def is_away() -> bool:
        rows = await world.fetch("SELECT reason FROM presence WHERE agent_id = $1", agent.user_id)
        return bool(rows) and rows[0]["reason"] == "meal"

    await eventually(is_away)


async def test_events_of_several_agents_are_numbered_each_in_its_own_order(world: World, node: Node) -> None:
    one, other = 8_000_001, 8_000_002
    told: list[tuple[int, int, int]] = []  # agent, seq, which event
    for names in ((one, other, one, other, one), (other,), (other, one)):
        events = [(agent, alerted(len(told) + number)) for number, agent in enumerate(names)]
        async with node.database.tenant(world.tenant_id) as conn:
            published = await append_agent_events(conn, world.tenant_id, 1, [*events])
        told += [
            (agent, publication.seq, publication.payload.interaction_id)
            for (agent, _), publication in zip(events, published, strict=True)
        ]
    rows = await world.fetch(
        "SELECT agent_id, seq, event FROM agent_event WHERE agent_id IN ($1, $2)", one, other
    )
    stored = [(row["agent_id"], row["seq"], decode_event(row["event"]).interaction_id) for row in rows]
    assert sorted(stored) == sorted(told)
    assert [(seq, which) for agent, seq, which in sorted(told) if agent == one] == [
        *((1, 0), (2, 2), (3, 4), (4, 7)),
    ]


def alerted(number: int) -> SlaAlerted:
    alert = SlaAlert(clock=SlaClock.ANSWER, kind=SlaAlertKind.WARNED, at_ms=1)
    return SlaAlerted(interaction_id=number, conversation_id=None, alert=alert)
