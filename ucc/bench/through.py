"""What a command costs through Python: the crossing, decoding and encoding in Rust, and the decision."""

from __future__ import annotations

import gc
import time

import msgspec

from ucc._native.engine import Engine
from ucc.bench.schedule import share_of
from ucc.bench.workloads import SINGLES, Batch, Recording

SIZES = (16, 64, 256)
JOURNALED = 64  # the batches that a restart folds

_parts = msgspec.msgpack.Decoder(list[msgspec.Raw]).decode


class Figures(msgspec.Struct, frozen=True, kw_only=True):
    """Times in ns; the GIL is released in each call, encoding and decoding in Python are not counted."""

    single_p50: float  # a call with one command
    single_p99: float
    batch_16: float  # a command, of the middle batch
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
    singles = sorted(_submit(engine, recording[SINGLES])[1])
    for at_ms, commands in recording["cold"]:
        engine.submit(at_ms, commands)
    costs: dict[int, float] = {}
    rows: list[Row] = []
    state = b""
    for size in SIZES:
        batches = recording[f"batches of {size}"]
        if size == JOURNALED:
            state = engine.snapshot()
        answers, took_ns = _submit(engine, batches)
        counts = [len(_parts(commands)) for _, commands in batches]
        each = sorted(ns / count for ns, count in zip(took_ns, counts, strict=True))
        costs[size] = share_of(each, 0.5)
        if size == JOURNALED:
            told = zip(batches, counts, answers, strict=True)
            rows = [Row(at_ms, count, commands, facts) for (at_ms, commands), count, facts in told]
            journaled = Engine.restore(engine.snapshot())
    gc.enable()
    figures = Figures(
        single_p50=share_of(singles, 0.5),
        single_p99=share_of(singles, 0.99),
        batch_16=costs[16],
        batch_64=costs[64],
        batch_256=costs[256],
    )
    return figures, Journal(state, rows, journaled)


def _submit(engine: Engine, batches: list[Batch]) -> tuple[list[bytes], list[float]]:
    """Return the answers, and the ns each call took."""
    answers: list[bytes] = []
    took_ns: list[float] = []
    for at_ms, commands in batches:
        began = time.perf_counter_ns()
        answer = engine.submit(at_ms, commands)
        took_ns.append(time.perf_counter_ns() - began)
        answers.append(answer)
    return answers, took_ns
