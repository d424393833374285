"""Signing in and staying signed in: throttle, server-side sessions, socket tickets."""

from __future__ import annotations

from collections import OrderedDict
from typing import NamedTuple, Protocol

from ucc.domain.actor import Actor
from ucc.domain.errors import NotSignedIn, TooMany
from ucc.domain.events import SessionEnded
from ucc.kit import secrets
from ucc.kit.bus import Publication
from ucc.kit.clock import now_ms
from ucc.kit.db import Conn, Database
from ucc.kit.tasks import Tasks
from ucc.tenants import rules, store
from ucc.tenants.audit import Audit
from ucc.tenants.passwords import Passwords
from ucc.tenants.store import SessionRow, queries

KNOWN_MS = 2_000  # how long a session is believed without asking the database again
KNOWN_MAX = 10_000
USER_AGENT_CHARACTERS_MAX = 300


class Publisher(Protocol):
    """What sessions need of the bus."""

    def publish(self, publications: list[Publication]) -> None:
        """Send after the commit."""


class SignedIn(NamedTuple):
    """A session that holds: who it is, and the hash of the token every write carries."""

    actor: Actor
    csrf_hash: bytes


class Origin(NamedTuple):
    """Where a sign-in comes from."""

    address: str
    user_agent: str = ""


def csrf_token(token: str) -> str:
    """Return the CSRF token of a session token: only who sees an answer of ours can know it."""
    return secrets.hmac_hex(token, "csrf")


class Sessions:
    """Opens, knows and ends sessions."""

    def __init__(
        self, db: Database, passwords: Passwords, audit: Audit, publisher: Publisher, tasks: Tasks
    ) -> None:
        self._db = db
        self._tasks = tasks
        self._passwords = passwords
        self._audit = audit
        self._publisher = publisher
        self._known: OrderedDict[bytes, tuple[SessionRow, int]] = OrderedDict()
        self._opened: dict[bytes, tuple[int, int]] = {}  # sessions with sockets here → (tenant, user)

    async def sign_in(self, email: str, password: str, origin: Origin) -> tuple[str, Actor]:
        """Return a new session's token and who signed in.

        Raises:
            NotSignedIn: address or password is wrong; an unknown address takes the same time.
            TooMany: too many failures for this account or from this address.
        """
        email = email.strip().lower()[: rules.EMAIL_CHARACTERS_MAX]
        keys = {f"account:{email}": rules.ACCOUNT_FAILURES_MAX}
        keys[f"address:{rules.address_group(origin.address)}"] = rules.ADDRESS_FAILURES_MAX
        await self._count_attempt(keys)
        async with self._db.node() as conn:
            user = await queries.user_of_email(conn, email=email)
        stored = user["password_hash"] if user and user["is_active"] else None
        is_right = await self._passwords.is_right(password[: rules.PASSWORD_CHARACTERS_MAX + 1], stored)
        if user is None or not is_right:
            if user is not None:  # beside the answer, which must not tell by its time that there is a record
                noting = self._note_failure(user["tenant_id"], user["id"], origin)
                self._tasks.start("tenants: sign-in failed", noting)
            raise NotSignedIn("the e-mail address or the password is wrong")
        await self._forgive(*keys)
        if self._passwords.is_outdated(stored or ""):
            await self._strengthen(user["tenant_id"], user["id"], password)
        return await self._open(user["tenant_id"], user["id"], origin)

    async def guard(self, email: str) -> None:
        """Count an attempt to name the password of an account, whoever tries; `forgive` when it was right.

        Raises:
            TooMany: too many failures for this account.
        """
        await self._count_attempt({f"account:{email}": rules.ACCOUNT_FAILURES_MAX})

    async def forgive(self, email: str) -> None:
        """Forget an account's failures: its password was named."""
        async with self._db.node() as conn:
            await queries.forget_failures(conn, key=f"account:{email}")

    async def find(self, token: str) -> SignedIn:
        """Return who holds this session token; using a session makes it last longer.

        Raises:
            NotSignedIn: there is no such session, or it is over.
        """
        token_hash = secrets.digest(token)
        at_ms = now_ms()
        known = self._known.get(token_hash)
        if known is not None and at_ms - known[1] < KNOWN_MS:
            session = known[0]
        else:
            async with self._db.node() as conn:
                row = await queries.session_of_token(conn, token_hash=token_hash)
            if row is None:
                raise NotSignedIn("this session is over; sign in again")
            session = store.session_of(row)
            session = await self._slide(session, token_hash, at_ms)
            self._know(token_hash, session, at_ms)
        if not session.is_active or session.expires_at_ms <= at_ms:
            raise NotSignedIn("this session is over; sign in again")
        return SignedIn(session.actor, session.csrf_hash)

    async def sign_out(self, actor: Actor) -> None:
        """End the session the actor came with, and its sockets."""
        if actor.session_hash is None:
            raise NotSignedIn("only a session can be signed out")
        await self._end_one(actor.tenant_id, actor.require_user(), actor.session_hash)
        async with self._db.tenant(actor.tenant_id) as conn:
            await self._audit.record(conn, actor, "signed_out", f"user:{actor.user_id}")

    async def replace(self, token: str) -> None:
        """End the session a browser held before it signed in again, if there is one."""
        token_hash = secrets.digest(token)
        async with self._db.node() as conn:
            row = await queries.session_of_token(conn, token_hash=token_hash)
        if row is not None:
            await self._end_one(row["tenant_id"], row["user_id"], token_hash)

    async def end_all(self, conn: Conn, tenant_id: int, user_id: int, *, kept: bytes | None = None) -> None:
        """Delete a user's sessions and tickets in the caller's transaction; call `ended` after its commit."""
        await queries.end_sessions(conn, tenant_id=tenant_id, user_id=user_id, kept=kept)
        await queries.end_tickets(conn, tenant_id=tenant_id, user_id=user_id)

    def ended(self, tenant_id: int, user_id: int) -> None:
        """Forget a user's sessions here at once, and tell every node to close their sockets."""
        for token_hash, (session, _) in list(self._known.items()):
            if (session.actor.tenant_id, session.actor.user_id) == (tenant_id, user_id):
                del self._known[token_hash]
        self._tell(tenant_id, user_id, None)

    async def living(self, session_hashes: list[bytes]) -> set[bytes]:
        """Return which of these sessions still hold."""
        async with self._db.node() as conn:
            rows = await queries.living_sessions(conn, token_hashes=session_hashes, now_ms=now_ms())
        return {row["token_hash"] for row in rows}

    async def ticket(self, actor: Actor) -> str:
        """Return a ticket that opens one socket within 30 s."""
        user_id = actor.require_user()
        ticket = secrets.token()
        async with self._db.tenant(actor.tenant_id) as conn:
            await queries.add_ticket(
                conn,
                tenant_id=actor.tenant_id,
                ticket_hash=secrets.digest(ticket),
                user_id=user_id,
                session_hash=actor.session_hash,
                expires_at_ms=now_ms() + rules.TICKET_MS,
            )
        return ticket

    async def redeem_ticket(self, ticket: str) -> Actor:
        """Return who a ticket was made for, once.

        Raises:
            NotSignedIn: it is unknown, used, too old, or its session is over.
        """
        ticket_hash = secrets.digest(ticket)
        async with self._db.node() as conn:
            tenant_id = await queries.tenant_of_ticket(conn, ticket_hash=ticket_hash)
        at_ms = now_ms()
        row = None
        if tenant_id is not None:
            async with self._db.tenant(tenant_id) as conn:
                row = await queries.use_ticket(
                    conn, tenant_id=tenant_id, ticket_hash=ticket_hash, now_ms=at_ms
                )
        if row is None or row["expires_at_ms"] <= at_ms:
            raise NotSignedIn("this ticket is unknown, used or too old; ask for a new one")
        self._opened[row["session_hash"]] = (tenant_id, row["user_id"])
        return store.actor_of(row, tenant_id, row["session_hash"])

    async def watch(self) -> None:
        """End the sockets opened here whose session is over, should the signal of another node be lost."""
        opened = list(self._opened.items())  # who comes while the database is asked is looked at next time
        living = await self.living([session_hash for session_hash, _ in opened]) if opened else set()
        for session_hash, (tenant_id, user_id) in opened:
            if session_hash not in living:
                self._opened.pop(session_hash, None)
                self._tell(tenant_id, user_id, session_hash)

    async def sweep(self, tenant_id: int) -> None:
        """Delete what is over."""
        async with self._db.tenant(tenant_id) as conn:
            await queries.end_expired_sessions(conn, tenant_id=tenant_id, now_ms=now_ms())
            await queries.end_expired_tickets(conn, tenant_id=tenant_id, now_ms=now_ms())

    # --- inner steps --------------------------------------------------------------------------------

    async def _count_attempt(self, keys: dict[str, int]) -> None:
        """Count the attempt as failed before it is tried, so that guesses in parallel count too."""
        at_ms = now_ms()
        async with self._db.node() as conn:
            for key, count_max in sorted(keys.items()):
                row = await queries.lock_failures(conn, key=key, now_ms=at_ms)
                failures = rules.Failures(row["failures"], row["last_at_ms"])
                if wait_ms := rules.wait_ms(failures, count_max, at_ms):
                    wait_s = -(-wait_ms // 1000)
                    raise TooMany(f"too many failed sign-ins; try again in {wait_s} s", retry_after_s=wait_s)
                failures = rules.count_failure(failures, count_max, at_ms)
                await queries.store_failures(conn, key=key, failures=failures.number, last_at_ms=at_ms)

    async def _forgive(self, account: str, address: str) -> None:
        async with self._db.node() as conn:
            await queries.forget_failures(conn, key=account)
            await queries.forgive_failure(conn, key=address)

    async def _note_failure(self, tenant_id: int, user_id: int, origin: Origin) -> None:
        actor = Actor(tenant_id=tenant_id, user_id=None, name="sign-in", kind="system")
        async with self._db.tenant(tenant_id) as conn:
            await self._audit.record(
                conn, actor, "sign_in_failed", f"user:{user_id}", {"address": origin.address}
            )

    async def _end_one(self, tenant_id: int, user_id: int, token_hash: bytes) -> None:
        async with self._db.tenant(tenant_id) as conn:
            await queries.end_session(conn, tenant_id=tenant_id, token_hash=token_hash)
        self._known.pop(token_hash, None)
        self._tell(tenant_id, user_id, token_hash)

    async def _strengthen(self, tenant_id: int, user_id: int, password: str) -> None:
        password_hash = await self._passwords.hash(password)
        async with self._db.tenant(tenant_id) as conn:
            await queries.change_password(conn, tenant_id=tenant_id, id=user_id, password_hash=password_hash)

    async def _open(self, tenant_id: int, user_id: int, origin: Origin) -> tuple[str, Actor]:
        token = secrets.token()
        at_ms = now_ms()
        async with self._db.tenant(tenant_id) as conn:
            await queries.add_session(
                conn,
                tenant_id=tenant_id,
                token_hash=secrets.digest(token),
                user_id=user_id,
                csrf_hash=secrets.digest(csrf_token(token)),
                now_ms=at_ms,
                expires_at_ms=at_ms + rules.SESSION_IDLE_MS,
                address=origin.address,
                user_agent=origin.user_agent[:USER_AGENT_CHARACTERS_MAX],
            )
            row = await queries.session_of_token(conn, token_hash=secrets.digest(token))
            actor = store.session_of(row).actor
            await self._audit.record(conn, actor, "signed_in", f"user:{user_id}", {"address": origin.address})
        return token, actor

    async def _slide(self, session: SessionRow, token_hash: bytes, at_ms: int) -> SessionRow:
        if at_ms - session.seen_at_ms < rules.SESSION_SLIDE_MS or session.expires_at_ms <= at_ms:
            return session
        expires_at_ms = min(at_ms + rules.SESSION_IDLE_MS, session.created_at_ms + rules.SESSION_MS_MAX)
        tenant_id = session.actor.tenant_id
        async with self._db.tenant(tenant_id) as conn:
            await queries.touch_session(
                conn,
                tenant_id=tenant_id,
                token_hash=token_hash,
                seen_at_ms=at_ms,
                expires_at_ms=expires_at_ms,
            )
        return session

    def _know(self, token_hash: bytes, session: SessionRow, at_ms: int) -> None:
        self._known[token_hash] = (session, at_ms)
        self._known.move_to_end(token_hash)
        if len(self._known) > KNOWN_MAX:
            self._known.popitem(last=False)

    def _tell(self, tenant_id: int, user_id: int, session_hash: bytes | None) -> None:
        event = SessionEnded(user_id=user_id, session=session_hash.hex() if session_hash else None)
        self._publisher.publish([Publication(tenant_id, f"tenant:{tenant_id}", 0, event)])
