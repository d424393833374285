"""Live figures of a small day: known numbers, the same on every node and after every take-over (R67–R70)."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import msgspec

from ucc.domain import engine as e
from ucc.domain.actor import Actor
from ucc.domain.conversation import CompleteWrite, EndWrite
from ucc.domain.figures import SubjectFigures, SubjectKind, WindowFigures
from ucc.domain.policy import team_number
from ucc.kit.clock import now_ms
from ucc.routing.day import BEFORE_MS, midnight_of
from ucc.routing.figures import LiveFigures
from ucc.routing.store import queries

from .conftest import Node, Nodes, World, eventually, make_world

# Where it is about noon: no test's day ends under it.
ZONE = f"Etc/GMT{datetime.now(UTC).hour - 12:+d}"
NAMES = {SubjectKind.QUEUE: "Sales", SubjectKind.SKILL: "Billing", SubjectKind.TEAM: "North"}


class Shop:
    """A queue that asks a skill, and an agent of a team who has it."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.queue = self.skill = 0
        self.agent: Actor

    @classmethod
    async def open(cls, world: World, *, chats: int = 2) -> Shop:
        shop = cls(world)
        shop.skill = await world.add_skill("Billing")
        shop.queue = await world.add_queue(needs={shop.skill: 3}, wrap_up_s=60)
        shop.agent = await world.add_agent(skills={shop.skill: 5}, chats=chats)
        async with world.node.database.tenant(world.tenant_id) as conn:
            await conn.execute("UPDATE tenant SET time_zone = $1", ZONE)
            await conn.execute("UPDATE app_user SET team = 'North' WHERE id = $1", shop.agent.user_id)
            await world.node.routing.agent_changed(conn, world.tenant_id, shop.agent.require_user())
        world.node.routing.wake(world.tenant_id)
        return shop

    async def serve(self) -> int:
        """Take a chat to its end."""
        interaction = await self.world.enqueue(self.queue)
        await self.world.accept(interaction)
        work = self.world.node.routing.work
        await work.end(self.agent, interaction, EndWrite(seen_seq=0))
        await work.complete(self.agent, interaction, CompleteWrite())
        return interaction

    async def leave(self) -> None:
        """Let a contact come and go."""
        interaction = await self.world.enqueue(self.queue)

        async def waits() -> bool:
            return await self.world.state(interaction) in ("queued", "offered")

        await eventually(waits)
        await self.world.node.routing.submit(self.world.tenant_id, e.ContactLeft(interaction))

    async def figures(self, kind: SubjectKind, node: Node | None = None) -> SubjectFigures:
        found = await (node or self.world.node).routing.figures.list_page(self.world.admin, kind)
        (one,) = found
        return one


async def folded(world: World, kind: SubjectKind, subject_id: int, at_ms: int) -> tuple[int, Any, Any]:
    """Return what a fold of the whole journal says, never interrupted."""
    rows = await world.fetch(
        "SELECT at_ms, facts FROM journal WHERE tenant_id IS NOT NULL ORDER BY first_seq"
    )
    figures = LiveFigures(rows[0]["at_ms"])
    figures.add_midnight(midnight_of(ZONE, at_ms))
    for row in rows:
        facts = [fact for outcome in e.decode_outcomes(row["facts"]) for fact in outcome.facts]
        figures.fold(row["at_ms"], facts)
    sheet = figures.sheet(kind, subject_id, at_ms)
    windows = [msgspec.convert(one, WindowFigures, from_attributes=True) for one in (sheet.day, sheet.recent)]
    return (sheet.waiting, *windows)


def told(one: SubjectFigures) -> tuple[int, Any, Any]:
    return (one.waiting, one.day, one.recent)


async def test_r67_a_small_day_is_told_by_queue_skill_team_and_agent(world: World) -> None:
    shop = await Shop.open(world)
    await shop.leave()
    await world.come_online(shop.agent)
    await shop.serve()
    await shop.serve()
    await world.node.routing.sessions.closed(world.tenant_id, shop.agent.require_user())
    waiting = await world.enqueue(shop.queue)
    await world.until_state(waiting, "queued")
    for kind in (SubjectKind.QUEUE, SubjectKind.SKILL):
        found = await shop.figures(kind)
        assert found.name == NAMES[kind]
        assert found.waiting == 1
        assert found.longest_wait_ms is not None
        assert 0 <= found.longest_wait_ms <= found.at_ms - found.midnight_ms
        day = found.day
        assert (day.arrived, day.served, day.in_target, day.handled) == (4, 2, 2, 2)
        assert (day.abandoned, day.abandoned_early, day.abandon_rate) == (1, 1, 1 / 3)
        levels = day.service_levels
        assert (levels.of_arrived, levels.of_served) == (2 / 3, 1)
        assert (levels.without_early_abandoned, levels.early_abandoned_as_met) == (1, 1)
        assert day.asa_ms == day.served_wait_ms // 2
        assert day.aht_ms == day.handled_ms // 2
        assert day.occupancy == day.busy_ms / day.staffed_ms
    for kind in (SubjectKind.TEAM, SubjectKind.AGENT):
        found = await shop.figures(kind)
        assert (found.day.served, found.day.handled, found.waiting) == (2, 2, 0)
    assert (await shop.figures(SubjectKind.TEAM)).name == "North"
    assert (await shop.figures(SubjectKind.TEAM)).id is None


async def test_every_node_tells_what_the_owner_does(nodes: Nodes) -> None:
    first, second = await nodes(), await nodes()
    shop = await Shop.open(await make_world(first))
    await shop.leave()
    await eventually(lambda: _knows(second, shop.world))
    found = await shop.figures(SubjectKind.QUEUE, second)
    assert (found.day.arrived, found.day.abandoned) == (1, 1)
    assert second.routing.figures._days == {}
    assert [*first.routing.figures._days] == [shop.world.tenant_id]


async def test_a_take_over_in_the_middle_of_the_day_changes_no_figure(nodes: Nodes) -> None:
    """The day's first half was yesterday for the second owner: it begins with the engine's state of then."""
    first, second = await nodes(), await nodes()
    world = await make_world(first)
    shop = await Shop.open(world, chats=3)
    await world.come_online(shop.agent)
    await shop.serve()
    parked, held = [await world.enqueue(shop.queue) for _ in range(2)]
    for interaction in (parked, held):
        await world.accept(interaction)
    await first.routing.work.park(shop.agent, parked)
    await until_quiet(world)
    await live_before_midnight(world)
    await first.die()
    world.node = second
    await eventually(lambda: _owns(second, world))
    await world.come_online(shop.agent, second)
    await second.routing.work.end(shop.agent, held, EndWrite(seen_seq=0))
    await second.routing.work.complete(shop.agent, held, CompleteWrite())
    await shop.serve()
    before = await shop.figures(SubjectKind.QUEUE)
    assert (before.day.served, before.day.handled) == (1, 2), "what was served yesterday is yesterday's"
    assert before.day.handled_ms > BEFORE_MS, "in hand since yesterday, whoever owned the shard"
    await shop.leave()
    team = team_number("North")
    subjects = {
        SubjectKind.QUEUE: shop.queue,
        SubjectKind.SKILL: shop.skill,
        SubjectKind.TEAM: team,
        SubjectKind.AGENT: shop.agent.require_user(),
    }
    for kind, subject_id in subjects.items():
        found = await shop.figures(kind)
        assert told(found) == await folded(world, kind, subject_id, found.at_ms)


async def test_r70_who_is_there_since_yesterday_is_counted_from_midnight_on(world: World) -> None:
    shop = await Shop.open(world)
    await world.come_online(shop.agent)
    await until_quiet(world)
    await live_before_midnight(world)
    found = await shop.figures(SubjectKind.AGENT)
    assert (found.day.staffed_ms, found.day.busy_ms) == (found.at_ms - found.midnight_ms, 0)


async def live_before_midnight(world: World) -> None:
    """Move what the journal says so far to yesterday evening."""
    by_ms = now_ms() - midnight_of(ZONE, now_ms()) + BEFORE_MS + 60_000
    async with world.node.database.node(world.tenant_id) as conn:
        await conn.execute("UPDATE journal SET at_ms = at_ms - $1 WHERE tenant_id IS NOT NULL", by_ms)


async def until_quiet(world: World) -> None:
    async def is_so() -> bool:
        return await world.fetch("SELECT id FROM routing_command") == []

    await eventually(is_so)


async def test_r70_the_tenants_minutes_are_those_of_an_uninterrupted_fold(nodes: Nodes) -> None:
    first, second = await nodes(), await nodes()
    shop = await Shop.open(await make_world(first))
    world = shop.world
    await shop.leave()
    await world.come_online(shop.agent)
    await shop.serve()
    await world.add_queue("Idle")  # makes no figure twice
    await eventually(lambda: _knows(second, world))
    for node in (first, second):
        (found,) = await node.routing.figures.list_page(world.admin, SubjectKind.TENANT, with_minutes=True)
        assert (found.id, found.kind, len(found.minutes)) == (None, SubjectKind.TENANT, 31)
        assert (found.day.arrived, found.day.served, found.day.abandoned) == (2, 1, 1)
        for name in ("arrived", "served", "in_target", "abandoned"):
            total = sum(getattr(minute, name) for minute in found.minutes)
            assert total == getattr(found.recent, name), name
        assert (found.on_queue, found.free) == (1, 1)
        last = found.minutes[-1]
        assert (last.on_queue, last.free, last.waiting, last.longest_wait_ms) == (1, 1, 0, None)
        assert found.minutes[0].on_queue == 0
    (plain,) = await first.routing.figures.list_page(world.admin, SubjectKind.TENANT)
    assert plain.minutes == []


async def test_another_tenant_sees_only_its_own(node: Node) -> None:
    shop = await Shop.open(await make_world(node))
    await shop.leave()
    other = await make_world(node)
    assert await node.routing.figures.list_page(other.admin, SubjectKind.QUEUE) == []
    await other.add_queue("Sales")
    (found,) = await node.routing.figures.list_page(other.admin, SubjectKind.QUEUE)
    assert (found.day.arrived, found.waiting) == (0, 0)


async def test_subjects_come_in_pages_by_name(world: World, node: Node) -> None:
    for name in ("Beta", "Alpha", "Gamma"):
        await world.add_queue(name)
    desk = node.routing.figures
    first = await desk.list_page(world.admin, SubjectKind.QUEUE, count=2)
    last = first[-1]
    rest = await desk.list_page(world.admin, SubjectKind.QUEUE, after=(last.name, last.id or 0), count=2)
    assert [one.name for one in [*first, *rest]] == ["Alpha", "Beta", "Gamma"]
    async with node.database.node(world.tenant_id) as conn:
        assert await queries.find_seq_before(conn, tenant_id=world.tenant_id, before_ms=0) == 0


async def _knows(node: Node, world: World) -> bool:
    seat = node.routing._lease.seat(world.tenant_id % 64)
    return seat is not None and not seat.is_free


async def _owns(node: Node, world: World) -> bool:
    shard = node.routing._owner.shard(world.tenant_id)
    return shard is not None and world.tenant_id in shard._opened
