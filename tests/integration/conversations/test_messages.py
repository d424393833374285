"""The way of a message: once, in order, never without work (I9, I10, I11, I17 on this path)."""

from __future__ import annotations

import asyncio
import random

import pytest

from tests.integration.conversations.conftest import (
    ORIGIN,
    OpenNode,
    World,
    client_id,
    eventually,
    visitor_of,
)
from ucc.channels.base import Inbound
from ucc.domain.conversation import EntryWrite
from ucc.domain.engine import Accept
from ucc.domain.errors import BadInput, Conflict, NotAllowed, NotFound
from ucc.domain.events import VisitorStart
from ucc.domain.states import EntryKind


async def test_start_makes_contact_conversation_entry_and_work_at_once(world: World) -> None:
    started = await world.start("你好，我的订单在哪里？", locale="zh-CN", page="https://shop.example/orders")
    head = await world.until_work(started.state.conversation_id, "queued", "offered")
    assert started.state.phase == "waiting"
    assert [entry.text for entry in started.entries] == ["你好，我的订单在哪里？"]
    assert head["contact_seq"] == 1
    assert head["waiting_since_ms"] is not None
    assert head["locale"] == "zh-CN"
    assert head["context"]["page"] == "https://shop.example/orders"


async def test_entries_belong_to_the_work_they_begin(world: World) -> None:
    started, agent, first_id = await world.start_active()
    conversation_id = started.state.conversation_id
    visitor = await visitor_of(world, started)
    await world.end(agent, first_id, seen_seq=1)
    await world.complete(agent, first_id)
    await world.until_work(conversation_id, "closed")
    message = Inbound(external_id=client_id(), text="One more thing")
    written = await world.rooms.conversations.visitors.receive(visitor, message)
    head = await world.until_work(conversation_id, "queued", "offered")
    said = [row for row in await world.entries(conversation_id) if row["author"] == "contact"]
    assert [row["interaction_id"] for row in said] == [first_id, head["interaction_id"]]
    assert written.entry.interaction_id == head["interaction_id"] != first_id


async def test_i11_parallel_copies_of_one_start_make_one_conversation(world: World) -> None:
    same = client_id()
    answers = await asyncio.gather(*(world.start("Hi", client_id=same) for _ in range(12)))
    assert len({answer.state.conversation_id for answer in answers}) == 1
    assert len({answer.token for answer in answers}) == 12
    conversations = await world.fetch("SELECT id FROM conversation")
    entries = await world.fetch("SELECT seq FROM entry WHERE author = 'contact'")
    work = await world.fetch("SELECT id FROM interaction")
    assert (len(conversations), len(entries), len(work)) == (1, 1, 1)


async def test_i11_parallel_copies_of_one_message_make_one_entry(world: World) -> None:
    started = await world.start()
    visitor = await visitor_of(world, started)
    message = Inbound(external_id=client_id(), text="Again")
    visitors = world.rooms.conversations.visitors
    answers = await asyncio.gather(*(visitors.receive(visitor, message) for _ in range(30)))
    assert len({answer.entry.seq for answer in answers}) == 1
    assert sum(answer.is_new for answer in answers) == 1
    assert [row["text"] for row in await world.entries(visitor.conversation_id)].count("Again") == 1


async def test_i11_copies_through_two_nodes_make_one_entry(open_node: OpenNode) -> None:
    one, other = await open_node(), await open_node()
    world = await World.make(one)
    started = await world.start()
    visitor = await visitor_of(world, started)
    messages = [Inbound(external_id=client_id(), text=str(number)) for number in range(20)]
    for message in messages:
        await asyncio.gather(
            *(
                node.rooms.conversations.visitors.receive(visitor, message)
                for node in (one, other, one, other)
            )
        )
    texts = [row["text"] for row in await world.entries(visitor.conversation_id) if row["kind"] == "message"]
    assert texts == ["Hello", *(str(number) for number in range(20))]


async def test_entries_are_numbered_without_gaps_under_concurrency(world: World) -> None:
    started, agent, _ = await world.start_active()
    visitor = await visitor_of(world, started)
    conversations = world.rooms.conversations

    async def say(number: int) -> None:
        if number % 2:
            await conversations.visitors.receive(visitor, Inbound(external_id=client_id(), text=str(number)))
        else:
            write = EntryWrite(client_id=client_id(), text=str(number))
            await conversations.write(agent, visitor.conversation_id, write)

    await asyncio.gather(*(say(number) for number in range(60)))
    rows = await world.entries(visitor.conversation_id)
    assert [row["seq"] for row in rows] == list(range(1, len(rows) + 1))
    head = await world.head(visitor.conversation_id)
    assert head["head_seq"] == len(rows)
    contact = max(row["seq"] for row in rows if row["author"] == "contact")
    answered = max(row["seq"] for row in rows if row["author"] == "agent")
    assert (head["contact_seq"], head["agent_seq"]) == (contact, answered)
    assert (head["waiting_since_ms"] is None) == (answered > contact)


async def test_a_client_id_of_another_conversation_is_refused_and_leaves_no_gap(world: World) -> None:
    one, other = await world.start(), await world.start()
    same = client_id()
    visitors = world.rooms.conversations.visitors
    await visitors.receive(await visitor_of(world, one), Inbound(external_id=same, text="mine"))
    stranger = await visitor_of(world, other)
    with pytest.raises(BadInput, match="another message"):
        await visitors.receive(stranger, Inbound(external_id=same, text="yours?"))
    await visitors.receive(stranger, Inbound(external_id=client_id(), text="mine"))
    rows = await world.entries(stranger.conversation_id)
    assert [row["seq"] for row in rows] == list(range(1, len(rows) + 1))


async def test_message_in_wrap_up_comes_back_to_the_same_agent(world: World) -> None:
    started, agent, interaction_id = await world.start_active()
    await world.end(agent, interaction_id, seen_seq=1)
    await world.until_work(started.state.conversation_id, "wrapping")
    visitor = await visitor_of(world, started)
    await world.rooms.conversations.visitors.receive(visitor, Inbound(external_id=client_id(), text="Wait"))
    head = await world.until_work(started.state.conversation_id, "active")
    assert (head["interaction_id"], head["agent_id"]) == (interaction_id, agent.user_id)


async def test_message_the_ending_agent_has_not_seen_keeps_the_work_alive(world: World) -> None:
    started, agent, interaction_id = await world.start_active()
    visitor = await visitor_of(world, started)
    await world.rooms.conversations.visitors.receive(
        visitor, Inbound(external_id=client_id(), text="One more thing")
    )
    await world.end(agent, interaction_id, seen_seq=1)

    async def is_alive() -> bool:
        facts = await world.fetch(
            "SELECT code FROM (SELECT body->'system'->>'code' AS code FROM entry) AS lines"
        )
        head = await world.head(started.state.conversation_id)
        return "resolved" in [row["code"] for row in facts] and head["interaction_state"] == "active"

    await eventually(is_alive)


async def test_message_after_the_end_reopens_with_new_work_for_the_last_agent(world: World) -> None:
    started, agent, interaction_id = await world.start_active()
    await world.end(agent, interaction_id, seen_seq=1)
    await world.complete(agent, interaction_id)
    head = await world.until_work(started.state.conversation_id, "closed")
    assert head["state"] == "resolved"
    assert head["waiting_since_ms"] is None
    visitor = await visitor_of(world, started)
    await world.rooms.conversations.visitors.receive(
        visitor, Inbound(external_id=client_id(), text="Me again")
    )
    head = await world.until_work(started.state.conversation_id, "queued", "offered")
    assert (head["state"], head["id"]) == ("open", started.state.conversation_id)
    work = await world.fetch("SELECT * FROM interaction WHERE id = $1", head["interaction_id"])
    assert work[0]["is_reopened"]
    offer = await eventually(lambda: world.ringing(started.state.conversation_id))
    assert (offer["agent_id"], offer["why"]["rule"]) == (agent.user_id, "preferred")


async def test_message_long_after_the_end_begins_a_new_conversation(world: World) -> None:
    started, agent, interaction_id = await world.start_active()
    await world.end(agent, interaction_id, seen_seq=1)
    await world.complete(agent, interaction_id)
    await world.until_work(started.state.conversation_id, "closed")
    async with world.rooms.database.tenant(world.tenant_id) as conn:
        await conn.execute("UPDATE conversation SET resolved_at_ms = resolved_at_ms - $1", 73 * 3_600_000)
    widget = await world.node.widget(started.token, last_seq=99)
    await widget.until(lambda: widget.of("welcome"))
    await widget.send(type="message", client_id=client_id(), text="New year, new question")
    state = await widget.until(
        lambda: [one for one in widget.of("state") if one["state"]["phase"] == "waiting"]
    )
    assert state[0]["state"]["conversation_id"] != started.state.conversation_id
    await widget.until(lambda: 1 in widget.seqs())
    again = await visitor_of(world, started)
    assert again.conversation_id == state[0]["state"]["conversation_id"]


@pytest.mark.parametrize("seed", range(4))
async def test_no_message_is_left_without_work_whatever_races(world: World, seed: int) -> None:
    """Messages against End and completion, in random order: somebody has it, or it waits."""
    dice = random.Random(seed)
    started, agent, interaction_id = await world.start_active()
    visitor = await visitor_of(world, started)
    visitors = world.rooms.conversations.visitors
    for _ in range(6):
        acts = [
            visitors.receive(visitor, Inbound(external_id=client_id(), text="racing")),
            world.end(agent, interaction_id, seen_seq=dice.randrange(1, 40)),
        ]
        if dice.random() < 0.4:
            acts.append(world.complete(agent, interaction_id))
        dice.shuffle(acts)
        await asyncio.gather(*acts, return_exceptions=True)
        last = max(
            row["seq"] for row in await world.entries(visitor.conversation_id) if row["author"] == "contact"
        )

        async def is_in_hand(last: int = last) -> bool:
            head = await world.head(visitor.conversation_id)
            live = head["interaction_state"] in ("active", "queued", "offered", "new")
            waits = await world.fetch("SELECT FROM routing_command")
            seen = head["ended_seq"] >= last and head["interaction_state"] in ("wrapping", "closed")
            return not waits and (live or seen)

        await eventually(is_in_hand)
        head = await world.head(visitor.conversation_id)
        interaction_id = head["interaction_id"]
        if offer := await world.ringing(visitor.conversation_id):
            await world.submit(Accept(offer["interaction_id"], agent.require_user(), offer["epoch"]))
        await eventually(lambda: _settled(world))
    spare = await world.fetch("SELECT FROM interaction WHERE state = 'new'")
    assert not spare, "every prepared interaction was used or cancelled"


async def _settled(world: World) -> bool:
    return not await world.fetch("SELECT FROM routing_command")


async def test_notes_stay_among_colleagues_and_mention_them(world: World) -> None:
    started, agent, _ = await world.start_active()
    colleague = await world.add_agent()
    console = await world.go_on_queue(colleague)
    conversation_id = started.state.conversation_id
    write = EntryWrite(
        client_id=client_id(), text="Angry?", kind=EntryKind.NOTE, mentions=[colleague.require_user()]
    )
    note = await world.rooms.conversations.write(agent, conversation_id, write)
    named = await console.until(lambda: [f for f in console.of("event") if f["event"]["type"] == "mentioned"])
    assert named[0]["event"]["entry"]["text"] == "Angry?"
    views = {view.key: view.count for view in await world.rooms.conversations.desk.views(colleague)}
    assert views["mentions"] == 1
    await world.rooms.conversations.read(colleague, conversation_id, note.seq)
    views = {view.key: view.count for view in await world.rooms.conversations.desk.views(colleague)}
    assert views["mentions"] == 0
    widget = await world.node.widget(started.token)
    await widget.until(lambda: widget.of("welcome"))
    await world.rooms.conversations.write(
        agent, conversation_id, EntryWrite(client_id=client_id(), text="Hello!")
    )
    await widget.until(lambda: any(one["entry"]["text"] == "Hello!" for one in widget.of("entry")))
    assert all(one["entry"]["kind"] != "note" for one in widget.of("entry"))


async def test_only_the_holder_may_reply_and_not_after_the_end(world: World) -> None:
    started, agent, interaction_id = await world.start_active()
    other = await world.add_agent()
    conversation_id = started.state.conversation_id
    write = EntryWrite(client_id=client_id(), text="Let me help")
    with pytest.raises(NotAllowed, match="only the agent who has"):
        await world.rooms.conversations.write(other, conversation_id, write)
    await world.end(agent, interaction_id, seen_seq=1)
    await world.complete(agent, interaction_id)
    await world.until_work(conversation_id, "closed")
    with pytest.raises(Conflict, match="resolved"):
        await world.rooms.conversations.write(agent, conversation_id, write)


async def test_search_finds_chinese_inside_a_sentence(world: World) -> None:
    supervisor = world.admin
    await world.start("我想退掉上周买的蓝色外套，可以吗？")
    await world.start("Where is my blue jacket?")
    heads, entries = await world.rooms.conversations.desk.search(supervisor, "蓝色外套")
    assert [entry.text for entry in entries] == ["我想退掉上周买的蓝色外套，可以吗？"]
    assert len(heads) == 1
    heads, entries = await world.rooms.conversations.desk.search(supervisor, "blue jack")
    assert [entry.text for entry in entries] == ["Where is my blue jacket?"]
    assert (await world.rooms.conversations.desk.search(supervisor, "100%_"))[1] == []


async def test_signed_visitors_come_back_to_their_thread_and_forgers_do_not(world: World) -> None:
    from ucc.kit.secrets import hmac_hex

    inbox = await world.rooms.conversations.inboxes.get(world.admin, world.inbox.id)
    proof = hmac_hex(inbox.identity_secret or "", "customer-7")
    one = await world.start("From the phone", user_id="customer-7", user_hash=proof)
    two = await world.start("From the laptop", user_id="customer-7", user_hash=proof)
    assert one.state.conversation_id == two.state.conversation_id
    claimed = await world.start("I am customer 7", user_id="customer-7")
    assert claimed.state.conversation_id != one.state.conversation_id
    with pytest.raises(NotAllowed, match="user_hash"):
        await world.start("Really", user_id="customer-7", user_hash="0" * 64)


async def test_origin_list_is_kept(world: World) -> None:
    write = VisitorStart(client_id=client_id(), text="Hi")
    for origin in (None, "https://evil.example", "https://shop.example.evil.example", "http://shop.example"):
        with pytest.raises(NotAllowed, match="may not be embedded"):
            await world.rooms.conversations.visitors.start(world.inbox.key, origin, "127.0.0.1", write)


async def test_what_a_visitor_sees_of_a_conversation_that_is_gone_is_not_found(world: World) -> None:
    started = await world.start()
    visitors = world.rooms.conversations.visitors
    visitor = await visitors.find(started.token, ORIGIN)
    visitor.conversation_id = 1
    with pytest.raises(NotFound, match="there is no conversation 1"):
        await visitors.see(visitor)
