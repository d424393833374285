"""Runs one node until a signal: servers, rooms, door; then drains and stops them in the reverse order."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import signal
import socket
from collections.abc import Iterator

import uvicorn

from ucc.app import Say, Servers, close_rooms, open_rooms, start_rooms
from ucc.demo.seed import seed
from ucc.kit import log
from ucc.kit.clock import monotonic_ms
from ucc.kit.config import BadSetting, Settings, SetupError
from ucc.kit.tasks import Tasks
from ucc.web.door import Door
from ucc.web.line import Line
from ucc.web.rooms import Rooms
from ucc.web.routes import ROUTERS
from ucc.web.server import create_door
from ucc.web.sockets import Sockets, sockets_of

SOCKET_FRAME_BYTES_MAX = 128 * 1024
GRACE_S = 5  # for running requests at the end
KEEP_ALIVE_S = 75  # longer than proxies and clients keep a connection: who closes first must not be us
BACKLOG = 2_048
YOUNG_OBJECTS = 20_000  # made and not freed since the last collection of the youngest

_logger = log.get("serve")


class Failed(SetupError):
    """A vital part of the node ended by itself; a supervisor should start the node again."""


class _Server(uvicorn.Server):
    """uvicorn without its signal handlers: this module decides in which order things end."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


async def serve(settings: Settings, say: Say) -> None:
    """Serve until SIGINT or SIGTERM; a second signal does not wait for anybody.

    Raises:
        Failed: a vital task ended.
    """
    loop = asyncio.get_running_loop()
    running = asyncio.current_task()
    stop = asyncio.Event()

    def note_signal() -> None:
        if stop.is_set() and running is not None:
            running.cancel()
        stop.set()

    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, note_signal)
    listener = listen(settings)
    try:
        await _serve(settings, listener, stop, say)
    finally:
        listener.close()


def listen(settings: Settings) -> socket.socket:
    """Take the port before anything slow begins.

    Raises:
        BadSetting: the port or the address cannot be had.
    """
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    try:
        return socket.create_server((settings.host, settings.port), family=family, backlog=BACKLOG)
    except OSError as error:
        raise BadSetting(
            f"cannot listen on {settings.host}, port {settings.port}: {error.strerror}; set UCC_PORT"
        ) from error


async def _serve(settings: Settings, listener: socket.socket, stop: asyncio.Event, say: Say) -> None:
    started_ms = monotonic_ms()
    servers = await Servers.open(settings, say)
    try:
        rooms = await open_rooms(settings, servers, say)
        try:
            if settings.demo and await seed(rooms):
                say("made the demo tenant")
            sockets = sockets_of(rooms)
            door, app = create_door(rooms, ROUTERS, sockets)
            await start_rooms(rooms)
            sockets.start()
            server = _Server(_config(app))
            serving = Tasks().start("web", server.serve(sockets=[listener]))
            serving.add_done_callback(lambda _: stop.set())
            await _until_started(server, serving)
            rest_garbage_collection()
            for line in greeting(settings, servers, monotonic_ms() - started_ms):
                say(line)
            failed = await _until_stop(stop, rooms)
            say("stopping")
            await _drain(sockets, door, server, serving)
        finally:
            await close_rooms(rooms)
    finally:
        await servers.close()
    if failed is not None:
        raise Failed(f"{failed} ended; see the log")


def rest_garbage_collection() -> None:
    """Leave what the start made out of later collections: a full one of it stops the node for 100 ms."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG_OBJECTS, 20, 50)


def _config(app: object) -> uvicorn.Config:
    return uvicorn.Config(
        app,  # type: ignore[arg-type]  # an ASGI application; litestar and uvicorn spell the type differently
        http="httptools",
        ws=Line,
        ws_max_size=SOCKET_FRAME_BYTES_MAX,
        ws_ping_interval=None,  # our own ping frames tell more
        ws_per_message_deflate=False,  # 40 KiB a socket for little
        lifespan="off",
        access_log=False,
        log_config=None,
        proxy_headers=False,
        server_header=False,
        timeout_keep_alive=KEEP_ALIVE_S,
        timeout_graceful_shutdown=GRACE_S,
        backlog=BACKLOG,
    )


async def _until_started(server: uvicorn.Server, serving: asyncio.Task[None]) -> None:
    while not server.started and not serving.done():  # noqa: ASYNC110  # uvicorn tells it by a flag alone
        await asyncio.sleep(0.005)


async def _until_stop(stop: asyncio.Event, rooms: Rooms) -> str | None:
    """Return when a signal came (None) or a vital task failed (its name)."""
    failed = rooms.tasks.failed()
    failed.add_done_callback(lambda _: stop.set())
    await stop.wait()
    return failed.result() if failed.done() else None


async def _drain(sockets: Sockets, door: Door, server: uvicorn.Server, serving: asyncio.Task[None]) -> None:
    """Refuse what is new, close the sockets with 1001, let running requests end."""
    door.close()
    await sockets.close()
    server.should_exit = True
    await asyncio.wait([serving])


def greeting(settings: Settings, servers: Servers, took_ms: int) -> list[str]:
    """Return what is printed when the node is ready."""
    origin = settings.origin
    lines = [f"ready in {took_ms / 1000:.1f} s", f"  console  {origin}/console", f"  API      {origin}/docs"]
    if settings.demo:
        lines += [
            f"  shop     {origin}/demo",
            "  logins   admin@demo.test  supervisor@demo.test  agent1@demo.test … agent5@demo.test",
            "  password demo",
        ]
    if servers.is_embedded:
        lines += [
            "  a second node on this machine:",
            f"    UCC_DATABASE_URL='{servers.database_url}' UCC_NATS_URL='{servers.nats_url}' \\",
            f"    UCC_DATA_DIR='{settings.data_dir}' UCC_PORT={settings.port + 1} ucc serve",
        ]
    return lines
