"""Skills: named abilities, languages among them."""

from __future__ import annotations

from litestar import Router, delete, get, post, put

from ucc.domain.actor import Actor
from ucc.domain.people import Skill, SkillWrite
from ucc.web.pages import Cursor, Limit, Page, decode_cursor, page_of
from ucc.web.rooms import Rooms


@get("/", permission="people.read")
async def list_skills(rooms: Rooms, actor: Actor, cursor: Cursor = None, limit: Limit = 100) -> Page[Skill]:
    """List the skills by name."""
    after = decode_cursor(cursor, tuple[str, int]) or ("", 0)
    skills = await rooms.agents.list_skills(actor, after=after, count=limit + 1)
    return page_of(skills, limit, lambda skill: (skill.name, skill.id))


@post("/", permission="settings.write", status_code=201)
async def add_skill(rooms: Rooms, actor: Actor, data: SkillWrite) -> Skill:
    """Add a skill."""
    return await rooms.agents.add_skill(actor, data)


@get("/{skill_id:int}", permission="people.read")
async def read_skill(rooms: Rooms, actor: Actor, skill_id: int) -> Skill:
    """Return one skill."""
    return await rooms.agents.get_skill(actor, skill_id)


@put("/{skill_id:int}", permission="settings.write")
async def change_skill(rooms: Rooms, actor: Actor, skill_id: int, data: SkillWrite) -> Skill:
    """Write a skill whole."""
    return await rooms.agents.change_skill(actor, skill_id, data)


@delete("/{skill_id:int}", permission="settings.write")
async def remove_skill(rooms: Rooms, actor: Actor, skill_id: int) -> None:
    """Remove a skill and every agent's level of it; refused while a queue asks for it."""
    await rooms.agents.remove_skill(actor, skill_id)


router = Router(
    path="/skills",
    tags=["settings"],
    route_handlers=[list_skills, add_skill, read_skill, change_skill, remove_skill],
)
