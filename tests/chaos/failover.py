"""How long nobody is assigned work when the owner dies: two nodes, the owner killed again and again.

    python -m tests.chaos.failover --kills 20 [--pauses 5] [--leaves 10] [--json]

Before each kill some work is under way; right after it more is stored. The time is from the kill until the
survivor has offered the work stored after it. A pause is a SIGSTOP of three seconds: the owner wakes as a
zombie and must be refused. A leave is a SIGTERM: the owner gives its shards back. At the end: every
interaction was offered and accepted exactly once, the journal has no hole, and deciding it again gives what
was recorded.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import msgspec

from ucc.domain.engine import Accept, AnyCommand, Complete, End, Enqueue, SetAgent, SetQueue, SetStatus
from ucc.domain.events import AnyEvent
from ucc.kit.bus import Bus
from ucc.kit.clock import now_ms
from ucc.kit.db import Database
from ucc.kit.embedded import EmbeddedNats, EmbeddedPostgres, Place
from ucc.kit.ids import Ids
from ucc.kit.migrate import migrate
from ucc.kit.tasks import Tasks
from ucc.routing import journal
from ucc.routing.lease import shard_of
from ucc.routing.owner import commands_hint
from ucc.routing.rules import ALWAYS

READY_S = 60
TRIAL_S = 30  # after this the survivor has failed
PAUSE_S = 3.0
AGENTS = 4
LOOK_S = 0.004
CLUSTER = "failover"


class Result(msgspec.Struct, kw_only=True):
    """What the trials gave."""

    kills: list[int] = []  # ms until the survivor assigned, each
    pauses: list[int] = []
    leaves: list[int] = []
    interactions: int = 0
    unassigned: int = 0
    assigned_twice: int = 0
    journal_rows: int = 0

    def figures(self) -> dict[str, Any]:
        """Return the figures as the note prints them."""
        times = sorted(self.kills)
        leaves = sorted(self.leaves)
        return {
            "kills": len(times),
            "p50_ms": times[len(times) // 2],
            "p99_ms": times[min(len(times) - 1, round(len(times) * 0.99))],
            "max_ms": times[-1],
            "pauses": len(self.pauses),
            "pause_max_ms": max(self.pauses, default=None),
            "leaves": len(leaves),
            "leave_p50_ms": leaves[len(leaves) // 2] if leaves else None,
            "leave_max_ms": max(leaves, default=None),
            "interactions": self.interactions,
            "unassigned": self.unassigned,
            "assigned_twice": self.assigned_twice,
            "journal_rows": self.journal_rows,
        }


class NodeProcess:
    """One routing node to kill."""

    def __init__(self, arguments: list[str], log_path: Path) -> None:
        with log_path.open("ab") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "tests.chaos.failover_node", *arguments],
                stdout=subprocess.PIPE,
                stderr=output,
                text=True,
            )
        self.node_id = 0

    async def ready(self) -> NodeProcess:
        """Wait until it takes part."""
        assert self.process.stdout is not None
        async with asyncio.timeout(READY_S):
            self.node_id = int(await asyncio.to_thread(self.process.stdout.readline))
        return self

    def signal(self, number: int) -> None:
        """Send a signal; after a kill also wait for the end."""
        os.kill(self.process.pid, number)
        if number == signal.SIGKILL:
            self.wait()

    def wait(self) -> None:
        """Wait for its end."""
        assert self.process.stdout is not None
        self.process.wait()
        self.process.stdout.close()


class Trials:
    """A tenant with four agents, work that keeps coming, and nodes that die."""

    def __init__(self, database: Database, bus: Bus, ids: Ids, folder: Path, nats_url: str) -> None:
        self._db = database
        self._bus = bus
        self._ids = ids
        self._folder = folder
        self._nats_url = nats_url
        self._nodes: list[NodeProcess] = []
        self._dice = random.Random(5)
        self.tenant_id = ids.take()
        self._queue = ids.take()
        self._agents = [ids.take() for _ in range(AGENTS)]
        self.result = Result()

    async def prepare(self) -> None:
        """Store the tenant and what its engine has to know, then start two nodes."""
        async with self._db.tenant(self.tenant_id) as conn:
            await conn.execute(
                "INSERT INTO tenant (tenant_id, name, slug, secret, created_at_ms)"
                " VALUES ($1, 'Fail-over', 'failover', 'secret', 1)",
                self.tenant_id,
            )
            for agent_id in self._agents:
                await conn.execute(
                    "INSERT INTO app_user (tenant_id, id, email, name, role, created_at_ms)"
                    " VALUES ($1, $2, $3, 'Agent', 'agent', 1)",
                    *(self.tenant_id, agent_id, f"{agent_id}@example.com"),
                )
        await self.store(SetQueue(queue=self._queue, requirement=[], wrap_up_ms=60_000, open=ALWAYS))
        for agent_id in self._agents:
            await self.store(SetAgent(agent=agent_id, skills=[], capacity=[("chat", 50)]))
        for _ in range(2):
            await self._start_node()
        for agent_id in self._agents:
            await self.store(SetStatus(agent=agent_id, status="on_queue"))

    async def _start_node(self) -> None:
        arguments = [self._db.url, self._nats_url, CLUSTER, str(self.tenant_id)]
        arguments.append(",".join(str(one) for one in self._agents))
        self._nodes.append(await NodeProcess(arguments, self._folder / "nodes.log").ready())

    async def store(self, command: AnyCommand) -> None:
        """Store a command as the fact's transaction would."""
        async with self._db.tenant(self.tenant_id) as conn:
            await conn.execute(
                "INSERT INTO routing_command (tenant_id, shard, command, at_ms) VALUES ($1, $2, $3, $4)",
                *(self.tenant_id, shard_of(self.tenant_id), msgspec.msgpack.encode(command), now_ms()),
            )
        self._bus.hint(commands_hint(shard_of(self.tenant_id)))

    async def enqueue(self) -> int:
        """Store work for somebody."""
        interaction = self._ids.take()
        self.result.interactions += 1
        await self.store(Enqueue(interaction, self._queue, "chat", now_ms()))
        return interaction

    async def until_offered(self, interaction: int) -> Any:
        """Wait for the offer."""
        async with asyncio.timeout(TRIAL_S):
            while True:
                rows = await self._fetch(
                    "SELECT agent_id, epoch FROM offer WHERE interaction_id = $1 AND state = 'ringing'",
                    interaction,
                )
                if rows:
                    return rows[0]
                await asyncio.sleep(LOOK_S)

    async def finish(self, interaction: int) -> None:
        """Accept, end and complete, each twice, as impatient people do."""
        offer = await self.until_offered(interaction)
        for command in (
            Accept(interaction, offer["agent_id"], offer["epoch"]),
            End(interaction, offer["agent_id"]),
            Complete(interaction, offer["agent_id"]),
        ):
            await self.store(command)
            await self.store(command)

    async def _fetch(self, statement: str, *arguments: Any) -> list[Any]:
        async with self._db.node(self.tenant_id) as conn:
            return list(await conn.fetch(statement, *arguments))

    async def _owner(self) -> NodeProcess:
        async with asyncio.timeout(TRIAL_S):
            while True:
                rows = await self._fetch(
                    "SELECT node_id FROM shard WHERE shard = $1", shard_of(self.tenant_id)
                )
                for node in self._nodes:
                    if node.node_id == rows[0]["node_id"]:
                        return node
                await asyncio.sleep(LOOK_S)

    async def kill_once(self) -> None:
        """Kill the owner with work under way, and measure."""
        await asyncio.sleep(self._dice.random() * 0.5)
        before = [await self.enqueue() for _ in range(3)]
        owner = await self._owner()
        owner.signal(signal.SIGKILL)
        self.result.kills.append(await self._measure(before))
        self._nodes.remove(owner)
        await self._start_node()

    async def pause_once(self) -> None:
        """Stop the owner for longer than its lease with work under way; it wakes as a zombie."""
        before = [await self.enqueue() for _ in range(3)]
        owner = await self._owner()
        owner.signal(signal.SIGSTOP)
        self.result.pauses.append(await self._measure(before))
        await asyncio.sleep(PAUSE_S)
        owner.signal(signal.SIGCONT)
        await self.finish(await self.enqueue())

    async def leave_once(self) -> None:
        """Ask the owner to leave with work under way."""
        before = [await self.enqueue() for _ in range(3)]
        owner = await self._owner()
        owner.signal(signal.SIGTERM)
        self.result.leaves.append(await self._measure(before))
        self._nodes.remove(owner)
        await asyncio.to_thread(owner.wait)
        await self._start_node()

    async def _measure(self, before: list[int]) -> int:
        started = time.monotonic()
        after = await self.enqueue()
        await self.until_offered(after)
        taken_ms = round((time.monotonic() - started) * 1000)
        for interaction in [*before, after]:
            await self.finish(interaction)
        return taken_ms

    async def judge(self) -> Result:
        """Wait until all work is over, then count."""
        async with asyncio.timeout(TRIAL_S):
            while await self._fetch("SELECT FROM interaction WHERE state <> 'closed'"):  # noqa: ASYNC110
                await asyncio.sleep(LOOK_S)
        counts = await self._fetch(
            "SELECT count(*) FILTER (WHERE o.state = 'accepted') AS accepted FROM interaction i"
            " LEFT JOIN offer o ON o.tenant_id = i.tenant_id AND o.interaction_id = i.id GROUP BY i.id"
        )
        self.result.unassigned = self.result.interactions - sum(row["accepted"] > 0 for row in counts)
        self.result.assigned_twice = sum(row["accepted"] > 1 for row in counts)
        verdict = await journal.verify(self._db, self.tenant_id)
        self.result.journal_rows = verdict.rows
        return self.result

    def stop(self) -> None:
        """End what still runs."""
        for node in self._nodes:
            node.signal(signal.SIGKILL)


async def run(kills: int, pauses: int, leaves: int, folder: Path) -> Result:
    """Run the trials on servers of their own in `folder`."""
    place = Place(folder)
    place.take()
    postgres, nats, tasks = EmbeddedPostgres(place), EmbeddedNats(place), Tasks()
    await postgres.start()
    await nats.start()
    await migrate(postgres.url, say=lambda _: None)
    database = await Database.open(postgres.url, app_connections=2, node_connections=2)
    bus = await Bus.open(nats.url, cluster=CLUSTER, payloads=AnyEvent, tasks=tasks)
    trials = Trials(database, bus, await Ids.open(database, tasks), folder, nats.url)
    try:
        await trials.prepare()
        for number in range(kills):
            await trials.kill_once()
            print(f"kill {number + 1}: {trials.result.kills[-1]} ms", file=sys.stderr, flush=True)
        for number in range(pauses):
            await trials.pause_once()
            print(f"pause {number + 1}: {trials.result.pauses[-1]} ms", file=sys.stderr, flush=True)
        for number in range(leaves):
            await trials.leave_once()
            print(f"leave {number + 1}: {trials.result.leaves[-1]} ms", file=sys.stderr, flush=True)
        return await trials.judge()
    finally:
        trials.stop()
        await bus.close()
        await tasks.close()
        await database.close()
        await nats.stop()
        await postgres.stop()
        place.release()
        shutil.rmtree(folder, ignore_errors=True)


def main() -> None:
    """Print the figures of a run."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else None)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--pauses", type=int, default=3)
    parser.add_argument("--leaves", type=int, default=3)
    parser.add_argument("--json", action="store_true", help="print JSON alone on stdout")
    given = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="ucc-failover-"))
    folder.chmod(0o755)
    figures = asyncio.run(run(given.kills, given.pauses, given.leaves, folder)).figures()
    if given.json:
        print(json.dumps(figures))
    else:
        print("\n".join(f"{name:16} {value}" for name, value in figures.items()))


if __name__ == "__main__":
    main()
