"""The audit: who did what, newest first, and whether the chain of hashes holds."""

from __future__ import annotations

from typing import Annotated

import msgspec
from litestar import Router, get
from litestar.params import Parameter

from ucc.domain.actor import Actor
from ucc.domain.people import AuditLine
from ucc.web.pages import Cursor, Limit, Page, decode_cursor, page_of
from ucc.web.rooms import Rooms

Act = Annotated[str | None, Parameter(max_length=60, description="only lines of this act, like signed_in")]


class AuditCheck(msgspec.Struct, frozen=True, kw_only=True):
    """Whether every line's hash fits the one before; else the first seq that does not."""

    is_whole: bool
    first_break: int | None = None


@get("/", permission="audit.read")
async def list_audit(
    rooms: Rooms, actor: Actor, act: Act = None, cursor: Cursor = None, limit: Limit = 50
) -> Page[AuditLine]:
    """List what was done, newest first."""
    before_seq = decode_cursor(cursor, int)
    lines = await rooms.tenants.log.list_page(actor, act=act, before_seq=before_seq, count=limit + 1)
    return page_of(lines, limit, lambda line: line.seq)


@get("/check", permission="audit.read")
async def check_audit(rooms: Rooms, actor: Actor) -> AuditCheck:
    """Go through the whole chain and say whether a line was changed or taken out."""
    broken = await rooms.tenants.log.first_break(actor.tenant_id)
    return AuditCheck(is_whole=broken is None, first_break=broken)


router = Router(path="/audit", tags=["settings"], route_handlers=[list_audit, check_audit])
