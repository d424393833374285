"""Composition root: the servers a node stands on, and every room of the node, each built once, in order."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

import msgspec

from ucc.agents.service import Agents
from ucc.contacts.service import Contacts
from ucc.conversations.service import Conversations
from ucc.domain.events import AnyEvent
from ucc.kit import log
from ucc.kit.bus import Bus
from ucc.kit.config import Settings
from ucc.kit.embedded import EmbeddedNats, EmbeddedPostgres, Place
from ucc.kit.files import Files
from ucc.kit.ids import Ids
from ucc.kit.migrate import migrate
from ucc.kit.tasks import Tasks
from ucc.routing.service import Routing
from ucc.simulations.service import Simulations
from ucc.tenants.service import Tenants
from ucc.web.claims import ClaimedDatabase
from ucc.web.rooms import Rooms

RUNNING = "running.json"  # in the data folder: where the embedded servers answer while they run

Say = Callable[[str], None]
_logger = log.get("app")


class Servers:
    """PostgreSQL and NATS: the outside ones of the settings, or embedded ones that live as long as this."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._place: Place | None = None
        self._postgres: EmbeddedPostgres | None = None
        self._nats: EmbeddedNats | None = None
        self._keepers = Tasks()
        self.database_url = settings.database_url or ""
        self.nats_url = settings.nats_url or ""

    @property
    def is_embedded(self) -> bool:
        """Say whether any of the two runs in our data folder."""
        return self._place is not None

    @classmethod
    async def open(cls, settings: Settings, say: Say) -> Servers:
        """Start what the settings do not name.

        Raises:
            EmbeddedError: a server cannot run here; the text names the remedy.
        """
        servers = cls(settings)
        try:
            await servers._start(say)
        except BaseException:
            await servers.close()
            raise
        return servers

    async def _start(self, say: Say) -> None:
        if self.database_url and self.nats_url:
            return
        place = Place(self._settings.data_dir)
        place.take()
        self._place = place
        if not self.database_url:
            is_new = not (place.root / "postgres" / "data").exists()
            say("making the database (first run)" if is_new else "starting PostgreSQL")
            self._postgres = EmbeddedPostgres(place)
            await self._postgres.start()
            self._keepers.start("postgres: keeper", self._postgres.keep())
            self.database_url = self._postgres.url
        if not self.nats_url:
            self._nats = EmbeddedNats(place)
            await self._nats.start()
            self._keepers.start("nats: keeper", self._nats.keep())
            self.nats_url = self._nats.url
        _write_running(place.root, self.database_url, self.nats_url)

    async def close(self) -> None:
        """Stop what was started, the wire first."""
        await self._keepers.close()
        if self._nats is not None:
            await self._nats.stop()
        if self._postgres is not None:
            await self._postgres.stop()
        if self._place is not None:
            (self._place.root / RUNNING).unlink(missing_ok=True)
            self._place.release()


def read_running(data_dir: Path) -> tuple[str, str] | None:
    """Return the addresses of the embedded servers another process runs in `data_dir`, or None."""
    try:
        found = json.loads((data_dir / RUNNING).read_text())
        os.kill(found["pid"], 0)
    except (OSError, ValueError, KeyError):
        return None
    return found["database_url"], found["nats_url"]


def _write_running(root: Path, database_url: str, nats_url: str) -> None:
    path = root / RUNNING
    path.unlink(missing_ok=True)
    path.touch(mode=0o600)  # the address of NATS carries its token
    path.write_text(json.dumps({"pid": os.getpid(), "database_url": database_url, "nats_url": nats_url}))


async def open_rooms(settings: Settings, servers: Servers, say: Say) -> Rooms:
    """Migrate and build every room, lowest first; nothing is served yet.

    Raises:
        BadMigration, UnsafeDatabase: the database does not fit; the text names the remedy.
    """
    await migrate(servers.database_url, say=say)
    tasks = Tasks()
    database = await ClaimedDatabase.open(
        servers.database_url,
        app_connections=settings.app_connections,
        node_connections=settings.node_connections,
    )
    ids = await Ids.open(database, tasks)
    cluster = await database.read_installation()
    bus = await Bus.open(servers.nats_url, cluster=cluster, payloads=AnyEvent, tasks=tasks)
    files = Files.open(settings.files_url, settings.data_dir / "files")
    tenants = Tenants(database, ids, bus, tasks)
    agents = Agents(database, ids, tenants)
    contacts = Contacts(database, ids, tenants, bus)
    routing = Routing(database, ids, bus, tasks, settings, profiles=agents, recorder=tenants)
    conversations = Conversations(
        database,
        ids,
        bus,
        tasks,
        routing=routing,
        contacts=contacts,
        position=routing.place,
        recorder=tenants,
        files=files,
        origin=settings.origin,
    )
    contacts.follow(conversations.merges)
    contacts.follow(routing)
    tenants.listen(routing)
    agents.listen(routing)
    routing.project_threads(conversations.projector)
    routing.attach(conversations)
    return Rooms(
        settings=settings,
        database=database,
        ids=ids,
        bus=bus,
        tasks=tasks,
        files=files,
        tenants=tenants,
        agents=agents,
        contacts=contacts,
        routing=routing,
        conversations=conversations,
        simulations=Simulations(database, ids, tasks, routing),
    )


async def join_servers(settings: Settings, say: Say) -> Servers:
    """Return the servers a short command works on: those of a node that runs here, else our own."""
    running = None if settings.database_url else read_running(settings.data_dir)
    if running is not None:
        settings = msgspec.structs.replace(settings, database_url=running[0], nats_url=running[1])
    return await Servers.open(settings, say)


async def start_rooms(rooms: Rooms) -> None:
    """Begin the node's own work: sweeping, lease, routing."""
    await rooms.routing.start()
    rooms.conversations.start()
    rooms.tasks.start("tenants: sweep", rooms.tenants.keep_swept())


async def close_rooms(rooms: Rooms) -> None:
    """End in the reverse order: sockets are gone, then the lease, then the wire, then the database."""
    await rooms.routing.close()
    rooms.tenants.close()
    await rooms.bus.close()
    await rooms.tasks.close()
    await rooms.database.close()
