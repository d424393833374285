"""Canned texts in liquid, found by name, words, shortcut or pinyin initials, filled in for a conversation."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ucc.domain.actor import Actor, Permission
from ucc.domain.errors import BadInput, NotAllowed, NotFound
from ucc.domain.people import Template, TemplateWrite
from ucc.domain.states import Locale
from ucc.kit import sql
from ucc.kit.db import Conn, Database
from ucc.kit.ids import Ids
from ucc.kit.late import late
from ucc.kit.names import checked_name

if TYPE_CHECKING:
    import liquid
    import pypinyin
else:
    liquid, pypinyin = late("liquid"), late("pypinyin")

TEXT_CHARACTERS_MAX = 10_000
SHORTCUT_CHARACTERS_MAX = 40
INITIALS_MAX = 40

_queries = sql.load(Path(__file__).with_name("queries.sql"))

Readable = Callable[[Conn, Actor, int], Awaitable[None]]


@cache
def _liquid() -> liquid.Environment:
    class Limited(liquid.Environment):
        """Liquid for texts of tenants: no files, short loops, short answers."""

        loop_iteration_limit = 1_000
        local_namespace_limit = 100_000
        output_stream_limit = 4 * TEXT_CHARACTERS_MAX

    return Limited()


class Templates:
    """The verbs of templates."""

    def __init__(self, database: Database, ids: Ids, readable: Readable) -> None:
        self._database = database
        self._ids = ids
        self._require_readable = readable

    async def list_page(
        self, actor: Actor, *, after: tuple[str, int] = ("", 0), count: int
    ) -> list[Template]:
        """Return up to `count` templates the actor sees, by name."""
        async with self._database.tenant(actor.tenant_id) as conn:
            rows = await _queries.list_templates(
                conn,
                tenant_id=actor.tenant_id,
                user_id=actor.user_id or 0,
                after_name=after[0],
                after_id=after[1],
                count=count,
            )
        return [_template(row) for row in rows]

    async def get(self, actor: Actor, template_id: int) -> Template:
        """Return one template.

        Raises:
            NotFound: there is none the actor sees.
        """
        async with self._database.tenant(actor.tenant_id) as conn:
            return _template(await _read(conn, actor, template_id))

    async def add(self, actor: Actor, write: TemplateWrite) -> Template:
        """Add a template; everybody may have personal ones.

        Raises:
            BadInput: a field is not allowed or the text is no liquid.
            NotAllowed: only who may write templates adds one for everybody.
        """
        columns = _columns(actor, write)
        template_id = self._ids.take()
        async with self._database.tenant(actor.tenant_id) as conn:
            await _queries.add_template(conn, tenant_id=actor.tenant_id, id=template_id, **columns)
            return _template(await _read(conn, actor, template_id))

    async def change(self, actor: Actor, template_id: int, write: TemplateWrite) -> Template:
        """Write a template whole."""
        columns = _columns(actor, write)
        async with self._database.tenant(actor.tenant_id) as conn:
            _require_writable(actor, await _read(conn, actor, template_id))
            await _queries.change_template(conn, tenant_id=actor.tenant_id, id=template_id, **columns)
            return _template(await _read(conn, actor, template_id))

    async def remove(self, actor: Actor, template_id: int) -> None:
        """Remove a template."""
        async with self._database.tenant(actor.tenant_id) as conn:
            _require_writable(actor, await _read(conn, actor, template_id))
            await _queries.remove_template(conn, tenant_id=actor.tenant_id, id=template_id)

    async def render(self, actor: Actor, template_id: int, conversation_id: int) -> str:
        """Return the template's text filled in for a conversation.

        Raises:
            NotFound: the template or the conversation is not the actor's to see.
            BadInput: the template cannot be filled in.
        """
        async with self._database.tenant(actor.tenant_id) as conn:
            template = await _read(conn, actor, template_id)
            await self._require_readable(conn, actor, conversation_id)
            words = await _queries.read_words(conn, tenant_id=actor.tenant_id, id=conversation_id)
        return rendered(template["text"], words_of(words, actor.name))


def words_of(row: Any, agent_name: str) -> dict[str, Any]:
    """Return what templates may use."""
    name = row["contact_name"]
    return {
        "contact": {
            "name": name,
            "first_name": first_name(name),
            "email": row["email"] or "",
            "phone": row["phone"] or "",
            **{f"attribute_{key}": value for key, value in row["attributes"].items()},
        },
        "agent": {"name": agent_name, "first_name": first_name(agent_name)},
        "conversation": {
            "id": row["id"],
            "queue": row["queue_name"] or "",
            "page": row["context"].get("page", ""),
        },
        "tenant": {"name": row["tenant_name"]},
    }


def first_name(name: str) -> str:
    """Return how a person is addressed: the first word, or a Chinese name whole."""
    words = name.split()
    return words[0] if words else ""


def rendered(text: str, words: dict[str, Any]) -> str:
    """Return the text with its words filled in; what is not known is left empty."""
    try:
        return _liquid().from_string(text).render(**words)
    except liquid.exceptions.LiquidError as error:
        raise BadInput(f"the template cannot be filled in: {error}", field="text") from error


def initials(name: str) -> str:
    """Return the first letters of a name, those of 中文 by their pinyin, so that thzc finds 退货政策."""
    parts = pypinyin.lazy_pinyin(name[:INITIALS_MAX], style=pypinyin.Style.FIRST_LETTER)
    return "".join(word[0] for part in parts for word in part.split() if word[0].isalnum()).lower()


def _columns(actor: Actor, write: TemplateWrite) -> dict[str, Any]:
    if not 0 < len(write.text) <= TEXT_CHARACTERS_MAX:
        raise BadInput(f"text is {len(write.text)} characters, limit {TEXT_CHARACTERS_MAX}", field="text")
    shortcut = write.shortcut.strip().lstrip("/")
    if len(shortcut) > SHORTCUT_CHARACTERS_MAX or any(c.isspace() for c in shortcut):
        raise BadInput(f"shortcut is one word of up to {SHORTCUT_CHARACTERS_MAX}", field="shortcut")
    if not write.is_personal and not actor.may(Permission.TEMPLATES_WRITE):
        raise NotAllowed("this needs the permission templates.write; personal templates do not")
    try:
        _liquid().from_string(write.text)
    except liquid.exceptions.LiquidError as error:
        raise BadInput(f"the text is no liquid: {error}", field="text") from error
    return {
        "name": checked_name(write.name),
        "shortcut": shortcut,
        "text": write.text,
        "locale": write.locale,
        "user_id": actor.require_user() if write.is_personal else None,
    }


def _require_writable(actor: Actor, row: Any) -> None:
    if row["user_id"] is None and not actor.may(Permission.TEMPLATES_WRITE):
        raise NotAllowed("this needs the permission templates.write")


async def _read(conn: Conn, actor: Actor, template_id: int) -> Any:
    row = await _queries.read_template(
        conn, tenant_id=actor.tenant_id, id=template_id, user_id=actor.user_id or 0
    )
    if row is None:
        raise NotFound(f"there is no template {template_id}")
    return row


def _template(row: Any) -> Template:
    return Template(
        id=row["id"],
        name=row["name"],
        text=row["text"],
        shortcut=row["shortcut"],
        locale=None if row["locale"] is None else Locale(row["locale"]),
        is_personal=row["user_id"] is not None,
        initials=initials(row["name"]),
    )
