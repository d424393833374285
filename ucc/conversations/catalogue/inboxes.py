"""Inboxes as admins set them up: origins, looks, hours, the identity secret, the snippet to paste."""

from __future__ import annotations

from html import escape
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import asyncpg
import msgspec

from ucc.channels.base import list_channels
from ucc.conversations.catalogue.setting import Recorder
from ucc.conversations.inboxes import Entrances, InboxSettings, checked_origin, settings_of
from ucc.domain.actor import Actor, Permission
from ucc.domain.errors import BadInput, Conflict, NotFound
from ucc.domain.people import Inbox, InboxWrite, PrechatField, WidgetSettings
from ucc.domain.states import Channel
from ucc.kit import secrets, sql
from ucc.kit.db import Conn, Database
from ucc.kit.ids import Ids
from ucc.kit.names import checked_name

ORIGINS_MAX = 50
PRECHAT_MAX = 3
KEY_CHARACTERS = 16
TEXT_CHARACTERS_MAX = 500
LOCALES_MAX = 20
POSITIONS = ("right", "left")
THEMES = ("system", "light", "dark")

_queries = sql.load(Path(__file__).with_name("queries.sql"))


class Inboxes:
    """The verbs of entry points."""

    def __init__(
        self, database: Database, ids: Ids, recorder: Recorder, entrances: Entrances, origin: str
    ) -> None:
        self._database = database
        self._ids = ids
        self._recorder = recorder
        self._entrances = entrances
        self._origin = origin  # where browsers reach us: the snippet loads the widget from there

    async def list_page(self, actor: Actor, *, after: tuple[str, int] = ("", 0), count: int) -> list[Inbox]:
        """Return up to `count` inboxes by name."""
        async with self._database.tenant(actor.tenant_id) as conn:
            rows = await _queries.list_inboxes(
                conn, tenant_id=actor.tenant_id, after_name=after[0], after_id=after[1], count=count
            )
        return [self._inbox(row, actor) for row in rows]

    async def get(self, actor: Actor, inbox_id: int) -> Inbox:
        """Return one inbox.

        Raises:
            NotFound: there is none with this id.
        """
        async with self._database.tenant(actor.tenant_id) as conn:
            return self._inbox(await _read(conn, actor.tenant_id, inbox_id), actor)

    async def add(self, actor: Actor, write: InboxWrite, *, key: str | None = None) -> Inbox:
        """Make an inbox; its key and its identity secret are made with it.

        Raises:
            BadInput: a field is not allowed.
            Conflict: the key is in use.
        """
        write = checked_inbox(write)
        inbox_id = self._ids.take()
        async with self._database.tenant(actor.tenant_id) as conn:
            try:
                await _queries.add_inbox(
                    conn,
                    tenant_id=actor.tenant_id,
                    id=inbox_id,
                    channel=write.channel,
                    key=key or secrets.token()[:KEY_CHARACTERS],
                    secrets={"identity_secret": secrets.token()},
                    **_columns(write),
                )
            except asyncpg.ForeignKeyViolationError as error:
                raise _missing(error, write) from None
            except asyncpg.UniqueViolationError:
                raise Conflict(f"the key {key} is in use") from None
            await self._recorder.audit(conn, actor, "inbox_added", f"inbox:{inbox_id}", {"name": write.name})
            return self._inbox(await _read(conn, actor.tenant_id, inbox_id), actor)

    async def change(self, actor: Actor, inbox_id: int, write: InboxWrite) -> Inbox:
        """Write an inbox whole; its channel stays.

        Raises:
            NotFound: there is none with this id.
            BadInput: a field is not allowed.
        """
        write = checked_inbox(write)
        async with self._database.tenant(actor.tenant_id) as conn:
            before = await _read(conn, actor.tenant_id, inbox_id)
            if before["channel"] != write.channel:
                raise BadInput(f"the channel of an inbox stays {before['channel']}", field="channel")
            try:
                await _queries.change_inbox(conn, tenant_id=actor.tenant_id, id=inbox_id, **_columns(write))
            except asyncpg.ForeignKeyViolationError as error:
                raise _missing(error, write) from None
            await self._recorder.audit(
                conn, actor, "inbox_changed", f"inbox:{inbox_id}", {"name": write.name}
            )
            row = await _read(conn, actor.tenant_id, inbox_id)
        self._entrances.forget(row["key"])
        return self._inbox(row, actor)

    async def rotate_secret(self, actor: Actor, inbox_id: int) -> Inbox:
        """Make a new identity secret; what the old one signed is refused from now on."""
        async with self._database.tenant(actor.tenant_id) as conn:
            row = await _read(conn, actor.tenant_id, inbox_id)
            fresh = row["secrets"] | {"identity_secret": secrets.token()}
            await _queries.change_secrets(conn, tenant_id=actor.tenant_id, id=inbox_id, secrets=fresh)
            await self._recorder.audit(conn, actor, "inbox_secret_rotated", f"inbox:{inbox_id}")
            row = await _read(conn, actor.tenant_id, inbox_id)
        self._entrances.forget(row["key"])
        return self._inbox(row, actor)

    async def remove(self, actor: Actor, inbox_id: int) -> None:
        """Remove an inbox nobody ever wrote to.

        Raises:
            NotFound: there is none with this id.
            Conflict: there are conversations; switch it off instead.
        """
        async with self._database.tenant(actor.tenant_id) as conn:
            row = await _read(conn, actor.tenant_id, inbox_id)
            try:
                await _queries.remove_inbox(conn, tenant_id=actor.tenant_id, id=inbox_id)
            except asyncpg.ForeignKeyViolationError:
                raise Conflict("conversations came in here; switch the inbox off instead") from None
            await self._recorder.audit(conn, actor, "inbox_removed", f"inbox:{inbox_id}")
        self._entrances.forget(row["key"])

    def _inbox(self, row: Any, actor: Actor) -> Inbox:
        settings = settings_of(row["settings"])
        can_write = actor.may(Permission.SETTINGS_WRITE)
        return Inbox(
            id=row["id"],
            name=row["name"],
            queue_id=row["queue_id"],
            channel=Channel(row["channel"]),
            hours_id=row["hours_id"],
            origins=settings.origins,
            needs_identity=settings.needs_identity,
            widget=settings.widget,
            limits=settings.limits,
            is_active=row["is_active"],
            key=row["key"],
            snippet=snippet(self._origin, row["key"]),
            identity_secret=row["secrets"].get("identity_secret") if can_write else None,
            first_hit_at_ms=row["first_hit_at_ms"],
        )


def snippet(origin: str, key: str) -> str:
    """Return what a customer pastes into their pages."""
    return f'<script async src="{escape(origin)}/widget/v1.js" data-inbox="{escape(key)}"></script>'


def checked_inbox(write: InboxWrite) -> InboxWrite:
    """Return the inbox with clean fields.

    Raises:
        BadInput: a field is not allowed; the text says what was found and what is.
    """
    if write.channel not in list_channels():
        raise BadInput(f"channel is {write.channel}; there are {', '.join(list_channels())}", field="channel")
    if len(write.origins) > ORIGINS_MAX:
        raise BadInput(f"{len(write.origins)} origins, limit {ORIGINS_MAX}", field="origins")
    limits = write.limits
    if not (1 <= limits.messages <= 10_000 and 1 <= limits.starts <= 100_000):
        raise BadInput("limits: messages 1 to 10,000 in 3 s, starts 1 to 100,000 a minute", field="limits")
    if not 0 <= limits.attachment_bytes <= 2**40:
        raise BadInput("limits: attachment_bytes has to be 0 to 2^40", field="limits")
    return msgspec.structs.replace(
        write,
        name=checked_name(write.name),
        origins=list(dict.fromkeys(_origin(one) for one in write.origins)),
        widget=_checked_widget(write.widget),
    )


def _origin(text: str) -> str:
    """Return an origin of the list; one star stands for any host below a domain."""
    scheme, star, rest = text.strip().lower().partition("://*.")
    if not star:
        return checked_origin(text)
    base = checked_origin(f"{scheme}://{rest}")
    if "." not in (urlsplit(base).hostname or ""):
        raise BadInput(f"origin is {text[:200]!r}; a star stands for hosts below a domain", field="origins")
    return base.replace("://", "://*.", 1)


def _checked_widget(widget: WidgetSettings) -> WidgetSettings:
    color = widget.color
    if not (len(color) == 7 and color[0] == "#" and all(c in "0123456789abcdefABCDEF" for c in color[1:])):
        raise BadInput(f"color is {color[:20]!r}; give #RRGGBB", field="widget.color")
    if widget.position not in POSITIONS:
        raise BadInput(f"position is {widget.position[:20]!r}; allowed are {', '.join(POSITIONS)}")
    if widget.theme not in THEMES:
        raise BadInput(f"theme is {widget.theme[:20]!r}; allowed are {', '.join(THEMES)}")
    if len(widget.prechat) > PRECHAT_MAX:
        raise BadInput(f"{len(widget.prechat)} questions, limit {PRECHAT_MAX}", field="widget.prechat")
    if len({field.key for field in widget.prechat}) < len(widget.prechat):
        raise BadInput("two pre-chat questions have the same key", field="widget.prechat")
    for texts in (widget.greeting, widget.teaser, *(_labels(field) for field in widget.prechat)):
        _check_texts(texts)
    if len(widget.title) > 80:
        raise BadInput(f"title is {len(widget.title)} characters, limit 80", field="widget.title")
    return widget


def _labels(field: PrechatField) -> dict[str, str]:
    if not (field.key.isidentifier() and field.key.isascii() and len(field.key) <= 40):
        raise BadInput(f"key is {field.key[:40]!r}; give letters, digits and _", field="widget.prechat")
    return field.label


def _check_texts(texts: dict[str, str]) -> None:
    if len(texts) > LOCALES_MAX:
        raise BadInput(f"{len(texts)} languages, limit {LOCALES_MAX}", field="widget")
    for locale, text in texts.items():
        if len(text) > TEXT_CHARACTERS_MAX or len(locale) > 35:
            raise BadInput(f"text is {len(text)} characters, limit {TEXT_CHARACTERS_MAX}", field="widget")


def _columns(write: InboxWrite) -> dict[str, Any]:
    settings = InboxSettings(
        origins=write.origins,
        needs_identity=write.needs_identity,
        widget=write.widget,
        limits=write.limits,
    )
    return {
        "name": write.name,
        "queue_id": write.queue_id,
        "hours_id": write.hours_id,
        "settings": settings,
        "is_active": write.is_active,
    }


async def _read(conn: Conn, tenant_id: int, inbox_id: int) -> Any:
    row = await _queries.read_inbox(conn, tenant_id=tenant_id, id=inbox_id)
    if row is None:
        raise NotFound(f"there is no inbox {inbox_id}")
    return row


def _missing(error: asyncpg.ForeignKeyViolationError, write: InboxWrite) -> BadInput:
    is_queue = "queue" in (error.constraint_name or "")
    field, found = ("queue_id", write.queue_id) if is_queue else ("hours_id", write.hours_id)
    where = "/v1/queues" if is_queue else "/v1/hours"
    return BadInput(f"{field} is {found}; allowed are those of GET {where}", field=field)
