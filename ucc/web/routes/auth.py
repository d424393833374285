"""Signing in and out, one's own account, tickets for sockets."""

from __future__ import annotations

from typing import Any

from litestar import Request, Response, Router, get, patch, post

from ucc.domain.actor import Actor
from ucc.domain.errors import NotSignedIn
from ucc.domain.people import Login, Me, PasswordWrite, Preferences, Ticket
from ucc.tenants.sessions import Origin, csrf_token
from ucc.web.auth import COOKIE, PUBLIC, SIGNED_IN, no_session_cookie, refuse_other_sites, session_cookie
from ucc.web.rooms import Rooms


@post("/login", permission=PUBLIC, status_code=200)
async def sign_in(request: Request[Any, Any, Any], rooms: Rooms, data: Login) -> Response[Me]:
    """Sign in: sets the session cookie and returns who one is, with the token every write carries."""
    refuse_other_sites(request)
    address = request.client.host if request.client else ""
    origin = Origin(address, request.headers.get("user-agent", ""))
    old = request.cookies.get(COOKIE)
    token, actor = await rooms.tenants.sessions.sign_in(data.email, data.password, origin)
    if old:
        await rooms.tenants.sessions.replace(old)
    me = await rooms.tenants.users.me(actor, csrf_token(token))
    return Response(me, cookies=[session_cookie(token)])


@post("/logout", permission=SIGNED_IN, status_code=204)
async def sign_out(rooms: Rooms, actor: Actor) -> Response[None]:
    """End this session and its sockets."""
    await rooms.tenants.sessions.sign_out(actor)
    return Response(None, status_code=204, cookies=[no_session_cookie()])


@get("/me", permission=SIGNED_IN)
async def read_me(request: Request[Any, Any, Any], rooms: Rooms, actor: Actor) -> Me:
    """Return the signed-in user, what they may do, and their preferences."""
    return await rooms.tenants.users.me(actor, _csrf_token(request))


@patch("/me", permission=SIGNED_IN, tells_secret=True)
async def change_me(request: Request[Any, Any, Any], rooms: Rooms, actor: Actor, data: Preferences) -> Me:
    """Keep language, theme and preferences of the signed-in user."""
    await rooms.tenants.users.prefer(actor, data)
    return await rooms.tenants.users.me(actor, _csrf_token(request))


@post("/password", permission=SIGNED_IN, status_code=204)
async def change_password(rooms: Rooms, actor: Actor, data: PasswordWrite) -> None:
    """Change one's own password; every other session of the user ends, and every socket."""
    await rooms.tenants.users.change_own_password(actor, data)


@post("/ticket", permission=SIGNED_IN, status_code=200, tells_secret=True)
async def make_ticket(rooms: Rooms, actor: Actor) -> Ticket:
    """Return a ticket that opens one socket within 30 s."""
    return Ticket(ticket=await rooms.tenants.sessions.ticket(actor))


def _csrf_token(request: Request[Any, Any, Any]) -> str:
    token = request.cookies.get(COOKIE)
    if not token:
        raise NotSignedIn("only a signed-in user is somebody; an API key has no account")
    return csrf_token(token)


router = Router(
    path="/auth",
    tags=["auth"],
    route_handlers=[sign_in, sign_out, read_me, change_me, change_password, make_ticket],
)
