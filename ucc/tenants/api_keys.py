"""API keys `ucc_<id>_<secret>`: scoped, expiring, only a hash is stored."""

from __future__ import annotations

from collections import OrderedDict

from ucc.domain.actor import Actor
from ucc.domain.errors import BadInput, NotFound, NotSignedIn
from ucc.domain.people import ApiKey, ApiKeyWrite
from ucc.kit import secrets
from ucc.kit.clock import now_ms
from ucc.kit.db import Database
from ucc.kit.ids import Ids
from ucc.tenants import rules, store
from ucc.tenants.audit import Audit
from ucc.tenants.store import KeyRow, queries

PREFIX = "ucc"
ID_MAX = 2**53
KNOWN_MS = 2_000
KNOWN_MAX = 1_000
SEEN_MS = 60_000  # seen_at is written at most this often


class ApiKeys:
    """Makes, knows and revokes keys."""

    def __init__(self, db: Database, ids: Ids, audit: Audit) -> None:
        self._db = db
        self._ids = ids
        self._audit = audit
        self._known: OrderedDict[int, tuple[KeyRow, int]] = OrderedDict()

    async def find(self, text: str) -> Actor:
        """Return whom a key acts for.

        Raises:
            NotSignedIn: it is no key of ours, expired or revoked.
        """
        prefix, _, rest = text.partition("_")
        number, _, secret = rest.partition("_")
        if prefix != PREFIX or not (number.isascii() and number.isdigit() and len(number) <= 16 and secret):
            raise NotSignedIn("this is no API key; it looks like ucc_<id>_<secret>")
        at_ms = now_ms()
        key = await self._look_up(int(number), at_ms)
        is_right = secrets.is_equal(key.secret_hash if key else bytes(32), secrets.digest(secret))
        if key is None or not is_right or key.is_revoked or (key.expires_at_ms or at_ms + 1) <= at_ms:
            raise NotSignedIn("this API key is unknown, expired or revoked")
        return key.actor

    async def add(self, actor: Actor, write: ApiKeyWrite) -> ApiKey:
        """Make a key; the answer is the only place where its secret stands.

        Raises:
            BadInput: name, scopes or expiry are not allowed.
        """
        name = rules.check_name(write.name, characters_max=80)
        scopes = rules.check_scopes(write.scopes, actor.permissions)
        at_ms = now_ms()
        if write.expires_at_ms is not None and not at_ms < write.expires_at_ms < ID_MAX:
            raise BadInput("expires_at_ms has to be in the future", field="expires_at_ms")
        key_id, secret = self._ids.take(), secrets.token()
        async with self._db.tenant(actor.tenant_id) as conn:
            await queries.add_api_key(
                conn,
                tenant_id=actor.tenant_id,
                id=key_id,
                name=name,
                secret_hash=secrets.digest(secret),
                scopes=scopes,
                created_by=actor.user_id or 0,
                created_at_ms=at_ms,
                expires_at_ms=write.expires_at_ms,
            )
            await self._audit.record(conn, actor, "api_key_added", f"api_key:{key_id}", {"scopes": scopes})
        return ApiKey(
            id=key_id,
            name=name,
            scopes=scopes,
            created_at_ms=at_ms,
            expires_at_ms=write.expires_at_ms,
            secret=f"{PREFIX}_{key_id}_{secret}",
        )

    async def list_page(self, actor: Actor, *, before_id: int | None, count: int) -> list[ApiKey]:
        """Return up to `count` keys that are not revoked, newest first."""
        async with self._db.tenant(actor.tenant_id) as conn:
            rows = await queries.list_api_keys(
                conn, tenant_id=actor.tenant_id, before_id=before_id or ID_MAX, count=count
            )
        return [store.api_key_of(row) for row in rows]

    async def revoke(self, actor: Actor, key_id: int) -> None:
        """End a key; within two seconds no node believes it.

        Raises:
            NotFound: there is none with this id.
        """
        async with self._db.tenant(actor.tenant_id) as conn:
            if not await queries.revoke_api_key(conn, tenant_id=actor.tenant_id, id=key_id, now_ms=now_ms()):
                raise NotFound(f"there is no API key {key_id}")
            await self._audit.record(conn, actor, "api_key_revoked", f"api_key:{key_id}")
        self._known.pop(key_id, None)

    async def _look_up(self, key_id: int, at_ms: int) -> KeyRow | None:
        known = self._known.get(key_id)
        if known is not None and at_ms - known[1] < KNOWN_MS:
            return known[0]
        async with self._db.node() as conn:
            row = await queries.api_key_of_id(conn, id=key_id)
        if row is None:
            return None
        key = store.key_of(row)
        if not key.is_revoked and at_ms - (key.seen_at_ms or 0) > SEEN_MS:
            async with self._db.tenant(key.actor.tenant_id) as conn:
                await queries.touch_api_key(conn, tenant_id=key.actor.tenant_id, id=key_id, seen_at_ms=at_ms)
        self._known[key_id] = (key, at_ms)
        if len(self._known) > KNOWN_MAX:
            self._known.popitem(last=False)
        return key
