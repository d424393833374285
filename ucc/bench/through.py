"""What a command costs through Python: the crossing, decoding and encoding in Rust, and the decision."""

from __future__ import annotations

import gc
import time

import msgspec

from ucc._native.engine import Engine
from ucc.bench.schedule import share_of
from ucc.bench.workloads import SINGLES, Batch, Recording

SIZES = (16, 64, 256)
TIMED = 10  # batches between two looks at the clock
JOURNALED = 64  # the batches that a restart folds

_parts = msgspec.msgpack.Decoder(list[msgspec.Raw]).decode


class Figures(msgspec.Struct, frozen=True, kw_only=True):
    """Times in ns; the GIL is released in each call, encoding and decoding in Python are not counted."""

    single_p50: float  # a call with one command
    single_p99: float
    batch_16: float  # a command, of the middle ten batches; processor time
    batch_64: float
    batch_256: float


class Row(msgspec.Struct, frozen=True):
    """One batch as a journal keeps it."""

    at_ms: int
    count: int
    commands: bytes
    facts: bytes


class Journal(msgspec.Struct, frozen=True):
    """A snapshot, the rows since, and the engine both must give."""

    state: bytes
    rows: list[Row]
    engine: Engine


def measure(recording: Recording) -> tuple[Figures, Journal]:
    """Tell an engine what was recorded; return the figures, and the batches of 64 as a journal."""
    engine = Engine()
    for at_ms, commands in recording.before(SINGLES):
        engine.submit(at_ms, commands)
    gc.disable()
    singles = sorted(_singles(engine, recording[SINGLES]))
    for at_ms, commands in recording["cold"]:
        engine.submit(at_ms, commands)
    costs: dict[int, float] = {}
    journal: Journal | None = None
    for size in SIZES:
        batches = recording[f"batches of {size}"]
        counts = [len(_parts(commands)) for _, commands in batches]
        state = engine.snapshot() if size == JOURNALED else b""
        answers, costs[size] = _batches(engine, batches, counts)
        if size == JOURNALED:
            told = zip(batches, counts, answers, strict=True)
            rows = [Row(at_ms, count, commands, facts) for (at_ms, commands), count, facts in told]
            journal = Journal(state, rows, Engine.restore(engine.snapshot()))
    assert journal is not None
    gc.enable()
    figures = Figures(
        single_p50=share_of(singles, 0.5),
        single_p99=share_of(singles, 0.99),
        batch_16=costs[16],
        batch_64=costs[64],
        batch_256=costs[256],
    )
    return figures, journal


def _singles(engine: Engine, batches: list[Batch]) -> list[float]:
    """Return the ns each call took."""
    took_ns: list[float] = []
    for at_ms, commands in batches:
        began = time.perf_counter_ns()
        engine.submit(at_ms, commands)
        took_ns.append(time.perf_counter_ns() - began)
    return took_ns


def _batches(engine: Engine, batches: list[Batch], counts: list[int]) -> tuple[list[bytes], float]:
    """Return the answers, and the ns of processor time a command took."""
    answers: list[bytes] = []
    costs: list[float] = []
    for start in range(0, len(batches), TIMED):
        some = batches[start : start + TIMED]
        began = time.thread_time_ns()
        answers += [engine.submit(at_ms, commands) for at_ms, commands in some]
        costs.append((time.thread_time_ns() - began) / sum(counts[start : start + TIMED]))
    return answers, share_of(sorted(costs), 0.5)
