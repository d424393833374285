"""`ucc bench messages`: from a visitor's socket over a commit in PostgreSQL to the agent's socket."""

from __future__ import annotations

import argparse
import asyncio
import os
import sys

import msgspec

from ucc.bench.company import (
    AGENT_PATH,
    AGENTS,
    VISITOR_PATH,
    Chat,
    Console,
    accept_all,
    found,
    start_chats,
    ticket_of,
)
from ucc.bench.load import Plan
from ucc.bench.node import Node, Person
from ucc.bench.schedule import Measured, Step, generate
from ucc.kit.config import Settings

CHATS = 200
RATE = 500
SECONDS = 60.0
STEP_S = 20.0
STEPS = (1_000, 1_500, 2_000, 2_500, 3_000, 3_500, 4_000)
P99_MS_MAX = 100.0


class Figures(msgspec.Struct, frozen=True, kw_only=True):
    """What is printed."""

    p50: float  # ms at 500/s
    p99: float
    floor_p50: float  # ms of one INSERT an echo
    ratio: float  # p50 over it
    rate: int  # highest step with p99 up to 100 ms and no backlog
    lost: int
    duplicates: int
    steps: list[Measured]
    floor: Measured


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("--json", action="store_true", help="print the figures as JSON alone")
    parser.add_argument("--seconds", type=float, default=SECONDS, help="of the 500/s run and of the floor")
    parser.add_argument("--step-seconds", type=float, default=STEP_S, help="of each faster step")
    parser.add_argument("--no-floor", action="store_true", help="leave the floor out")


async def run(options: argparse.Namespace, settings: Settings) -> int:
    """Measure and print."""
    base = Step(RATE, options.seconds)
    steps = [base, *(Step(rate, options.step_seconds) for rate in STEPS)]
    node = Node()
    try:
        say(f"a node on {node.origin}, {CHATS} chats in agents' hands")
        await node.start()
        people, key = await found(node)
        consoles = [await Console.open(node, person) for person in people]
        measured = await generate("ucc.bench.load", await _plan(node, people, key, steps))
        for console in consoles:
            console.close()
        for person in people:
            await person.close()
    finally:
        await node.close()
    floor = measured[0] if options.no_floor else await _floor(base)
    good = [one for one in measured if one.p99 <= P99_MS_MAX and not one.is_behind]
    figures = Figures(
        p50=measured[0].p50,
        p99=measured[0].p99,
        floor_p50=floor.p50,
        ratio=round(measured[0].p50 / floor.p50, 2),
        rate=max((one.rate for one in good), default=0),
        lost=sum(one.sent - one.received for one in measured),
        duplicates=sum(one.duplicates for one in measured),
        steps=measured,
        floor=floor,
    )
    print_figures(figures, as_json=options.json)
    return 0


async def _plan(node: Node, people: list[Person], key: str, steps: list[Step]) -> Plan:
    """Return the plan once every chat is in the hands of an agent."""
    chats = await start_chats(node, key, CHATS)
    await accept_all(people, chats)
    tickets = [await ticket_of(person) for person in people]
    plan = plan_of(
        node,
        [visitor_hello(chat.token) for chat in chats],
        [agent_hello(ticket, place, chats) for place, ticket in enumerate(tickets)],
        steps,
    )
    return msgspec.structs.replace(plan, p99_ms_max=P99_MS_MAX)


def plan_of(
    node: Node, visitors: list[str], agents: list[str], steps: list[Step], idle: list[str] | None = None
) -> Plan:
    """Return the plan of a node's two sockets."""
    return Plan(
        port=node.port,
        origin=node.origin,
        run=run_id(),
        visitor_path=VISITOR_PATH,
        agent_path=AGENT_PATH,
        visitor_hellos=visitors,
        agent_hellos=agents,
        steps=steps,
        idle_hellos=idle or [],
    )


def visitor_hello(token: str) -> str:
    """Return the first frame of a widget that has seen everything."""
    return msgspec.json.encode({"type": "hello", "token": token, "last_seq": 100}).decode()


def agent_hello(ticket: str, place: int, chats: list[Chat]) -> str:
    """Return the first frame of a console that holds the streams of its chats."""
    streams = {f"conversation:{chat.conversation_id}": 0 for chat in chats if chat.agent == place}
    return msgspec.json.encode({"type": "hello", "ticket": ticket, "streams": streams}).decode()


async def _floor(step: Step) -> Measured:
    """Measure the floor with the same sockets and rate."""
    node = Node()
    say("the floor: one INSERT an echo")
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "ucc.bench.floor"), env=node.environment(), stdout=asyncio.subprocess.DEVNULL
    )
    try:
        await node.wait_ready(process)
        plan = Plan(
            port=node.port,
            origin=node.origin,
            run=run_id(),
            visitor_path="/visitor",
            agent_path="/agent",
            visitor_hellos=[_floor_hello(number % AGENTS) for number in range(CHATS)],
            agent_hellos=[_floor_hello(place) for place in range(AGENTS)],
            steps=[step],
        )
        return (await generate("ucc.bench.load", plan))[0]
    finally:
        if process.returncode is None:
            process.terminate()
            await process.wait()
        await node.close()


def _floor_hello(place: int) -> str:
    return msgspec.json.encode({"type": "hello", "name": str(place)}).decode()


def run_id() -> str:
    """Return twelve hex digits nobody else has."""
    return os.urandom(6).hex()


def say(line: str) -> None:
    """Print progress beside the figures."""
    print(line, file=sys.stderr, flush=True)


def print_figures(figures: msgspec.Struct, *, as_json: bool) -> None:
    """Print figures as JSON alone, or a line each."""
    if as_json:
        print(msgspec.json.encode(figures).decode())
        return
    for name, value in msgspec.to_builtins(figures).items():
        print(f"{name:>16}  {value}")
