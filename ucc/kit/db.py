"""The database: two pools (requests as ucc_app, the node as ucc_node), transactions bound to a tenant."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from pathlib import Path
from typing import Any, TypeAlias

import asyncpg
import msgspec
from asyncpg.pool import PoolConnectionProxy

from ucc.domain.errors import Unavailable
from ucc.kit import log, metrics, sql
from ucc.kit.clock import monotonic_ms
from ucc.kit.config import SetupError

ACQUIRE_MS = 5_000  # how long a request rides out a database that does not answer
RETRY_MS = 50
CONNECT_MS = 2_000
QUERY_MS = 30_000
POOL_MAX = 8
KEPT_MAX = 2  # connections a pool's last users leave at hand for the next
VERSION_MIN = 160_000  # PostgreSQL 16: SET and INHERIT options of role memberships

_queries = sql.load(Path(__file__).with_name("queries.sql"))
_logger = log.get("db")
_commits = metrics.histogram("commit_seconds", "Time of COMMIT", ["pool"])
_waits = metrics.histogram("pool_wait_seconds", "Time until a connection was free", ["pool"])
_commit_seconds = {pool: _commits.labels(pool) for pool in ("app", "node")}
_wait_seconds = {pool: _waits.labels(pool) for pool in ("app", "node")}
_outages = metrics.counter(
    "database_unavailable", "Transactions given up because the database did not answer"
)

# What a lost, refused or restarting server looks like from here; the request may be tried again.
_LOST = (
    OSError,
    TimeoutError,
    asyncpg.PostgresConnectionError,
    asyncpg.CannotConnectNowError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.TooManyConnectionsError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,  # what a statement meets when its connection breaks under it
)


class UnsafeDatabase(SetupError):
    """The database is set up so that acknowledged work could be lost or a tenant could see another's."""


class _Connection(asyncpg.Connection):
    """A connection that needs no reset: all its state is local to a transaction."""

    def get_reset_query(self) -> str:
        return ""


Conn: TypeAlias = "PoolConnectionProxy[asyncpg.Record]"


class _Connections:
    """A pool, and at hand what was used last: to give back and take again costs 0.1 to 0.2 ms."""

    def __init__(self, pool: asyncpg.Pool[Any]) -> None:
        self._pool = pool
        self._kept: list[Conn] = []
        self._waiting = 0

    async def acquire(self, timeout_s: float) -> Conn:
        """Return a connection outside any transaction."""
        while self._kept:
            conn = self._kept.pop()
            if not _is_closed(conn):
                return conn
            await asyncio.shield(_release(self._pool, conn))
        self._waiting += 1
        try:
            return await self._pool.acquire(timeout=timeout_s)
        finally:
            self._waiting -= 1

    async def release(self, conn: Conn, *, is_clean: bool) -> None:
        """Take a connection back; `is_clean`: its last transaction ended as it should."""
        if is_clean and self._waiting == 0 and len(self._kept) < KEPT_MAX:
            self._kept.append(conn)
        else:
            await asyncio.shield(_release(self._pool, conn))

    def terminate(self) -> None:
        """Drop every connection at once."""
        self._pool.terminate()

    async def close(self) -> None:
        """Wait until all are given back, and close them."""
        self._waiting += 1  # nothing is kept any more
        while self._kept:
            await _release(self._pool, self._kept.pop())
        await self._pool.close()


class Database:
    """Transactions on PostgreSQL. Every statement runs in one, bound to a tenant or as the node."""

    def __init__(self, url: str, app: _Connections, node: _Connections) -> None:
        self.url = url
        self._app = app
        self._node = node

    @classmethod
    async def open(cls, url: str, *, app_connections: int = POOL_MAX, node_connections: int = 4) -> Database:
        """Connect as both roles and judge the server.

        Raises:
            UnsafeDatabase: a setting or a role is unsafe; the text names it and the remedy.
            Unavailable: the server does not answer.
        """
        app = _pool(url, "ucc_app", app_connections)
        node = _pool(url, "ucc_node", node_connections)
        database = cls(url, _Connections(app), _Connections(node))
        try:
            await app
            await node
            for name in ("app", "node"):
                async with database._transaction(name, "BEGIN") as conn:
                    if breaches := unsafe_settings(dict(await _queries.read_server_settings(conn))):
                        raise UnsafeDatabase("; ".join(breaches))
        except BaseException as error:
            database.terminate()
            if isinstance(error, Unavailable):
                raise Unavailable(f"no database answered in {ACQUIRE_MS} ms: {error.__cause__}") from error
            raise
        return database

    def tenant(self, tenant_id: int) -> AbstractAsyncContextManager[Conn]:
        """Open a transaction as ucc_app that sees the rows of this tenant alone.

        Raises:
            Unavailable: no connection in time, or the server was lost on the way; nothing is known committed.
        """
        return self._transaction("app", f"BEGIN; SET LOCAL ucc.tenant = {tenant_id:d}")

    def statement(self) -> AbstractAsyncContextManager[Conn]:
        """Give a connection as ucc_app for one statement that is a transaction by itself: one round trip.

        The statement must set its tenant itself, as the functions of ucc/sql do; without one it sees no row.

        Raises:
            Unavailable: no connection in time, or the server was lost on the way; nothing is known committed.
        """
        return self._transaction("app", None)

    def node(self, tenant_id: int | None = None) -> AbstractAsyncContextManager[Conn]:
        """Open a transaction as ucc_node: the tables a node claims from, and one tenant's if given."""
        begin = "BEGIN" if tenant_id is None else f"BEGIN; SET LOCAL ucc.tenant = {tenant_id:d}"
        return self._transaction("node", begin)

    def node_statement(self) -> AbstractAsyncContextManager[Conn]:
        """Give a connection as ucc_node for one statement that is a transaction by itself; no tenant is set.

        Raises:
            Unavailable: as for `statement`.
        """
        return self._transaction("node", None)

    @asynccontextmanager
    async def _transaction(self, pool: str, begin: str | None) -> AsyncIterator[Conn]:
        source = self._app if pool == "app" else self._node
        try:
            conn = await _begin(source, pool, begin)
        except _LOST as error:
            _outages.inc()
            raise Unavailable("the database does not answer") from error
        is_clean = False
        try:
            yield conn
            if begin is not None:
                with _commit_seconds[pool].time():
                    await conn.execute("COMMIT")
            is_clean = True
        except _LOST as error:
            if not (
                _is_closed(conn) or isinstance(error, asyncpg.PostgresError | asyncpg.InternalClientError)
            ):
                await _roll_back(conn)
                raise  # not the database: somebody's own OSError or TimeoutError
            _terminate(conn)
            _outages.inc()
            raise Unavailable("the database was lost on the way") from error
        except BaseException:
            await _roll_back(conn)
            raise
        finally:
            await source.release(conn, is_clean=is_clean)

    async def is_ready(self) -> bool:
        """Say whether a statement goes through now."""
        try:
            async with self.node() as conn:
                return await _queries.read_server_settings(conn) is not None
        except Unavailable:
            return False

    async def read_installation(self) -> str:
        """Return the random name of this database."""
        async with self.node() as conn:
            return str(await _queries.read_installation(conn))

    async def reserve_ids(self, count: int) -> list[int]:
        """Return `count` block numbers nobody else gets."""
        async with self.node() as conn:
            return [row["block"] for row in await _queries.next_id_blocks(conn, count=count)]

    def terminate(self) -> None:
        """Drop every connection at once."""
        self._app.terminate()
        self._node.terminate()

    async def close(self) -> None:
        """Wait for running transactions, then close; after 5 s drop what is left."""
        try:
            async with asyncio.timeout(ACQUIRE_MS / 1000):
                await asyncio.gather(self._app.close(), self._node.close())
        except TimeoutError:
            _logger.warning("connections were dropped at close")
            self.terminate()


def unsafe_settings(found: dict[str, Any]) -> list[str]:
    """Return what is unsafe in the row of read_server_settings, each with its remedy."""
    breaches = []
    if found["version"] < VERSION_MIN:
        breaches.append(f"PostgreSQL {found['version'] // 10_000} is too old; use 16 or newer")
    breaches += [
        f"{setting}=off loses acknowledged work in a crash; set {setting}=on (postgresql.conf, "
        "ALTER SYSTEM, ALTER DATABASE or ALTER ROLE, wherever it was switched off) and reload"
        for setting in ("synchronous_commit", "fsync", "full_page_writes")
        if found[setting] == "off"
    ]
    role = found["role"]
    if found["is_superuser"]:
        breaches.append(f"role {role} is a superuser; run ALTER ROLE {role} NOSUPERUSER")
    if found["is_bypassing"]:
        breaches.append(f"role {role} bypasses row-level security; run ALTER ROLE {role} NOBYPASSRLS")
    if found["owned_tables"]:
        breaches.append(
            f"role {role} owns {found['owned_tables']} tables; run REASSIGN OWNED BY {role} TO ucc_owner"
        )
    return breaches


def _pool(url: str, role: str, size: int) -> asyncpg.Pool[Any]:
    return asyncpg.create_pool(
        url,
        min_size=0,
        max_size=size,
        max_inactive_connection_lifetime=300,
        connection_class=_Connection,
        init=_prepare,
        timeout=CONNECT_MS / 1000,
        command_timeout=QUERY_MS / 1000,
        server_settings={"role": role, "application_name": f"ucc {role}"},
    )


async def _prepare(conn: Any) -> None:
    """Speak jsonb through msgspec: Structs and plain values in, plain values out."""
    await conn.set_type_codec(
        "jsonb", schema="pg_catalog", format="binary", encoder=_encode_json, decoder=_decode_json
    )


def _encode_json(value: Any) -> bytes:
    return b"\x01" + msgspec.json.encode(value)


def _decode_json(raw: bytes) -> Any:
    return msgspec.json.decode(raw[1:])


async def _begin(source: _Connections, name: str, begin: str | None) -> Conn:
    """Return a connection, begun if asked to; a lost server is tried again until the deadline."""
    started_ms = monotonic_ms()
    deadline_ms = started_ms + ACQUIRE_MS
    while True:
        left_ms = deadline_ms - monotonic_ms()
        conn: Conn | None = None
        try:
            conn = await source.acquire(max(1, left_ms) / 1000)
            if begin is not None:
                await conn.execute(begin)
            _wait_seconds[name].observe((monotonic_ms() - started_ms) / 1000)
            return conn
        except _LOST:
            if conn is not None:
                await source.release(conn, is_clean=False)
            if monotonic_ms() + RETRY_MS >= deadline_ms:
                raise
            await asyncio.sleep(RETRY_MS / 1000)
        except BaseException:  # cancelled on the way: the transaction may be open already
            if conn is not None:
                await _roll_back(conn)
                await source.release(conn, is_clean=False)
            raise


async def _roll_back(conn: Conn) -> None:
    """End the transaction, or drop the connection when that cannot be done cleanly."""
    try:
        if not _is_closed(conn):
            await asyncio.shield(conn.execute("ROLLBACK", timeout=CONNECT_MS / 1000))
    except (*_LOST, asyncpg.PostgresError, asyncio.CancelledError):
        _terminate(conn)


def _is_closed(conn: Conn) -> bool:
    try:
        return conn.is_closed()
    except asyncpg.InterfaceError:  # the pool took it back when it broke
        return True


def _terminate(conn: Conn) -> None:
    with suppress(asyncpg.InterfaceError):
        conn.terminate()


async def _release(pool: asyncpg.Pool[Any], conn: Conn) -> None:
    try:
        await pool.release(conn, timeout=CONNECT_MS / 1000)
    except _LOST as error:
        _logger.info("connection dropped", reason=str(error))
