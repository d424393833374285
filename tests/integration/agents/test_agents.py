"""Skills and the people × skills matrix on the real database."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from ucc._native.engine import Engine
from ucc.agents.rules import CELLS_MAX, SKILLS_MAX
from ucc.agents.service import Agents
from ucc.domain.actor import ALL_PERMISSIONS, Actor
from ucc.domain.engine import SetAgent, decode_outcomes, encode_commands
from ucc.domain.errors import BadInput, Conflict, NotFound
from ucc.domain.people import SkillCell, SkillWrite
from ucc.domain.states import Locale
from ucc.kit.db import Conn, Database
from ucc.kit.ids import Ids


class Heard:
    """What was recorded, and whom routing was told about."""

    def __init__(self) -> None:
        self.acts: list[str] = []
        self.changed: list[int] = []
        self.woken = 0

    async def audit(
        self, conn: Conn, actor: Actor, act: str, target: str, detail: dict[str, Any] | None = None
    ) -> None:
        self.acts.append(act)

    async def agent_changed(self, conn: Conn, tenant_id: int, agent_id: int) -> None:
        self.changed.append(agent_id)

    def wake(self, tenant_id: int) -> None:
        self.woken += 1


class Floor:
    """One tenant with two people."""

    def __init__(
        self, agents: Agents, heard: Heard, actor: Actor, people: list[int], database: Database
    ) -> None:
        self.agents = agents
        self.heard = heard
        self.actor = actor
        self.people = people
        self.database = database

    async def skill(self, name: str, locale: Locale | None = None) -> int:
        return (await self.agents.add_skill(self.actor, SkillWrite(name=name, locale=locale))).id

    async def levels(self, agent_id: int) -> list[tuple[int, int]]:
        async with self.database.tenant(self.actor.tenant_id) as conn:
            profile = await self.agents.profile(conn, self.actor.tenant_id, agent_id)
        assert profile is not None
        return profile.skills


@pytest.fixture
async def floor(database: Database, ids: Ids, make_tenant: Any) -> Floor:
    heard = Heard()
    agents = Agents(database, ids, heard)
    agents.listen(heard)
    tenant_id = await make_tenant()
    people = [ids.take(), ids.take()]
    async with database.tenant(tenant_id) as conn:
        for number, user_id in enumerate(people):
            await conn.execute(
                "INSERT INTO app_user (tenant_id, id, email, name, role, created_at_ms)"
                " VALUES ($1, $2, $3, $4, 'agent', 0)",
                *(tenant_id, user_id, f"{user_id}@house.example", f"Agent {number}"),
            )
    actor = Actor(tenant_id=tenant_id, user_id=people[0], name="Ana", permissions=ALL_PERMISSIONS)
    return Floor(agents, heard, actor, people, database)


async def test_skills_are_listed_by_name_and_have_unique_names(floor: Floor):
    for name in ("Sales", "中文", "Billing"):
        await floor.skill(name)
    skills = await floor.agents.list_skills(floor.actor, count=10)
    assert [skill.name for skill in skills] == ["Billing", "Sales", "中文"]
    with pytest.raises(Conflict):
        await floor.skill(" Sales ")


async def test_a_batch_writes_levels_and_zero_takes_them_away(floor: Floor):
    one, two = await floor.skill("English", Locale.EN), await floor.skill("中文", Locale.ZH_CN)
    first, second = floor.people
    await floor.agents.set_levels(
        floor.actor,
        [
            SkillCell(agent_id=first, skill_id=one, level=5),
            SkillCell(agent_id=first, skill_id=two, level=10),
            SkillCell(agent_id=second, skill_id=one, level=1),
        ],
    )
    assert await floor.levels(first) == [(one, 5), (two, 10)]
    assert floor.heard.changed == floor.people
    await floor.agents.set_levels(
        floor.actor,
        [SkillCell(agent_id=first, skill_id=one, level=0), SkillCell(agent_id=first, skill_id=two, level=3)],
    )
    assert await floor.levels(first) == [(two, 3)]
    assert floor.heard.woken == 2


async def test_a_batch_with_one_bad_cell_changes_nothing(floor: Floor):
    skill = await floor.skill("English")
    good = SkillCell(agent_id=floor.people[0], skill_id=skill, level=5)
    for bad, error in (
        (replace(good, agent_id=99), NotFound),
        (replace(good, skill_id=99), NotFound),
        (replace(good, agent_id=floor.people[1], level=11), BadInput),
        (replace(good, agent_id=floor.people[1], level=-1), BadInput),
        (good, BadInput),
    ):
        with pytest.raises(error):
            await floor.agents.set_levels(floor.actor, [good, bad])
    assert await floor.levels(floor.people[0]) == []
    assert floor.heard.changed == []


async def test_nobody_has_more_skills_than_routing_takes(floor: Floor):
    tenant_id, person = floor.actor.tenant_id, floor.people[0]
    async with floor.database.tenant(tenant_id) as conn:
        await conn.execute(
            "INSERT INTO skill (tenant_id, id, name) SELECT $1, 1000 + n, 'Skill ' || n"
            " FROM generate_series(0, $2::int) n",
            *(tenant_id, SKILLS_MAX),
        )
    cells = [SkillCell(agent_id=person, skill_id=1_000 + at, level=3) for at in range(SKILLS_MAX + 1)]
    with pytest.raises(
        BadInput, match=f"agent {person} would have {SKILLS_MAX + 1} skills, limit {SKILLS_MAX}"
    ):
        await floor.agents.set_levels(floor.actor, cells)
    assert await floor.levels(person) == []
    await floor.agents.set_levels(floor.actor, cells[1:])
    with pytest.raises(BadInput, match="would have"):
        await floor.agents.set_levels(floor.actor, cells[:1])
    skills = await floor.levels(person)
    for held, refusal in ((skills, None), ([*skills, (999, 1)], "bad_requirement")):
        told = encode_commands([SetAgent(agent=person, skills=held, capacity=[])])
        (outcome,) = decode_outcomes(Engine().submit(0, told))
        assert outcome.refusal == refusal, "the engine has the same limit"


async def test_a_batch_has_a_limit(floor: Floor):
    cells = [SkillCell(agent_id=number, skill_id=1, level=1) for number in range(CELLS_MAX + 1)]
    with pytest.raises(BadInput, match="limit"):
        await floor.agents.set_levels(floor.actor, cells)


async def test_removing_a_skill_takes_it_from_everybody_and_tells_routing(floor: Floor):
    skill = await floor.skill("English")
    await floor.agents.set_levels(floor.actor, [SkillCell(agent_id=floor.people[0], skill_id=skill, level=5)])
    floor.heard.changed.clear()
    await floor.agents.remove_skill(floor.actor, skill)
    assert await floor.levels(floor.people[0]) == []
    assert floor.heard.changed == [floor.people[0]]


async def test_a_skill_a_queue_asks_for_stays(floor: Floor):
    skill = await floor.skill("English")
    async with floor.database.tenant(floor.actor.tenant_id) as conn:
        await conn.execute(
            "INSERT INTO queue (tenant_id, id, name, requirement) VALUES ($1, 1, 'Support', $2)",
            *(floor.actor.tenant_id, [[skill, 3]]),
        )
    with pytest.raises(Conflict, match="Support"):
        await floor.agents.remove_skill(floor.actor, skill)


async def test_an_inactive_person_has_no_profile(floor: Floor):
    async with floor.database.tenant(floor.actor.tenant_id) as conn:
        await conn.execute("UPDATE app_user SET is_active = false WHERE id = $1", floor.people[1])
        assert await floor.agents.profile(conn, floor.actor.tenant_id, floor.people[1]) is None
        profiles = await floor.agents.profiles(conn, floor.actor.tenant_id)
    assert [profile.agent_id for profile in profiles] == [floor.people[0]]


async def test_skills_of_another_tenant_do_not_exist_here(floor: Floor, make_tenant: Any):
    skill = await floor.skill("English")
    stranger = replace(floor.actor, tenant_id=await make_tenant("Other"))
    with pytest.raises(NotFound):
        await floor.agents.get_skill(stranger, skill)
    with pytest.raises(NotFound):
        await floor.agents.remove_skill(stranger, skill)
    with pytest.raises(NotFound):
        await floor.agents.set_levels(
            stranger, [SkillCell(agent_id=floor.people[0], skill_id=skill, level=1)]
        )
