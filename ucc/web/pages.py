"""Lists in pages: `{"items": […], "next": cursor}`. The cursor is opaque and holds the last sort key."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable
from typing import Annotated, Any, Generic, TypeVar

import msgspec
from litestar.params import Parameter

from ucc.domain.errors import BadInput

LIMIT_MAX = 100
CURSOR_CHARACTERS_MAX = 600

Item = TypeVar("Item")
Key = TypeVar("Key")

Limit = Annotated[int, Parameter(ge=1, le=LIMIT_MAX, description="how many items at most")]
Cursor = Annotated[
    str | None, Parameter(max_length=CURSOR_CHARACTERS_MAX, description="`next` of the page before this one")
]


class Page(msgspec.Struct, Generic[Item], frozen=True, kw_only=True):
    """One page of a list. `next` leads to the next one, null: this was the last."""

    items: list[Item]
    next: str | None = None


def page_of(items: list[Item], limit: int, key: Callable[[Item], Any]) -> Page[Item]:
    """Return the page of up to `limit` items out of `limit` + 1 asked for; `key` is where the next begins."""
    if len(items) <= limit:
        return Page(items=items)
    return Page(items=items[:limit], next=encode_cursor(key(items[limit - 1])))


def encode_cursor(key: Any) -> str:
    """Return the text of a sort key: anything msgspec can encode."""
    return base64.urlsafe_b64encode(msgspec.json.encode(key)).rstrip(b"=").decode()


def decode_cursor(cursor: str | None, kind: type[Key]) -> Key | None:
    """Return the sort key of a cursor, None for no cursor.

    Raises:
        BadInput: it is no cursor of this list.
    """
    if cursor is None:
        return None
    try:
        return msgspec.json.decode(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)), type=kind)
    except (binascii.Error, ValueError, msgspec.DecodeError):
        raise BadInput("this cursor does not belong to this list", field="cursor") from None
