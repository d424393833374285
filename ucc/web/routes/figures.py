"""Live figures: what the day looks like now, by queue, skill, team and agent, and of the whole tenant."""

from __future__ import annotations

from litestar import Router, get

from ucc.domain.actor import Actor
from ucc.domain.figures import SubjectFigures, SubjectKind
from ucc.web.pages import Cursor, Limit, Page, decode_cursor, page_of
from ucc.web.rooms import Rooms

FIRST = ("", 0)


@get("/", permission="reports.read")
async def list_figures(
    rooms: Rooms,
    actor: Actor,
    kind: SubjectKind = SubjectKind.QUEUE,
    cursor: Cursor = None,
    limit: Limit = 100,
    with_minutes: bool = False,
) -> Page[SubjectFigures]:
    """List figures of queues, skills, teams, agents or the tenant: since midnight and the latest half hour.

    `with_minutes` adds the half hour minute by minute.
    """
    after = decode_cursor(cursor, tuple[str, int]) or FIRST
    found = await rooms.routing.figures.list_page(
        actor, kind, after=after, count=limit + 1, with_minutes=with_minutes
    )
    return page_of(found, limit, lambda one: (one.name, one.id or 0))


router = Router(path="/figures", tags=["reports"], route_handlers=[list_figures])
