"""A real `ucc serve` process for tests: started, asked, stopped or killed."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import httpx
import psutil

ROOT = Path(__file__).resolve().parents[3]
READY_S = 90


def free_port() -> int:
    """Return a port of the loopback that is free now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class ServedNode:
    """One node on its own port. Its output goes to `log`."""

    def __init__(self, log: Path, **settings: str) -> None:
        self.port = free_port()
        self.origin = f"http://127.0.0.1:{self.port}"
        self.log = log
        self._environ = {key: value for key, value in os.environ.items() if not key.startswith("UCC_")}
        self._environ |= {"UCC_PORT": str(self.port)} | settings
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> ServedNode:
        """Start it and wait until it is ready."""
        with self.log.open("ab") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "ucc", "serve"],
                env=self._environ,
                cwd=ROOT,
                stdout=output,
                stderr=output,
            )
        deadline = time.monotonic() + READY_S
        while time.monotonic() < deadline:
            assert self.process.poll() is None, self.log.read_text()
            if self.is_ready():
                return self
            time.sleep(0.05)
        raise AssertionError(f"not ready in {READY_S} s: {self.log.read_text()}")

    def is_ready(self) -> bool:
        """Say whether /readyz says yes."""
        try:
            return self.get("/readyz").status_code == 200
        except httpx.HTTPError:
            return False

    def get(self, path: str, **more: object) -> httpx.Response:
        """Ask for a path."""
        return httpx.get(self.origin + path, timeout=10, trust_env=False, **more)  # type: ignore[arg-type]

    def family(self) -> list[int]:
        """Return the process ids of the node's children and theirs."""
        assert self.process is not None
        return [child.pid for child in psutil.Process(self.process.pid).children(recursive=True)]

    def child(self, name: str) -> int:
        """Return the id of the child of that program."""
        assert self.process is not None
        for child in psutil.Process(self.process.pid).children():
            if child.name() == name:
                return child.pid
        raise AssertionError(f"no child {name}")

    def setting(self, name: str) -> str:
        """Return what the greeting says another node should set."""
        found = re.findall(rf"{name}='([^']*)'", self.log.read_text())
        assert found, self.log.read_text()
        return str(found[-1])

    def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        """End it by a signal and return its exit code."""
        assert self.process is not None
        if self.process.poll() is None:
            self.process.send_signal(number)
        return self.process.wait(40)


def are_gone(pids: list[int], timeout_s: float = 20) -> bool:
    """Say whether every process ended in time."""
    deadline = time.monotonic() + timeout_s
    while time.monotonic() < deadline:
        if not any(psutil.pid_exists(pid) for pid in pids):
            return True
        time.sleep(0.05)
    return False
