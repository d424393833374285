"""Whose turn it is reaches the engine with the message that turns it; what clocks tell is kept and told."""

from __future__ import annotations

import uuid
from typing import Any

import msgspec

from tests.integration.conversations.conftest import ORIGIN, World, eventually
from ucc.channels.base import Inbound
from ucc.conversations.entries import Item
from ucc.domain import engine as e
from ucc.domain.actor import Actor
from ucc.domain.conversation import EntryWrite
from ucc.domain.events import VisitorStarted
from ucc.domain.people import QueueWrite, SlaPolicyWrite
from ucc.domain.states import Author, Role
from ucc.kit import metrics

OTHERWISE = e.Enqueue(interaction=0, queue=0, medium="chat", arrived_ms=0)


def longer_ways() -> float:
    """Return how many batches were more than one statement could carry."""
    name = 'ucc_routing_batches_stepwise_total{why="more to do"} '
    lines = metrics.render().decode().splitlines()
    return sum(float(line.removeprefix(name)) for line in lines if line.startswith(name))


async def promise(world: World, **targets: Any) -> None:
    """Let the world's queue follow an SLA policy."""
    routing = world.rooms.routing
    policy = await routing.sla_policies.add(world.admin, SlaPolicyWrite(name="Promise", **targets))
    write = QueueWrite(name="Sales", wrap_up_s=60, sla_policy_id=policy.id)
    await routing.queues.change(world.admin, world.queue_id, write)


async def contact_says(world: World, started: VisitorStarted, text: str = "And now?") -> None:
    visitors = world.rooms.conversations.visitors
    visitor = await visitors.find(started.token, ORIGIN)
    await visitors.receive(visitor, Inbound(external_id=str(uuid.uuid4()), text=text))


async def agent_says(world: World, agent: Actor, started: VisitorStarted, text: str = "Here.") -> None:
    write = EntryWrite(client_id=str(uuid.uuid4()), text=text)
    await world.rooms.conversations.write(agent, started.state.conversation_id, write)


async def told(world: World, interaction_id: int, *kinds: type[e.Fact]) -> list[e.AnyFact]:
    """Return what the journal says of work, of these kinds."""
    rows = await world.fetch("SELECT facts FROM journal WHERE tenant_id IS NOT NULL ORDER BY first_seq")
    facts = [fact for row in rows for outcome in e.decode_outcomes(row["facts"]) for fact in outcome.facts]
    return [
        one for one in facts if isinstance(one, kinds) and getattr(one, "interaction", 0) == interaction_id
    ]


async def commands(world: World, *kinds: type[e.Command]) -> list[e.AnyCommand]:
    rows = await world.fetch("SELECT commands FROM journal WHERE tenant_id IS NOT NULL ORDER BY first_seq")
    return [one for row in rows for one in e.decode_commands(row["commands"]) if isinstance(one, kinds)]


async def test_r66_only_a_message_that_turns_the_talk_is_told_to_the_engine(world: World) -> None:
    await promise(world, first_response_s=600)
    started, agent, interaction_id = await world.start_active()
    assert agent.user_id is not None
    for text in ("Hello.", "How can I help?"):
        await agent_says(world, agent, started, text)
    await eventually(lambda: told(world, interaction_id, e.AgentWroteSeen))
    for text in ("My order", "is late"):
        await contact_says(world, started, text)
    await eventually(lambda: told(world, interaction_id, e.ContactWroteSeen))
    await agent_says(world, agent, started, "It comes today.")

    async def is_met_twice() -> bool:
        return len(await told(world, interaction_id, e.SlaMet)) == 3  # the answer, and two responses

    await eventually(is_met_twice)
    assert [getattr(fact, "clock", "") for fact in await told(world, interaction_id, e.SlaMet)] == [
        "answer", "first_response", "next_response",
    ]  # fmt: skip
    wrote = e.AgentWrote(interaction_id, agent.user_id)
    assert await commands(world, e.AgentWrote, e.ContactWrote) == [
        wrote, e.ContactWrote(interaction_id, OTHERWISE), wrote,
    ]  # fmt: skip


async def test_whose_turn_it_is_commits_with_the_message_or_not_at_all(world: World) -> None:
    await promise(world)
    started, agent, interaction_id = await world.start_active()
    conversation_id = started.state.conversation_id
    item = Item(conversation_id=conversation_id, author=Author.AGENT, text="Here.", user_id=agent.user_id)
    stored = "SELECT command FROM routing_command WHERE tenant_id = $1"
    async with world.rooms.database.tenant(world.tenant_id) as conn:
        batch = await world.rooms.conversations.writer.write(conn, world.tenant_id, [item])
        rows = await conn.fetch(stored, world.tenant_id)
        await conn.execute("ROLLBACK")
        await conn.execute("BEGIN")
        assert await conn.fetch(stored, world.tenant_id) == []
    assert batch.is_waking
    (command,) = [msgspec.msgpack.decode(row["command"], type=e.AnyCommand) for row in rows]
    assert command == e.AgentWrote(interaction_id, agent.require_user())


async def test_r66_who_has_it_not_in_hand_turns_nothing(world: World) -> None:
    await promise(world)
    started, agent, interaction_id = await world.start_active()
    await agent_says(world, await world.add_agent(role=Role.SUPERVISOR), started, "I step in.")
    head = await world.head(started.state.conversation_id)
    assert (head["answered_by"], head["turned_at_ms"]) == (None, None)
    await agent_says(world, agent, started)
    await eventually(lambda: told(world, interaction_id, e.AgentWroteSeen))
    assert await commands(world, e.AgentWrote) == [e.AgentWrote(interaction_id, agent.require_user())]


async def test_a_queue_without_a_policy_costs_the_engine_nothing(world: World) -> None:
    started, agent, _ = await world.start_active()
    await agent_says(world, agent, started)
    await contact_says(world, started)
    assert await world.fetch("SELECT id FROM routing_command") == []
    assert await commands(world, e.AgentWrote, e.ContactWrote) == []
    head = await world.head(started.state.conversation_id)
    assert (head["turned_at_ms"] is None, head["answered_by"]) == (False, None)


async def test_r64_warning_and_breach_are_kept_and_reach_the_agent_and_the_head(world: World) -> None:
    await promise(world, next_response_s=1, warn_percent=50)
    before = longer_ways()
    agent = await world.add_agent()
    console = await world.go_on_queue(agent)
    started = await world.start()
    conversation_id = started.state.conversation_id
    offer = await eventually(lambda: world.ringing(conversation_id))
    await world.submit(e.Accept(offer["interaction_id"], agent.require_user(), offer["epoch"]))
    await world.until_work(conversation_id, "active")
    await agent_says(world, agent, started)
    await contact_says(world, started)

    async def alerts() -> list[Any]:
        head = await world.rooms.conversations.desk.get(agent, conversation_id)
        return head.sla_alerts if len(head.sla_alerts) == 2 else []

    found = await eventually(alerts)
    assert [(one.clock, one.kind) for one in found] == [
        ("next_response", "warned"), ("next_response", "breached"),
    ]  # fmt: skip
    await console.until(lambda: len(told_on(console)) == 2)
    assert [one["alert"]["kind"] for one in told_on(console)] == ["warned", "breached"]
    assert {one["conversation_id"] for one in told_on(console)} == {conversation_id}
    rows = await world.fetch("SELECT sla_breached_at_ms FROM interaction")
    assert [row["sla_breached_at_ms"] for row in rows] == [None], "that is the answer's"
    assert longer_ways() == before, "alerts go with the statement that carries the batch"


def told_on(console: Any) -> list[Any]:
    return [frame["event"] for frame in console.of("event") if frame["event"]["type"] == "sla_alerted"]
