"""The team as a supervisor looks at it: presence, work in hand, who is late; and signing somebody out."""

from __future__ import annotations

import pytest

from tests.integration.conversations.conftest import World, eventually
from ucc.domain.actor import Actor
from ucc.domain.conversation import EndWrite
from ucc.domain.errors import NotAllowed
from ucc.domain.people import StatusWrite
from ucc.domain.states import Role, Session, Status
from ucc.domain.team import TeamMember
from ucc.kit.clock import now_ms

MINUTE_MS = 60_000


async def member(world: World, agent: Actor) -> TeamMember:
    """Return an agent as the team's list has them."""
    supervisor = world.actor(0, Role.SUPERVISOR)
    team = await world.rooms.routing.presence.list_at_work(supervisor, count=1_000)
    return next(one for one in team if one.presence.agent_id == agent.user_id)


async def test_the_team_shows_what_is_in_hand_and_since_when_its_contact_waits(world: World) -> None:
    started, agent, interaction_id = await world.start_active()
    one = await member(world, agent)
    (work,) = one.work
    assert (work.interaction_id, work.conversation_id) == (interaction_id, started.state.conversation_id)
    assert (work.state, work.queue_name, work.wrap_up_over_at_ms) == ("active", "Sales", None)
    assert work.waiting_since_ms is not None
    assert one.presence.load == {"chat": 1}

    seen_seq = (await world.head(started.state.conversation_id))["head_seq"]
    await world.rooms.routing.work.end(agent, interaction_id, EndWrite(seen_seq=seen_seq))
    (work,) = (await member(world, agent)).work
    assert (work.state, work.waiting_since_ms) == ("wrapping", None)
    assert work.wrap_up_over_at_ms == work.since_ms + MINUTE_MS, "the queue gives a minute"


async def test_who_is_not_back_from_a_planned_break_is_late_since_its_end(world: World) -> None:
    agent = await world.add_agent()
    await world.go_on_queue(agent)
    away = StatusWrite(status=Status.OFF_QUEUE, reason="break")
    await world.rooms.routing.presence.set_status(agent, agent.require_user(), away)
    assert (await member(world, agent)).break_over_at_ms is None, "nothing was planned"
    at_ms = now_ms()
    async with world.rooms.database.tenant(world.tenant_id) as conn:
        await conn.execute(
            "INSERT INTO agent_plan (tenant_id, agent_id, shifts, breaks) VALUES ($1, $2, $3, $4)",
            *(world.tenant_id, agent.user_id, []),
            [{"from_ms": at_ms - 20 * MINUTE_MS, "to_ms": at_ms - 5 * MINUTE_MS, "reason": "break"}],
        )
    assert (await member(world, agent)).break_over_at_ms is None, "the break came after that plan's"
    await world.fetch("UPDATE presence SET since_ms = $1", at_ms - 19 * MINUTE_MS)
    assert (await member(world, agent)).break_over_at_ms == at_ms - 5 * MINUTE_MS


async def test_a_supervisor_signs_an_agent_out_and_the_audit_says_who(world: World) -> None:
    supervisor, agent = await world.add_agent(role=Role.SUPERVISOR), await world.add_agent()
    await world.go_on_queue(agent)
    client, http = await world.node.http(supervisor), await world.node.http(agent)
    assert (await http.get("/auth/me")).status_code == 200
    assert (await client.delete(f"/presence/{agent.user_id}/sessions")).status_code == 204
    assert (await http.get("/auth/me")).status_code == 401

    async def is_gone() -> bool:
        return (await member(world, agent)).presence.session != Session.ONLINE

    await eventually(is_gone)
    (line,) = await world.fetch("SELECT user_id, target FROM audit WHERE act = 'user_signed_out'")
    assert (line["user_id"], line["target"]) == (supervisor.user_id, f"user:{agent.user_id}")


async def test_a_supervisor_sets_a_status_and_the_audit_says_who_but_not_of_ones_own(world: World) -> None:
    supervisor, agent = await world.add_agent(role=Role.SUPERVISOR), await world.add_agent()
    await world.go_on_queue(agent)
    client, http = await world.node.http(supervisor), await world.node.http(agent)
    meal = {"status": "off_queue", "reason": "meal"}
    assert (await client.put(f"/presence/{agent.user_id}", json=meal)).status_code == 200
    assert (await client.delete(f"/presence/{agent.user_id}/block")).status_code == 200
    assert (await http.put("/presence/me", json={"status": "on_queue"})).status_code == 200
    assert (await http.put(f"/presence/{supervisor.user_id}", json=meal)).status_code == 403
    lines = await world.fetch("SELECT user_id, act, target, detail FROM audit ORDER BY seq DESC LIMIT 2")
    who = (supervisor.user_id, f"user:{agent.user_id}")
    assert [(one["user_id"], one["target"]) for one in lines] == [who, who]
    assert [(one["act"], one["detail"]) for one in lines] == [("block_cleared", {}), ("status_set", meal)]
    cleared, was_set = (await client.get("/presence/acts", params={"limit": 2})).json()["items"]
    assert (cleared["act"], was_set["act"], was_set["reason"]) == ("block_cleared", "status_set", "meal")
    names = await world.fetch(
        "SELECT id, name FROM app_user WHERE id IN ($1, $2)", supervisor.user_id, agent.user_id
    )
    named = {row["id"]: row["name"] for row in names}
    assert (was_set["user_name"], was_set["name"]) == (named[supervisor.user_id], named[agent.user_id])
    later = {"since_ms": now_ms() + MINUTE_MS}
    assert (await client.get("/presence/acts", params=later)).json()["items"] == []
    assert (await http.get("/presence/acts")).status_code == 403


async def test_asked_since_a_moment_the_team_is_whom_something_changed_for(world: World) -> None:
    at_ms = now_ms()
    started, agent, _ = await world.start_active()
    idle = await world.add_agent()
    await world.go_on_queue(idle)
    client = await world.node.http(await world.add_agent(role=Role.SUPERVISOR))

    async def moved(since_ms: int) -> set[int]:
        answer = await client.get("/presence/team", params={"since_ms": since_ms})
        assert answer.status_code == 200, answer.text
        return {one["presence"]["agent_id"] for one in answer.json()["items"]}

    assert {agent.user_id, idle.user_id} <= await moved(at_ms)
    later_ms = at_ms + 10 * MINUTE_MS
    assert await moved(later_ms) == set()
    # A conversation in hand has something new, then the agent's own stream.
    await world.fetch(
        "UPDATE conversation SET last_at_ms = $1 WHERE id = $2", later_ms, started.state.conversation_id
    )
    assert await moved(later_ms) == {agent.user_id}
    await world.fetch("UPDATE agent_event SET at_ms = $1 WHERE agent_id = $2", later_ms, idle.user_id)
    assert await moved(later_ms) == {agent.user_id, idle.user_id}


async def test_nobody_signs_out_who_may_do_more(world: World) -> None:
    supervisor, admin = await world.add_agent(role=Role.SUPERVISOR), await world.add_agent(role=Role.ADMIN)
    with pytest.raises(NotAllowed):
        await world.rooms.tenants.users.sign_out(supervisor, admin.require_user())
    client = await world.node.http(await world.add_agent())
    assert (await client.delete(f"/presence/{supervisor.user_id}/sessions")).status_code == 403
    assert (await client.get("/presence/team")).status_code == 403
