"""`ucc bench node`: from the frame that ends work, over the journal's commit, to the agent's next offer."""

from __future__ import annotations

import argparse
import os
import re

import msgspec

from ucc.app import read_running
from ucc.bench.agents import Plan
from ucc.bench.aims import Aim, least, most, print_aims
from ucc.bench.company import AGENT_PATH
from ucc.bench.messages import print_figures, say
from ucc.bench.node import PASSWORD, Failed, Node, Person
from ucc.bench.schedule import Measured, Step, generate
from ucc.bench.seeding import Seeding
from ucc.kit.config import Settings

AGENTS = 1_000
WAITING = 1_000  # at every moment, so much or more
RATE = 200
STEPS = (500, 750, 1_000, 1_250, 1_500, 2_000, 2_500)
SECONDS = 10.0
STEP_S = 5.0
WARM_UP = Step(100, 3)


class Figures(msgspec.Struct, frozen=True, kw_only=True):
    """What is printed."""

    p50: float  # ms from the due time of an ending to the next offer's frame, in the first step
    p99: float
    cpu_ms_per_ending: float  # of the node, for an ending and its offer, in the first step
    database_ms_per_ending: float  # of PostgreSQL
    rate: int  # offers a second of the highest step that was kept up with
    lost: int  # endings without a next offer, in the first step and before the step that was too much
    accepted_twice: int
    agents: int
    waiting: int
    load_average: float  # when it began; above 0 others worked too
    steps: list[Measured]
    aims: list[Aim]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("--json", action="store_true", help="print the figures as JSON alone")
    parser.add_argument("--agents", type=int, default=AGENTS, help="consoles, each with one chat at a time")
    parser.add_argument(
        "--waiting", type=int, default=WAITING, help="chats that wait at every moment, at least"
    )
    parser.add_argument("--rate", type=int, default=RATE, help="offers a second of the run that p99 is of")
    parser.add_argument("--seconds", type=float, default=SECONDS, help="of that run")
    parser.add_argument("--rate-max", type=int, default=STEPS[-1], help="leave faster steps out")
    parser.add_argument("--step-seconds", type=float, default=STEP_S, help="of each faster step")


async def run(options: argparse.Namespace, settings: Settings) -> int:
    """Measure and print."""
    load_average = round(os.getloadavg()[0], 2)
    faster = [rate for rate in STEPS if options.rate < rate <= options.rate_max]
    steps = [Step(options.rate, options.seconds), *(Step(rate, options.step_seconds) for rate in faster)]
    consumed = options.agents + sum(int(step.rate * step.seconds) for step in [WARM_UP, *steps])
    node = Node()
    try:
        say(f"a node on {node.origin}, {options.agents} agents, {options.waiting + consumed} chats to come")
        await node.start()
        seeding = await _seed(node, options.agents, options.waiting + consumed)
        try:
            plan = Plan(
                port=node.port,
                origin=node.origin,
                path=AGENT_PATH,
                pids=node.pids,
                tickets=seeding.tickets,
                steps=steps,
                warm_up=WARM_UP,
            )
            measured = await generate("ucc.bench.agents", plan)
            accepted_twice = await seeding.accepted_twice()
        finally:
            await seeding.close()
    finally:
        await node.close()
    kept = [one for one in measured if not one.is_behind]
    rate = max((one.rate for one in kept), default=0)
    lost = sum(one.sent - one.received for one in kept or measured[:1])
    figures = Figures(
        p50=measured[0].p50,
        p99=measured[0].p99,
        cpu_ms_per_ending=measured[0].node_ms,
        database_ms_per_ending=measured[0].database_ms,
        rate=rate,
        lost=lost,
        accepted_twice=accepted_twice,
        agents=options.agents,
        waiting=options.waiting,
        load_average=load_average,
        steps=measured,
        aims=[
            most("p99", "ms", measured[0].p99, 10),
            least("rate", "offers/s", rate, 2_000),
            most("lost", "", lost, 0),
            most("accepted_twice", "", accepted_twice, 0),
        ],
    )
    if options.json:
        print_figures(figures, as_json=True)
        return 0
    for step in measured:
        print(step)
    print(f"{options.agents} agents, {options.waiting} waiting, load average {load_average} when it began")
    print_aims(figures.aims)
    return 0


async def _seed(node: Node, agents: int, chats: int) -> Seeding:
    """Make the tenant, its agents and what waits."""
    made = await node.command(
        *("tenant", "create", "--name", "Load", "--slug", "load", "--email", "admin@load.test"),
        "--password-stdin",
        given=PASSWORD + "\n",
    )
    tenant_id = int(re.findall(r"tenant (\d+)", made)[0])
    admin = Person(node)
    await admin.sign_in("admin@load.test")
    queue = await admin.ask("POST", "/queues", {"name": "Load", "wrap_up_s": 0, "waiting_max": 100_000})
    inbox = await admin.ask(
        "POST", "/inboxes", {"name": "Load", "queue_id": queue["id"], "origins": [node.origin]}
    )
    await admin.close()
    running = read_running(node.folder / "data")
    if running is None:
        raise Failed("the node left no address of its servers")
    seeding = await Seeding.open(*running, tenant_id)
    await seeding.add_agents(agents)
    await seeding.add_chats(queue["id"], inbox["id"], chats)
    await seeding.leave_bus()
    say("every chat waits")
    return seeding
