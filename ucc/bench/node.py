"""A node of its own for a load: temporary folder, free port, a real `ucc serve`, people who sign in."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import socket
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import httpx

READY_S = 120
STOP_S = 20
PASSWORD = "a long password for a load"  # noqa: S105  # of a tenant that lives for minutes on loopback


class Failed(Exception):
    """The node did not do what the load needs."""


def free_port() -> int:
    """Return a port nobody listens on now."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


class Node:
    """One `ucc serve` on a data folder that lives as long as this."""

    def __init__(self, folder: Path | None = None) -> None:
        self.folder = folder or Path(tempfile.mkdtemp(prefix="ucc-bench-"))
        self.folder.chmod(0o755)  # PostgreSQL, run as nobody under root, must get through
        self.port = free_port()
        self.process: asyncio.subprocess.Process | None = None

    @property
    def origin(self) -> str:
        """Return where the node answers."""
        return f"http://127.0.0.1:{self.port}"

    def environment(self) -> dict[str, str]:
        """Return the settings of the node; none of the caller's reach it."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith("UCC_")}
        return kept | {
            "UCC_PORT": str(self.port),
            "UCC_DATA_DIR": str(self.folder / "data"),
            "UCC_LOG_LEVEL": "warning",
        }

    async def start(self) -> float:
        """Start the node and return the seconds until it was ready."""
        began = time.perf_counter()
        self.process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "ucc", "serve", "--with-parent"),
            env=self.environment(),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
            start_new_session=True,
        )
        await self.wait_ready(self.process)
        return time.perf_counter() - began

    async def wait_ready(self, process: asyncio.subprocess.Process) -> None:
        """Wait until the process answers on this node's port."""
        async with asyncio.timeout(READY_S), httpx.AsyncClient(base_url=self.origin, timeout=2) as client:
            while not await _is_ready(client):
                if process.returncode is not None:
                    raise Failed("the server ended before it was ready; see its log above")
                await asyncio.sleep(0.01)

    def resident_bytes(self) -> int:
        """Return the memory of the node's own process that is in use now."""
        assert self.process is not None
        pages = Path(f"/proc/{self.process.pid}/statm").read_text().split()[1]
        return int(pages) * os.sysconf("SC_PAGE_SIZE")

    @property
    def pids(self) -> tuple[int, int]:
        """Return the processes of the node and of its PostgreSQL."""
        assert self.process is not None
        lines = (self.folder / "data" / "postgres" / "data" / "postmaster.pid").read_text().splitlines()
        return self.process.pid, int(lines[0])

    async def command(self, *arguments: str, given: str = "") -> str:
        """Run a `ucc` command beside the node and return what it printed."""
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "ucc", *arguments),
            env=self.environment(),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
        )
        out, _ = await process.communicate(given.encode())
        if process.returncode:
            raise Failed(f"`ucc {' '.join(arguments)}` failed")
        return out.decode()

    async def stop(self) -> None:
        """End the node in order."""
        if self.process is None or self.process.returncode is not None:
            return
        self.process.terminate()
        try:
            await asyncio.wait_for(self.process.wait(), STOP_S)
        except TimeoutError:
            self.process.kill()
            await self.process.wait()

    async def close(self) -> None:
        """End the node and remove its folder."""
        await self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)


def processor_s(pid: int) -> float:
    """Return the processor time, user's and system's, that a process and its children have used so far."""
    family = [pid]
    for one in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            if int(_stat(one)[1]) == pid:
                family.append(int(one.parent.name))
    ticks = 0
    for one_pid in family:
        with contextlib.suppress(OSError):
            # Its own, and for the first that of children which have ended.
            ticks += sum(int(one) for one in _stat(Path(f"/proc/{one_pid}/stat"))[11:15])
    return ticks / os.sysconf("SC_CLK_TCK")


def own_processor_s(pid: int) -> float:
    """Return that of the process alone."""
    return sum(int(one) for one in _stat(Path(f"/proc/{pid}/stat"))[11:13]) / os.sysconf("SC_CLK_TCK")


def _stat(path: Path) -> list[str]:
    """Return the fields of /proc/PID/stat behind the name, the state first."""
    return path.read_text().rpartition(")")[2].split()


async def _is_ready(client: httpx.AsyncClient) -> bool:
    try:
        return (await client.get("/readyz")).status_code == 200
    except httpx.HTTPError:
        return False


class Person:
    """A signed-in user's HTTP client."""

    def __init__(self, node: Node) -> None:
        self._http = httpx.AsyncClient(base_url=f"{node.origin}/v1", timeout=30)

    async def sign_in(self, email: str) -> None:
        """Sign in and keep the session and its token."""
        answer = await self._http.post("/auth/login", json={"email": email, "password": PASSWORD})
        if answer.status_code != 200:
            raise Failed(f"sign-in of {email} gave {answer.status_code} {answer.text}")
        # The cookie is Secure: browsers send it on loopback, httpx does not, so it is written by hand.
        self._http.headers["Cookie"] = "; ".join(f"{one.name}={one.value}" for one in answer.cookies.jar)
        self._http.headers["X-CSRF-Token"] = answer.json()["csrf_token"]

    async def ask(self, method: str, path: str, body: object = None) -> Any:
        """Return the JSON answer of a request."""
        answer = await self._http.request(method, path, json=body)
        if answer.status_code >= 300:
            raise Failed(f"{method} {path} gave {answer.status_code} {answer.text}")
        return answer.json() if answer.content else None

    async def close(self) -> None:
        """Let go of connections."""
        await self._http.aclose()
