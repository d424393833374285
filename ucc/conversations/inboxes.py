"""Entry points as visitors meet them: whose page may embed the widget, how it looks, who is who."""

from __future__ import annotations

from collections import OrderedDict
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import msgspec

from ucc.domain.errors import BadInput, NotAllowed, NotFound
from ucc.domain.people import VisitorLimits, WidgetSettings
from ucc.kit import secrets, sql
from ucc.kit.clock import now_ms
from ucc.kit.db import Database

KEPT_MS = 5_000
KEPT_MAX = 1_000
USER_ID_CHARACTERS_MAX = 255

_queries = sql.load(Path(__file__).with_name("queries.sql"))


class InboxSettings(msgspec.Struct, frozen=True, kw_only=True):
    """What the settings column of an inbox holds."""

    origins: list[str] = []
    needs_identity: bool = False
    widget: WidgetSettings = WidgetSettings()
    limits: VisitorLimits = VisitorLimits()


class Entrance(msgspec.Struct, frozen=True, kw_only=True):
    """An inbox as the widget's routes need it."""

    tenant_id: int
    id: int
    key: str
    name: str
    channel: str
    queue_id: int
    hours_id: int | None
    settings: InboxSettings
    identity_secret: str | None
    is_hit: bool

    def check_origin(self, origin: str | None) -> str:
        """Return the origin when its pages may embed this inbox.

        Raises:
            NotAllowed: it is not on the list.
        """
        if origin is not None and is_allowed(origin, self.settings.origins):
            return origin
        raise NotAllowed(
            f"this inbox may not be embedded by {origin or 'a page without an origin'}; "
            "an admin adds origins in Settings, Inboxes",
            origin=origin or "",
        )

    def check_identity(self, user_id: str | None, user_hash: str | None) -> bool:
        """Say whether the host site vouches for this user id.

        Raises:
            NotAllowed: the signature is wrong, or missing where one is needed.
        """
        if user_id is None or user_hash is None or self.identity_secret is None:
            if self.settings.needs_identity:
                raise NotAllowed("this inbox needs user_id and its signature user_hash")
            return False
        if not 0 < len(user_id) <= USER_ID_CHARACTERS_MAX:
            raise BadInput(f"user_id is {len(user_id)} characters, limit {USER_ID_CHARACTERS_MAX}")
        expected = secrets.hmac_hex(self.identity_secret, user_id)
        if not secrets.is_equal(user_hash.lower(), expected):
            raise NotAllowed("user_hash is not the HMAC-SHA256 of user_id under this inbox's identity secret")
        return True


def is_allowed(origin: str, allowed: list[str]) -> bool:
    """Say whether `origin` is on the list; `https://*.shop.example` stands for every host below it."""
    for one in allowed:
        if one == origin:
            return True
        scheme, star, rest = one.partition("://*.")
        if star and origin.startswith(scheme + "://") and origin.endswith("." + rest):
            return True
    return False


def checked_origin(text: str) -> str:
    """Return an origin as browsers send it.

    Raises:
        BadInput: it is no scheme with host and maybe port.
    """
    parts = urlsplit(text.strip().rstrip("/").lower())
    try:
        port = parts.port
    except ValueError:
        port = -1
    has_more = parts.path or parts.query or parts.fragment or parts.username
    if parts.scheme not in ("http", "https") or not parts.hostname or has_more or port == -1:
        raise BadInput(f"origin is {text[:200]!r}; give scheme and host, like https://shop.example")
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    default = {"http": 80, "https": 443}[parts.scheme]
    return f"{parts.scheme}://{host}" + (f":{port}" if port not in (None, default) else "")


class Entrances:
    """Finds inboxes by the key of their snippet."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._kept: OrderedDict[str, tuple[int, Entrance]] = OrderedDict()

    async def find(self, key: str) -> Entrance:
        """Return the inbox of a key, at most 5 s old.

        Raises:
            NotFound: there is none, or it is switched off.
        """
        at_ms = now_ms()
        kept = self._kept.get(key)
        if kept is not None and kept[0] > at_ms:
            return kept[1]
        async with self._database.node() as conn:
            row = await _queries.read_inbox_by_key(conn, key=key)
        if row is None or not row["is_active"]:
            raise NotFound("there is no inbox with this key")
        found = _entrance(row)
        self._kept[key] = (at_ms + KEPT_MS, found)
        while len(self._kept) > KEPT_MAX:
            self._kept.popitem(last=False)
        return found

    def forget(self, key: str) -> None:
        """Read again next time: the inbox was changed here."""
        self._kept.pop(key, None)

    async def note_hit(self, entrance: Entrance) -> None:
        """Keep when a page with the snippet was seen for the first time."""
        if entrance.is_hit:
            return
        async with self._database.tenant(entrance.tenant_id) as conn:
            await _queries.mark_first_hit(conn, tenant_id=entrance.tenant_id, id=entrance.id, now_ms=now_ms())
        self.forget(entrance.key)


def settings_of(raw: Any) -> InboxSettings:
    """Return the settings column as a Struct."""
    return msgspec.convert(raw, InboxSettings)


def _entrance(row: Any) -> Entrance:
    return Entrance(
        tenant_id=row["tenant_id"],
        id=row["id"],
        key=row["key"],
        name=row["name"],
        channel=row["channel"],
        queue_id=row["queue_id"],
        hours_id=row["hours_id"],
        settings=settings_of(row["settings"]),
        identity_secret=row["secrets"].get("identity_secret"),
        is_hit=row["first_hit_at_ms"] is not None,
    )
