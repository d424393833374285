"""What the database holds of tenants and people, as Structs."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from ucc.domain.actor import Actor
from ucc.domain.people import ApiKey, AuditLine, Handling, User
from ucc.domain.states import Locale, Role
from ucc.kit import sql
from ucc.tenants import rules

queries = sql.load(Path(__file__).with_name("queries.sql"))

Row = Mapping[str, Any]


class SessionRow(msgspec.Struct, frozen=True):
    """A sign-in that may still hold, with who signed in."""

    actor: Actor
    csrf_hash: bytes
    created_at_ms: int
    seen_at_ms: int
    expires_at_ms: int
    is_active: bool


class KeyRow(msgspec.Struct, frozen=True):
    """An API key with what proves and bounds it."""

    actor: Actor
    secret_hash: bytes
    expires_at_ms: int | None
    seen_at_ms: int | None
    is_revoked: bool


def user_of(row: Row) -> User:
    """Return the user of a row of list_users or read_user."""
    return User(
        id=row["id"],
        email=row["email"],
        name=row["name"],
        role=Role(row["role"]),
        team=row["team"],
        locale=Locale(row["locale"]),
        is_active=row["is_active"],
        capacity=row["capacity"],
        handling=msgspec.convert(row["handling"], Handling),
        skills=row["skills"],
    )


def actor_of(row: Row, tenant_id: int, session_hash: bytes) -> Actor:
    """Return the actor of a row with user_id, name and role."""
    role = Role(row["role"])
    return Actor(
        tenant_id=tenant_id,
        user_id=row["user_id"],
        name=row["name"],
        role=role,
        permissions=rules.ROLES[role],
        session_hash=session_hash,
    )


def session_of(row: Row) -> SessionRow:
    """Return the session of a row of session_of_token."""
    return SessionRow(
        actor=actor_of(row, row["tenant_id"], row["token_hash"]),
        csrf_hash=row["csrf_hash"],
        created_at_ms=row["created_at_ms"],
        seen_at_ms=row["seen_at_ms"],
        expires_at_ms=row["expires_at_ms"],
        is_active=row["is_active"],
    )


def key_of(row: Row) -> KeyRow:
    """Return the key of a row of api_key_of_id."""
    actor = Actor(
        tenant_id=row["tenant_id"],
        user_id=None,
        name=row["name"],
        permissions=frozenset(row["scopes"]),
        kind="api_key",
        key_id=row["id"],
    )
    return KeyRow(
        actor=actor,
        secret_hash=row["secret_hash"],
        expires_at_ms=row["expires_at_ms"],
        seen_at_ms=row["seen_at_ms"],
        is_revoked=row["revoked_at_ms"] is not None,
    )


def api_key_of(row: Row) -> ApiKey:
    """Return the key of a row of list_api_keys, without any secret."""
    return ApiKey(
        id=row["id"],
        name=row["name"],
        scopes=row["scopes"],
        created_at_ms=row["created_at_ms"],
        expires_at_ms=row["expires_at_ms"],
        seen_at_ms=row["seen_at_ms"],
    )


def audit_line_of(row: Row) -> AuditLine:
    """Return the line of a row of list_audit."""
    return AuditLine(
        seq=row["seq"],
        at_ms=row["at_ms"],
        user_id=row["user_id"],
        user_name=row["user_name"],
        act=row["act"],
        target=row["target"],
        detail=row["detail"],
        hash=row["hash"].hex(),
    )
