"""Why this agent, who would get it, and what if: replayed from the journal, beside the live shard."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from ucc.domain.conversation import CompleteWrite, DeclineWrite, EndWrite
from ucc.domain.errors import BadInput, Conflict, NotAllowed, NotFound
from ucc.domain.explaining import Moment, OtherwiseWrite, ProspectWrite
from ucc.domain.people import (
    AgentsCondition,
    AllCondition,
    AnyCondition,
    Distribution,
    Handling,
    NotCondition,
    QueueWrite,
    RelaxationStep,
    Requirement,
    SkillCell,
    SkillCondition,
    StatusWrite,
    TeamsCondition,
)
from ucc.domain.states import AgentChoice, AgentVerdict, Medium, QueueOrder, Role, Status
from ucc.routing import journal
from ucc.routing.lease import shard_of

from .conftest import Node, World, eventually, make_world


async def line_of(world: World, interaction: int, fact: str = "interaction_offered", nth: int = 0) -> int:
    """The journal's seq of the nth fact of this kind about an interaction."""
    why = await world.node.routing.work.why(world.actor(0, Role.ADMIN), interaction)
    return [line.seq for line in why.journal if line.fact == fact][nth]


def verdicts(moment: Moment) -> dict[int, str]:
    return {one.agent_id: one.verdict for one in moment.candidates}


async def test_a_past_offer_is_explained_with_everybody_who_could_and_could_not(
    world: World, node: Node
) -> None:
    chinese = await world.add_skill("中文")
    queue = await world.add_queue(needs={chinese: 5})
    best = await world.add_agent(skills={chinese: 9}, chats=1)
    good = await world.add_agent(skills={chinese: 6})
    away = await world.add_agent(skills={chinese: 7})
    unskilled = await world.add_agent()
    offline = await world.add_agent(skills={chinese: 8})
    for agent in (best, good, away, unskilled):
        await world.come_online(agent)
    off = StatusWrite(status=Status.OFF_QUEUE, reason="meal")
    await node.routing.presence.set_status(away, away.user_id or 0, off)
    first = await world.enqueue(queue)
    await world.accept(first)
    second = await world.enqueue(queue)
    await world.accept(second)
    # What came later must not show: the moment is of then.
    await node.routing.work.end(best, first, EndWrite(seen_seq=0))
    await node.routing.work.complete(best, first, CompleteWrite())
    found = await node.routing.explain.moment(world.admin, second, await line_of(world, second))
    assert (found.agent_id, found.agent_name, found.queue_name) == (good.user_id, good_name(good), "Sales")
    assert verdicts(found) == {
        good.user_id: AgentVerdict.ELIGIBLE,
        best.user_id: AgentVerdict.NO_UNITS,
        away.user_id: AgentVerdict.OFF_QUEUE,
        unskilled.user_id: AgentVerdict.NOT_MET,
        offline.user_id: AgentVerdict.OFFLINE,
    }
    by_id = {one.agent_id: one for one in found.candidates}
    assert [(one.name, one.asked, one.has) for one in by_id[best.user_id or 0].skills] == [("中文", 5, 9)]
    assert (by_id[best.user_id or 0].medium_units, by_id[best.user_id or 0].medium_units_max) == (1, 1)
    assert by_id[away.user_id or 0].off_queue_reason == "meal"
    assert found.counts == {"eligible": 1, "no_units": 1, "off_queue": 1, "not_met": 1, "offline": 1}
    assert (found.place, found.waiting, found.agent_choice) == (1, 1, AgentChoice.MOST_SKILLED)


def good_name(actor: Any) -> str:
    return f"Agent {actor.user_id}"


async def test_the_second_offer_names_who_declined_and_a_snapshot_before_it_makes_no_difference(
    world: World, node: Node
) -> None:
    queue = await world.add_queue()
    agents = [await world.add_agent(), await world.add_agent()]
    for agent in agents:
        await world.come_online(agent)
    interaction = await world.enqueue(queue)
    offer = await world.until_ringing(interaction)
    first = world.actor(offer["agent_id"])
    await journal.add_snapshot(node.database, world.tenant_id, shard_of(world.tenant_id))
    await node.routing.work.decline(first, interaction, offer["epoch"], DeclineWrite(reason="busy"))
    await world.accept(interaction)
    seq = await line_of(world, interaction, nth=1)
    found = await node.routing.explain.moment(world.admin, interaction, seq)
    assert verdicts(found)[first.user_id or 0] == AgentVerdict.EXCLUDED
    async with node.database.node(world.tenant_id) as conn:
        await conn.execute("DELETE FROM snapshot")
    assert await node.routing.explain.moment(world.admin, interaction, seq) == found


async def test_asking_leaves_the_live_engine_and_the_journal_as_they_were(world: World, node: Node) -> None:
    queue = await world.add_queue()
    agent = await world.add_agent()
    await world.come_online(agent)
    interaction = await world.enqueue(queue)
    await world.accept(interaction)
    seq = await line_of(world, interaction)
    before = node.routing.state_hash(world.tenant_id)
    rows = await world.fetch("SELECT count(*) AS count FROM journal WHERE tenant_id IS NOT NULL")
    await node.routing.explain.moment(world.admin, interaction, seq)
    change = OtherwiseWrite(agent_choice=AgentChoice.ROUND_ROBIN)
    await node.routing.explain.otherwise(world.admin, interaction, seq, change)
    await node.routing.explain.prospect(world.admin, queue, ProspectWrite())
    assert node.routing.state_hash(world.tenant_id) == before
    assert await world.fetch("SELECT count(*) AS count FROM journal WHERE tenant_id IS NOT NULL") == rows


async def test_one_change_at_a_time_says_who_would_have_had_it(world: World, node: Node) -> None:
    chinese = await world.add_skill("中文")
    queue = await world.add_queue(needs={chinese: 3})
    expert = await world.add_agent(skills={chinese: 9})
    beginner = await world.add_agent(skills={chinese: 3})
    for agent in (expert, beginner):
        await world.come_online(agent)
    interaction = await world.enqueue(queue)
    await world.accept(interaction)
    seq = await line_of(world, interaction)
    explain = node.routing.explain
    would = {
        name: await explain.otherwise(world.admin, interaction, seq, write)
        for name, write in {
            "choice": OtherwiseWrite(agent_choice=AgentChoice.LEAST_SKILLED),
            "level": OtherwiseWrite(level=SkillCell(agent_id=expert.user_id or 0, skill_id=chinese, level=0)),
            "requirement": OtherwiseWrite(requirement=[Requirement(skill_id=chinese, level=10)]),
            "order": OtherwiseWrite(order_by=QueueOrder.STRICT_PRIORITY),
            "priority": OtherwiseWrite(priority=9),
        }.items()
    }
    assert {one.recorded_agent_id for one in would.values()} == {expert.user_id}
    assert would["choice"].agent_id == would["level"].agent_id == beginner.user_id
    assert would["requirement"].agent_id is None
    assert set(verdicts(would["requirement"].moment).values()) == {AgentVerdict.NOT_MET}
    assert would["order"].agent_id == would["priority"].agent_id == expert.user_id
    assert would["priority"].moment.priority == 9


async def test_what_cannot_be_asked_is_refused_by_name(world: World, node: Node) -> None:
    queue = await world.add_queue()
    agent = await world.add_agent()
    await world.come_online(agent)
    interaction = await world.enqueue(queue)
    await world.accept(interaction)
    await node.routing.work.end(agent, interaction, EndWrite(seen_seq=0))
    explain, seq = node.routing.explain, await line_of(world, interaction)
    with pytest.raises(BadInput, match="found nothing; allowed is exactly one of agent_choice"):
        await explain.otherwise(world.admin, interaction, seq, OtherwiseWrite())
    with pytest.raises(BadInput, match="priority is 10; allowed are 0 to 9"):
        await explain.otherwise(world.admin, interaction, seq, OtherwiseWrite(priority=10))
    with pytest.raises(BadInput, match="units is 0; allowed are 1 to 50"):
        await explain.prospect(world.admin, queue, ProspectWrite(units=0))
    with pytest.raises(NotFound, match="journal says nothing"):
        await explain.moment(world.admin, interaction, seq + 1_000)
    ended = await line_of(world, interaction, "wrap_up_started")
    with pytest.raises(Conflict, match="in somebody's hands"):
        await explain.moment(world.admin, interaction, ended)
    other = await make_world(node)
    colleague = await world.add_agent()
    with pytest.raises(NotAllowed):
        await explain.moment(colleague, interaction, seq)
    with pytest.raises(NotFound):
        await explain.moment(other.admin, interaction, seq)
    with pytest.raises(NotFound, match="no active queue"):
        await explain.prospect(other.admin, queue, ProspectWrite())


async def test_who_would_get_it_follows_the_unsaved_form_and_the_waiting(world: World, node: Node) -> None:
    chinese, billing = await world.add_skill("中文"), await world.add_skill("Billing")
    queue = await world.add_queue(needs={chinese: 5})
    speaker = await world.add_agent(skills={chinese: 9})
    clerk = await world.add_agent(skills={billing: 9})
    for agent in (speaker, clerk):
        await world.come_online(agent)
    explain = node.routing.explain
    now = await explain.prospect(world.admin, queue, ProspectWrite())
    assert (now.agent_id, now.place, now.waiting) == (speaker.user_id, 1, 1)
    needy = ProspectWrite(skills=[Requirement(skill_id=billing, level=3)])
    assert (await explain.prospect(world.admin, queue, needy)).agent_id is None
    form = QueueWrite(
        name="Sales",
        requirement=[Requirement(skill_id=chinese, level=10)],
        distribution=Distribution(
            relaxation=[
                RelaxationStep(after_s=60, condition=SkillCondition(skill_id=billing, level=2)),
            ]
        ),
    )
    unsaved = await explain.prospect(world.admin, queue, ProspectWrite(queue=form))
    relaxed = await explain.prospect(world.admin, queue, ProspectWrite(queue=form, after_s=60))
    assert (unsaved.agent_id, unsaved.step, unsaved.steps) == (None, 0, 1)
    assert (relaxed.agent_id, relaxed.step) == (clerk.user_id, 1)
    assert relaxed.conditions == [SkillCondition(skill_id=billing, level=2)]
    preferred = ProspectWrite(preferred_agent_id=clerk.user_id)
    assert (await explain.prospect(world.admin, queue, preferred)).agent_id == clerk.user_id


# --- what queues ask beyond a list of skills, and how people's work goes together ---------------------------


async def test_a_condition_decides_and_comes_back_as_it_was_written(world: World, node: Node) -> None:
    chinese = await world.add_skill("中文")
    first, second, third = [await world.add_agent(skills={chinese: 5}) for _ in range(3)]
    async with node.database.tenant(world.tenant_id) as conn:
        await conn.execute("UPDATE app_user SET team = 'Night' WHERE id <> $1", third.user_id)
        for agent in (first, second):
            await node.routing.agent_changed(conn, world.tenant_id, agent.user_id or 0)
    condition = AllCondition(
        of=[
            AnyCondition(of=[SkillCondition(skill_id=chinese, level=4), TeamsCondition(teams=["Night"])]),
            NotCondition(of=AgentsCondition(agent_ids=[first.user_id or 0])),
            TeamsCondition(teams=["Night"]),
        ]
    )
    queue = await world.add_queue(distribution=Distribution(condition=condition))
    assert (await node.routing.queues.get(world.admin, queue)).distribution.condition == condition
    for agent in (first, second, third):
        await world.come_online(agent)
    interaction = await world.enqueue(queue)
    taker = await world.accept(interaction)
    assert taker.user_id == second.user_id
    found = await node.routing.explain.moment(world.admin, interaction, await line_of(world, interaction))
    assert found.conditions == [condition]
    assert verdicts(found)[first.user_id or 0] == AgentVerdict.NOT_MET


async def test_a_condition_nobody_can_mean_is_refused_with_path_found_and_allowed(world: World) -> None:
    chinese = await world.add_skill("中文")
    contradiction = AllCondition(
        of=[
            SkillCondition(skill_id=chinese, level=5),
            NotCondition(of=SkillCondition(skill_id=chinese, level=5)),
        ]
    )
    cases: list[tuple[Distribution, str]] = [
        (Distribution(condition=contradiction), "condition is a condition that contradicts itself; allowed"),
        (
            Distribution(condition=AnyCondition(of=[SkillCondition(skill_id=chinese, level=11)])),
            r"distribution.condition.of\[0\].level is 11; allowed is 1 to 10",
        ),
        (
            Distribution(relaxation=[RelaxationStep(after_s=5, condition=AgentsCondition(agent_ids=[1]))]),
            r"distribution.relaxation\[0\].condition.agent_ids is 1; allowed is a person of this tenant",
        ),
        (
            Distribution(condition=SkillCondition(skill_id=77, level=1)),
            "distribution.condition.skill_id is 77; allowed is a skill of this tenant",
        ),
        (Distribution(condition=TeamsCondition(teams=["Day"])), "names 'Day'; allowed are none"),
        (Distribution(condition=AllCondition(of=[])), "distribution.condition.of is 0 entries; allowed"),
    ]
    for distribution, text in cases:
        with pytest.raises(BadInput, match=text):
            await world.add_queue("Odd", distribution=distribution)


async def test_how_an_agents_media_go_together_reaches_the_engine(world: World, node: Node) -> None:
    queue = await world.add_queue()
    agent = await world.add_agent()
    handling = Handling(voice_exclusive=True, interruptible=[Medium.CHAT])
    async with node.database.tenant(world.tenant_id) as conn:
        await conn.execute(
            "UPDATE app_user SET handling = $1, capacity = $2 WHERE id = $3",
            *(msgspec.to_builtins(handling), {"chat": 1, "voice": 1}, agent.user_id),
        )
        await node.routing.agent_changed(conn, world.tenant_id, agent.user_id or 0)
    await world.come_online(agent)
    chat = await world.enqueue(queue)
    await world.accept(chat)
    call = await world.enqueue(queue, medium="voice")

    async def is_interrupted() -> bool:
        return await world.state(chat) == "interrupted"

    await world.accept(call)
    await eventually(is_interrupted)
