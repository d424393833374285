"""Transfers: the note comes with the transfer or not at all, and rights move with the work."""

from __future__ import annotations

import asyncio
import uuid
from typing import Any

import pytest

from tests.integration.conversations.conftest import World, eventually
from ucc.domain.actor import Actor
from ucc.domain.conversation import EntryWrite, TransferWrite
from ucc.domain.engine import SetStatus
from ucc.domain.errors import BadInput, UccError, Unavailable
from ucc.domain.people import InboxWrite, QueueWrite, Requirement, SkillCell, SkillWrite
from ucc.domain.states import EntryKind, Role
from ucc.routing import shard
from ucc.routing.store import queries


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


# --- rights on held streams -----------------------------------------------------------------------------


async def add_skill(world: World, name: str, *agents: Actor) -> int:
    skill = await world.rooms.agents.add_skill(world.admin, SkillWrite(name=name))
    await set_level(world, skill.id, 5, *agents)
    return skill.id


async def set_level(world: World, skill_id: int, level: int, *agents: Actor) -> None:
    cells = [SkillCell(agent_id=agent.require_user(), skill_id=skill_id, level=level) for agent in agents]
    await world.rooms.agents.set_levels(world.admin, cells)


async def add_note(world: World, agent: Actor, conversation_id: int, text: str) -> None:
    write = EntryWrite(client_id=str(uuid.uuid4()), kind=EntryKind.NOTE, text=text)
    await world.rooms.conversations.write(agent, conversation_id, write)


async def test_a_transfer_that_takes_the_right_away_ends_the_stream(world: World) -> None:
    started, agent, interaction_id = await world.start_active()
    conversation_id = started.state.conversation_id
    stream = f"conversation:{conversation_id}"
    onlooker, chief = await world.add_agent(), await world.add_agent(role=Role.SUPERVISOR)
    vip = await add_skill(world, "VIP", agent)
    queue_id = await add_queue(world, "VIP", requirement=[Requirement(skill_id=vip, level=5)])
    consoles = [await world.node.console(one, {stream: 0}) for one in (agent, onlooker, chief)]
    for console in consoles:
        await console.until(lambda c=console: c.seqs(stream))
        assert not console.of("dropped")
    mine, theirs, chiefs = consoles
    await theirs.send(type="viewing", conversation_id=conversation_id)
    await transfer(world, agent, interaction_id, queue_id=queue_id)
    dropped = await theirs.until(lambda: theirs.of("dropped"))
    assert (dropped[0]["stream"], dropped[0]["code"]) == (stream, "not_allowed")
    await add_note(world, agent, conversation_id, "for VIP eyes")
    told = (await world.head(conversation_id))["head_seq"]
    for console in (mine, chiefs):
        await console.until(lambda c=console: c.seqs(stream)[-1] == told)
        assert not console.of("dropped")
    await theirs.send(type="typing", conversation_id=conversation_id)
    await theirs.until(lambda: theirs.of("refused"))
    last = theirs.all.index(dropped[0])
    assert not [f for f in theirs.all[last:] if f.get("stream") == stream and f["type"] == "event"]
    texts = [f["event"]["entry"]["text"] for f in theirs.of("event") if f["event"]["type"] == "entry_added"]
    assert "for VIP eyes" not in texts


async def test_a_lost_skill_ends_the_streams_it_opened(world: World) -> None:
    watcher, other = await world.add_agent(), await world.add_agent()
    skill = await add_skill(world, "Billing", watcher, other)
    queue_id = await add_queue(world, "Billing", requirement=[Requirement(skill_id=skill, level=3)])
    await world.rooms.conversations.inboxes.change(
        world.admin, world.inbox.id, inbox_write(world, queue_id=queue_id)
    )
    world.rooms.conversations.entrances.forget(world.inbox.key)
    started = await world.start()
    stream = f"conversation:{started.state.conversation_id}"
    consoles = [await world.node.console(one, {stream: 0}) for one in (watcher, other)]
    for console in consoles:
        await console.until(lambda c=console: c.seqs(stream))
    await set_level(world, skill, 0, watcher)
    dropped = await consoles[0].until(lambda: consoles[0].of("dropped"))
    assert dropped[0]["stream"] == stream
    await consoles[1].send(type="ping")
    await consoles[1].until(lambda: consoles[1].of("pong"))
    assert not consoles[1].of("dropped")
    needs = [Requirement(skill_id=skill, level=9)]
    await world.rooms.routing.queues.change(
        world.admin, queue_id, QueueWrite(name="Billing", requirement=needs)
    )
    await consoles[1].until(lambda: consoles[1].of("dropped"))


async def test_rights_are_looked_at_again_when_signals_were_lost(world: World) -> None:
    watcher = await world.add_agent()
    skill = await add_skill(world, "Billing", watcher)
    needs = [Requirement(skill_id=skill, level=3)]
    queue_id = await add_queue(world, "Billing", requirement=needs)
    await world.rooms.conversations.inboxes.change(
        world.admin, world.inbox.id, inbox_write(world, queue_id=queue_id)
    )
    world.rooms.conversations.entrances.forget(world.inbox.key)
    started = await world.start()
    stream = f"conversation:{started.state.conversation_id}"
    console = await world.node.console(watcher, {stream: 0})
    await console.until(lambda: console.seqs(stream))
    async with world.rooms.database.tenant(world.tenant_id) as conn:
        await conn.execute("DELETE FROM agent_skill WHERE agent_id = $1", watcher.user_id)
    world.rooms.bus._gap("test")
    await console.until(lambda: console.of("dropped"))


def inbox_write(world: World, *, queue_id: int) -> InboxWrite:
    return InboxWrite(name=world.inbox.name, queue_id=queue_id, origins=world.inbox.origins)


async def test_the_note_of_a_transfer_that_is_decided_behind_its_agents_batch_enters_the_log(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    started, agent, interaction_id = await world.start_active()
    await world.go_on_queue(await world.add_agent())  # somebody staffs the queue
    gate, carry = asyncio.get_running_loop().create_future(), queries.carry_batch

    async def wait(conn: Any, /, **given: Any) -> Any:
        await gate
        return await carry(conn, **given)

    monkeypatch.setattr(shard, "AHEAD_MIN", 1)
    monkeypatch.setitem(queries._queries, "carry_batch", wait)
    owned = world.rooms.routing._owner.shard(world.tenant_id)
    assert owned is not None
    engine = owned.engines[world.tenant_id]

    async def is_decided(ahead: int) -> bool:
        return engine.ahead == ahead

    leaving = SetStatus(agent=agent.require_user(), status="off_queue", reason="meal")
    first = asyncio.create_task(world.submit(leaving))
    await eventually(lambda: is_decided(1))
    handing = transfer(world, agent, interaction_id, queue_id=world.queue_id, note="She waits for a refund")
    second = asyncio.create_task(handing)
    await eventually(lambda: is_decided(2))
    gate.set_result(None)
    await asyncio.gather(first, second)
    assert [row["text"] for row in await notes(world, started.state.conversation_id)] == [
        "She waits for a refund"
    ]
