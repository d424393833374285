"""How often a shard wakes while many wait and nobody acts: at deadlines of its engine, never between.

The loop, its sleeping and its engine are a node's; only what a batch of theirs would write is left out.
"""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import cast

import msgspec

from ucc._native.engine import Engine
from ucc.bench.workloads import HELD, SINGLES, Program, Recording
from ucc.kit.clock import now_ms
from ucc.routing.ground import Ground, Work, encode
from ucc.routing.journal import TenantEngine
from ucc.routing.shard import Shard

TENANT = 1
LEAD_MS = 10_000  # until the engine has been told all; what falls due meanwhile is told at once


class Figures(msgspec.Struct, frozen=True, kw_only=True):
    """Counted while nobody did anything."""

    wake_ups: int  # of the shard's loop, with nothing due
    deadlines: int  # of the engine, told in the same time
    waiting: int
    seconds: float


class Quiet(Shard):
    """A shard of one tenant that counts, and keeps what it decides nowhere."""

    def __init__(self, engine: Engine) -> None:
        super().__init__(cast(Ground, SimpleNamespace(lease=SimpleNamespace(is_held=True))), 1, 1, 1)
        found = TenantEngine(TENANT, engine)
        found.note_deadline()
        self.engines[TENANT] = found
        self.woken = 0
        self.deadlines = 0

    async def _gather(self) -> dict[int, list[Work]]:
        self.woken += 1
        batches = await super()._gather()
        self.deadlines += len(batches)
        return batches

    async def _send(self, tenant_id: int, works: list[Work]) -> None:
        found = self.engines[tenant_id]
        for work in works:
            found.decide(now_ms(), encode([msgspec.Raw(work.command)]))
            found.stands_at(0, 1)


async def measure(program: Program, recording: Recording, seconds: float) -> Figures:
    """Let the held workload's queues fill until now, then count for some seconds."""
    took_ms = _last_ms(recording) - next(recording.before(SINGLES))[0]
    again = program.record(HELD, now_ms() + LEAD_MS - took_ms)
    engine = Engine()
    for at_ms, commands in again.before(SINGLES):
        engine.submit(at_ms, commands)
    shard = Quiet(engine)
    await asyncio.sleep(max(0, _last_ms(again) - now_ms()) / 1000)
    running = asyncio.get_running_loop().create_task(shard.run())
    await asyncio.sleep(seconds)
    shard.stop()
    await running
    # The last time it woke to be stopped, which `run` does not count.
    return Figures(
        wake_ups=shard.woken - shard.deadlines,
        deadlines=shard.deadlines,
        waiting=program.waiting,
        seconds=seconds,
    )


def _last_ms(recording: Recording) -> int:
    return max(at_ms for at_ms, _ in recording.before(SINGLES))
