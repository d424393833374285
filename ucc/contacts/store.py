"""What the database holds of contacts, as Structs."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ucc.contacts import rules
from ucc.contacts.rules import Card
from ucc.domain.conversation import Contact, Identity
from ucc.domain.states import Channel
from ucc.kit import sql
from ucc.kit.db import Conn

queries = sql.load(Path(__file__).with_name("queries.sql"))

Row = Mapping[str, Any]


def card_of(row: Row) -> Card:
    """Return the card of a row of lock_contacts."""
    return Card(**{field: row[field] for field in Card.__struct_fields__})


def contact_of(row: Row, duplicate_ids: list[int] | None = None) -> Contact:
    """Return the contact of a row of read_contacts."""
    identities = [
        Identity(
            channel=Channel(one["channel"]),
            scope=one["scope"],
            external_id=rules.external_id_of(one["external_id"], is_verified=one["is_verified"]),
            is_verified=one["is_verified"],
        )
        for one in row["identities"]
    ]
    return Contact(
        id=row["id"],
        name=row["name"],
        email=row["email"],
        phone=row["phone"],
        locale=row["locale"],
        is_vip=row["is_vip"],
        is_blocked=row["is_blocked"],
        owner_id=row["owner_id"],
        attributes=row["attributes"],
        note=row["note"],
        tag_ids=row["tag_ids"],
        identities=identities,
        created_at_ms=row["created_at_ms"],
        conversations=row["conversations"],
        duplicate_ids=duplicate_ids or [],
    )


async def store_card(conn: Conn, tenant_id: int, contact_id: int, card: Card, now_ms: int) -> None:
    """Write a contact back whole, with its search terms."""
    await queries.store_contact(
        conn, tenant_id=tenant_id, id=contact_id, terms=rules.terms(card), now_ms=now_ms, **fields_of(card)
    )


def fields_of(card: Card) -> dict[str, Any]:
    """Return the columns of a card."""
    return {field: getattr(card, field) for field in Card.__struct_fields__}
