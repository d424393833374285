"""Real processes to kill: PostgreSQL, NATS and `ucc serve` nodes on one machine."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import httpx

from ucc.kit.embedded import EmbeddedNats, EmbeddedPostgres, Place

READY_S = 60.0


def free_port() -> int:
    """Return a TCP port of the loopback that is free now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Node:
    """One `ucc serve`, started again on the same port after each kill."""

    def __init__(self, name: str, environ: dict[str, str], log_path: Path) -> None:
        self.name = name
        self.port = free_port()
        self.origin = f"http://127.0.0.1:{self.port}"
        self._environ = environ | {"UCC_PORT": str(self.port)}
        self._log_path = log_path
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start the process; `ready` tells when it serves."""
        with self._log_path.open("ab") as output:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "ucc", "serve"], env=self._environ, stdout=output, stderr=output
            )

    async def ready(self) -> None:
        """Wait until /readyz says yes."""
        deadline = asyncio.get_running_loop().time() + READY_S
        async with httpx.AsyncClient(timeout=2, trust_env=False) as client:
            while asyncio.get_running_loop().time() < deadline:
                try:
                    if (await client.get(self.origin + "/readyz")).status_code == 200:
                        return
                except httpx.HTTPError:
                    pass
                if self._process is not None and self._process.poll() is not None:
                    raise AssertionError(f"node {self.name} ended: see {self._log_path}")
                await asyncio.sleep(0.05)
        raise AssertionError(f"node {self.name} was not ready in {READY_S:.0f} s: see {self._log_path}")

    def kill(self) -> None:
        """End it the hard way."""
        assert self._process is not None
        self._process.kill()
        self._process.wait()

    def stop(self) -> None:
        """Ask it to stop; insist after 20 s."""
        if self._process is None or self._process.poll() is not None:
            return
        self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(20)
        except subprocess.TimeoutExpired:
            self._process.kill()


class Cluster:
    """One PostgreSQL, one NATS, `count` nodes."""

    def __init__(self, folder: Path, *, count: int = 2) -> None:
        self.folder = folder
        self._place = Place(folder)
        self._place.take()
        self.postgres = EmbeddedPostgres(self._place)
        self.nats = EmbeddedNats(self._place)
        self.nodes: list[Node] = []
        self._count = count
        self._keepers: list[asyncio.Task[None]] = []
        self._killed: dict[str, int] = {}

    @property
    def owner_url(self) -> str:
        """Return the superuser's address of the product's database."""
        return self.postgres.admin_url.replace("/postgres?", "/ucc?")

    async def start(self) -> None:
        """Start everything; the first node makes the database."""
        await self.postgres.start()
        await self.nats.start()
        self._keepers = [asyncio.create_task(server.keep()) for server in (self.postgres, self.nats)]
        environ = {k: v for k, v in os.environ.items() if not k.startswith("UCC_")} | {
            "UCC_DATABASE_URL": self.postgres.url,
            "UCC_NATS_URL": self.nats.url,
            "UCC_DATA_DIR": str(self.folder / "data"),
            "UCC_DEMO": "1",
        }
        for number in range(self._count):
            node = Node(f"node-{number + 1}", environ, self.folder / f"node-{number + 1}.log")
            self.nodes.append(node)
            node.start()
            await node.ready()

    async def kill(self, name: str) -> None:
        """Kill -9 `postgres`, `nats` or a node by name, and see to its coming back."""
        if name == "postgres":
            pid = await self._up(name, self.postgres)
            os.killpg(pid, signal.SIGKILL)  # with its children: shared memory is gone
        elif name == "nats":
            os.kill(await self._up(name, self.nats), signal.SIGKILL)
        else:
            node = next(node for node in self.nodes if node.name == name)
            node.kill()
            node.start()

    async def _up(self, name: str, server: EmbeddedPostgres | EmbeddedNats) -> int:
        """Return the process to kill, once the server is back from the kill before."""
        deadline = asyncio.get_running_loop().time() + READY_S
        while server.pid == self._killed.get(name):
            assert asyncio.get_running_loop().time() < deadline, f"{name} was not back in {READY_S:.0f} s"
            await asyncio.sleep(0.05)
        self._killed[name] = server.pid
        return server.pid

    async def stop(self) -> None:
        """Stop the nodes, then the servers."""
        for node in self.nodes:
            await asyncio.to_thread(node.stop)
        for keeper in self._keepers:
            keeper.cancel()
        await asyncio.gather(*self._keepers, return_exceptions=True)
        await self.nats.stop()
        await self.postgres.stop()
        self._place.release()
