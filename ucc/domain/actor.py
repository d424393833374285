"""Who acts: a user, an API key, a visitor or the system itself, and what they may do."""

from __future__ import annotations

from enum import StrEnum
from typing import Literal

import msgspec

from ucc.domain.errors import NotAllowed
from ucc.domain.states import Role

ActorKind = Literal["user", "api_key", "visitor", "system"]


class Permission(StrEnum):
    """One named right; tenants/rules.py bundles them into roles, API keys name them as scopes."""

    CONVERSATIONS_READ_OWN = "conversations.read_own"  # own work, and unassigned work of queues one serves
    CONVERSATIONS_READ_ALL = "conversations.read_all"
    CONVERSATIONS_REPLY = "conversations.reply"  # in own work
    CONVERSATIONS_REPLY_ANY = "conversations.reply_any"
    CONVERSATIONS_NOTE = "conversations.note"
    CONVERSATIONS_TRANSFER = "conversations.transfer"
    CONVERSATIONS_TAKE = "conversations.take"  # unassigned work, by hand
    CONVERSATIONS_TAKE_OVER = "conversations.take_over"  # work of somebody else
    CONTACTS_READ = "contacts.read"
    CONTACTS_WRITE = "contacts.write"
    CONTACTS_MERGE = "contacts.merge"
    CONTACTS_BLOCK = "contacts.block"
    TEMPLATES_WRITE = "templates.write"
    SETTINGS_READ = "settings.read"
    SETTINGS_WRITE = "settings.write"
    PEOPLE_READ = "people.read"
    PEOPLE_WRITE = "people.write"
    PRESENCE_SET_OWN = "presence.set_own"
    PRESENCE_SET_ANY = "presence.set_any"
    QUEUES_READ = "queues.read"
    QUEUES_PAUSE = "queues.pause"  # and resume; the rest of a queue's policy is a setting
    REPORTS_READ = "reports.read"
    API_KEYS_WRITE = "api_keys.write"
    AUDIT_READ = "audit.read"


ALL_PERMISSIONS = frozenset(permission.value for permission in Permission)


class Actor(msgspec.Struct, frozen=True, kw_only=True):
    """Who acts in this request or transaction, within one tenant."""

    tenant_id: int
    user_id: int | None  # set for users alone
    name: str
    role: Role | None = None  # set for users alone
    permissions: frozenset[str] = frozenset()
    kind: ActorKind = "user"
    key_id: int | None = None  # of an API key
    session_hash: bytes | None = None  # of the signed-in session: ending it ends what it opened

    def may(self, permission: str) -> bool:
        """Say whether this actor holds the permission."""
        return permission in self.permissions

    def require(self, permission: str) -> None:
        """Go on only with the permission.

        Raises:
            NotAllowed: the actor lacks it.
        """
        if permission not in self.permissions:
            raise NotAllowed(f"this needs the permission {permission}", permission=permission)

    def require_user(self) -> int:
        """Return the user's id; what belongs to a person cannot be done by a key.

        Raises:
            NotAllowed: no user acts.
        """
        if self.user_id is None:
            raise NotAllowed(f"only a signed-in user can do this, found: {self.kind}", kind=self.kind)
        return self.user_id

    @property
    def principal(self) -> str:
        """Return a name that is unique within the tenant: keys of limits and of repeated writes."""
        return f"{self.kind}:{self.user_id or self.key_id or 0}"


def system_actor(tenant_id: int, name: str = "system") -> Actor:
    """Return the actor of what the product does by itself: it may do everything in its tenant."""
    return Actor(tenant_id=tenant_id, user_id=None, name=name, permissions=ALL_PERMISSIONS, kind="system")
