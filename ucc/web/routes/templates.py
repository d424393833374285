"""Templates: canned texts in liquid."""

from __future__ import annotations

from litestar import Router, delete, get, post, put

from ucc.domain.actor import Actor
from ucc.domain.people import Struct, Template, TemplateWrite, Write
from ucc.web.auth import SIGNED_IN
from ucc.web.pages import Cursor, Limit, Page, decode_cursor, page_of
from ucc.web.rooms import Rooms

FIRST = ("", 0)


@get("/", permission=SIGNED_IN)
async def list_templates(
    rooms: Rooms, actor: Actor, cursor: Cursor = None, limit: Limit = 100
) -> Page[Template]:
    """List templates by name: those of all and own ones."""
    after = decode_cursor(cursor, tuple[str, int]) or FIRST
    found = await rooms.conversations.templates.list_page(actor, after=after, count=limit + 1)
    return page_of(found, limit, lambda one: (one.name, one.id))


@post("/", permission=SIGNED_IN, status_code=201)
async def add_template(rooms: Rooms, actor: Actor, data: TemplateWrite) -> Template:
    """Add a template."""
    return await rooms.conversations.templates.add(actor, data)


@get("/{template_id:int}", permission=SIGNED_IN)
async def read_template(rooms: Rooms, actor: Actor, template_id: int) -> Template:
    """Return a template."""
    return await rooms.conversations.templates.get(actor, template_id)


@put("/{template_id:int}", permission=SIGNED_IN)
async def change_template(rooms: Rooms, actor: Actor, template_id: int, data: TemplateWrite) -> Template:
    """Write a template whole."""
    return await rooms.conversations.templates.change(actor, template_id, data)


@delete("/{template_id:int}", permission=SIGNED_IN)
async def remove_template(rooms: Rooms, actor: Actor, template_id: int) -> None:
    """Remove a template."""
    await rooms.conversations.templates.remove(actor, template_id)


class RenderWrite(Write, frozen=True, kw_only=True):
    """For which conversation to fill a template in."""

    conversation_id: int


class Rendered(Struct, frozen=True, kw_only=True):
    """A template filled in."""

    text: str


@post("/{template_id:int}/render", permission=SIGNED_IN, status_code=200)
async def render_template(rooms: Rooms, actor: Actor, template_id: int, data: RenderWrite) -> Rendered:
    """Return a template's text filled in for a conversation."""
    return Rendered(text=await rooms.conversations.templates.render(actor, template_id, data.conversation_id))


router = Router(
    path="/templates",
    tags=["settings"],
    route_handlers=[
        list_templates,
        add_template,
        read_template,
        change_template,
        remove_template,
        render_template,
    ],
)
