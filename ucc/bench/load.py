"""The load generator, a process of its own: `python -m ucc.bench.load` reads a plan, prints what it measured.

Open loop: every message has a time at which it is due; its delay counts from that time, also when the
generator or the server fell behind. Nobody waits for an answer before the next message.
"""

from __future__ import annotations

import asyncio
import gc
import sys
import time

import msgspec
import uvloop

from ucc.bench.client import Client

TEXT = "Could you check it again please? 麻烦再查一下，谢谢。"
LATE_S = 10  # waited for the last messages after the last step
PING_S = 10
WARM_UP_S = 3
_CLIENT_ID = b'"client_id":"'
_END = b'{"type":"end"}'
_PING = b'{"type":"ping"}'


class Step(msgspec.Struct, frozen=True):
    """Send at this rate for this long."""

    rate: int  # messages a second, all visitors together
    seconds: float


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


class Measured(msgspec.Struct, frozen=True):
    """One step."""

    rate: int
    sent: int
    received: int
    duplicates: int
    p50: float  # ms from the due time to the agent's socket
    p90: float
    p99: float
    longest: float
    late_p99: float  # ms the generator itself was late
    backlog: int  # messages under way when the step ended


class Generator:
    """The sockets of one plan."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._visitors: list[Client] = []
        self._everybody: list[Client] = []
        self._due: list[float] = []
        self._sent: list[float] = []
        self._got: list[float] = []
        self._duplicates = 0
        self._welcomes = 0

    def _take_agent(self, data: bytes) -> None:
        now = time.perf_counter()
        found = data.find(_CLIENT_ID)
        if found < 0:
            self._welcomes += b'"type":"welcome"' in data
            return
        begin = found + len(_CLIENT_ID)
        if data[begin + 24 : begin + 36] != self._run:
            return
        number = int(data[begin : begin + 8], 16)
        if self._got[number]:
            self._duplicates += 1
        else:
            self._got[number] = now

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
                self._everybody.append(client)
                if kept is not None:
                    kept.append(client)
                wanted += 1
                if wanted - self._welcomes > 100:
                    await asyncio.sleep(0.01)
        async with asyncio.timeout(60):
            while self._welcomes < wanted:  # noqa: ASYNC110  # counted by the sockets, in their own time
                await asyncio.sleep(0.01)

    async def keep_alive(self) -> None:
        """Ping as clients do, spread over the ten seconds; also while others are still being opened."""
        while True:
            await asyncio.sleep(0.1)
            everybody = tuple(self._everybody)
            for client in everybody:
                client.send(_PING)
                await asyncio.sleep(PING_S / len(everybody))

    async def run_step(self, step: Step) -> Measured:
        """Send one step's messages at their times."""
        first, count = len(self._due), int(step.rate * step.seconds)
        gap = 1 / step.rate
        begin = time.perf_counter() + 0.05
        self._due += [begin + number * gap for number in range(count)]
        self._sent += [0.0] * count
        self._got += [0.0] * count
        duplicates = self._duplicates
        visitors, run = self._visitors, self._plan.run
        for number in range(first, first + count):
            wait = self._due[number] - time.perf_counter()
            if wait > 0:
                await asyncio.sleep(wait)
            elif number % 50 == 0:
                await asyncio.sleep(0)
            client_id = f"{number:08x}-0000-4000-8000-{run}"
            frame = f'{{"type":"message","client_id":"{client_id}","text":"{number}: {TEXT}"}}'
            visitors[number % len(visitors)].send(frame.encode())
            self._sent[number] = time.perf_counter()
        backlog = sum(1 for one in self._got[first:] if not one)
        await self._settle(first)
        return self._measured(step, first, backlog, self._duplicates - duplicates)

    async def _settle(self, first: int) -> None:
        """Wait for the last messages."""
        until = time.perf_counter() + LATE_S
        while time.perf_counter() < until and not all(self._got[first:]):  # noqa: ASYNC110  # the same
            await asyncio.sleep(0.05)

    def _measured(self, step: Step, first: int, backlog: int, duplicates: int) -> Measured:
        arrived = [number for number in range(first, len(self._due)) if self._got[number]]
        delays = sorted((self._got[number] - self._due[number]) * 1000 for number in arrived)
        late = sorted((self._sent[number] - self._due[number]) * 1000 for number in arrived)
        return Measured(
            rate=step.rate,
            sent=len(self._due) - first,
            received=len(arrived),
            duplicates=duplicates,
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


async def run(plan: Plan) -> list[Measured]:
    """Carry a plan out."""
    generator = Generator(plan)
    pinging = asyncio.get_running_loop().create_task(generator.keep_alive())
    await generator.open()
    gc.freeze()  # the generator's own collections are not what is measured
    gc.disable()
    print(f"{len(generator._everybody)} sockets open", file=sys.stderr)
    found: list[Measured] = []
    if plan.warm_up_s and plan.steps:
        await generator.run_step(Step(min(plan.steps[0].rate, 500), plan.warm_up_s))
    for step in plan.steps:
        measured = await generator.run_step(step)
        found.append(measured)
        print(f"{measured}", file=sys.stderr)
        if plan.p99_ms_max and (
            measured.p99 > plan.p99_ms_max or measured.received < measured.sent or is_behind(measured)
        ):
            break
    pinging.cancel()
    return found


def is_behind(measured: Measured) -> bool:
    """Say whether more messages were under way at the end than a tenth of a second's worth."""
    return measured.backlog > max(10, measured.rate // 10)


def main() -> None:
    """Read the plan from stdin, print the figures as JSON."""
    plan = msgspec.json.decode(sys.stdin.buffer.read(), type=Plan)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        found = runner.run(run(plan))
    sys.stdout.buffer.write(msgspec.json.encode(found))


if __name__ == "__main__":
    main()
