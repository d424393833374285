"""`ucc bench sockets`: what 5,000 idle visitors cost in memory, and 100 active ones in time."""

from __future__ import annotations

import argparse

import msgspec

from ucc.bench.company import Console, accept_all, found, start_chats, ticket_of
from ucc.bench.load import Plan
from ucc.bench.messages import agent_hello, plan_of, print_figures, say, visitor_hello
from ucc.bench.node import Node, Person
from ucc.bench.schedule import Measured, Step, generate
from ucc.kit.config import Settings

IDLE = 5_000
ACTIVE = 100
RATE = 100  # one message a second from each active visitor
SECONDS = 20.0


class Figures(msgspec.Struct, frozen=True, kw_only=True):
    """What is printed."""

    kib_per_socket: float  # resident memory the idle sockets added, over their number
    added_p99: float  # ms the idle sockets added to the p99 of the active ones
    p99_alone: float
    p99_beside: float
    sockets: int


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("--json", action="store_true", help="print the figures as JSON alone")
    parser.add_argument("--idle", type=int, default=IDLE, help="idle visitors")
    parser.add_argument("--seconds", type=float, default=SECONDS, help="of each of the two runs")


async def run(options: argparse.Namespace, settings: Settings) -> int:
    """Measure and print."""
    node = Node()
    try:
        say(f"a node on {node.origin}")
        await node.start()
        people, key = await found(node)
        consoles = [await Console.open(node, person) for person in people]
        step = Step(RATE, options.seconds)
        chats = await start_chats(node, key, ACTIVE)
        await accept_all(people, chats)
        say(f"{options.idle} visitors begin")
        resting = await start_chats(node, key, options.idle)
        tokens = [visitor_hello(chat.token) for chat in resting]

        async def plan(idle: list[str]) -> Plan:
            tickets = [await ticket_of(person) for person in people]
            hellos = [agent_hello(ticket, place, chats) for place, ticket in enumerate(tickets)]
            return plan_of(node, [visitor_hello(chat.token) for chat in chats], hellos, [step], idle)

        alone = (await generate("ucc.bench.load", await plan([])))[0]
        grown, beside = await _watch(node, await plan(tokens))
        await _leave(consoles, people)
    finally:
        await node.close()
    figures = Figures(
        kib_per_socket=round(grown / 1024 / options.idle, 1),
        added_p99=round(beside.p99 - alone.p99, 2),
        p99_alone=alone.p99,
        p99_beside=beside.p99,
        sockets=options.idle,
    )
    print_figures(figures, as_json=options.json)
    return 0


async def _watch(node: Node, plan: Plan) -> tuple[int, Measured]:
    """Run the plan and return by how many bytes the node grew, and the step."""
    before = node.resident_bytes()
    measured = (await generate("ucc.bench.load", plan))[0]
    return node.resident_bytes() - before, measured  # freed memory stays with the process: this is the height


async def _leave(consoles: list[Console], people: list[Person]) -> None:
    for console in consoles:
        console.close()
    for person in people:
        await person.close()
