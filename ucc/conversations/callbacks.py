"""Callbacks: who waits may be called instead, and keeps the place."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

from ucc.conversations.access import require_readable
from ucc.conversations.inboxes import settings_of
from ucc.conversations.rules import callback_number
from ucc.conversations.sights import Visitor
from ucc.domain.actor import Actor
from ucc.domain.conversation import CallbackWrite, Interaction
from ucc.domain.errors import BadInput, Conflict, NotAllowed, NotFound
from ucc.kit import sql
from ucc.kit.clock import now_ms
from ucc.kit.db import Database

_queries = sql.load(Path(__file__).with_name("queries.sql"))
FOUND_CHARACTERS_MAX = 40
AHEAD_MS_MAX = 31 * 24 * 3_600_000  # as the engine has it (R89)


class Callers(Protocol):
    """What this needs of routing."""

    async def ask_callback(
        self, tenant_id: int, interaction_id: int, callback_to: str, not_before_ms: int | None
    ) -> Interaction:
        """Let a waiting contact be called back, in the place of the waiting work, and not before then."""


class Callbacks:
    """The verbs of callbacks."""

    def __init__(self, database: Database, routing: Callers) -> None:
        self._database = database
        self._routing = routing

    async def ask(self, actor: Actor, interaction_id: int, write: CallbackWrite) -> Interaction:
        """Let the contact of waiting work be called back; return the callback.

        Raises:
            NotFound, NotAllowed: there is no such work, or its conversation is not the actor's to read.
            BadInput: the number cannot be called, or then is not within 31 days.
            Refused: it does not wait for an agent.
        """
        number = checked_number(write.phone, "phone")
        check_time(write.not_before_ms, "not_before_ms")
        async with self._database.tenant(actor.tenant_id) as conn:
            conversation_id = await _queries.read_conversation_of_work(
                conn, tenant_id=actor.tenant_id, interaction_id=interaction_id
            )
            if conversation_id is None:
                raise NotFound(f"there is no interaction {interaction_id} of a conversation")
            await require_readable(conn, actor, conversation_id)
        return await self._routing.ask_callback(actor.tenant_id, interaction_id, number, write.not_before_ms)

    async def ask_as_visitor(self, visitor: Visitor, phone: str, not_before_ms: int | None = None) -> None:
        """Do that for a visitor, where the inbox offers it.

        Raises:
            NotAllowed: the inbox does not.
            BadInput: the number cannot be called, or then is not within 31 days.
            Conflict, Refused: nothing of this visitor waits for an agent.
        """
        number = checked_number(phone, "$.phone")
        check_time(not_before_ms, "$.not_before_ms")
        async with self._database.tenant(visitor.tenant_id) as conn:
            row = await _queries.read_visitor_conversation(
                conn, tenant_id=visitor.tenant_id, id=visitor.conversation_id
            )
        if row is None or row["interaction_id"] is None:
            raise Conflict("nothing waits for an agent")
        if not settings_of(row["settings"]).widget.offers_callback:
            raise NotAllowed("this inbox offers no callbacks")
        await self._routing.ask_callback(visitor.tenant_id, row["interaction_id"], number, not_before_ms)


def checked_number(phone: str, path: str) -> str:
    """Return the number as it is called.

    Raises:
        BadInput: it is none that can be called from anywhere.
    """
    if (number := callback_number(phone)) is None:
        raise BadInput(
            f"phone is {phone[:FOUND_CHARACTERS_MAX]!r}; allowed is + and 7 to 15 digits, the country first, "
            "like +60 12-345 6789",
            path=path,
            field="phone",
        )
    return number


def check_time(not_before_ms: int | None, path: str) -> None:
    """Refuse a time nobody would keep.

    Raises:
        BadInput: it is more than 31 days away, or before 1970.
    """
    if not_before_ms is None:
        return
    latest_ms = now_ms() + AHEAD_MS_MAX
    if not 0 <= not_before_ms <= latest_ms:
        raise BadInput(
            f"not_before_ms is {not_before_ms}; allowed is a time until {latest_ms}, 31 days from now",
            path=path,
            field="not_before_ms",
        )
