"""Entries between the database and the wire: what is to be written, what was stored, signed addresses."""

from __future__ import annotations

from typing import Any

import msgspec

from ucc.domain.conversation import Attachment, Entry, SystemEvent
from ucc.domain.states import Author, EntryKind
from ucc.kit import secrets

FILE_PATH = "/v1/files/"
URL_MS = 12 * 3_600_000  # how long a file's address works: a shift


class StoredFile(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A file as an entry keeps it; the address is signed anew on each reading."""

    id: int
    key: str
    name: str
    media_type: str
    size_bytes: int
    width: int | None = None
    height: int | None = None


class Body(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What an entry holds beside its text."""

    attachments: list[StoredFile] = []
    mentions: list[int] = []
    system: SystemEvent | None = None


class Item(msgspec.Struct, kw_only=True, gc=False):
    """One entry to be written."""

    conversation_id: int
    kind: EntryKind = EntryKind.MESSAGE
    author: Author
    text: str = ""
    user_id: int | None = None
    user_name: str | None = None
    speaks_for: int | None = None  # the agent who has the work, where another of its conference writes
    client_id: str | None = None
    visitor_id: int | None = None
    attachment_ids: list[int] = []
    mentions: list[int] = []
    system: SystemEvent | None = None
    interaction_id: int | None = None  # of a system entry; otherwise the conversation's present one
    files: list[StoredFile] = []  # set by the writer, out of attachment_ids
    at_ms: int = 0  # set by the writer
    id: int = 0  # set by the writer


class Written(msgspec.Struct, frozen=True):
    """The stored entry; `is_new` is False when it was there before."""

    entry: Entry
    is_new: bool


def body_of(item: Item) -> Body | None:
    """Return what an item holds beside its text, None for a plain one."""
    if not (item.files or item.mentions or item.system):
        return None
    return Body(attachments=item.files, mentions=item.mentions, system=item.system)


class Signer:
    """Addresses of files that work for a shift, signed with the tenant's secret."""

    def __init__(self, secret: bytes, now_ms: int) -> None:
        self._secret = secret
        self._expires_at_ms = now_ms + URL_MS

    def url(self, key: str) -> str:
        """Return the signed address of a file."""
        return f"{FILE_PATH}{key}?sig={secrets.sign(self._secret, key, self._expires_at_ms)}"

    def attachment(self, file: StoredFile) -> Attachment:
        """Return a stored file with its signed address."""
        return Attachment(
            id=file.id,
            name=file.name,
            media_type=file.media_type,
            size_bytes=file.size_bytes,
            width=file.width,
            height=file.height,
            url=self.url(file.key),
        )


def entry_of_item(item: Item, *, seq: int, interaction_id: int | None, signer: Signer) -> Entry:
    """Return the entry that was written for an item."""
    return Entry(
        conversation_id=item.conversation_id,
        seq=seq,
        id=item.id,
        kind=item.kind,
        author=item.author,
        at_ms=item.at_ms,
        text=item.text,
        user_id=item.user_id,
        user_name=item.user_name,
        client_id=item.client_id,
        interaction_id=interaction_id,
        attachments=[signer.attachment(file) for file in item.files],
        mentions=item.mentions,
        system=item.system,
    )


def entry_of_row(row: Any, signer: Signer) -> Entry:
    """Return the entry of a row of `entry` joined with its writer's name."""
    body = Body() if row["body"] is None else msgspec.convert(row["body"], Body)
    return Entry(
        conversation_id=row["conversation_id"],
        seq=row["seq"],
        id=row["id"],
        kind=EntryKind(row["kind"]),
        author=Author(row["author"]),
        at_ms=row["at_ms"],
        text=row["text"],
        user_id=row["user_id"],
        user_name=row["user_name"],
        client_id=row["external_id"],
        interaction_id=row["interaction_id"],
        attachments=[signer.attachment(file) for file in body.attachments],
        mentions=body.mentions,
        system=body.system,
    )
