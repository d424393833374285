"""People: users as an admin keeps them, agents as colleagues see them, roles."""

from __future__ import annotations

import msgspec
from litestar import Router, delete, get, patch, post, put

from ucc.domain.actor import Actor
from ucc.domain.people import RolePermissions, SkillCell, User, UserWrite
from ucc.tenants.rules import ROLES
from ucc.web.pages import Cursor, Limit, Page, decode_cursor, page_of
from ucc.web.rooms import Rooms

FIRST = ("", 0)


@get("/users", permission="people.read")
async def list_users(rooms: Rooms, actor: Actor, cursor: Cursor = None, limit: Limit = 50) -> Page[User]:
    """List everybody of the tenant by name, those who left too."""
    after = decode_cursor(cursor, tuple[str, int]) or FIRST
    users = await rooms.tenants.users.list_page(actor, after=after, count=limit + 1)
    return page_of(users, limit, _place)


@post("/users", permission="people.write", status_code=201)
async def add_user(rooms: Rooms, actor: Actor, data: UserWrite) -> User:
    """Add a user; email, name, role and password are needed."""
    return await rooms.tenants.users.add(actor, data)


@get("/users/{user_id:int}", permission="people.read")
async def read_user(rooms: Rooms, actor: Actor, user_id: int) -> User:
    """Return one user."""
    return await rooms.tenants.users.get(actor, user_id)


@patch("/users/{user_id:int}", permission="people.write")
async def change_user(rooms: Rooms, actor: Actor, user_id: int, data: UserWrite) -> User:
    """Change a user; a new role, password, address or deactivation ends their sessions and sockets."""
    return await rooms.tenants.users.change(actor, user_id, data)


@delete("/users/{user_id:int}", permission="people.write")
async def deactivate_user(rooms: Rooms, actor: Actor, user_id: int) -> None:
    """Take away a user's access; what they wrote and handled keeps their name."""
    await rooms.tenants.users.deactivate(actor, user_id)


@get("/agents", permission="people.read")
async def list_agents(rooms: Rooms, actor: Actor, cursor: Cursor = None, limit: Limit = 100) -> Page[User]:
    """List the people who can take work, with skills and presence."""
    after = decode_cursor(cursor, tuple[str, int]) or FIRST
    users = await rooms.tenants.users.list_page(actor, after=after, count=limit + 1, only_active=True)
    ids = [user.id for user in users]
    team = await rooms.routing.presence.list_team(actor, agent_ids=ids, count=len(ids))
    present = {one.agent_id: one for one in team}
    agents = [msgspec.structs.replace(user, presence=present.get(user.id)) for user in users]
    return page_of(agents, limit, _place)


@put("/agents/skills", permission="people.write")
async def set_levels(rooms: Rooms, actor: Actor, data: list[SkillCell]) -> Page[SkillCell]:
    """Write many cells of the people × skills matrix at once, all or none; level 0 takes a skill away."""
    return Page(items=await rooms.agents.set_levels(actor, data))


@get("/roles", permission="people.read")
async def list_roles() -> Page[RolePermissions]:
    """List the roles and what each may do."""
    return Page(items=[RolePermissions(role=role, permissions=sorted(held)) for role, held in ROLES.items()])


def _place(user: User) -> tuple[str, int]:
    return user.name, user.id


router = Router(
    path="/",
    tags=["people"],
    route_handlers=[
        list_users, add_user, read_user, change_user, deactivate_user, list_agents, set_levels, list_roles,
    ],
)  # fmt: skip
