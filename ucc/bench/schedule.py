"""Open loop: each thing has a time at which it is due, and its delay counts from that time.

So a generator or a server that falls behind shows in the figures, instead of hiding what it did not send.
"""

from __future__ import annotations

import asyncio
import gc
import sys
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

import msgspec
import uvloop

from ucc.bench.client import Client
from ucc.bench.node import Failed

LATE_S = 10  # waited for the last answers of a step
PING_S = 10
TURN = 20  # when behind, the loop gets a turn after so many
_PING = b'{"type":"ping"}'

Plan = TypeVar("Plan", bound=msgspec.Struct)


class Step(msgspec.Struct, frozen=True):
    """Do things at this rate for this long."""

    rate: int  # a second, all clients together
    seconds: float


class Measured(msgspec.Struct, frozen=True):
    """One step."""

    rate: int
    sent: int
    received: int
    duplicates: int  # answers that came twice, or were refusals
    p50: float  # ms from the due time to the answer
    p90: float
    p99: float
    longest: float
    late_p99: float  # ms the generator itself was late
    backlog: int  # under way when the step ended
    node_ms: float = 0  # processor time of the node's own process for each sent; 0: not taken
    database_ms: float = 0  # of its PostgreSQL's

    @property
    def is_behind(self) -> bool:
        """Say whether answers are missing, or were under way at the end for more than a tenth of a second."""
        return self.received < self.sent or self.backlog > max(10, self.rate // 10)


class Schedule:
    """When things were due, sent and answered, by their number; numbers go on from step to step."""

    def __init__(self) -> None:
        self.due: list[float] = []
        self.sent: list[float] = []
        self.got: list[float] = []
        self.wrong = 0

    def answered(self, number: int) -> None:
        """Note an answer; a second one is wrong."""
        if self.got[number]:
            self.wrong += 1
        else:
            self.got[number] = time.perf_counter()

    async def play(self, step: Step, act: Callable[[int], Awaitable[bool]]) -> Measured:
        """Let `act` send each number at its time; False from it ends the step early."""
        first, wrong = len(self.due), self.wrong
        count = int(step.rate * step.seconds)
        begin = time.perf_counter() + 0.05
        self.due += [begin + number / step.rate for number in range(count)]
        self.sent += [0.0] * count
        self.got += [0.0] * count
        for number in range(first, first + count):
            wait = self.due[number] - time.perf_counter()
            if wait > 0:
                await asyncio.sleep(wait)
            elif number % TURN == 0:
                await asyncio.sleep(0)
            if not await act(number):
                break
            self.sent[number] = time.perf_counter()
        backlog = sum(1 for one in self.got[first:] if not one)
        until = time.perf_counter() + LATE_S
        while time.perf_counter() < until and not all(self.got[first:]):  # noqa: ASYNC110  # set by sockets
            await asyncio.sleep(0.05)
        return self._measured(step, first, backlog, self.wrong - wrong)

    def _measured(self, step: Step, first: int, backlog: int, wrong: int) -> Measured:
        arrived = [number for number in range(first, len(self.due)) if self.got[number]]
        delays = sorted((self.got[number] - self.due[number]) * 1000 for number in arrived)
        late = sorted((self.sent[number] - self.due[number]) * 1000 for number in arrived)
        return Measured(
            rate=step.rate,
            sent=len(self.due) - first,
            received=len(arrived),
            duplicates=wrong,
            p50=share_of(delays, 0.5),
            p90=share_of(delays, 0.9),
            p99=share_of(delays, 0.99),
            longest=share_of(delays, 1),
            late_p99=share_of(late, 0.99),
            backlog=backlog,
        )


def share_of(ordered: list[float], share: float) -> float:
    """Return the value below which `share` of them lie, to a hundredth."""
    return round(ordered[min(len(ordered) - 1, int(len(ordered) * share))], 2) if ordered else float("inf")


async def keep_alive(clients: Callable[[], Sequence[Client]]) -> None:
    """Ping as clients do, spread over the ten seconds; also while others are still being opened."""
    while True:
        await asyncio.sleep(0.1)
        everybody = tuple(clients())
        for client in everybody:
            client.send(_PING)
            await asyncio.sleep(PING_S / len(everybody))


async def generate(module: str, plan: msgspec.Struct) -> list[Measured]:
    """Carry a plan out in a process of its own and return what it measured.

    Raises:
        Failed: the process did; it said why on stderr.
    """
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", module), stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
    )
    out, _ = await process.communicate(msgspec.json.encode(plan))
    if process.returncode:
        raise Failed(f"{module} failed")
    return msgspec.json.decode(out, type=list[Measured])


def run_program(plan_type: type[Plan], run: Callable[[Plan], Awaitable[list[Measured]]]) -> None:
    """Be a generator's process: read its plan from stdin, carry it out, print the steps as JSON."""

    async def work() -> list[Measured]:
        return await run(msgspec.json.decode(sys.stdin.buffer.read(), type=plan_type))

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        found = runner.run(work())
    sys.stdout.buffer.write(msgspec.json.encode(found))


def stop_collecting() -> None:
    """Keep the generator's own garbage collections out of what is measured."""
    gc.freeze()
    gc.disable()
