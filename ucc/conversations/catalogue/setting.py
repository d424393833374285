"""What all settings of conversations share: who keeps the audit."""

from __future__ import annotations

from typing import Any, Protocol

from ucc.domain.actor import Actor
from ucc.kit.db import Conn


class Recorder(Protocol):
    """Who keeps the audit."""

    async def audit(
        self, conn: Conn, actor: Actor, act: str, target: str, detail: dict[str, Any] | None = None
    ) -> None:
        """Record an act in the caller's transaction."""
