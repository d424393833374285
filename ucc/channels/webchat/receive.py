"""From a visitor's frame to our words."""

from __future__ import annotations

import re

from ucc.channels.base import Inbound
from ucc.domain.errors import BadInput
from ucc.domain.events import VisitorMessage

TEXT_MAX = 10_000
ATTACHMENTS_MAX = 10
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
# Control characters a person cannot type; PostgreSQL refuses the first of them in any text.
_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


def receive(frame: VisitorMessage) -> Inbound:
    """Return the message of one frame.

    Raises:
        BadInput: the id is no UUID, nothing is said, or more than is allowed.
    """
    return Inbound(
        external_id=checked_client_id(frame.client_id),
        text=checked_text(frame.text, has_attachments=bool(frame.attachment_ids)),
        attachment_ids=checked_attachments(frame.attachment_ids),
    )


def checked_client_id(client_id: str) -> str:
    """Return a client's id in lower case, when it is a UUID."""
    if not _UUID.fullmatch(client_id):
        raise BadInput(f"client_id is not a UUID: {client_id[:40]!r}", path="$.client_id")
    return client_id.lower()


def checked_text(text: str, *, has_attachments: bool = False) -> str:
    """Return what was written without characters nobody can type."""
    if len(text) > TEXT_MAX:
        raise BadInput(f"text is {len(text)} characters, limit {TEXT_MAX}", path="$.text")
    clean = _CONTROLS.sub("", text).strip()
    if not clean and not has_attachments:
        raise BadInput("text is empty and there is no attachment", path="$.text")
    return clean


def checked_attachments(attachment_ids: list[int]) -> list[int]:
    """Return distinct ids of attachments, when there are not too many."""
    if len(attachment_ids) > ATTACHMENTS_MAX:
        raise BadInput(f"{len(attachment_ids)} attachments, limit {ATTACHMENTS_MAX}", path="$.attachment_ids")
    if any(not 0 < one < 2**53 for one in attachment_ids):
        raise BadInput("an attachment id is not a positive 53-bit number", path="$.attachment_ids")
    return list(dict.fromkeys(attachment_ids))
