"""What settings written by hand have in common: names, and refusals that say which rule they broke."""

from __future__ import annotations

from typing import Any, Protocol

import asyncpg

from ucc.domain.actor import Actor
from ucc.domain.errors import BadInput, Conflict
from ucc.kit.db import Conn

NAME_MAX = 80
PAGE_MAX = 1_000
FIRST = ("", 0)  # the place before the first by (name, id)


class Recorder(Protocol):
    """Who keeps the audit."""

    async def audit(
        self, conn: Conn, actor: Actor, act: str, target: str, detail: dict[str, Any] | None = None
    ) -> None:
        """Record an act in the caller's transaction."""


def check_name(text: str) -> str:
    """Return a name without the blanks around it.

    Raises:
        BadInput: it is empty or too long.
    """
    name = text.strip()
    if not 1 <= len(name) <= NAME_MAX:
        raise BadInput(f"name is {len(name)} characters, allowed are 1 to {NAME_MAX}", field="name")
    return name


def taken(kind: str, name: str) -> Conflict:
    """Return the refusal of a name that another one has."""
    return Conflict(f"there is a {kind} named {name!r} already", field="name")


def unknown(error: asyncpg.ForeignKeyViolationError, fields: dict[str, Any]) -> BadInput:
    """Return the refusal of a foreign key; its name is <table>_tenant_id_<column>_fkey."""
    name = str(error.constraint_name).removeprefix(f"{error.table_name}_tenant_id_")
    field = name.removesuffix("_fkey")
    return BadInput(f"{field} is {fields.get(field)}; allowed is the id of one there is", field=field)


def out_of_range(error: asyncpg.CheckViolationError, fields: dict[str, Any]) -> BadInput:
    """Return the refusal of a check; its name is <table>_<column>_check."""
    table = str(error.table_name)
    field = str(error.constraint_name).removeprefix(f"{table}_").removesuffix("_check")
    return BadInput(f"{field} is {fields.get(field)!r}, which is outside its limits", field=field)
