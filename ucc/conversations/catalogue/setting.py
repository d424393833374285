"""What all settings of conversations share: names, and who keeps the audit."""

from __future__ import annotations

from typing import Any, Protocol

from ucc.domain.actor import Actor
from ucc.domain.errors import BadInput
from ucc.kit.db import Conn

NAME_CHARACTERS_MAX = 80


class Recorder(Protocol):
    """Who keeps the audit."""

    async def audit(
        self, conn: Conn, actor: Actor, act: str, target: str, detail: dict[str, Any] | None = None
    ) -> None:
        """Record an act in the caller's transaction."""


def checked_name(name: str, limit: int = NAME_CHARACTERS_MAX) -> str:
    """Return a name without spaces around it.

    Raises:
        BadInput: it is empty, too long, or holds control characters.
    """
    clean = name.strip()
    if not 0 < len(clean) <= limit:
        raise BadInput(f"name is {len(clean)} characters, allowed 1 to {limit}", field="name")
    if not clean.isprintable():
        raise BadInput("name holds characters nobody can see", field="name")
    return clean
