"""A server process of ours: own session, ended by the kernel when we die, started again when it dies."""

from __future__ import annotations

import asyncio
import ctypes
import os
import signal
import subprocess
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import NamedTuple

from ucc.kit import log
from ucc.kit.config import SetupError

Process = subprocess.Popen[bytes]

POLL_MS = 10
STOP_MS = 10_000
RESTART_MS_FIRST = 50
RESTART_MS_MAX = 5_000

_PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None
_logger = log.get("embedded")


class EmbeddedError(SetupError):
    """An embedded server cannot run; the text names the reason and the remedy."""


class User(NamedTuple):
    """Whom a server runs as."""

    name: str
    uid: int
    gid: int


def spawn(arguments: list[str], *, user: User | None, log_path: Path, folder: Path) -> Process:
    """Start a child that logs to `log_path`; it gets SIGINT when this process dies, however it dies."""
    parent = os.getpid()

    def before_exec() -> None:
        # After setuid, which would clear it. The parent may have died in between: then do not start.
        if _libc is not None:
            _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGINT, 0, 0, 0)
            if os.getppid() != parent:
                os._exit(1)

    with log_path.open("ab") as output:
        return subprocess.Popen(
            arguments,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            cwd=folder,
            env={"LC_ALL": "C", "PATH": "/usr/bin:/bin", "HOME": str(folder)},
            start_new_session=True,  # a Ctrl-C in the terminal reaches the application alone
            user=user.uid if user else None,
            group=user.gid if user else None,
            extra_groups=[] if user else None,
            preexec_fn=before_exec,  # prctl only; no lock is taken between fork and exec
        )


async def wait(process: Process, timeout_ms: int) -> bool:
    """Say whether `process` ended in time."""
    for _ in range(max(1, timeout_ms // POLL_MS)):
        if process.poll() is not None:
            return True
        await asyncio.sleep(POLL_MS / 1000)
    return process.poll() is not None


class Child:
    """Keeps one server running until `stop`."""

    def __init__(self, name: str, start: Callable[[], Awaitable[Process]]) -> None:
        """`start` starts the server and returns when it is ready."""
        self._name = name
        self._start = start
        self._process: Process | None = None
        self._is_stopping = False

    @property
    def pid(self) -> int:
        """Return the process id of the running server."""
        assert self._process is not None
        return self._process.pid

    async def start(self) -> None:
        """Start the server and wait until it is ready."""
        self._process = await self._start()

    async def keep(self) -> None:
        """Start the server again whenever it ends by itself, waiting longer each time it fails."""
        delay_ms = RESTART_MS_FIRST
        while not self._is_stopping:
            assert self._process is not None
            if self._process.poll() is None:
                await asyncio.sleep(POLL_MS * 5 / 1000)
                continue
            _logger.warning("embedded server ended", server=self._name, code=self._process.returncode)
            await asyncio.sleep(delay_ms / 1000)
            delay_ms = min(delay_ms * 2, RESTART_MS_MAX)
            try:
                self._process = await self._start()
            except EmbeddedError as error:
                _logger.error("embedded server did not start", server=self._name, error=str(error))
            else:
                _logger.info("embedded server is back", server=self._name, pid=self._process.pid)
                delay_ms = RESTART_MS_FIRST

    async def stop(self, *, signals: tuple[signal.Signals, ...]) -> None:
        """End the server: the first signal asks, each further one insists after 10 s, SIGKILL is last."""
        self._is_stopping = True
        if self._process is None:
            return
        for number in (*signals, signal.SIGKILL):
            if self._process.poll() is not None:
                return
            self._process.send_signal(number)
            if await wait(self._process, STOP_MS):
                return
