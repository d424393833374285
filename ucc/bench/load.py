"""The load generator, a process of its own: `python -m ucc.bench.load` reads a plan, prints what it measured.

Nobody waits for an answer before the next message (`ucc.bench.schedule`).
"""

from __future__ import annotations

import asyncio
import sys

import msgspec

from ucc.bench.client import Client
from ucc.bench.schedule import Measured, Schedule, Step, keep_alive, run_program, stop_collecting

TEXT = "Could you check it again please? 麻烦再查一下，谢谢。"
WARM_UP_S = 3
_CLIENT_ID = b'"client_id":"'
_END = b'{"type":"end"}'


class Plan(msgspec.Struct):
    """Which sockets to open and what to send through them."""

    port: int
    origin: str
    run: str  # twelve hex digits: keeps client ids of different runs apart
    visitor_path: str
    agent_path: str
    visitor_hellos: list[str]
    agent_hellos: list[str]
    steps: list[Step]
    idle_hellos: list[str] = []  # visitors who end their chat and leave the page open
    p99_ms_max: float = 0  # stop after the first step above it; 0: never
    warm_up_s: float = WARM_UP_S


class Generator:
    """The sockets of one plan."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._visitors: list[Client] = []
        self.everybody: list[Client] = []
        self._schedule = Schedule()
        self._welcomes = 0

    def _take_agent(self, data: bytes) -> None:
        found = data.find(_CLIENT_ID)
        if found < 0:
            self._welcomes += b'"type":"welcome"' in data
            return
        begin = found + len(_CLIENT_ID)
        if data[begin + 24 : begin + 36] != self._run:
            return
        self._schedule.answered(int(data[begin : begin + 8], 16))

    def _take_visitor(self, data: bytes) -> None:
        if data.startswith(b'{"type":"welcome"'):
            self._welcomes += 1
        elif data.startswith(b'{"type":"refused"'):
            print(data.decode(), file=sys.stderr)

    async def open(self) -> None:
        """Open every socket and wait for each welcome."""
        plan = self._plan
        self._run = plan.run.encode()
        wanted = 0
        for hellos, path, take, kept in (
            (plan.agent_hellos, plan.agent_path, self._take_agent, None),
            (plan.visitor_hellos, plan.visitor_path, self._take_visitor, self._visitors),
            (plan.idle_hellos, plan.visitor_path, self._take_visitor, None),
        ):
            for hello in hellos:
                client = await Client.connect(plan.port, path, take, plan.origin)
                client.send(hello.encode())
                if hellos is plan.idle_hellos:
                    client.send(_END)
                self.everybody.append(client)
                if kept is not None:
                    kept.append(client)
                wanted += 1
                if wanted - self._welcomes > 100:
                    await asyncio.sleep(0.01)
        async with asyncio.timeout(60):
            while self._welcomes < wanted:  # noqa: ASYNC110  # counted by the sockets, in their own time
                await asyncio.sleep(0.01)

    async def run_step(self, step: Step) -> Measured:
        """Send one step's messages at their times."""
        return await self._schedule.play(step, self._send)

    async def _send(self, number: int) -> bool:
        client_id = f"{number:08x}-0000-4000-8000-{self._plan.run}"
        frame = f'{{"type":"message","client_id":"{client_id}","text":"{number}: {TEXT}"}}'
        self._visitors[number % len(self._visitors)].send(frame.encode())
        return True


async def run(plan: Plan) -> list[Measured]:
    """Carry a plan out."""
    generator = Generator(plan)
    pinging = asyncio.get_running_loop().create_task(keep_alive(lambda: generator.everybody))
    await generator.open()
    stop_collecting()
    print(f"{len(generator.everybody)} sockets open", file=sys.stderr)
    found: list[Measured] = []
    if plan.warm_up_s and plan.steps:
        await generator.run_step(Step(min(plan.steps[0].rate, 500), plan.warm_up_s))
    for step in plan.steps:
        measured = await generator.run_step(step)
        found.append(measured)
        print(f"{measured}", file=sys.stderr)
        if plan.p99_ms_max and (measured.p99 > plan.p99_ms_max or measured.is_behind):
            break
    pinging.cancel()
    return found


if __name__ == "__main__":
    run_program(Plan, run)
