"""Kill processes at random under load and judge what is left.

python -m tests.chaos.prove --kills 30            # lost 0, duplicated 0, double_assignments 0
python -m tests.chaos.prove --kills 6 --control   # synchronous_commit=off: caught, or the judge is blind
"""

from __future__ import annotations

import argparse
import asyncio
import random
import shutil
import sys
import tempfile
from collections import Counter
from pathlib import Path

import asyncpg
import httpx
import msgspec

from tests.chaos.clients import ORIGIN, AgentClient, Nodes, VisitorClient
from tests.chaos.cluster import Cluster
from tests.chaos.ledger import Ledger
from tests.chaos.verdict import Verdict, judge
from ucc.domain.people import Inbox, InboxWrite, Login, Me, Queue, QueueWrite

SETTLE_S = 120.0
CONTROL_SETTLE_S = 15.0
AGENTS = 5


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """One run: how many kills of what, under which load."""

    kills: int
    seed: int = 1
    visitors: int = 40
    pause_s: float = 0.8  # mean pause between two messages of a visitor
    between_s: float = 6.0  # mean time between two kills
    is_control: bool = False  # commits without waiting for the disk, PostgreSQL alone is killed


async def prove(plan: Plan, folder: Path) -> Verdict:
    """Run the plan on real processes in `folder` and return the verdict."""
    dice = random.Random(plan.seed)
    cluster, ledger, kills = Cluster(folder), Ledger(), Counter[str]()
    try:
        await cluster.start()
        nodes = Nodes([node.origin for node in cluster.nodes], dice)
        limits = httpx.Limits(max_connections=200)
        async with httpx.AsyncClient(timeout=8, limits=limits, trust_env=False) as client:
            key = await _make_inbox(cluster.nodes[0].origin, client)
            if plan.is_control:
                await _commit_without_waiting(cluster.owner_url)
            agents = [AgentClient(f"agent{n}@demo.test", "demo", nodes, ledger) for n in range(1, AGENTS + 1)]
            visitors = [VisitorClient(n, nodes, key, ledger) for n in range(plan.visitors)]
            async with asyncio.TaskGroup() as group:
                working = [group.create_task(agent.run(client)) for agent in agents]
                writing = [group.create_task(v.run(client, plan.pause_s)) for v in visitors]
                await _kill_at_random(cluster, plan, dice, kills)
                for node in cluster.nodes:
                    await node.ready()
                for visitor in visitors:
                    visitor.is_writing = False
                settle_s = CONTROL_SETTLE_S if plan.is_control else SETTLE_S
                if stuck := await _end(writing, settle_s):  # their conversation or their token was lost
                    ledger.breaches.append(f"I9 {stuck} visitors could not hand over what they wrote")
                for agent in agents:
                    agent.is_working = False
                if stuck := await _end(working, settle_s):  # a write of theirs is never answered for good
                    ledger.breaches.append(f"I9 {stuck} agents could not finish what they did")
        await asyncio.gather(*(asyncio.to_thread(node.stop) for node in cluster.nodes))
        return await judge(cluster.owner_url, ledger, dict(kills))
    finally:
        await cluster.stop()


async def _end(tasks: list[asyncio.Task[None]], settle_s: float) -> int:
    """Give tasks that long to end by themselves, cancel the others and return how many those were."""
    _, stuck = await asyncio.wait(tasks, timeout=settle_s)
    for task in stuck:
        task.cancel()
    return len(stuck)


async def _kill_at_random(cluster: Cluster, plan: Plan, dice: random.Random, kills: Counter[str]) -> None:
    targets = ["postgres"] if plan.is_control else ["postgres", "nats", *(n.name for n in cluster.nodes)]
    await asyncio.sleep(plan.between_s)
    for number in range(plan.kills):
        target = targets[number % len(targets)] if number < len(targets) else dice.choice(targets)
        await cluster.kill(target)
        kills[target] += 1
        print(f"kill {number + 1}/{plan.kills}: {target}", file=sys.stderr, flush=True)
        await asyncio.sleep(plan.between_s * (0.5 + dice.random()))


async def _make_inbox(origin: str, client: httpx.AsyncClient) -> str:
    """As the admin: a queue anybody may serve, agents with room for all, and an inbox for the load."""
    login = Login(email="admin@demo.test", password="demo")
    json = {"content-type": "application/json"}
    answer = await client.post(origin + "/v1/auth/login", content=msgspec.json.encode(login), headers=json)
    answer.raise_for_status()
    me = msgspec.json.decode(answer.content, type=Me)
    cookie = answer.headers["set-cookie"].split(";")[0]
    headers = json | {"x-csrf-token": me.csrf_token, "cookie": cookie}

    async def write(method: str, path: str, body: object) -> bytes:
        reply = await client.request(
            method, origin + path, content=msgspec.json.encode(body), headers=headers
        )
        assert reply.status_code < 300, f"{method} {path}: {reply.status_code} {reply.text}"
        return reply.content

    users = msgspec.json.decode((await client.get(origin + "/v1/users?limit=100", headers=headers)).content)
    for user in users["items"]:
        await write("PATCH", f"/v1/users/{user['id']}", {"capacity": {"chat": 50}})
    queue = QueueWrite(name="chaos", offer_s=15, wrap_up_s=5, waiting_max=10_000)
    queue_id = msgspec.json.decode(await write("POST", "/v1/queues", queue), type=Queue).id
    inbox = InboxWrite(name="chaos", queue_id=queue_id, origins=[ORIGIN])
    return msgspec.json.decode(await write("POST", "/v1/inboxes", inbox), type=Inbox).key


async def _commit_without_waiting(owner_url: str) -> None:
    """The negative control: what a careless operator would set for speed."""
    owner = await asyncpg.connect(owner_url)
    for statement in ("synchronous_commit = off", "wal_writer_delay = '10s'"):
        await owner.execute(f"ALTER SYSTEM SET {statement}")
    await owner.execute("SELECT pg_reload_conf()")
    await owner.close()


def main() -> int:
    """Run one plan; return 0 when the verdict is what it must be."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--kills", type=int, default=30)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--visitors", type=int, default=40)
    parser.add_argument("--control", action="store_true")
    parser.add_argument("--keep", action="store_true", help="keep the folder with the logs")
    given = parser.parse_args()
    plan = Plan(kills=given.kills, seed=given.seed, visitors=given.visitors, is_control=given.control)
    folder = Path(tempfile.mkdtemp(prefix="ucc-chaos-"))
    folder.chmod(0o755)
    try:
        verdict = asyncio.run(prove(plan, folder))
    finally:
        if given.keep:
            print(f"logs: {folder}", file=sys.stderr)
        else:
            shutil.rmtree(folder, ignore_errors=True)
    print(msgspec.json.format(msgspec.json.encode(verdict)).decode())
    return 0 if (verdict.lost > 0 if given.control else verdict.is_clean) else 1


if __name__ == "__main__":
    raise SystemExit(main())
