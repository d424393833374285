"""What must always hold, on the real parts: after each committed batch the database itself is asked."""

from __future__ import annotations

import random
from typing import Any

import pytest

from ucc.domain.actor import Actor
from ucc.domain.conversation import CompleteWrite, DeclineWrite, EndWrite, ExtendWrite, TransferWrite
from ucc.domain.engine import InteractionOffered, SetQueue
from ucc.domain.errors import NotAllowed
from ucc.domain.people import StatusWrite
from ucc.domain.states import OffQueueReason, Role, Status
from ucc.kit.db import Conn
from ucc.routing.refusals import Refused
from ucc.routing.rules import ALWAYS

from .conftest import Node, World, eventually

# An agent who would be offered this waiting work and is not: free units, skills, nothing between them.
_IDLE_BESIDE_WAITING = """
SELECT i.id AS interaction, p.agent_id AS agent FROM interaction i
JOIN queue q ON q.tenant_id = i.tenant_id AND q.id = i.queue_id
JOIN presence p ON p.tenant_id = i.tenant_id AND p.session = 'online' AND p.status = 'on_queue'
  AND NOT p.is_blocked AND p.next_status IS NULL
JOIN app_user u ON u.tenant_id = p.tenant_id AND u.id = p.agent_id
WHERE i.state = 'queued'
  AND (u.capacity->>'chat')::int >= i.units
    + (SELECT coalesce(sum(w.units), 0) FROM interaction w
       WHERE w.tenant_id = p.tenant_id AND w.agent_id = p.agent_id AND w.state IN ('active', 'wrapping'))
    + (SELECT coalesce(sum(r.units), 0) FROM offer o JOIN interaction r ON r.tenant_id = o.tenant_id
         AND r.id = o.interaction_id
       WHERE o.tenant_id = p.tenant_id AND o.agent_id = p.agent_id AND o.state = 'ringing')
  AND NOT EXISTS (
    SELECT FROM jsonb_array_elements(q.requirement) AS asked
    WHERE NOT EXISTS (SELECT FROM agent_skill s WHERE s.tenant_id = p.tenant_id AND s.agent_id = p.agent_id
                      AND s.skill_id = (asked->>0)::bigint AND s.level >= (asked->>1)::int))
  AND NOT EXISTS (SELECT FROM offer o WHERE o.tenant_id = i.tenant_id AND o.interaction_id = i.id
                  AND o.agent_id = p.agent_id AND o.state IN ('declined', 'timed_out')
                  AND o.ended_at_ms > $1::bigint - 30000)
  AND NOT EXISTS (SELECT FROM interaction sent WHERE sent.tenant_id = i.tenant_id AND sent.id = i.parent_id
                  AND sent.agent_id = p.agent_id AND i.created_at_ms > $1::bigint - 120000)
"""

# Who was pushed work above capacity. A named act (take, unpark) may exceed it; nothing is pushed then.
_OVERLOADED = """
SELECT u.id FROM app_user u WHERE u.id = ANY($1::bigint[]) AND (u.capacity->>'chat')::int <
  (SELECT coalesce(sum(w.units), 0) FROM interaction w
   WHERE w.tenant_id = u.tenant_id AND w.agent_id = u.id AND w.state IN ('active', 'wrapping'))
  + (SELECT count(*) FROM offer o
     WHERE o.tenant_id = u.tenant_id AND o.agent_id = u.id AND o.state = 'ringing')
"""


class Watch:
    """A projector that asks the database after every batch, inside its transaction."""

    def __init__(self) -> None:
        self.batches = 0
        self.broken: list[str] = []

    async def __call__(
        self, conn: Conn, tenant_id: int, at_ms: int, facts: list[tuple[int, Any]]
    ) -> list[Any]:
        self.batches += 1
        for row in await conn.fetch(_IDLE_BESIDE_WAITING, at_ms):
            self.broken.append(f"I3: {row['agent']} is free while {row['interaction']} waits after {facts}")
        pushed = {fact.agent for _, fact in facts if isinstance(fact, InteractionOffered)}
        named = {fact.agent for _, fact in facts if getattr(fact, "is_over_capacity", False)}
        for row in await conn.fetch(_OVERLOADED, sorted(pushed - named)):
            self.broken.append(f"I1: {row['id']} has too much after {facts}")
        return []


@pytest.fixture
def watch(node: Node) -> Watch:
    watch = Watch()
    node.routing.add_projector(watch)
    return watch


async def set_short_times(world: World, queue: int, **times: int) -> None:
    """Give a queue times that a test can wait for; the settings screen's limits are for people."""
    async with world.node.database.tenant(world.tenant_id) as conn:
        command = SetQueue(queue=queue, requirement=[], open=ALWAYS, **times)
        await world.node.routing.command(conn, world.tenant_id, command)
    world.node.routing.wake(world.tenant_id)


async def test_i1_i3_hold_after_every_batch_of_a_random_day(world: World, node: Node, watch: Watch) -> None:
    dice = random.Random(7)
    billing = await world.add_skill("Billing")
    plain, skilled = (
        await world.add_queue(),
        await world.add_queue("Billing", needs={billing: 4}, wrap_up_s=0),
    )
    agents = [await world.add_agent(chats=dice.randint(1, 3)) for _ in range(3)]
    agents += [await world.add_agent(chats=2, skills={billing: level}) for level in (3, 6)]
    for agent in agents:
        await world.come_online(agent)
    for _ in range(120):
        await random_act(world, node, dice, [plain, skilled], agents)
    assert watch.broken == []
    assert watch.batches > 80
    await eventually(lambda: is_as_recorded(world, node))


async def is_as_recorded(world: World, node: Node) -> bool:
    """Say whether the live engine is what its journal gives; a batch may be in flight just now."""
    verdict = await node.routing.verify(world.tenant_id)
    return verdict.state_hash == node.routing.state_hash(world.tenant_id)


async def random_act(
    world: World, node: Node, dice: random.Random, queues: list[int], agents: list[Actor]
) -> None:
    """Do what somebody may do now; what the rules do not allow is refused and changes nothing."""
    work = node.routing.work
    rows = await world.fetch(
        "SELECT i.id, i.state, i.agent_id, o.agent_id AS rings_at, o.epoch FROM interaction i"
        " LEFT JOIN offer o ON o.tenant_id = i.tenant_id AND o.interaction_id = i.id AND o.state = 'ringing'"
        " WHERE i.state IN ('offered', 'active', 'wrapping', 'parked') ORDER BY i.id"
    )
    if not rows or dice.random() < 0.35:
        await world.enqueue(dice.choice(queues), priority=dice.choice([0, 0, 0, 3]))
        return
    row = dice.choice(rows)
    actor = world.actor(row["rings_at"] or row["agent_id"])
    try:
        match row["state"], dice.random():
            case "offered", luck if luck < 0.8:
                await work.accept(actor, row["id"], row["epoch"])
            case "offered", _:
                await work.decline(actor, row["id"], row["epoch"], DeclineWrite(reason="busy"))
            case "active", luck if luck < 0.6:
                await work.end(actor, row["id"], EndWrite(seen_seq=0))
            case "active", luck if luck < 0.75:
                await work.park(actor, row["id"])
            case "active", luck if luck < 0.9:
                await work.transfer(actor, row["id"], TransferWrite(queue_id=dice.choice(queues)))
            case "active", _:
                agent = dice.choice(agents)
                assert agent.user_id is not None
                status = dice.choice(
                    [StatusWrite(status=Status.ON_QUEUE), StatusWrite(status=Status.OFF_QUEUE)]
                )
                await node.routing.presence.set_status(agent, agent.user_id, status)
            case "wrapping", _:
                await work.complete(actor, row["id"], CompleteWrite())
            case "parked", _:
                await work.unpark(actor, row["id"])
    except Refused:
        pass


async def test_i4_the_same_queue_is_first_in_first_out(world: World, node: Node) -> None:
    queue = await world.add_queue(wrap_up_s=0)
    waiting = [await world.enqueue(queue) for _ in range(5)]
    for interaction in waiting:
        await world.until_state(interaction, "queued")
    agent = await world.add_agent(chats=1)
    await world.come_online(agent)
    for interaction in waiting:
        await world.accept(interaction)
        await node.routing.work.end(agent, interaction, EndWrite(seen_seq=0))


async def test_i6_declined_work_goes_back_to_its_original_place(world: World, node: Node) -> None:
    queue = await world.add_queue()
    first, second = await world.add_agent(chats=1), await world.add_agent(chats=1)
    await world.come_online(first)
    older = await world.enqueue(queue)
    offer = await world.until_ringing(older)
    younger = await world.enqueue(queue)
    await world.until_state(younger, "queued")
    await node.routing.work.decline(first, older, offer["epoch"], DeclineWrite(reason="lunch"))
    assert (await world.until_ringing(younger))["agent_id"] == first.user_id
    place = await node.routing.place(world.tenant_id, older)
    assert place is not None
    assert place.place == 1
    await world.come_online(second)
    assert (await world.until_ringing(older))["agent_id"] == second.user_id


async def test_i6_who_lets_an_offer_ring_out_is_not_responding_until_somebody_says_otherwise(
    world: World, node: Node
) -> None:
    queue = await world.add_queue()
    await set_short_times(world, queue, offer_ms=300, decline_ms=1_000)
    agent = await world.add_agent()
    await world.come_online(agent)
    interaction = await world.enqueue(queue)
    await world.until_ringing(interaction)
    await world.until_state(interaction, "queued")  # the timer fires by itself
    presence = await world.presence(agent)
    assert presence["is_blocked"]
    offers = await world.fetch("SELECT state FROM offer WHERE interaction_id = $1", interaction)
    assert [row["state"] for row in offers] == ["timed_out"]
    assert agent.user_id is not None
    found = await node.routing.presence.clear_block(agent, agent.user_id)
    assert not found.is_blocked
    await world.until_ringing(interaction)  # once the exclusion is over, with nobody polling


async def test_i7_a_status_waits_for_the_work_and_applies_when_it_is_done(world: World, node: Node) -> None:
    queue = await world.add_queue()
    agent = await world.add_agent()
    await world.come_online(agent)
    interaction = await world.enqueue(queue)
    await world.accept(interaction)
    assert agent.user_id is not None
    status = StatusWrite(status=Status.OFF_QUEUE, reason=OffQueueReason.MEAL)
    found = await node.routing.presence.set_status(agent, agent.user_id, status)
    assert (found.status, found.next_status, found.next_reason) == ("on_queue", "off_queue", "meal")
    assert await world.state(interaction) == "active"
    await node.routing.work.end(agent, interaction, EndWrite(seen_seq=0))
    assert await world.state(interaction) == "wrapping"
    await node.routing.work.complete(agent, interaction, CompleteWrite())
    found = await node.routing.presence.get(agent, agent.user_id)
    assert (found.status, found.reason, found.next_status) == ("off_queue", "meal", None)


async def test_i8_each_wrap_up_ends_on_its_own(world: World, node: Node) -> None:
    queue = await world.add_queue()
    await set_short_times(world, queue, wrap_up_ms=400)
    agents = [await world.add_agent(chats=1) for _ in range(3)]
    works = []
    for agent in agents:
        await world.come_online(agent)
        works.append(await world.enqueue(queue))
        assert await world.accept(works[-1]) == agent
    for agent, interaction in zip(agents, works, strict=True):
        await node.routing.work.end(agent, interaction, EndWrite(seen_seq=0))
    extended = await node.routing.work.extend(agents[0], works[0], ExtendWrite(by_s=600))
    assert extended.wrap_up_until_ms is not None
    await world.until_state(works[1], "closed")
    await world.until_state(works[2], "closed")
    assert await world.state(works[0]) == "wrapping"
    kinds = await world.fetch(
        "SELECT kind, ended_at_ms - started_at_ms AS ms FROM segment WHERE interaction_id = $1"
        " ORDER BY started_at_ms",
        works[1],
    )
    assert [row["kind"] for row in kinds] == ["talk", "wrap_up"]
    assert kinds[1]["ms"] >= 400


async def test_a_transfer_to_an_agent_rings_there_and_the_sender_keeps_it_until_then(
    world: World, node: Node
) -> None:
    queue = await world.add_queue()
    sender, receiver = await world.add_agent(), await world.add_agent()
    await world.come_online(sender)
    interaction = await world.enqueue(queue)
    await world.accept(interaction)
    with pytest.raises(Refused) as refused:
        await node.routing.work.transfer(sender, interaction, TransferWrite(agent_id=receiver.user_id))
    assert refused.value.code in ("agent_not_available", "agent_offline")
    children = await world.fetch("SELECT state FROM interaction WHERE parent_id = $1", interaction)
    assert [row["state"] for row in children] == ["cancelled"]
    await world.come_online(receiver)
    await node.routing.work.transfer(sender, interaction, TransferWrite(agent_id=receiver.user_id))
    assert await world.state(interaction) == "active"
    child = await world.fetch(
        "SELECT id FROM interaction WHERE parent_id = $1 AND state <> 'cancelled'", interaction
    )
    assert await world.accept(child[0]["id"]) == receiver
    await world.until_state(interaction, "wrapping")


async def test_why_shows_what_the_journal_recorded(world: World, node: Node) -> None:
    skill = await world.add_skill("Bahasa Melayu")
    queue = await world.add_queue("Orders", needs={skill: 3})
    agent = await world.add_agent(skills={skill: 7})
    await world.come_online(agent)
    interaction = await world.enqueue(queue)
    await world.accept(interaction)
    why = await node.routing.work.why(agent, interaction)
    (offer,) = why.offers
    assert (offer.queue_name, offer.agent_name, offer.state) == (
        "Orders",
        f"Agent {agent.user_id}",
        "accepted",
    )
    assert offer.why is not None
    assert [(one.name, one.asked, one.has) for one in offer.why.skills] == [("Bahasa Melayu", 3, 7)]
    facts = [line.fact for line in why.journal]
    assert facts == ["interaction_queued", "interaction_offered", "offer_accepted", "interaction_activated"]
    assert [line.seq for line in why.journal] == sorted(line.seq for line in why.journal)


async def test_the_offers_card_says_who_what_and_why(world: World, node: Node) -> None:
    queue = await world.add_queue("Returns")
    agent = await world.add_agent()
    await world.come_online(agent)
    interaction = await world.enqueue(queue)
    await world.until_ringing(interaction)
    (card,) = await node.routing.work.list_offers(agent)
    assert (card.interaction_id, card.queue_name, card.text) == (interaction, "Returns", "Where is my order?")
    assert card.why is not None
    assert card.why.rule == "best_level_then_longest_idle"


async def test_taking_anothers_work_needs_its_own_right(world: World, node: Node) -> None:
    queue = await world.add_queue()
    agent, colleague = await world.add_agent(), await world.add_agent()
    supervisor = await world.add_agent(role=Role.SUPERVISOR)
    await world.come_online(agent)
    interaction = await world.enqueue(queue)
    await world.accept(interaction)
    with pytest.raises(NotAllowed):
        await node.routing.work.take(colleague, interaction)
    await node.routing.sessions.opened(world.tenant_id, supervisor.user_id or 0)
    await world.until_session(supervisor, "online")
    taken = await node.routing.work.take(supervisor, interaction)
    assert taken.agent_id == supervisor.user_id


async def test_lists_are_hinted_at_most_twice_a_second(world: World, node: Node) -> None:
    heard: list[Any] = []
    node.bus.subscribe(world.tenant_id, f"tenant:{world.tenant_id}", heard.append)
    queue = await world.add_queue()
    for _ in range(20):
        await world.enqueue(queue)
    await eventually(lambda: all_queued(world))

    async def is_told() -> bool:
        return len(heard) >= 2

    await eventually(is_told)
    assert len(heard) <= 6
    assert {"queues", "views"} <= set(heard[-1].payload.names)


async def all_queued(world: World) -> bool:
    return not await world.fetch("SELECT FROM interaction WHERE state = 'new'")
