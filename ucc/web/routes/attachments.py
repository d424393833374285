"""Files: sent by agents and visitors, fetched by signed addresses that run out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any
from urllib.parse import quote

from litestar import Request, Response, Router, get, post
from litestar.connection import ASGIConnection
from litestar.datastructures import UploadFile
from litestar.enums import RequestEncodingType
from litestar.handlers import BaseRouteHandler
from litestar.params import Body, Parameter

from ucc.conversations.attachments import BYTES_MAX, Uploader
from ucc.conversations.sights import Visitor
from ucc.domain.actor import Actor
from ucc.domain.conversation import Attachment
from ucc.web.auth import PUBLIC
from ucc.web.rooms import Rooms
from ucc.web.routes.widget import bearer_of

FORM_BYTES_MAX = BYTES_MAX + 64 * 1024  # the parts around the file
# A file is never a page of ours, whatever is in it.
SANDBOX = "default-src 'none'; sandbox; frame-ancestors 'none'"

FileKey = Annotated[str, Parameter(min_length=20, max_length=64)]
Signature = Annotated[str, Parameter(min_length=1, max_length=200)]


@dataclass
class Upload:
    """A file, and for agents the conversation it is for."""

    file: UploadFile
    conversation_id: int | None = None


@dataclass
class VisitorUpload:
    """A visitor's file."""

    file: UploadFile


@post(
    "/attachments",
    permission=("conversations.reply", "conversations.note"),
    status_code=201,
    request_max_body_size=FORM_BYTES_MAX,
)
async def add_attachment(
    rooms: Rooms, actor: Actor, data: Annotated[Upload, Body(media_type=RequestEncodingType.MULTI_PART)]
) -> Attachment:
    """Store a file for an entry to come; images are drawn anew, which drops what cameras write into them."""
    if data.conversation_id is not None:
        await rooms.conversations.desk.get(actor, data.conversation_id)
    uploader = Uploader(actor.tenant_id, data.conversation_id, user_id=actor.require_user())
    content = await data.file.read()
    return await rooms.conversations.attachments.store(uploader, data.file.filename, content)


async def require_visitor(connection: ASGIConnection[Any, Any, Any, Any], _: BaseRouteHandler) -> None:
    """Find the visitor of the token before a byte of the body is read."""
    rooms: Rooms = connection.app.state.rooms
    connection.state["visitor"] = await rooms.conversations.visitors.find(
        bearer_of(connection), connection.headers.get("origin")
    )


@post(
    "/widget/attachments",
    permission=PUBLIC,
    guards=[require_visitor],
    status_code=201,
    request_max_body_size=FORM_BYTES_MAX,
)
async def add_visitor_attachment(
    request: Request[Any, Any, Any],
    rooms: Rooms,
    data: Annotated[VisitorUpload, Body(media_type=RequestEncodingType.MULTI_PART)],
) -> Attachment:
    """Store a visitor's file for a message to come; the visitor's token is the bearer."""
    visitor: Visitor = request.state["visitor"]
    uploader = Uploader(
        visitor.tenant_id,
        visitor.conversation_id,
        visitor_id=visitor.id,
        bytes_max=visitor.limits.attachment_bytes,
    )
    content = await data.file.read()
    return await rooms.conversations.attachments.store(uploader, data.file.filename, content)


@get("/files/{key:str}", permission=PUBLIC, media_type="application/octet-stream")
async def read_file(rooms: Rooms, key: FileKey, sig: Signature) -> Response[bytes]:
    """Return a file by its signed address: images may be shown in place, all else is a download."""
    served = await rooms.conversations.attachments.open(key, sig)
    how = "inline" if served.is_shown else "attachment"
    return Response(
        served.content,
        media_type=served.media_type,
        headers={
            "Content-Disposition": f"{how}; filename*=UTF-8''{quote(served.name, safe='')}",
            "Content-Security-Policy": SANDBOX,
            "Cache-Control": "private, max-age=3600, immutable",
            "Cross-Origin-Resource-Policy": "cross-origin",
        },
    )


router = Router(
    path="/", tags=["attachments"], route_handlers=[add_attachment, add_visitor_attachment, read_file]
)
