"""What a command costs through Python, on workload b with 1,000 agents and 10,000 waiting.

Unit: one `submit` call of 1, 16, 64 or 256 commands, encoded before the clock, the answer not decoded.
Peer: the same single commands in plain Python (`ucc/bench/plain.py`), decided alike.
Floor: what the same call would cost if deciding were a look-up in a dict.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from ucc._native.engine import Engine
from ucc.bench.plain import PlainRouter
from ucc.bench.workloads import HELD, SINGLES, Batch, Program, Recording, Size
from ucc.domain.engine import decode_commands

AGENTS, WAITING, COMMANDS = 1_000, 10_000, 20_000
SIZES = (1, 16, 64, 256)


@pytest.fixture(scope="module")
def recording() -> Recording:
    """One recording for all benchmarks of this file."""
    size = Size(agents=AGENTS, waiting=WAITING, commands=COMMANDS, cold=1, runs=1)
    return Program.build(size).record(HELD)


def play(benchmark: BenchmarkFixture, batches: list[Batch], tell: Callable[[int, bytes], object]) -> None:
    told: Iterator[Batch] = iter(batches)
    benchmark.pedantic(tell, setup=lambda: (next(told), {}), rounds=len(batches))


@pytest.mark.timeout(600)
@pytest.mark.parametrize("size", SIZES)
def test_submit(benchmark: BenchmarkFixture, recording: Recording, size: int) -> None:
    name = SINGLES if size == 1 else f"batches of {size}"
    engine = Engine()
    for at_ms, commands in recording.before(name):
        engine.submit(at_ms, commands)
    play(benchmark, recording[name], engine.submit)
    benchmark.extra_info["commands"] = size


def test_plain_python(benchmark: BenchmarkFixture, recording: Recording) -> None:
    router = PlainRouter()
    for at_ms, commands in recording.before(SINGLES):
        for command in decode_commands(commands):
            router.submit(at_ms, command)
    told = iter([(at_ms, decode_commands(commands)[0]) for at_ms, commands in recording[SINGLES]])
    benchmark.pedantic(router.submit, setup=lambda: (next(told), {}), rounds=COMMANDS)


@pytest.mark.parametrize("size", SIZES)
def test_floor_of_a_dict(benchmark: BenchmarkFixture, size: int) -> None:
    table = {number: number for number in range(WAITING)}

    def look_up() -> None:
        for number in range(size):
            table[number] = number + 1

    benchmark(look_up)
