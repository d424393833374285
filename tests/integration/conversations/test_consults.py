"""Consults and conferences: who reads and writes what while a colleague is in it, and nothing afterwards."""

from __future__ import annotations

import uuid
from typing import Any

import msgspec
import pytest

from tests.integration.conversations.conftest import Frames, World, eventually
from ucc.domain.actor import Actor
from ucc.domain.conversation import ConsultWrite, EntryWrite, HandOverWrite, Interaction
from ucc.domain.engine import Accept, ChangeMedium, Complete, ContactLeft, Decline, End
from ucc.domain.errors import BadInput, NotAllowed, NotFound
from ucc.domain.people import InboxWrite, QueueWrite, Requirement, SkillCell, SkillWrite
from ucc.domain.states import EntryKind, SystemCode
from ucc.routing.refusals import Refused


class Chat:
    """A visitor's chat in Mei's hands; Tom and Ann lack the skill: nothing of it is theirs to read."""

    def __init__(
        self, world: World, conversation_id: int, token: str, agents: list[Actor], work: int
    ) -> None:
        self.world = world
        self.id = conversation_id
        self.stream = f"conversation:{conversation_id}"
        self.token = token
        self.mei, self.tom, self.ann = agents
        self.work = work

    @property
    def consults(self) -> Any:
        return self.world.rooms.routing.consults

    async def ask(self, note: str = "") -> Interaction:
        write = ConsultWrite(agent_id=self.tom.user_id, note=note)
        consult: Interaction = await self.consults.ask(self.mei, self.work, write)
        return consult

    async def accept(self, consult: Interaction, agent: Actor) -> None:
        offer = await self.ringing(consult)
        await self.world.submit(Accept(consult.id, agent.require_user(), offer["epoch"]))

    async def ringing(self, consult: Interaction) -> Any:
        statement = "SELECT * FROM offer WHERE interaction_id = $1 AND state = 'ringing'"
        return (await eventually(lambda: self.world.fetch(statement, consult.id)))[0]

    async def advised(self, note: str = "") -> Interaction:
        consult = await self.ask(note)
        await self.accept(consult, self.tom)
        return consult

    async def merged(self, agent: Actor | None = None) -> Interaction:
        write = ConsultWrite(agent_id=(agent or self.tom).user_id)
        consult: Interaction = await self.consults.ask(self.mei, self.work, write)
        await self.accept(consult, agent or self.tom)
        seat: Interaction = await self.consults.merge(self.mei, consult.id)
        return seat

    async def write(self, actor: Actor, text: str, kind: EntryKind = EntryKind.MESSAGE) -> None:
        write = EntryWrite(client_id=str(uuid.uuid4()), kind=kind, text=text)
        await self.world.rooms.conversations.write(actor, self.id, write)

    async def head(self) -> Any:
        return await self.world.head(self.id)

    async def row(self, interaction_id: int) -> Any:
        return (await self.world.fetch("SELECT * FROM interaction WHERE id = $1", interaction_id))[0]

    async def said(self) -> list[str]:
        rows = await self.world.entries(self.id)
        return [row["body"]["system"]["code"] for row in rows if row["kind"] == "system"]


@pytest.fixture
async def chat(world: World) -> Chat:
    """A chat that asks for a skill which only Mei has: Tom and Ann see it by being asked alone."""
    skill = await world.rooms.agents.add_skill(world.admin, SkillWrite(name="Loans"))
    queue = await world.rooms.routing.queues.add(
        world.admin, QueueWrite(name="Loans", requirement=[Requirement(skill_id=skill.id, level=3)])
    )
    world.inbox = await world.rooms.conversations.inboxes.add(
        world.admin, InboxWrite(name="Bank", queue_id=queue.id, origins=["https://shop.example"])
    )
    agents = [await world.add_agent() for _ in range(3)]
    cell = SkillCell(agent_id=agents[0].require_user(), skill_id=skill.id, level=5)
    await world.rooms.agents.set_levels(world.admin, [cell])
    for agent in agents:
        await world.go_on_queue(agent)
    started = await world.start("A loan, please")
    offer = await eventually(lambda: world.ringing(started.state.conversation_id))
    await world.submit(Accept(offer["interaction_id"], agents[0].require_user(), offer["epoch"]))
    return Chat(world, started.state.conversation_id, started.token, agents, offer["interaction_id"])


# --- asking ---------------------------------------------------------------------------------------------


async def test_a_consult_is_offered_as_one_with_who_asks_and_opens_no_second_thread(chat: Chat) -> None:
    console = await chat.world.node.console(chat.tom)
    await console.until(lambda: console.of("welcome"))  # from then on it hears what happens
    consult = await chat.ask("May she?")
    assert (consult.bond, consult.asked_by, consult.parent_id) == ("consult", chat.mei.user_id, chat.work)
    [offer] = await chat.world.rooms.routing.work.list_offers(chat.tom)
    assert (offer.bond, offer.asked_by, offer.asked_by_name) == ("consult", chat.mei.user_id, chat.mei.name)
    frame = await console.until(lambda: events(console, "interaction_offered"))
    assert frame[0]["offer"]["asked_by_name"] == chat.mei.name
    head = await chat.head()
    assert (head["interaction_id"], head["agent_id"], head["interaction_state"]) == (
        chat.work, chat.mei.user_id, "active",
    )  # fmt: skip
    assert len(await chat.world.fetch("SELECT FROM conversation")) == 1
    assert await chat.said() == ["queued", "joined", "consult_asked"]


async def test_the_question_enters_the_log_as_a_note_with_the_consult(chat: Chat) -> None:
    consult = await chat.ask("May she have the rate of last year?")
    [note] = [row for row in await chat.world.entries(chat.id) if row["kind"] == "note"]
    assert (note["text"], note["interaction_id"]) == ("May she have the rate of last year?", consult.id)


async def test_whoever_is_asked_reads_and_notes_but_does_not_answer_the_contact(chat: Chat) -> None:
    with pytest.raises(NotFound):
        await chat.world.rooms.conversations.desk.get(chat.tom, chat.id)
    await chat.advised()
    found = await chat.world.rooms.conversations.desk.get(chat.tom, chat.id)
    assert [(one.bond, one.agent_id, one.asked_by) for one in found.bonded] == [
        ("consult", chat.tom.user_id, chat.mei.user_id)
    ]
    await chat.write(chat.tom, "Yes, she may", EntryKind.NOTE)
    with pytest.raises(NotAllowed):
        await chat.write(chat.tom, "Hello, I am Tom")
    assert [row["text"] for row in await chat.world.entries(chat.id) if row["kind"] == "note"] == [
        "Yes, she may"
    ]


async def test_a_consult_is_nobodys_day_and_stands_among_ones_own_work_alone(chat: Chat) -> None:
    await chat.advised()
    desk = chat.world.rooms.conversations.desk
    views = {view.key: view.count for view in await desk.views(chat.tom)}
    assert (views["mine"], views["working"], views["waiting_on_contact"]) == (1, 0, 0)
    assert len(await desk.list_view(chat.tom, "mine", count=9)) == 1
    assert await desk.list_view(chat.tom, "working", count=9) == []
    presence = await chat.world.rooms.routing.presence.get(chat.tom, chat.tom.require_user())
    assert presence.load == {"chat": 1}


@pytest.mark.parametrize("by", ["tom", "mei"])
async def test_either_ends_it_and_the_right_and_the_held_stream_go_with_it(chat: Chat, by: str) -> None:
    consult = await chat.advised()
    console = await chat.world.node.console(chat.tom, {chat.stream: 0})
    await console.until(lambda: console.seqs(chat.stream))
    await chat.write(chat.mei, "One moment, please")  # a head that moved before: its right was looked at
    await console.until(lambda: events(console, "conversation_changed"))
    client = await chat.world.node.http(getattr(chat, by))
    answer = await client.post(f"/interactions/{consult.id}/end", json={})
    assert (answer.status_code, answer.json()["state"]) == (200, "closed")
    dropped = await console.until(lambda: console.of("dropped"))
    assert (dropped[0]["stream"], dropped[0]["code"]) == (chat.stream, "not_allowed")
    seen = len(console.seqs(chat.stream))
    await chat.write(chat.mei, "Your loan is on its way")
    await console.send(type="ping")
    await console.until(lambda: console.of("pong"))
    assert len(console.seqs(chat.stream)) == seen
    theirs = await chat.world.node.http(chat.tom)
    for path in (f"/conversations/{chat.id}", f"/conversations/{chat.id}/entries"):
        assert (await theirs.get(path)).status_code == 404
    for path in (f"/interactions/{consult.id}", f"/interactions/{chat.work}/why"):
        assert (await theirs.get(path)).status_code in (403, 404)
    assert (await chat.head())["agent_id"] == chat.mei.user_id
    assert (await chat.said())[-1] == SystemCode.CONSULT_ENDED


async def test_who_ends_a_consult_has_seen_nothing_for_the_owner(chat: Chat) -> None:
    """An unread message of the contact must still revive the work that the owner ends without it."""
    consult = await chat.advised()
    last = max(row["seq"] for row in await chat.world.entries(chat.id))
    await chat.world.rooms.routing.work.resolve(chat.tom, consult.id, last)
    assert (await chat.row(consult.id))["state"] == "closed"
    assert (await chat.head())["ended_seq"] == 0


async def test_nobody_comes_and_the_asker_goes_on_alone(chat: Chat) -> None:
    consult = await chat.ask()
    offer = await chat.ringing(consult)
    await chat.world.submit(Decline(consult.id, chat.tom.require_user(), offer["epoch"], "busy"))
    assert (await chat.row(consult.id))["state"] == "cancelled"
    assert (await chat.said())[-2:] == ["declined", "consult_missed"]
    found = await chat.world.rooms.conversations.desk.get(chat.mei, chat.id)
    assert found.bonded == []
    assert found.interaction is not None
    assert (found.interaction.id, found.interaction.state) == (chat.work, "active")


async def test_a_queue_is_asked_and_the_asker_is_told_who_came(chat: Chat) -> None:
    billing = await chat.world.rooms.routing.queues.add(chat.world.admin, QueueWrite(name="Billing"))
    consult = await chat.consults.ask(chat.mei, chat.work, ConsultWrite(queue_id=billing.id))
    offer = await chat.ringing(consult)
    assert offer["agent_id"] != chat.mei.user_id
    moment = await chat.world.rooms.routing.explain.moment(chat.world.admin, consult.id, offer["journal_seq"])
    assert (moment.asked_by, moment.asked_by_name) == (chat.mei.user_id, chat.mei.name)
    verdicts = {one.agent_id: one.verdict for one in moment.candidates}
    assert verdicts[chat.mei.require_user()] == "asks"
    why = await chat.world.rooms.routing.work.why(chat.world.admin, consult.id)
    assert why.journal[0].fact == "interaction_queued"


async def test_a_wrong_question_leaves_nothing(chat: Chat) -> None:
    client = await chat.world.node.http(chat.mei)
    path = f"/interactions/{chat.work}/consult"
    both = await client.post(path, json={"agent_id": 1, "queue_id": 2})
    assert (both.status_code, both.json()["found"]["field"]) == (422, "queue_id")
    unknown = await client.post(path, json={"agent_id": 1})
    assert (unknown.status_code, unknown.json()["code"]) == (404, "unknown_agent")
    for field, found in (("agent_id", -1), ("queue_id", -1), ("agent_id", 2**60)):
        for act in ("consult", "transfer"):
            refused = await client.post(f"/interactions/{chat.work}/{act}", json={field: found})
            assert (refused.status_code, refused.json()["found"].get("field")) == (422, field)
    own = await client.post(path, json={"agent_id": chat.mei.user_id})
    assert (own.status_code, own.json()["code"]) == (409, "agent_not_available")
    theirs = await chat.world.node.http(chat.tom)
    foreign = await theirs.post(path, json={"agent_id": chat.ann.user_id})
    assert (foreign.status_code, foreign.json()["code"]) == (409, "not_owner")
    live = "SELECT FROM interaction WHERE bond IS NOT NULL AND state <> 'cancelled'"
    assert await chat.world.fetch(live) == []
    with pytest.raises(BadInput):
        await chat.consults.ask(chat.mei, chat.work, ConsultWrite())


async def test_the_same_key_asks_once(chat: Chat) -> None:
    client = await chat.world.node.http(chat.mei)
    body = {"agent_id": chat.tom.user_id, "note": "Once"}
    answers = [
        await client.post(
            f"/interactions/{chat.work}/consult", json=body, headers={"Idempotency-Key": "ask-1"}
        )
        for _ in range(2)
    ]
    assert [one.status_code for one in answers] == [201, 201]
    assert answers[0].json()["id"] == answers[1].json()["id"]
    assert len(await chat.world.fetch("SELECT FROM interaction WHERE bond = 'consult'")) == 1


# --- becoming a transfer --------------------------------------------------------------------------------


async def test_a_completed_consult_is_a_transfer_to_the_colleague(chat: Chat) -> None:
    consult = await chat.advised()
    work = await chat.consults.complete(chat.mei, consult.id)
    assert (work.id, work.bond, work.agent_id, work.state) == (consult.id, None, chat.tom.user_id, "active")
    head = await chat.head()
    assert (head["interaction_id"], head["agent_id"], head["interaction_state"]) == (
        consult.id, chat.tom.user_id, "active",
    )  # fmt: skip
    assert (await chat.row(chat.work))["state"] == "wrapping"
    shown = await chat.world.rooms.conversations.desk.get(chat.mei, chat.id)
    assert [(one.interaction_id, one.agent_id) for one in shown.wrap_ups] == [(chat.work, chat.mei.user_id)]
    why = await chat.world.rooms.routing.work.why(chat.mei, chat.work)
    story = [line.fact for line in why.journal]
    assert story[-3:] == ["interaction_queued", "consult_completed", "wrap_up_started"]
    await chat.write(chat.tom, "I am Tom and go on from here")
    with pytest.raises(NotAllowed):
        await chat.write(chat.mei, "Me too")
    await chat.world.submit(Complete(chat.work, chat.mei.require_user()))
    assert (await chat.head())["interaction_state"] == "active", "the sender's wrap-up ends nothing"
    assert (await chat.world.rooms.conversations.desk.get(chat.mei, chat.id)).wrap_ups == []
    assert len(await chat.world.fetch("SELECT FROM conversation")) == 1


# --- conferences ----------------------------------------------------------------------------------------


async def test_in_a_conference_both_answer_and_the_contact_sees_who(chat: Chat) -> None:
    widget = await chat.world.node.widget(chat.token)
    await widget.until(lambda: widget.of("welcome"))
    seat = await chat.merged()
    assert seat.bond == "seat"
    both = f"{chat.mei.name}, {chat.tom.name}"
    await widget.until(lambda: [one for one in widget.of("state") if one["state"]["agent_name"] == both])
    await chat.write(chat.tom, "Hello, this is Tom")
    said = await widget.until(
        lambda: [one for one in widget.of("entry") if one["entry"]["author"] == "agent"]
    )
    assert said[-1]["entry"]["name"] == chat.tom.name
    joined = [one["entry"]["system"] for one in widget.of("entry") if one["entry"]["system"]]
    assert [(one["code"], one["agent_name"]) for one in joined][-1] == ("joined", chat.tom.name)
    hidden = {"consult_asked", "consult_joined"}
    assert not hidden & {one["code"] for one in joined}, "what is among colleagues stays there"
    await chat.world.rooms.routing.work.do(chat.tom, seat.id, End(seat.id, chat.tom.require_user()))
    await widget.until(
        lambda: widget.of("state")[-1]["state"]["agent_name"] == chat.mei.name,
    )
    with pytest.raises(NotFound):
        await chat.write(chat.tom, "One thing more")


async def test_what_a_seat_writes_answers_the_contact_for_the_owner(chat: Chat) -> None:
    await chat.merged()
    widget = await chat.world.node.widget(chat.token)
    await widget.send(type="message", client_id=str(uuid.uuid4()), text="Are you there?")
    await eventually(lambda: waits(chat))
    await chat.write(chat.tom, "We are")
    head = await chat.head()
    assert (head["waiting_since_ms"], head["answered_by"]) == (None, chat.mei.user_id)


async def test_the_owner_leaves_by_naming_another_and_owes_nothing(chat: Chat) -> None:
    seat = await chat.merged()
    console = await chat.world.node.console(chat.tom)
    await console.until(lambda: console.of("welcome"))
    work = await chat.consults.hand_over(chat.mei, chat.work, HandOverWrite(agent_id=chat.tom.require_user()))
    assert (work.id, work.agent_id, work.state, work.bond) == (chat.work, chat.tom.user_id, "active", None)
    assert (await chat.row(seat.id))["state"] == "closed"
    head = await chat.head()
    assert (head["interaction_id"], head["agent_id"]) == (chat.work, chat.tom.user_id)
    mine = await chat.world.rooms.routing.presence.get(chat.mei, chat.mei.require_user())
    assert (mine.load, mine.wrap_ups) == ({}, 0)
    assert (await chat.said())[-1] == "transferred"
    await chat.write(chat.tom, "I go on alone")
    await console.close()
    await chat.world.submit(ContactLeft(chat.work))
    assert (await chat.head())["interaction_state"] == "wrapping"


async def test_a_conference_refuses_what_would_leave_somebody_behind(chat: Chat) -> None:
    await chat.merged()
    client = await chat.world.node.http(chat.mei)
    transfer = await client.post(f"/interactions/{chat.work}/transfer", json={"agent_id": chat.ann.user_id})
    assert (transfer.status_code, transfer.json()["code"]) == (409, "in_conference")
    stranger = await client.post(f"/interactions/{chat.work}/hand-over", json={"agent_id": chat.ann.user_id})
    assert (stranger.status_code, stranger.json()["code"]) == (409, "not_in_conference")
    for agent_id in (-1, 2**60):
        nobody = await client.post(f"/interactions/{chat.work}/hand-over", json={"agent_id": agent_id})
        assert nobody.status_code in (404, 409, 422), agent_id
    with pytest.raises(Refused):
        await chat.consults.merge(chat.mei, chat.work)


async def test_the_contact_leaves_and_everybody_is_out(chat: Chat) -> None:
    seat = await chat.merged()
    write = ConsultWrite(agent_id=chat.ann.user_id)
    asked = await chat.consults.ask(chat.mei, chat.work, write)
    await chat.world.submit(ContactLeft(chat.work))
    assert [(await chat.row(one.id))["state"] for one in (seat, asked)] == ["closed", "cancelled"]
    found = await chat.world.rooms.conversations.desk.get(chat.mei, chat.id)
    assert found.bonded == []
    assert (await chat.said())[-1] == "left"


# --- holding and flows ----------------------------------------------------------------------------------


async def test_only_a_call_is_held(chat: Chat) -> None:
    client = await chat.world.node.http(chat.mei)
    answer = await client.post(f"/interactions/{chat.work}/hold")
    assert (answer.status_code, answer.json()["code"]) == (409, "not_call")


async def test_a_contact_goes_through_a_flow_and_comes_back(chat: Chat) -> None:
    client = await chat.world.node.http(chat.mei)
    too_long = await client.post(f"/interactions/{chat.work}/flow", json={"limit_s": 0})
    assert (too_long.status_code, too_long.json()["found"]["field"]) == (422, "limit_s")
    gone = (await client.post(f"/interactions/{chat.work}/flow", json={"limit_s": 600})).json()
    assert (gone["state"], gone["agent_id"]) == ("in_flow", chat.mei.user_id)
    assert gone["until_ms"] is not None
    assert (await chat.head())["interaction_state"] == "in_flow"
    presence = await chat.world.rooms.routing.presence.get(chat.mei, chat.mei.require_user())
    assert presence.load == {"chat": 1}, "the agent waits with the units taken"
    views = {view.key: view.count for view in await chat.world.rooms.conversations.desk.views(chat.mei)}
    assert views["mine"] == 1
    back = (await client.post(f"/interactions/{chat.work}/flow/return")).json()
    assert (back["state"], back["until_ms"]) == ("active", None)
    assert (await chat.said())[-2:] == ["flow_entered", "flow_returned"]


async def test_r86_a_call_is_held_and_taken_off_hold_and_its_time_is_a_segment(chat: Chat) -> None:
    await chat.world.submit(ChangeMedium(chat.work, chat.mei.require_user(), "voice"))
    client = await chat.world.node.http(chat.mei)
    for _ in range(2):  # twice is once
        held = await client.post(f"/interactions/{chat.work}/hold")
        assert (held.status_code, held.json()["state"]) == (200, "held")
    assert (await chat.head())["interaction_state"] == "held"
    presence = await chat.world.rooms.routing.presence.get(chat.mei, chat.mei.require_user())
    assert presence.load == {"voice": 1}
    talking = (await client.post(f"/interactions/{chat.work}/unhold")).json()
    assert talking["state"] == "active"
    segments = "SELECT kind FROM segment WHERE interaction_id = $1 ORDER BY started_at_ms, kind"
    assert [row["kind"] for row in await chat.world.fetch(segments, chat.work)] == ["talk", "hold", "talk"]
    assert (await chat.said())[-2:] == ["held", "unheld"]
    why = await chat.world.rooms.routing.work.why(chat.mei, chat.work)
    assert [line.fact for line in why.journal][-3:] == ["medium_changed", "call_held", "call_unheld"]
    theirs = await chat.world.node.http(chat.tom)
    foreign = await theirs.post(f"/interactions/{chat.work}/hold")
    assert (foreign.status_code, foreign.json()["code"]) == (409, "not_owner")


async def test_r83_a_flow_says_by_its_key_that_the_step_is_done(chat: Chat) -> None:
    client = await chat.world.node.http(chat.mei)
    await client.post(f"/interactions/{chat.work}/flow", json={})
    theirs = await chat.world.node.http(chat.tom)
    foreign = await theirs.post(f"/interactions/{chat.work}/flow/return")
    assert (foreign.status_code, foreign.json()["code"]) == (409, "not_owner")
    key = msgspec.structs.replace(chat.world.admin, user_id=None, kind="api_key", key_id=1)
    back = await chat.consults.return_from_flow(key, chat.work)
    assert (back.state, back.agent_id) == ("active", chat.mei.user_id)
    rows = [row for row in await chat.world.entries(chat.id) if row["kind"] == "system"]
    assert rows[-1]["body"]["system"]["detail"] == {"reason": "finished"}
    over = await client.post(f"/interactions/{chat.work}/flow/return")
    assert (over.status_code, over.json()["code"]) == (409, "not_in_flow")


def events(console: Frames, kind: str) -> list[dict[str, Any]]:
    return [one["event"] for one in console.of("event") if one["event"]["type"] == kind]


async def waits(chat: Chat) -> bool:
    return (await chat.head())["waiting_since_ms"] is not None
