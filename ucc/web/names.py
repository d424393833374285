"""Refuses query parameters a route does not have: a misspelt filter would answer something else."""

from __future__ import annotations

from urllib.parse import parse_qsl

from litestar.config.app import AppConfig
from litestar.enums import ScopeType
from litestar.handlers import HTTPRouteHandler
from litestar.middleware import ASGIMiddleware
from litestar.plugins import InitPlugin, ReceiveRoutePlugin
from litestar.routes import BaseRoute, HTTPRoute
from litestar.types import ASGIApp, Receive, Scope, Send

from ucc.domain.errors import BadInput

OPTION = "query_names"
FOUND_CHARACTERS_MAX = 80
_GIVEN_BY_US = frozenset({"request", "rooms", "actor", "data", "headers", "cookies", "state", "scope"})


class QueryNames(InitPlugin, ReceiveRoutePlugin):
    """Reads each handler's parameters once and looks at every query below `prefix`."""

    def __init__(self, prefix: str) -> None:
        self._prefix = prefix

    def on_app_init(self, app_config: AppConfig) -> AppConfig:
        """Add the look."""
        app_config.middleware.append(_Look())
        return app_config

    def receive_route(self, route: BaseRoute) -> None:
        """Keep what the handlers of one path take beside its ids."""
        if not isinstance(route, HTTPRoute) or not route.path.startswith(self._prefix):
            return
        for handler in route.route_handlers:
            taken = handler.parsed_fn_signature.parameters.keys()
            handler.opt[OPTION] = taken - _GIVEN_BY_US - route.path_parameters.keys()


class _Look(ASGIMiddleware):
    scopes = (ScopeType.HTTP,)

    async def handle(self, scope: Scope, receive: Receive, send: Send, next_app: ASGIApp) -> None:
        """Let a request on whose query has known names only.

        Raises:
            BadInput: names the first that is none.
        """
        if query := scope["query_string"]:
            handler = scope["route_handler"]
            names = handler.opt.get(OPTION) if isinstance(handler, HTTPRouteHandler) else None
            if names is not None:
                _check(query.decode("latin1"), names)
        await next_app(scope, receive, send)


def _check(query: str, names: frozenset[str]) -> None:
    for name, _ in parse_qsl(query, keep_blank_values=True):
        if name not in names:
            allowed = ", ".join(sorted(names)) or "none"
            found = name[:FOUND_CHARACTERS_MAX]
            raise BadInput(f"found the query parameter {found!r}, allowed: {allowed}", field=found)
