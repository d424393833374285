"""The workloads of the routing engine: built from router-rs on demand, run, and read as what they recorded.

Defined once, in `router-rs/core/benches/workloads`: Python tells its engine and its peer the same commands.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

import ucc
from ucc.kit.config import SetupError

NAMES = ("a 0.5", "a 0.9", "a 1.05", "b", "b0 0.5", "b0 0.9", "c", "c0", "d", "d0")
HELD = "b"  # the workload of all figures that need one
SINGLES = "singles"
ROOT = Path(ucc.__file__).parent.parent

Batch = tuple[int, bytes]  # at_ms, list[Command]


class Size(msgspec.Struct, frozen=True, kw_only=True):
    """How large the workloads are; agents and waiting at the most."""

    agents: int
    waiting: int
    commands: int
    cold: int
    runs: int


class Kind(msgspec.Struct, frozen=True):
    """What one kind of command takes, ns."""

    p50: int
    p99: int
    p99_cold: int


class Measured(msgspec.Struct, frozen=True):
    """What the program prints of one workload."""

    name: str
    agents: int
    waiting: int
    commands: int
    runs: int
    kinds: dict[str, Kind]
    rate: int  # commands a second
    growth: float | None
    replay: int  # commands a second, from the bytes of a journal
    restore_ms: float
    bytes_waiting: int | None
    bytes_agent: int
    clock_ns: int  # in each time of a single command


class Recording:
    """What an engine is told, in parts: agents, queues, what fills the queues, then what is measured."""

    def __init__(self, told: bytes) -> None:
        phases = msgspec.msgpack.decode(told, type=list[tuple[str, list[tuple[int, msgspec.Raw]]]])
        self._phases = {name: [(at_ms, bytes(raw)) for at_ms, raw in batches] for name, batches in phases}

    def __getitem__(self, name: str) -> list[Batch]:
        """Return one part."""
        return self._phases[name]

    def before(self, name: str) -> Iterator[Batch]:
        """Yield all that comes before a part."""
        for phase, batches in self._phases.items():
            if phase == name:
                return
            yield from batches


class Program:
    """The compiled workloads."""

    def __init__(self, path: Path, size: Size) -> None:
        self._path = path
        self._size = size

    @property
    def waiting(self) -> int:
        """Return how many wait at most."""
        return self._size.waiting

    @classmethod
    def build(cls, size: Size) -> Program:
        """Compile what changed.

        Raises:
            SetupError: there is no cargo or no source, or it does not compile.
        """
        cargo = shutil.which("cargo") or shutil.which("cargo", path=str(Path.home() / ".cargo/bin"))
        if cargo is None or not (ROOT / "Cargo.toml").is_file():
            raise SetupError("`ucc bench routing` compiles its workloads: it needs cargo and the source tree")
        bench = ("bench", "--locked", "-p", "ucc-router-core", "--bench", "workloads", "--no-run")
        done = subprocess.run(
            [cargo, *bench, "--message-format", "json-render-diagnostics"], cwd=ROOT, stdout=subprocess.PIPE
        )
        found = [
            message["executable"]
            for message in map(msgspec.json.decode, done.stdout.splitlines())
            if message.get("executable") and message["target"]["name"] == "workloads"
        ]
        if done.returncode or not found:
            raise SetupError("the workloads did not compile; cargo said why above")
        return cls(Path(found[-1]), size)

    def measure(self, name: str) -> Measured:
        """Return the figures of one workload, in a process of its own: its memory is new."""
        return msgspec.json.decode(self._run(name, "--json"), type=Measured)

    def record(self, name: str, start_ms: int | None = None) -> Recording:
        """Return what one workload tells the engine, in a time of its own or from `start_ms` on."""
        start = () if start_ms is None else ("--start-ms", str(start_ms))
        with tempfile.TemporaryDirectory(prefix="ucc-bench-") as folder:
            path = Path(folder) / "recording"
            self._run(name, "--record", str(path), *start)
            return Recording(path.read_bytes())

    def _run(self, name: str, *options: str) -> bytes:
        size = self._size
        limits = ("--agents", str(size.agents), "--waiting", str(size.waiting), "--cold", str(size.cold))
        places = (name, str(size.commands), str(size.runs))
        done = subprocess.run([self._path, *limits, *options, *places], stdout=subprocess.PIPE)
        if done.returncode:
            raise SetupError(f"the workload {name} failed; it said why above")
        return done.stdout


@contextmanager
def one_core() -> Iterator[int | None]:
    """Keep this thread and the processes it starts on one core, where the system can; yields which."""
    if not hasattr(os, "sched_setaffinity"):
        yield None
        return
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {max(before)})
    try:
        yield max(before)
    finally:
        os.sched_setaffinity(0, before)
