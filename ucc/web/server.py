"""The door as one ASGI application: routes, sockets, documents, the built front end, and what guards them."""

from __future__ import annotations

from typing import Any

from litestar import Litestar, Router, get
from litestar.datastructures import State
from litestar.di import Provide
from litestar.response import Redirect
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from ucc.web import health, openapi
from ucc.web.auth import PUBLIC, Authority
from ucc.web.cors import Cors
from ucc.web.door import Door, SocketRoom
from ucc.web.fields import BodyFields
from ucc.web.names import QueryNames
from ucc.web.problem import exception_handlers
from ucc.web.rooms import Rooms
from ucc.web.static import static_router

BODY_BYTES_MAX = 1024 * 1024  # a route that takes files says its own
PREFIX = "/v1"


@get("/", include_in_schema=False, permission=PUBLIC)
async def go_to_console() -> Redirect:
    """Lead people who typed the bare address to the console."""
    return Redirect("/console")


def create_api(rooms: Rooms, routers: list[Router]) -> Litestar:
    """Return the application without its guards, as tests of single routes use it."""
    return Litestar(
        route_handlers=[
            go_to_console,
            health.router,
            static_router(rooms.settings),
            Router(path=PREFIX, route_handlers=[*routers]),
        ],
        dependencies={"rooms": Provide(lambda: rooms, sync_to_thread=False, use_cache=True)},
        plugins=[Authority(rooms.tenants, rooms.database), QueryNames(PREFIX), BodyFields(PREFIX)],
        exception_handlers=exception_handlers,
        openapi_config=openapi.CONFIG,
        state=State({"rooms": rooms}),
        request_max_body_size=BODY_BYTES_MAX,
        logging_config=None,
        debug=False,
    )


def create_door(rooms: Rooms, routers: list[Router], sockets: SocketRoom | None = None) -> tuple[Door, Any]:
    """Return the guarded application: the door (to close it) and what the server runs."""
    api = create_api(rooms, routers)
    door = Door(Cors(api), rooms.settings, sockets)
    app: Any = door
    if rooms.settings.trusted_proxies:
        app = ProxyHeadersMiddleware(app, trusted_hosts=list(rooms.settings.trusted_proxies))
    return door, app
