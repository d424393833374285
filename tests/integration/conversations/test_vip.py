"""VIP contacts on a queue that is full: they pass its limit, and whoever waits or is in hand stays there."""

from __future__ import annotations

from tests.integration.conversations.conftest import World, eventually
from tests.integration.conversations.test_blocked import contact_of, leave, say
from ucc.domain.people import QueueWrite


async def test_r44_a_vip_passes_the_limit_of_a_full_queue(world: World) -> None:
    important = await world.start()
    conversation_id = important.state.conversation_id
    await world.until_work(conversation_id, "queued")
    await leave(world, important)
    agent = await world.add_agent(chats=1)
    http = await world.node.http(agent)
    marked = await http.patch(f"/contacts/{await contact_of(world, important)}", json={"is_vip": True})
    assert marked.status_code == 200, marked.text
    write = QueueWrite(name="Sales", waiting_max=1)
    await world.rooms.routing.queues.change(world.admin, world.queue_id, write)
    waits, refused = await world.start(), await world.start()
    await world.until_work(waits.state.conversation_id, "queued")
    await world.until_work(refused.state.conversation_id, "failed")
    told = [
        row["body"]["system"]
        for row in await world.entries(refused.state.conversation_id)
        if row["kind"] == "system"
    ]
    assert ("not_queued", {"reason": "queue_full"}) in [(one["code"], one["detail"]) for one in told]
    await say(world, important, "It is me again")
    await world.until_work(conversation_id, "queued")
    assert (await world.head(waits.state.conversation_id))["interaction_state"] == "queued"
    await world.go_on_queue(agent)
    assert await eventually(lambda: world.ringing(conversation_id)), "and counts as nine minutes earlier"
    assert (await world.head(waits.state.conversation_id))["interaction_state"] == "queued"
