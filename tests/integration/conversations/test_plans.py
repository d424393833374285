"""Planned breaks and shifts: written by a supervisor, followed by routing, told to whom they are for."""

from __future__ import annotations

from typing import Any

from tests.integration.conversations.conftest import Frames, World, eventually
from ucc.domain.actor import Actor
from ucc.domain.states import Role
from ucc.kit.clock import now_ms

MINUTE_MS = 60_000


async def put(world: World, actor: Actor, agent: Actor, **plan: Any) -> Any:
    client = await world.node.http(actor)
    return await client.put(f"/presence/{agent.user_id}/plan", json=plan)


def moved(console: Frames) -> list[dict[str, Any]]:
    events = [one["event"] for one in console.of("event")]
    return [one["presence"] for one in events if one["type"] == "presence_moved"]


async def test_a_supervisor_plans_and_the_agent_is_told_the_next_break(world: World) -> None:
    chief, agent = await world.add_agent(role=Role.SUPERVISOR), await world.add_agent()
    console = await world.go_on_queue(agent)
    at_ms = now_ms()
    lunch = {"from_ms": at_ms + 30 * MINUTE_MS, "to_ms": at_ms + 60 * MINUTE_MS, "reason": "meal"}
    over = {"from_ms": at_ms - 60 * MINUTE_MS, "to_ms": at_ms - 30 * MINUTE_MS, "reason": "break"}
    shift = {"from_ms": at_ms - 90 * MINUTE_MS, "to_ms": at_ms + 300 * MINUTE_MS}
    answer = await put(world, chief, agent, shifts=[shift], breaks=[over, lunch])
    assert (answer.status_code, answer.json()["breaks"]) == (200, [over, lunch])
    await console.until(lambda: moved(console) and moved(console)[-1]["next_break"] == lunch)
    client = await world.node.http(agent)
    assert (await client.get("/presence/me")).json()["next_break"] == lunch
    assert (await client.get("/presence/me/plan")).json()["shifts"] == [shift]
    [found] = (await (await world.node.http(chief)).get("/presence/plans")).json()["items"]
    assert (found["agent_id"], found["breaks"]) == (agent.user_id, [over, lunch])
    rows = await world.fetch("SELECT detail FROM audit WHERE act = 'plan_changed'")
    assert [row["detail"]["breaks"][1] for row in rows] == [lunch]


async def test_a_break_takes_the_agent_off_queue_and_back(world: World) -> None:
    chief, agent = await world.add_agent(role=Role.SUPERVISOR), await world.add_agent()
    console = await world.go_on_queue(agent)
    at_ms = now_ms()
    running = {"from_ms": at_ms - MINUTE_MS, "to_ms": at_ms + 60 * MINUTE_MS, "reason": "meal"}
    await put(world, chief, agent, breaks=[running])
    away = await eventually(lambda: status(world, agent, "off_queue"))
    assert (away.reason, away.next_break.to_ms) == ("meal", running["to_ms"])
    await put(world, chief, agent, breaks=[running | {"to_ms": now_ms() + 300}])
    back = await eventually(lambda: status(world, agent, "on_queue"))
    assert back.next_break is None
    await console.close()


async def test_with_work_in_hand_the_break_waits_and_the_agent_drains(world: World) -> None:
    _, agent, interaction_id = await world.start_active()
    chief = await world.add_agent(role=Role.SUPERVISOR)
    at_ms = now_ms()
    await put(world, chief, agent, breaks=[{"from_ms": at_ms - MINUTE_MS, "to_ms": at_ms + 60 * MINUTE_MS}])
    desk = world.rooms.routing.presence
    waits = await desk.get(agent, agent.require_user())
    assert (waits.status, waits.next_status, waits.next_reason) == ("on_queue", "off_queue", "break")
    await world.end(agent, interaction_id, 100)
    await world.complete(agent, interaction_id)
    gone = await eventually(lambda: status(world, agent, "off_queue"))
    assert gone.reason == "break"


async def test_a_plan_is_a_supervisors_and_refused_by_the_path_of_its_field(world: World) -> None:
    chief, agent = await world.add_agent(role=Role.SUPERVISOR), await world.add_agent()
    assert (await put(world, agent, agent, shifts=[])).status_code == 403
    wrong = await put(world, chief, agent, breaks=[{"from_ms": 9, "to_ms": 5}])
    assert (wrong.status_code, wrong.json()["found"]["field"]) == (422, "breaks[0].to_ms")
    nobody = world.actor(1)
    assert (await put(world, chief, nobody, shifts=[])).status_code == 404
    assert await world.fetch("SELECT FROM agent_plan") == []


async def status(world: World, agent: Actor, wanted: str) -> Any:
    found = await world.rooms.routing.presence.get(agent, agent.require_user())
    return found if found.status == wanted else None
