"""Work from its queueing to its end, through the journal, on real servers."""

from __future__ import annotations

from ucc.domain.conversation import CompleteWrite, EndWrite

from .conftest import Node, World, names_of


async def test_work_is_offered_accepted_ended_and_completed(world: World, node: Node) -> None:
    queue = await world.add_queue()
    agent = await world.add_agent()
    await world.come_online(agent)
    interaction = await world.enqueue(queue)
    offer = await world.until_ringing(interaction)
    assert offer["agent_id"] == agent.user_id
    taken = await node.routing.work.accept(agent, interaction, offer["epoch"])
    assert (taken.state, taken.agent_id) == ("active", agent.user_id)
    ended = await node.routing.work.end(agent, interaction, EndWrite(seen_seq=1))
    assert ended.state == "wrapping"
    done = await node.routing.work.complete(agent, interaction, CompleteWrite(note="sent a label"))
    assert (done.state, done.disposition_note) == ("closed", "sent a label")
    events = await world.fetch(
        "SELECT seq, event FROM agent_event WHERE agent_id = $1 ORDER BY seq", agent.user_id
    )
    assert [row["seq"] for row in events] == list(range(1, len(events) + 1))
    assert "interaction_offered" in names_of([row["event"] for row in events])
    verdict = await node.routing.verify(world.tenant_id)
    assert verdict.redecided == verdict.rows > 0
    assert verdict.state_hash == node.routing.state_hash(world.tenant_id)
