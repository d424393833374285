"""Transfers as the log tells them: the note comes with the transfer or not at all."""

from __future__ import annotations

from typing import Any

import pytest

from tests.integration.conversations.conftest import World, eventually
from ucc.domain.actor import Actor
from ucc.domain.conversation import TransferWrite
from ucc.domain.errors import BadInput, UccError, Unavailable
from ucc.domain.people import QueueWrite


async def add_queue(world: World, name: str, **fields: Any) -> int:
    queue = await world.rooms.routing.queues.add(world.admin, QueueWrite(name=name, **fields))
    return queue.id


async def transfer(world: World, agent: Actor, interaction_id: int, **write: Any) -> None:
    await world.rooms.routing.work.transfer(agent, interaction_id, TransferWrite(**write))


async def notes(world: World, conversation_id: int) -> list[Any]:
    return [row for row in await world.entries(conversation_id) if row["kind"] == "note"]


@pytest.mark.parametrize("to", ["queue", "agent"])
async def test_the_note_is_in_the_transaction_that_journals_the_transfer(world: World, to: str) -> None:
    started, agent, interaction_id = await world.start_active()
    colleague = await world.add_agent()
    await world.go_on_queue(colleague)
    queue_id = await add_queue(world, "Billing")
    where = {"queue_id": queue_id} if to == "queue" else {"agent_id": colleague.user_id}
    await transfer(world, agent, interaction_id, note="VIP, be quick", **where)
    conversation_id = started.state.conversation_id
    (note,) = await notes(world, conversation_id)
    assert (note["text"], note["user_id"]) == ("VIP, be quick", agent.user_id)
    rows = await world.fetch(
        "SELECT parent_id FROM interaction WHERE id = $1 AND parent_id IS NOT NULL", note["interaction_id"]
    )
    assert [row["parent_id"] for row in rows] == [interaction_id]
    together = await world.fetch(
        "SELECT entry.seq FROM entry JOIN journal ON journal.xmin::text = entry.xmin::text"
        " WHERE entry.conversation_id = $1 AND entry.kind = 'note'",
        conversation_id,
    )
    assert [row["seq"] for row in together] == [note["seq"]], "the note has the journal row's transaction"
    assert await world.fetch("SELECT FROM transfer_note") == []


async def test_a_refused_transfer_leaves_no_note(world: World) -> None:
    started, agent, interaction_id = await world.start_active()
    with pytest.raises(UccError):
        await transfer(world, agent, interaction_id, note="Take it", queue_id=1)
    assert await notes(world, started.state.conversation_id) == []
    assert await world.fetch("SELECT FROM transfer_note") == []


async def test_a_note_that_cannot_be_written_stops_the_transfer(world: World) -> None:
    _, agent, interaction_id = await world.start_active()
    queue_id = await add_queue(world, "Billing")
    with pytest.raises(BadInput):
        await transfer(world, agent, interaction_id, note="\u0000x" * 6_000, queue_id=queue_id)
    rows = await world.fetch("SELECT state FROM interaction WHERE id = $1", interaction_id)
    assert rows[0]["state"] == "active"


async def test_the_note_is_there_though_nobody_waited_for_the_answer(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    started, agent, interaction_id = await world.start_active()
    queue_id = await add_queue(world, "Billing")
    submit = world.rooms.routing.work._dispatch.submit

    async def lose_the_answer(tenant_id: int, command: Any) -> Any:
        await submit(tenant_id, command)
        raise Unavailable("the node of the asker died here")

    monkeypatch.setattr(world.rooms.routing.work._dispatch, "submit", lose_the_answer)
    with pytest.raises(Unavailable):
        await transfer(world, agent, interaction_id, note="See order 1042", queue_id=queue_id)
    found = await eventually(lambda: notes(world, started.state.conversation_id))
    assert [row["text"] for row in found] == ["See order 1042"]
