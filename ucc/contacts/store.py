"""What the database holds of contacts, as Structs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ucc.contacts import rules
from ucc.contacts.rules import Card
from ucc.domain.conversation import AudienceOfContact, Contact, Identity
from ucc.domain.states import Channel
from ucc.kit import sql
from ucc.kit.db import Conn

queries = sql.load(Path(__file__).with_name("queries.sql"))

Row = Mapping[str, Any]
Place = tuple[int, int]  # (updated_at_ms, id) of the last contact of a page
LATEST: Place = (2**53, 2**53)


def card_of(row: Row) -> Card:
    """Return the card of a row of lock_contacts."""
    return Card(**{field: row[field] for field in Card.__struct_fields__})


async def read_page(conn: Conn, tenant_id: int, places: dict[int, Place]) -> list[tuple[Contact, Place]]:
    """Return the contacts of a page in its order, each with its place."""
    rows = await queries.read_contacts(conn, tenant_id=tenant_id, ids=list(places))
    contacts = {row["id"]: contact_of(row) for row in rows}
    return [(contacts[contact_id], place) for contact_id, place in places.items()]


def contact_of(
    row: Row, duplicate_ids: Sequence[int] = (), audiences: Sequence[AudienceOfContact] = ()
) -> Contact:
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
        duplicate_ids=list(duplicate_ids),
        audiences=list(audiences),
    )


async def store_card(conn: Conn, tenant_id: int, contact_id: int, card: Card, now_ms: int) -> None:
    """Write a contact back whole, with its search terms."""
    await queries.store_contact(
        conn, tenant_id=tenant_id, id=contact_id, terms=rules.terms(card), now_ms=now_ms, **fields_of(card)
    )


def fields_of(card: Card) -> dict[str, Any]:
    """Return the columns of a card."""
    return {field: getattr(card, field) for field in Card.__struct_fields__}
