"""What a command costs through Python, with 1,000 agents and 10,000 waiting.

Unit: one `submit` call of 1 or of 64 commands that fit, encoded before and decoded after the clock.
Floor: what the same call would cost if deciding were a look-up in a dict.
"""

from __future__ import annotations

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from ucc.bench.centre import Centre
from ucc.domain.engine import decode_outcomes, encode_commands

AGENTS, WAITING = 1_000, 10_000


@pytest.fixture(scope="module")
def centre() -> Centre:
    """One centre for all benchmarks of this file."""
    return Centre(AGENTS, WAITING)


@pytest.mark.parametrize("size", [1, 64])
def test_submit(benchmark: BenchmarkFixture, centre: Centre, size: int) -> None:
    answers: list[bytes] = []

    def setup() -> tuple[tuple[int, bytes], dict[str, object]]:
        while answers:
            centre.note(decode_outcomes(answers.pop()))
        commands = encode_commands(centre.batch(size))
        return (centre.now_ms, commands), {}

    def submit(now_ms: int, commands: bytes) -> None:
        answers.append(centre.engine.submit(now_ms, commands))

    benchmark.pedantic(submit, setup=setup, rounds=20_000 // size)
    benchmark.extra_info["commands"] = size


@pytest.mark.parametrize("size", [1, 64])
def test_floor_of_a_dict(benchmark: BenchmarkFixture, size: int) -> None:
    table = {number: number for number in range(WAITING)}

    def look_up() -> None:
        for number in range(size):
            table[number] = number + 1

    benchmark(look_up)
