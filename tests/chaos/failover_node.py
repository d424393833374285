"""A node that does nothing but routing, for fail-over tests, with a console of every agent.

    python -m tests.chaos.failover_node <database url> <nats url> <cluster> <tenant id> <agent ids by comma>

It prints its node id when it takes part.
"""

from __future__ import annotations

import asyncio
import signal
import sys
from pathlib import Path

from ucc.agents.service import Agents
from ucc.domain.events import AnyEvent
from ucc.kit import log
from ucc.kit.bus import Bus
from ucc.kit.config import Settings
from ucc.kit.db import Database
from ucc.kit.ids import Ids
from ucc.kit.tasks import Tasks
from ucc.routing.service import Routing
from ucc.tenants.service import Tenants


async def run(database_url: str, nats_url: str, cluster: str, tenant_id: int, agent_ids: list[int]) -> None:
    """Take part until SIGTERM."""
    tasks = Tasks()
    database = await Database.open(database_url, app_connections=2, node_connections=6)
    ids = await Ids.open(database, tasks)
    bus = await Bus.open(nats_url, cluster=cluster, payloads=AnyEvent, tasks=tasks)
    tenants = Tenants(database, ids, bus, tasks)
    settings = Settings(data_dir=Path("/nowhere"), node_connections=6)
    routing = Routing(
        database,
        ids,
        bus,
        tasks,
        settings,
        profiles=Agents(database, ids, tenants),
        recorder=tenants,
    )
    await routing.start()
    for agent_id in agent_ids:
        await routing.sessions.opened(tenant_id, agent_id)
    stopped = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stopped.set)
    print(routing.node_id, flush=True)
    await stopped.wait()
    await routing.close()
    await bus.close()
    await tasks.close()
    await database.close()


if __name__ == "__main__":
    log.configure("info")
    _, url, nats, name, tenant, agents = sys.argv
    asyncio.run(run(url, nats, name, int(tenant), [int(one) for one in agents.split(",")]))
