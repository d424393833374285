"""The owner of a contact is asked first, unless somebody had the conversation or has the contact in hand."""

from __future__ import annotations

from typing import Any

from tests.integration.conversations.conftest import World
from tests.integration.conversations.test_blocked import contact_of
from tests.integration.conversations.test_linked import say, two_channels
from ucc.domain.actor import Actor
from ucc.domain.engine import Accept, Decline


async def owned(world: World, contact_id: int) -> tuple[Actor, Actor]:
    """Return two agents on queue: one who is idle for longer, and the owner."""
    agents = [await world.add_agent(), await world.add_agent()]
    for agent in agents:
        await world.go_on_queue(agent)
    http = await world.node.http(agents[1])
    answer = await http.patch(f"/contacts/{contact_id}", json={"owner_id": agents[1].user_id})
    assert answer.status_code == 200, answer.text
    return agents[0], agents[1]


async def pass_to(world: World, offer: Any, agent: Actor) -> None:
    """Let whom it rings at decline, and this agent accept."""
    interaction_id = offer["interaction_id"]
    await world.submit(Decline(interaction_id, offer["agent_id"], offer["epoch"]))
    await world.submit(Accept(interaction_id, agent.user_id or 0, offer["epoch"] + 1))


async def test_r17_the_owner_is_first_and_who_had_the_conversation_before_the_owner(world: World) -> None:
    started, _ = await two_channels(world)
    other, owner = await owned(world, await contact_of(world, started))
    offer = await say(world, started)
    assert offer["agent_id"] == owner.user_id, "and not who is idle for longest"
    await pass_to(world, offer, other)
    head = await world.until_work(started.state.conversation_id, "active")
    await world.end(other, offer["interaction_id"], head["head_seq"])
    await world.complete(other, offer["interaction_id"])
    await world.until_work(started.state.conversation_id, "closed")
    assert (await say(world, started))["agent_id"] == other.user_id, "though the owner is idle for longer"


async def test_r78_who_has_the_contact_in_hand_goes_before_the_owner(world: World) -> None:
    first, second = await two_channels(world)
    other, _ = await owned(world, await contact_of(world, first))
    await pass_to(world, await say(world, first), other)
    await world.until_work(first.state.conversation_id, "active")
    assert (await say(world, second))["agent_id"] == other.user_id


async def test_an_owner_who_is_gone_keeps_nobody_waiting(world: World) -> None:
    started, _ = await two_channels(world)
    other, owner = await owned(world, await contact_of(world, started))
    statement = "UPDATE app_user SET is_active = false WHERE id = $1 RETURNING id"
    assert await world.fetch(statement, owner.user_id)
    assert (await say(world, started))["agent_id"] == other.user_id
