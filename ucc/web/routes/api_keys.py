"""API keys: made, listed and revoked; the secret stands only in the answer that makes it."""

from __future__ import annotations

from litestar import Router, delete, get, post

from ucc.domain.actor import Actor
from ucc.domain.people import ApiKey, ApiKeyWrite
from ucc.web.pages import Cursor, Limit, Page, decode_cursor, page_of
from ucc.web.rooms import Rooms


@get("/", permission="api_keys.write")
async def list_api_keys(rooms: Rooms, actor: Actor, cursor: Cursor = None, limit: Limit = 50) -> Page[ApiKey]:
    """List the keys that are not revoked, newest first."""
    before_id = decode_cursor(cursor, int)
    keys = await rooms.tenants.keys.list_page(actor, before_id=before_id, count=limit + 1)
    return page_of(keys, limit, lambda key: key.id)


@post("/", permission="api_keys.write", status_code=201, tells_secret=True)
async def add_api_key(rooms: Rooms, actor: Actor, data: ApiKeyWrite) -> ApiKey:
    """Make a key with some of one's own permissions as scopes."""
    return await rooms.tenants.keys.add(actor, data)


@delete("/{key_id:int}", permission="api_keys.write")
async def revoke_api_key(rooms: Rooms, actor: Actor, key_id: int) -> None:
    """Revoke a key; within two seconds no node believes it."""
    await rooms.tenants.keys.revoke(actor, key_id)


router = Router(
    path="/api-keys", tags=["settings"], route_handlers=[list_api_keys, add_api_key, revoke_api_key]
)
