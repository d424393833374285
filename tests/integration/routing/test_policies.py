"""Queues, hours and SLA policies as written by hand, and what the engine learns of them."""

from __future__ import annotations

import asyncio
from typing import Any

import msgspec
import pytest

from ucc.domain.engine import QueueSet, Relaxation, SetQueue, SlaTarget, decode_outcomes
from ucc.domain.errors import BadInput, Conflict, NotFound
from ucc.domain.people import (
    Distribution,
    HoursWrite,
    PauseWrite,
    QueueWrite,
    RelaxationStep,
    Requirement,
    SlaPolicy,
    SlaPolicyWrite,
)
from ucc.domain.states import AgentChoice, OverflowExit, QueueOrder, Role, SlaPause
from ucc.kit.clock import now_ms
from ucc.routing.queue_limits import FIGURES
from ucc.routing.rules import ALWAYS, WEEKDAYS
from ucc.tenants.rules import ROLES

from .conftest import Node, World, eventually, make_world

NIGHTS = HoursWrite(name="Nights", time_zone="Asia/Taipei", week={"mon": [("22:00", "06:00")]})
ALWAYS_OPEN = HoursWrite(name="Always", time_zone="UTC", week={day: [("00:00", "24:00")] for day in WEEKDAYS})


async def told(world: World, queue: int) -> SetQueue | None:
    """Return what the journal says the engine knows of a queue."""
    known = None
    rows = await world.fetch("SELECT facts FROM journal WHERE tenant_id IS NOT NULL ORDER BY first_seq")
    for row in rows:
        for outcome in decode_outcomes(row["facts"]):
            for fact in outcome.facts:
                if isinstance(fact, QueueSet) and fact.config.queue == queue:
                    known = fact.config
    return known


async def until_told(world: World, queue: int, **expected: Any) -> SetQueue:
    """Wait until the engine knows these fields of a queue."""

    async def is_so() -> SetQueue | None:
        known = await told(world, queue)
        if known is None or any(getattr(known, name) != value for name, value in expected.items()):
            return None
        return known

    found = await eventually(is_so)
    assert isinstance(found, SetQueue)
    return found


async def test_a_queue_reaches_the_engine_as_it_was_written(world: World, node: Node) -> None:
    skill = await world.add_skill("Billing")
    overflow = await world.add_queue("Everybody")
    blocked = await world.add_queue("Blocked")
    policy = await node.routing.sla_policies.add(
        world.admin, SlaPolicyWrite(name="Fast", answer_s=20, next_response_s=60)
    )
    write = QueueWrite(
        name=" Billing ",
        requirement=[Requirement(skill_id=skill, level=4)],
        sla_policy_id=policy.id,
        offer_s=25,
        wrap_up_s=90,
        preferred_s=10,
        overflow_after_s=120,
        overflow_queue_id=overflow,
        overflow_exit=OverflowExit.MESSAGE,
        blocked_queue_id=blocked,
        waiting_max=50,
        distribution=Distribution(
            order_by=QueueOrder.SHARE,
            share_per_hour=40,
            agent_choice=AgentChoice.ROUND_ROBIN,
            reserve=2,
            agent_units_max=3,
            auto_accept=True,
            broadcast=3,
            overflow_length=30,
            is_paused=True,
            redirect_queue_id=overflow,
            relaxation=[
                RelaxationStep(after_s=20, requirement=[Requirement(skill_id=skill, level=2)], lower_by=1),
                RelaxationStep(after_s=60),
            ],
        ),
    )
    queue = await node.routing.queues.add(world.admin, write)
    assert (queue.name, queue.is_open, queue.waiting, queue.staffed) == ("Billing", True, 0, 0)
    assert queue.distribution == write.distribution
    assert (queue.overflow_exit, queue.blocked_queue_id) == ("message", blocked)
    assert (queue.answer_s, queue.answer_percent) == (20, 80), "what its SLA policy promises"
    known = await until_told(world, queue.id)
    assert known == SetQueue(
        queue=queue.id,
        requirement=[(skill, 4)],
        offer_ms=25_000,
        wrap_up_ms=90_000,
        answer_target_ms=20_000,
        preferred_ms=10_000,
        overflow_after_ms=120_000,
        overflow_queue=overflow,
        waiting_max=50,
        open=ALWAYS,
        relaxation=[Relaxation(20_000, [(skill, 2)], lower_by=1), Relaxation(60_000)],
        order_by="share",
        share_per_hour=40,
        agent_choice="round_robin",
        reserve=2,
        agent_units_max=3,
        auto_accept=True,
        overflow_length=30,
        is_paused=True,
        redirect_queue=overflow,
        overflow_exit="message",
        broadcast=3,
        blocked_queue=blocked,
        sla=[SlaTarget("answer", 20_000), SlaTarget("next_response", 60_000)],
    )


async def test_hours_and_sla_reach_every_queue_that_follows_them(world: World, node: Node) -> None:
    hours = await node.routing.hours.add(world.admin, ALWAYS_OPEN)
    policy = await node.routing.sla_policies.add(world.admin, SlaPolicyWrite(name="SLA"))
    follows = await world.add_queue("Follows", hours_id=hours.id, sla_policy_id=policy.id)
    other = await world.add_queue("Other")
    await until_told(world, other)
    known = await until_told(world, follows)
    assert known.open[0][0] <= now_ms() < known.open[-1][1]
    await node.routing.hours.change(world.admin, hours.id, msgspec.structs.replace(ALWAYS_OPEN, week={}))
    await until_told(world, follows, open=[])
    write = SlaPolicyWrite(
        name="SLA",
        answer_s=5,
        first_response_s=20,
        next_response_s=60,
        resolution_s=3_600,
        warn_percent=50,
        response_pauses=[SlaPause.PARKED],
        resolution_pauses=[SlaPause.ANSWERED],
    )
    await node.routing.sla_policies.change(world.admin, policy.id, write)
    assert await node.routing.sla_policies.get(world.admin, policy.id) == SlaPolicy(
        id=policy.id, **msgspec.structs.asdict(write)
    )
    known = await until_told(world, follows, open=[], answer_target_ms=5_000)
    assert known.sla == [
        SlaTarget("answer", 5_000, 2_500),
        SlaTarget("first_response", 20_000, 10_000, ["parked"]),
        SlaTarget("next_response", 60_000, 30_000, ["parked"]),
        SlaTarget("resolution", 3_600_000, 1_800_000, ["answered"]),
    ]
    found = await node.routing.queues.get(world.admin, follows)
    assert not found.is_open
    assert (await told(world, other) or known).open == ALWAYS


async def test_live_figures_count_who_could_serve_and_what_waits(world: World, node: Node) -> None:
    skill = await world.add_skill("Technical")
    queue = await world.add_queue("Technical", needs={skill: 5})
    strong, weak = await world.add_agent(skills={skill: 5}), await world.add_agent(skills={skill: 4})
    await world.come_online(weak)
    interaction = await world.enqueue(queue)
    await world.until_state(interaction, "queued")
    found = await node.routing.queues.get(world.admin, queue)
    assert (found.staffed, found.waiting) == (0, 1)
    await world.come_online(strong)
    await world.accept(interaction)
    found = await node.routing.queues.get(world.admin, queue)
    assert (found.staffed, found.waiting) == (1, 0)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"name": "  "}, "name is 0 characters"),
        (
            {"requirement": [Requirement(skill_id=1, level=3)]},
            r"requirement\[0\].skill_id is 1; allowed is a skill of this tenant",
        ),
        (
            {"requirement": [Requirement(skill_id=2, level=3), Requirement(skill_id=1, level=11)]},
            r"requirement\[1\].level is 11; allowed are 1 to 10",
        ),
        ({"requirement": [Requirement(skill_id=1, level=0)]}, r"requirement\[0\].level is 0"),
        (
            {"requirement": [Requirement(skill_id=1, level=1)] * 2},
            r"requirement\[1\].skill_id is 1, as in requirement\[0\]; allowed is each skill once",
        ),
        ({"hours_id": 7}, "hours_id is 7; allowed is the id of one there is"),
        ({"sla_policy_id": 7}, "sla_policy_id is 7; allowed is the id of one there is"),
        ({"overflow_queue_id": 7}, "overflow_queue_id is 7; allowed is another active queue"),
        ({"offer_s": 1}, "offer_s is 1; allowed are 5 to 120"),
        ({"wrap_up_s": 10_000}, "wrap_up_s is 10000; allowed are 0 to 1800"),
        ({"waiting_max": 0}, "waiting_max is 0; allowed are 1 to 100000"),
        ({"overflow_after_s": 30}, "needs a queue"),
        ({"distribution": Distribution(order_by=QueueOrder.SHARE)}, "share_per_hour is 0; allowed are 1 to"),
        ({"distribution": Distribution(broadcast=0)}, "broadcast is 0; allowed are 1 to 20"),
        ({"distribution": Distribution(broadcast=21)}, "broadcast is 21; allowed are 1 to 20"),
        ({"blocked_queue_id": 7}, "blocked_queue_id is 7; allowed is another active queue"),
        ({"distribution": Distribution(agent_units_max=0)}, "agent_units_max is 0"),
        ({"distribution": Distribution(overflow_length=5)}, "needs a queue"),
        ({"distribution": Distribution(redirect_queue_id=7)}, "redirect_queue_id is 7"),
        (
            {"distribution": Distribution(relaxation=[RelaxationStep(after_s=9), RelaxationStep(after_s=9)])},
            r"relaxation\[1\].after_s is 9; allowed are 10 to",
        ),
        (
            {
                "distribution": Distribution(
                    relaxation=[RelaxationStep(after_s=9, requirement=[Requirement(skill_id=1, level=3)])]
                )
            },
            r"distribution.relaxation\[0\].requirement\[0\].skill_id is 1; allowed is a skill",
        ),
    ],
)
async def test_a_queue_that_cannot_work_is_refused_by_the_rule(
    world: World, node: Node, change: dict[str, Any], words: str
) -> None:
    write = QueueWrite(**({"name": "Sales"} | change))
    with pytest.raises(BadInput, match=words):
        await node.routing.queues.add(world.admin, write)
    assert await node.routing.queues.list_page(world.admin) == []


async def test_r61_a_supervisor_pauses_a_queue_and_its_work_goes_on_elsewhere_until_resumed(
    world: World, node: Node
) -> None:
    skill = await world.add_skill("Billing")
    sales, other = await world.add_queue("Sales", needs={skill: 3}), await world.add_queue("Other")
    await world.come_online(await world.add_agent())  # staffs the other
    supervisor = msgspec.structs.replace(world.admin, permissions=ROLES[Role.SUPERVISOR])
    waiting = await world.enqueue(sales)
    await world.until_state(waiting, "queued")
    with pytest.raises(BadInput, match=f"redirect_queue_id is {sales}; allowed is another active queue"):
        await node.routing.queues.pause(supervisor, sales, PauseWrite(redirect_queue_id=sales))
    with pytest.raises(NotFound, match="no active queue 7"):
        await node.routing.queues.pause(supervisor, 7, PauseWrite())
    assert not (await node.routing.queues.get(world.admin, sales)).distribution.is_paused
    paused = await node.routing.queues.pause(supervisor, sales, PauseWrite(redirect_queue_id=other))
    assert (paused.distribution.is_paused, paused.distribution.redirect_queue_id) == (True, other)

    async def is_elsewhere() -> bool:
        (row,) = await world.fetch("SELECT queue_id FROM interaction WHERE id = $1", waiting)
        return bool(row["queue_id"] == other)

    await eventually(is_elsewhere)
    resumed = await node.routing.queues.resume(supervisor, sales)
    assert not resumed.distribution.is_paused
    assert resumed.distribution.redirect_queue_id == other, "as it was set"
    lines = await world.fetch(
        "SELECT act, target, detail FROM audit WHERE target = $1 AND act <> 'queue_added' ORDER BY seq",
        f"queue:{sales}",
    )
    assert [(one["act"], one["detail"]) for one in lines] == [
        ("queue_paused", {"is_paused": True, "redirect_queue_id": other}),
        ("queue_resumed", {"is_paused": False}),
    ]
    acts = await node.routing.acts.list_page(supervisor, since_ms=0, before_seq=None, count=10)
    told = [(one.act, one.name, one.redirect_name) for one in acts]
    assert told == [("queue_resumed", "Sales", None), ("queue_paused", "Sales", "Other")]


async def test_a_queue_overflows_by_an_exit_alone_and_a_refused_change_changes_nothing(
    world: World, node: Node
) -> None:
    exit_alone = {"overflow_after_s": 30, "overflow_exit": OverflowExit.CALLBACK}
    queue = await world.add_queue("Sales", **exit_alone)
    before = await until_told(world, queue, overflow_exit="callback", overflow_after_ms=30_000)
    written = await node.routing.queues.get(world.admin, queue)
    for wrong in ({"blocked_queue_id": queue}, {"distribution": Distribution(broadcast=99)}):
        write = QueueWrite(**({"name": "Sales", "overflow_exit": OverflowExit.MESSAGE} | wrong))
        with pytest.raises(BadInput) as refused:
            await node.routing.queues.change(world.admin, queue, write)
        assert refused.value.found["field"] in ("blocked_queue_id", "distribution.broadcast")
    other = await world.add_queue("Other")
    await until_told(world, other)  # the engine has read everything up to here
    assert await told(world, queue) == before
    assert await node.routing.queues.get(world.admin, queue) == written


async def test_the_queue_for_the_blocked_is_in_use(world: World, node: Node) -> None:
    spam = await world.add_queue("Spam")
    await world.add_queue("Sales", blocked_queue_id=spam)
    with pytest.raises(Conflict, match="1 blocked_queues name it"):
        await node.routing.queues.remove(world.admin, spam)
    with pytest.raises(Conflict, match="1 blocked_queues name it"):
        await node.routing.queues.change(world.admin, spam, QueueWrite(name="Spam", is_active=False))


async def test_queues_never_overflow_in_a_circle(world: World, node: Node) -> None:
    first = await world.add_queue("First")
    second = await world.add_queue("Second", overflow_queue_id=first)
    third = await world.add_queue("Third", overflow_queue_id=second)
    for name, queue, leads_to, circle in (
        ("First", first, third, "First → Third → Second → First"),
        ("First", first, first, "First → First"),
    ):
        told = f"overflow_queue_id leads in a circle: {circle}; allowed is a chain that ends"
        with pytest.raises(BadInput, match=told):
            await node.routing.queues.change(
                world.admin, queue, QueueWrite(name=name, overflow_queue_id=leads_to)
            )


async def test_two_who_write_at_once_make_no_circle_either(world: World, node: Node) -> None:
    for number in range(6):
        names = (f"One {number}", f"Two {number}")
        one, two = [await world.add_queue(name) for name in names]
        writes = [
            node.routing.queues.change(world.admin, queue, QueueWrite(name=name, overflow_queue_id=leads_to))
            for name, queue, leads_to in zip(names, (one, two), (two, one), strict=True)
        ]
        done = await asyncio.gather(*writes, return_exceptions=True)
        assert [type(found) for found in done].count(BadInput) == 1, done


async def test_figures_have_the_limits_of_their_columns(world: World) -> None:
    rows = await world.fetch(
        "SELECT conname, pg_get_constraintdef(oid) AS rule FROM pg_constraint"
        " WHERE conrelid = 'queue'::regclass AND contype = 'c'"
    )
    rules = {row["conname"]: row["rule"] for row in rows}
    for name, (least, most) in FIGURES.items():
        assert f">= {least}" in rules[f"queue_{name}_check"], name
        assert f"<= {most}" in rules[f"queue_{name}_check"], name


async def test_names_are_taken_once(world: World, node: Node) -> None:
    await world.add_queue("Sales")
    await node.routing.hours.add(world.admin, NIGHTS)
    await node.routing.sla_policies.add(world.admin, SlaPolicyWrite(name="SLA"))
    with pytest.raises(Conflict, match="'Sales' already"):
        await world.add_queue("Sales")
    with pytest.raises(Conflict, match="'Nights' already"):
        await node.routing.hours.add(world.admin, NIGHTS)
    with pytest.raises(Conflict, match="'SLA' already"):
        await node.routing.sla_policies.add(world.admin, SlaPolicyWrite(name="SLA"))


async def test_a_queue_in_use_says_what_uses_it(world: World, node: Node) -> None:
    queue = await world.add_queue("Sales")
    await world.until_state(await world.enqueue(queue), "queued")
    with pytest.raises(Conflict, match="1 interactions"):
        await node.routing.queues.remove(world.admin, queue)
    with pytest.raises(Conflict, match="1 interactions"):
        await node.routing.queues.change(world.admin, queue, QueueWrite(name="Sales", is_active=False))


async def test_a_removed_queue_is_gone_for_people_and_for_the_engine(world: World, node: Node) -> None:
    queue = await world.add_queue("Sales")
    await until_told(world, queue)
    await node.routing.queues.remove(world.admin, queue)
    with pytest.raises(NotFound):
        await node.routing.queues.get(world.admin, queue)

    async def is_gone() -> bool:
        engine = node.routing._owner.engine(world.tenant_id)
        return engine is not None and engine.queue_figures(queue) is None

    await eventually(is_gone)


async def test_hours_and_policies_in_use_cannot_be_removed(world: World, node: Node) -> None:
    hours = await node.routing.hours.add(world.admin, NIGHTS)
    policy = await node.routing.sla_policies.add(world.admin, SlaPolicyWrite(name="SLA"))
    queue = await world.add_queue("Sales", hours_id=hours.id, sla_policy_id=policy.id)
    with pytest.raises(Conflict, match="queue still follows"):
        await node.routing.hours.remove(world.admin, hours.id)
    with pytest.raises(Conflict, match="queue still follows"):
        await node.routing.sla_policies.remove(world.admin, policy.id)
    await node.routing.queues.change(world.admin, queue, QueueWrite(name="Sales"))
    await node.routing.hours.remove(world.admin, hours.id)
    await node.routing.sla_policies.remove(world.admin, policy.id)
    assert await node.routing.hours.list_page(world.admin) == []
    assert await node.routing.sla_policies.list_page(world.admin) == []


async def test_what_is_written_about_nothing_is_not_found(world: World, node: Node) -> None:
    routing = node.routing
    with pytest.raises(NotFound):
        await routing.queues.change(world.admin, 5, QueueWrite(name="Sales"))
    with pytest.raises(NotFound):
        await routing.hours.change(world.admin, 5, NIGHTS)
    with pytest.raises(NotFound):
        await routing.sla_policies.change(world.admin, 5, SlaPolicyWrite(name="SLA"))
    with pytest.raises(NotFound):
        await routing.hours.remove(world.admin, 5)


async def test_lists_come_in_pages_by_name(world: World, node: Node) -> None:
    for name in ("C", "A", "B"):
        await world.add_queue(name)
    first = await node.routing.queues.list_page(world.admin, count=2)
    assert [queue.name for queue in first] == ["A", "B"]
    rest = await node.routing.queues.list_page(world.admin, after=("B", first[1].id))
    assert [queue.name for queue in rest] == ["C"]


async def test_i16_settings_of_another_tenant_are_invisible(world: World, node: Node) -> None:
    queue = await world.add_queue("Sales")
    stranger = await make_world(node)
    with pytest.raises(NotFound):
        await node.routing.queues.get(stranger.admin, queue)
    with pytest.raises(NotFound):
        await node.routing.queues.change(stranger.admin, queue, QueueWrite(name="Mine"))
    assert await node.routing.queues.list_page(stranger.admin) == []
