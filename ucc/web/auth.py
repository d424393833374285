"""Who may do what: one place that authenticates and authorises every route, HTTP and socket.

Each handler names its policy; a route without one makes the boot fail:

    @get("/contacts/{contact_id:int}", permission="contacts.read")
    async def read_contact(rooms: Rooms, actor: Actor, contact_id: int) -> Contact:
        return await rooms.contacts.get(actor, contact_id)

`permission` is a permission, a tuple of them (any one will do), SIGNED_IN (any user or API key), or PUBLIC
(nobody is asked; the handler has no `actor`; sockets are public here because their first frame carries the
ticket or token). `actor` comes from a session cookie or from `Authorization: Bearer ucc_<id>_<secret>`. A
write by cookie needs the header X-CSRF-Token. Writes by an actor honour Idempotency-Key (ucc.web.repeats);
one whose answer holds a secret says `tells_secret=True`, so that the answer is not kept for repeats.
"""

from __future__ import annotations

from typing import Any, Protocol

from litestar import Request
from litestar.config.app import AppConfig
from litestar.connection import ASGIConnection
from litestar.datastructures import Cookie
from litestar.di import Provide
from litestar.enums import ScopeType
from litestar.handlers import BaseRouteHandler, HTTPRouteHandler
from litestar.middleware import ASGIMiddleware
from litestar.plugins import InitPlugin, ReceiveRoutePlugin
from litestar.routes import BaseRoute, HTTPRoute
from litestar.types import ASGIApp, Receive, Scope, Send

from ucc.domain.actor import ALL_PERMISSIONS, Actor
from ucc.domain.errors import NotAllowed, NotSignedIn
from ucc.kit import secrets
from ucc.kit.db import Database
from ucc.tenants.rules import SESSION_MS_MAX
from ucc.tenants.sessions import SignedIn
from ucc.web.repeats import Repeats

PUBLIC = "public"
SIGNED_IN = "signed_in"
OPTION = "permission"
TOLD_ONCE = "tells_secret"  # of a handler whose answer holds what is told once and never kept
HTTP_CREATED = 201

# Browsers take Secure cookies from HTTPS and, alone of plain HTTP, from loopback (docs/security.md).
COOKIE = "__Host-ucc"
CSRF_HEADER = "x-csrf-token"
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


class MissingPolicy(Exception):
    """A route does not say who may use it."""


class Gatekeeper(Protocol):
    """What this needs of ucc.tenants."""

    async def actor_of_session(self, token: str) -> SignedIn:
        """Return who holds a session token, or raise NotSignedIn."""

    async def actor_of_api_key(self, text: str) -> Actor:
        """Return whom an API key acts for, or raise NotSignedIn."""


class Authority(InitPlugin, ReceiveRoutePlugin):
    """Puts the check before every handler and refuses to start with a route that has no policy."""

    def __init__(self, gatekeeper: Gatekeeper, database: Database) -> None:
        self._check = _Check(gatekeeper, Repeats(database))

    def on_app_init(self, app_config: AppConfig) -> AppConfig:
        """Add the check and the `actor` parameter."""
        app_config.middleware.insert(0, self._check)
        app_config.dependencies["actor"] = Provide(_actor_of, sync_to_thread=False)
        return app_config

    def receive_route(self, route: BaseRoute) -> None:
        """Refuse a route that has no policy.

        Raises:
            MissingPolicy: names the route.
        """
        handlers: list[Any] = (
            route.route_handlers if isinstance(route, HTTPRoute) else [route.route_handler]  # type: ignore[attr-defined]
        )
        for handler in handlers:
            policies_of(handler, route.path)


def policies_of(handler: BaseRouteHandler, path: str = "") -> tuple[str, ...]:
    """Return the policies of a handler, of which one has to hold.

    Raises:
        MissingPolicy: there is none, or it names an unknown permission.
    """
    if isinstance(handler, HTTPRouteHandler) and handler.http_methods == {"OPTIONS"}:
        return (PUBLIC,)  # the framework's own: it tells the methods of the path
    found = handler.opt.get(OPTION)
    policies = (found,) if isinstance(found, str) else tuple(found or ())
    if not policies or not {*policies} <= ALL_PERMISSIONS | {PUBLIC, SIGNED_IN}:
        raise MissingPolicy(f"{handler} at {path} needs {OPTION}=…, found {found!r}; see ucc/web/auth.py")
    return policies


def session_cookie(token: str) -> Cookie:
    """Return the cookie that carries a session."""
    return _cookie(token, SESSION_MS_MAX // 1000)


def no_session_cookie() -> Cookie:
    """Return the cookie that makes the browser forget its session."""
    return _cookie("", 0)


def _cookie(value: str, max_age_s: int) -> Cookie:
    return Cookie(
        key=COOKIE, value=value, path="/", max_age=max_age_s, secure=True, httponly=True, samesite="lax"
    )


def refuse_other_sites(request: Request[Any, Any, Any]) -> None:
    """Refuse a public write that a page of another site triggered in this browser.

    Raises:
        NotAllowed: the browser says the page is not ours, or the body is no JSON.
    """
    if (site := request.headers.get("sec-fetch-site", "none")) not in ("same-origin", "none"):
        raise NotAllowed(f"this is only for our own pages, found: {site}")
    if request.content_type[0] != "application/json":
        raise NotAllowed(f"the body has to be application/json, found: {request.content_type[0][:80]}")


class _Check(ASGIMiddleware):
    """Authenticates, authorises, and guards against forged and repeated writes."""

    scopes = (ScopeType.HTTP, ScopeType.WEBSOCKET, ScopeType.ASGI)

    def __init__(self, gatekeeper: Gatekeeper, repeats: Repeats) -> None:
        self._gatekeeper = gatekeeper
        self._repeats = repeats

    async def handle(self, scope: Scope, receive: Receive, send: Send, next_app: ASGIApp) -> None:
        """Let the request through to its handler, or refuse it."""
        policies = policies_of(scope["route_handler"])
        if PUBLIC in policies:
            await next_app(scope, receive, send)
            return
        connection: ASGIConnection[Any, Any, Any, Any] = ASGIConnection(scope)
        actor = await self._actor(connection)
        if SIGNED_IN not in policies and not any(actor.may(policy) for policy in policies):
            needed = " or ".join(policies)
            raise NotAllowed(f"this needs the permission {needed}", permission=needed)
        connection.state["actor"] = actor
        if _is_write(scope):
            handler = scope["route_handler"]
            await self._repeats.handle(
                actor,
                scope,
                receive,
                send,
                next_app,
                makes=isinstance(handler, HTTPRouteHandler) and handler.status_code == HTTP_CREATED,
                tells_secret=bool(handler.opt.get(TOLD_ONCE)),
            )
        else:
            await next_app(scope, receive, send)

    async def _actor(self, connection: ASGIConnection[Any, Any, Any, Any]) -> Actor:
        """Return who asks; a key given is the only thing looked at."""
        if (header := connection.headers.get("authorization")) is not None:
            scheme, _, key = header.partition(" ")
            if scheme.lower() != "bearer":
                raise NotSignedIn("the Authorization header has to be: Bearer ucc_<id>_<secret>")
            return await self._gatekeeper.actor_of_api_key(key.strip())
        token = connection.cookies.get(COOKIE)
        if not token:
            raise NotSignedIn
        signed_in = await self._gatekeeper.actor_of_session(token)
        if _is_write(connection.scope):
            _check_csrf(connection.headers.get(CSRF_HEADER, ""), signed_in)
        return signed_in.actor


def _is_write(scope: Scope) -> bool:
    """Say whether a request may change something; a socket may."""
    return scope.get("method", "") not in SAFE_METHODS


def _check_csrf(given: str, signed_in: SignedIn) -> None:
    """Refuse a write whose page could not read our answers."""
    if not secrets.is_equal(secrets.digest(given), signed_in.csrf_hash):
        raise NotAllowed(
            "the X-CSRF-Token header is missing or wrong; it stands in GET /v1/auth/me", header=CSRF_HEADER
        )


def _actor_of(request: Request[Any, Any, Any]) -> Actor:
    actor = request.state.get("actor")
    assert isinstance(actor, Actor), f"{request.url.path} is public and has no actor"
    return actor
