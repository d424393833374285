"""The widget's side: what it needs to open, and the start of a conversation. For pages of other sites."""

from __future__ import annotations

from typing import Annotated, Any

from litestar import Request, Response, Router, get, post
from litestar.connection import ASGIConnection
from litestar.params import Parameter

from ucc.domain.errors import NotAllowed
from ucc.domain.events import VisitorStart, VisitorStarted, WidgetConfig
from ucc.web.auth import PUBLIC
from ucc.web.rooms import Rooms

CONFIG_KEPT_S = 60

InboxKey = Annotated[str, Parameter(min_length=1, max_length=64)]


@get("/{key:str}/config", permission=PUBLIC)
async def read_config(request: Request[Any, Any, Any], rooms: Rooms, key: InboxKey) -> Response[WidgetConfig]:
    """Return how the widget looks and asks; nothing is stored in the visitor's browser for it."""
    origin = _origin_of(request)
    config = await rooms.conversations.widget.config(key, origin)
    return Response(config, headers={"Cache-Control": f"public, max-age={CONFIG_KEPT_S}"})


@post("/{key:str}/start", permission=PUBLIC, status_code=201)
async def start(
    request: Request[Any, Any, Any], rooms: Rooms, key: InboxKey, data: VisitorStart
) -> VisitorStarted:
    """Begin a conversation with its first message; the same client_id again gives the same conversation."""
    origin = request.headers.get("origin")
    address = request.client.host if request.client else ""
    return await rooms.conversations.visitors.start(key, origin, address, data)


def bearer_of(request: ASGIConnection[Any, Any, Any, Any]) -> str:
    """Return the visitor's token of a request.

    Raises:
        NotAllowed: there is none.
    """
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise NotAllowed("the Authorization header has to be: Bearer <visitor's token>")
    return token.strip()


def _origin_of(request: Request[Any, Any, Any]) -> str | None:
    """Return the origin of the page that asks; a page of our own sends none when it only reads."""
    origin = request.headers.get("origin")
    if origin is None and request.headers.get("sec-fetch-site") in ("same-origin", None):
        return None
    return origin or "null"


router = Router(path="/widget", tags=["widget"], route_handlers=[read_config, start])
