"""What every channel speaks: messages that came in, what a channel can do, and the registry of channels."""

from __future__ import annotations

import importlib
import tomllib
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import msgspec

from ucc.domain.conversation import Entry

FOLDER = Path(__file__).parent


class Inbound(msgspec.Struct, frozen=True, kw_only=True):
    """One message of a contact, the same for every channel."""

    external_id: str  # the provider's or the client's id; the only dedupe
    text: str = ""
    attachment_ids: list[int] = []


class Manifest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a channel is called, can do and allows."""

    name: str
    title: str
    can: list[str]  # text image file typing read_receipts
    text_max: int  # characters
    attachments_max: int  # of one message
    attachment_bytes_max: int
    messages_max: int  # of one contact within messages_window_ms
    messages_window_ms: int
    secrets: list[str] = []  # asked for in the console, shown to admins only
    quality: dict[str, str] = {}  # done | todo | "exempt: why"


class Channel(msgspec.Struct, frozen=True):
    """A kind of door: its manifest and its two pure functions."""

    manifest: Manifest
    receive: Callable[[Any], Inbound]  # raises BadInput
    send: Callable[[Entry], Any | None]  # None: the contact is not to see this entry


@cache
def find_channel(name: str) -> Channel:
    """Return the channel of a folder beside this file.

    Raises:
        LookupError: there is no such folder.
    """
    manifest = FOLDER / name / "manifest.toml"
    if not name.isidentifier() or not manifest.is_file():
        raise LookupError(f"no channel {name!r}; there are {', '.join(list_channels())}")
    parts = [importlib.import_module(f"{__package__}.{name}.{part}") for part in ("receive", "send")]
    found = msgspec.convert(tomllib.loads(manifest.read_text(encoding="utf8")), Manifest)
    return Channel(found, parts[0].receive, parts[1].send)


def list_channels() -> list[str]:
    """Return the names of all channels."""
    return sorted(path.parent.name for path in FOLDER.glob("*/manifest.toml"))
