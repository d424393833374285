"""Work by frames on the agent's socket, and what a batch of routing costs with conversations around it."""

from __future__ import annotations

import asyncio
from typing import Any

import asyncpg
import pytest

from tests.integration.conversations.conftest import Frames, World, client_id, eventually, visitor_of
from ucc.channels.base import Inbound
from ucc.domain.engine import Accept, Outcome
from ucc.domain.states import Role
from ucc.kit import sql
from ucc.kit.clock import now_ms
from ucc.routing.ground import NotOwner
from ucc.routing.store import queries


async def ring(world: World) -> tuple[Frames, Any, Any]:
    """Let a chat ring at an agent; return the console, the agent and the offer."""
    agent = await world.add_agent()
    console = await world.go_on_queue(agent)
    started = await world.start()
    offer = await eventually(lambda: world.ringing(started.state.conversation_id))
    return console, agent, offer


async def test_an_agent_accepts_and_ends_by_frames_and_the_own_stream_tells_of_it(world: World) -> None:
    console, agent, offer = await ring(world)
    work = offer["interaction_id"]
    await console.send(type="accept", interaction_id=work, epoch=offer["epoch"])
    await console.until(lambda: "active" in states_at(console))
    await console.send(type="end", interaction_id=work, seen_seq=1)
    await console.until(lambda: "wrapping" in states_at(console))
    head = await world.head_of_work(work)
    assert (head["ended_seq"], head["agent_id"]) == (1, agent.user_id)
    assert console.of("refused") == []


def states_at(console: Frames) -> list[str]:
    """Return the states of work that a console was told."""
    events = [frame["event"] for frame in console.of("event")]
    return [one["interaction"]["state"] for one in events if one["type"] == "interaction_changed"]


async def test_acts_that_come_to_what_was_asked_need_no_more_than_to_be_begun(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    console, _, offer = await ring(world)
    waited: list[str] = []
    monkeypatch.setattr(world.rooms.routing.work, "claim", lambda *_: waited.append("claim"))
    await console.send(type="accept", interaction_id=offer["interaction_id"], epoch=offer["epoch"])
    await console.until(lambda: "active" in states_at(console))
    assert waited == []


async def test_the_next_frame_waits_for_the_act_under_way(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    console, _, offer = await ring(world)
    work = world.rooms.routing.work
    act: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()
    begun: list[int] = []
    ended: list[int] = []

    def begin(actor: Any, interaction_id: int, epoch: int) -> asyncio.Future[Outcome]:
        begun.append(interaction_id)
        return act

    async def is_begun() -> bool:
        return bool(begun)

    async def is_ended() -> bool:
        return bool(ended)

    async def resolve(actor: Any, interaction_id: int, seen_seq: int, begun: Any) -> None:
        ended.append(interaction_id)

    monkeypatch.setattr(work, "begin_claim", begin)
    monkeypatch.setattr(work, "resolve", resolve)
    await console.send(type="accept", interaction_id=offer["interaction_id"], epoch=offer["epoch"])
    await eventually(is_begun)
    await console.send(type="end", interaction_id=offer["interaction_id"], seen_seq=1)
    other = await world.node.console(await world.add_agent())
    await other.until(lambda: other.of("welcome"))  # frames of others go on meanwhile
    assert ended == []
    act.set_result(Outcome(refusal=None, facts=[]))
    await eventually(is_ended)
    assert begun == ended == [offer["interaction_id"]]


@pytest.mark.parametrize("way", ["elsewhere", "given away"])
async def test_an_act_that_cannot_be_carried_out_here_finds_its_way(
    world: World, monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    console, _, offer = await ring(world)
    begun: asyncio.Future[Outcome] | None = None
    if way == "given away":
        begun = asyncio.get_running_loop().create_future()
        begun.set_exception(NotOwner())
    monkeypatch.setattr(world.rooms.routing.work, "begin_claim", lambda *_: begun)
    await console.send(type="accept", interaction_id=offer["interaction_id"], epoch=offer["epoch"])
    await console.until(lambda: "active" in states_at(console))
    assert console.of("refused") == []


@pytest.mark.parametrize("where", ["begin_claim", "claim"])
async def test_a_bug_in_an_act_ends_the_socket_alone(
    world: World, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    console, _, offer = await ring(world)

    def fail(*_: object) -> None:
        raise RuntimeError("a bug")

    monkeypatch.setattr(world.rooms.routing.work, where, fail)
    epoch = offer["epoch"] + (where == "claim")  # a wrong one has more to be said
    await console.send(type="accept", interaction_id=offer["interaction_id"], epoch=epoch)
    assert await console.closed() == 1011


async def test_a_frame_for_work_that_is_not_ones_own_is_refused_and_changes_nothing(world: World) -> None:
    console, _, offer = await ring(world)
    work = offer["interaction_id"]
    other = await world.node.console(await world.add_agent())
    await other.until(lambda: other.of("welcome"))
    await other.send(type="accept", interaction_id=work, epoch=offer["epoch"])
    await other.until(lambda: other.of("refused"))
    await other.send(type="end", interaction_id=work, seen_seq=9)
    await other.until(lambda: len(other.of("refused")) == 2)
    assert [frame["code"] for frame in other.of("refused")] == ["not_offered", "not_active"]
    head = await world.head_of_work(work)
    assert (head["ended_seq"], head["interaction_state"]) == (0, "offered")
    await console.send(type="accept", interaction_id=work, epoch=offer["epoch"] + 1)
    refused = await console.until(lambda: console.of("refused"))
    assert refused[0]["code"] == "not_offered"


async def test_a_batch_of_routing_is_two_statements(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    _, agent, offer = await ring(world)
    ran: list[str] = []
    call = sql.Query.__call__

    def note(query: sql.Query, conn: Any, /, **params: Any) -> Any:
        task = asyncio.current_task()
        if task is not None and task.get_name().startswith("routing: shard"):
            ran.append(query.name)
        return call(query, conn, **params)

    monkeypatch.setattr(sql.Query, "__call__", note)
    await world.submit(Accept(offer["interaction_id"], agent.require_user(), offer["epoch"]))
    assert ran == ["read_batch", "carry_batch"]


async def test_a_message_between_reading_and_writing_sends_the_batch_the_long_way(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The ending did not know of it: under the lock that is seen, and the work goes on."""
    started, agent, work = await world.start_active()
    visitor = await visitor_of(world, started)
    carry, tries = queries.carry_batch, []

    async def write_between(conn: Any, /, **given: Any) -> Any:
        if not tries:
            tries.append(given)
            said = Inbound(external_id=client_id(), text="and one more thing")
            await world.rooms.conversations.visitors.receive(visitor, said)
        return await carry(conn, **given)

    monkeypatch.setitem(queries._queries, "carry_batch", write_between)
    await world.end(agent, work, seen_seq=1)
    assert tries
    head = await world.until_work(visitor.conversation_id, "active")
    assert (head["interaction_id"], head["agent_id"], head["ended_seq"]) == (work, agent.user_id, 1)


async def test_a_head_that_nobody_holds_is_not_read(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    _, agent, offer = await ring(world)
    held = (await world.start()).state.conversation_id
    supervisor = await world.node.console(
        await world.add_agent(role=Role.SUPERVISOR), {f"conversation:{held}": 0}
    )
    await supervisor.until(lambda: supervisor.of("welcome"))
    told: list[int] = []
    publications = world.rooms.conversations.heads.publications

    async def note(conn: Any, tenant_id: int, ids: list[int]) -> Any:
        told.extend(ids)
        return await publications(conn, tenant_id, ids)

    monkeypatch.setattr(world.rooms.conversations.heads, "publications", note)
    for ringing in (offer, await eventually(lambda: world.ringing(held))):
        await world.submit(Accept(ringing["interaction_id"], agent.require_user(), ringing["epoch"]))

    async def is_told() -> bool:
        return bool(told)

    await eventually(is_told)  # of the second, and of the first no later
    assert set(told) == {held}


async def test_who_is_told_of_a_changed_head_is_told_after_the_commit(world: World) -> None:
    console, agent, offer = await ring(world)
    supervisor = await world.add_agent(role=Role.SUPERVISOR)
    head = await world.head_of_work(offer["interaction_id"])
    watching = await world.node.console(supervisor, {f"conversation:{head['id']}": 0})
    await watching.until(lambda: watching.of("welcome"))
    await console.send(type="accept", interaction_id=offer["interaction_id"], epoch=offer["epoch"])

    def owners() -> list[int]:
        events = [frame["event"] for frame in watching.of("event")]
        return [one["conversation"]["agent_id"] for one in events if one["type"] == "conversation_changed"]

    await watching.until(lambda: agent.user_id in owners())


@pytest.mark.parametrize("is_needed", [False, True])
async def test_the_end_of_work_resolves_unless_work_waits_that_the_batch_does_not_end(
    world: World, is_needed: bool
) -> None:
    _, _, work = await world.start_active()
    head, spare = await world.head_of_work(work), world.rooms.ids.take()
    async with world.rooms.database.tenant(world.tenant_id) as conn:
        await conn.execute(
            "INSERT INTO interaction (tenant_id, id, conversation_id, medium, state, created_at_ms)"
            " VALUES ($1, $2, $3, 'chat', 'new', 1)",
            *(world.tenant_id, spare, head["id"]),
        )
    ended = {"id": spare, "medium": "chat", "state": "cancelled", "created_at_ms": 1}
    await write(world, {} if is_needed else {"interactions": [ended]}, closed(head))
    assert (await world.head_of_work(work))["state"] == ("open" if is_needed else "resolved")


@pytest.mark.parametrize("known", ["contact_seq", "ended_seq", "interaction_id", "queue_id", "agent_id"])
async def test_a_head_that_is_not_as_it_was_read_is_not_written(world: World, known: str) -> None:
    _, _, work = await world.start_active()
    head = await world.head_of_work(work)
    for other in (None, 0, 7):
        if other != head[known]:
            with pytest.raises(asyncpg.PostgresError) as refused:
                await write(world, {}, closed(head) | {f"known_{known}": other})
            assert refused.value.sqlstate == "40001"
    assert await world.head_of_work(work) == head


def closed(head: Any) -> dict[str, Any]:
    """Return what ends the work of a head that is as it was read."""
    named = ("contact_seq", "ended_seq", "interaction_id", "queue_id", "agent_id")
    known = {f"known_{name}": head[name] for name in named}
    return known | {"id": head["id"], "state": "closed", "is_over": True, "known_state": "active"}


async def write(world: World, work: dict[str, Any], head: dict[str, Any]) -> None:
    """Write a batch that means this for work and one head."""
    told: dict[str, list[Any]] = {name: [] for name in ("streams", "counts", "agent_ids", "behind", "events")}
    async with world.rooms.database.node(world.tenant_id) as conn:
        await queries.write_batch(
            conn,
            tenant_id=world.tenant_id,
            at_ms=now_ms(),
            work=work,
            threads={"heads": [head], "count": 1},
            **told,
        )
