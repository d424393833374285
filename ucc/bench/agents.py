"""Consoles, a process of their own: `python -m ucc.bench.agents` reads a plan, prints what it measured.

Open loop: at each due time some agent ends the work in hand, by a frame; the delay counts from the due time
to the frame of that agent's next offer, which is accepted at once. By then the journal holds what ended.
"""

from __future__ import annotations

import asyncio
import sys
from collections import deque

import msgspec

from ucc.bench.client import Client
from ucc.bench.node import Failed, own_processor_s, processor_s
from ucc.bench.schedule import Measured, Schedule, Step, keep_alive, run_program, stop_collecting

BUSY_S = 10  # nobody has work in hand for so long: the step is over
OPEN_AT_ONCE = 20
READY_S = 120
WELCOME_S = 30


class Plan(msgspec.Struct):
    """Who opens sockets and how often work ends."""

    port: int
    origin: str
    path: str
    pids: tuple[int, int]  # of the node and of its PostgreSQL
    tickets: dict[int, str]  # agent → ticket
    steps: list[Step]
    warm_up: Step


class _Offer(msgspec.Struct):
    interaction_id: int
    epoch: int


class _Work(msgspec.Struct):
    id: int
    state: str
    agent_id: int | None


class _Event(msgspec.Struct):
    type: str
    offer: _Offer | None = None
    interaction: _Work | None = None


class _Frame(msgspec.Struct):
    type: str
    event: _Event | None = None
    detail: str = ""


_MOVED = b'"event":{"type":"presence_moved"'
_HEAD_BYTES = 120  # of a frame, in which the kind of its event stands
_decode = msgspec.json.Decoder(_Frame).decode


class Console:
    """One agent's socket: accepts what is offered, and knows what is in hand."""

    def __init__(self, agent_id: int, floor: Floor) -> None:
        self._agent_id = agent_id
        self._floor = floor
        self.client: Client | None = None
        self.welcomed: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.interaction_id = 0  # in hand
        self.number = -1  # of the ending whose next offer is awaited

    def take(self, data: bytes) -> None:
        """Take one frame."""
        if _MOVED in data[:_HEAD_BYTES]:
            return  # a third of what comes, and nothing to do about it
        frame = _decode(data)
        if frame.type == "welcome":
            self.welcomed.set_result(None)
        elif frame.type == "refused" and not self.welcomed.done():
            self.welcomed.set_exception(Failed(f"a console was refused: {frame.detail}"))
        elif frame.type == "refused":
            self._floor.schedule.wrong += 1
            print(f"refused: {frame.detail}", file=sys.stderr)
        elif frame.event is not None:
            self._hear(frame.event)

    def _hear(self, event: _Event) -> None:
        if event.type == "interaction_offered" and event.offer is not None:
            if self.number >= 0:
                self._floor.schedule.answered(self.number)
                self.number = -1
            self.send({"type": "accept", **msgspec.structs.asdict(event.offer)})
        elif event.type == "interaction_changed" and event.interaction is not None:
            work = event.interaction
            if work.state == "active" and work.agent_id == self._agent_id:
                self.interaction_id = work.id
                self._floor.in_hand(self)

    def send(self, frame: dict[str, object]) -> None:
        """Send one frame."""
        assert self.client is not None
        self.client.send(msgspec.json.encode(frame))


class Floor:
    """The consoles of one plan."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._consoles: list[Console] = []
        self._busy: deque[Console] = deque()  # those with work in hand
        self._some = asyncio.Event()
        self.schedule = Schedule()

    def in_hand(self, console: Console) -> None:
        """Note that a console has work to end."""
        self._busy.append(console)
        self._some.set()

    async def open(self) -> None:
        """Open every console, some at once, and wait until each has work in hand."""
        waiting = iter(self._plan.tickets.items())

        async def work() -> None:
            for agent_id, ticket in waiting:  # one iterator: each is taken by one worker
                console = Console(agent_id, self)
                console.client = await Client.connect(
                    self._plan.port, self._plan.path, console.take, self._plan.origin
                )
                # From the stream's beginning: the first offer may come before the stream is followed.
                console.send({"type": "hello", "ticket": ticket, "streams": {f"agent:{agent_id}": 0}})
                self._consoles.append(console)
                async with asyncio.timeout(WELCOME_S):
                    await console.welcomed

        async with asyncio.TaskGroup() as group:
            for _ in range(OPEN_AT_ONCE):
                group.create_task(work())
        async with asyncio.timeout(READY_S):
            while len(self._busy) < len(self._consoles):  # noqa: ASYNC110  # counted by the sockets, in their own time
                await asyncio.sleep(0.01)

    def clients(self) -> list[Client]:
        """Return every open socket."""
        return [console.client for console in self._consoles if console.client is not None]

    async def run_step(self, step: Step) -> Measured:
        """End work at the step's times."""
        node, database = self._plan.pids
        began = own_processor_s(node), processor_s(database)
        measured = await self.schedule.play(step, self._end_one)
        return msgspec.structs.replace(
            measured,
            node_ms=round((own_processor_s(node) - began[0]) * 1000 / measured.sent, 3),
            database_ms=round((processor_s(database) - began[1]) * 1000 / measured.sent, 3),
        )

    async def _end_one(self, number: int) -> bool:
        """End the work of whoever has had it longest; False: nobody has any for too long."""
        try:
            async with asyncio.timeout(BUSY_S):
                while not self._busy:
                    self._some.clear()
                    await self._some.wait()
        except TimeoutError:
            return False
        console = self._busy.popleft()
        console.number = number
        console.send({"type": "end", "interaction_id": console.interaction_id, "seen_seq": 1})
        return True


async def run(plan: Plan) -> list[Measured]:
    """Carry a plan out; the first step that falls behind is the last."""
    floor = Floor(plan)
    pinging = asyncio.get_running_loop().create_task(keep_alive(floor.clients))
    await floor.open()
    stop_collecting()
    print(f"{len(plan.tickets)} consoles have work in hand", file=sys.stderr)
    await floor.run_step(plan.warm_up)
    found: list[Measured] = []
    for step in plan.steps:
        measured = await floor.run_step(step)
        found.append(measured)
        print(f"{measured}", file=sys.stderr)
        if measured.is_behind:
            break
    pinging.cancel()
    return found


if __name__ == "__main__":
    run_program(Plan, run)
