"""The floor of `ucc bench messages`: same sockets, rate and stack, one INSERT an echo and nothing else.

`python -m ucc.bench.floor` serves on UCC_PORT with a PostgreSQL of its own, as a node does.
"""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from typing import Any

import asyncpg
import msgspec
import uvicorn
import uvloop

from ucc.kit import sql
from ucc.kit.embedded import EmbeddedPostgres, Place

POOL = 8

_queries = sql.load(Path(__file__).with_name("queries.sql"))


class _Said(msgspec.Struct):
    """A frame: hello names the socket, a message is stored and passed on."""

    type: str
    client_id: str = ""
    text: str = ""
    name: str = ""


_decode = msgspec.json.Decoder(_Said).decode


class Floor:
    """Passes each visitor's message to the agent of the same name, once it is stored, and echoes it."""

    def __init__(self, pool: asyncpg.Pool[Any]) -> None:
        self._pool = pool
        self._agents: dict[str, Any] = {}

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Serve /readyz, or one socket until its end."""
        if scope["type"] == "http":
            await send({"type": "http.response.start", "status": 200, "headers": []})
            await send({"type": "http.response.body", "body": b"", "more_body": False})
            return
        await receive()
        await send({"type": "websocket.accept"})
        hello = _decode((await receive())["text"])
        if scope["path"] == "/agent":
            self._agents[hello.name] = send
        await send({"type": "websocket.send", "text": '{"type":"welcome"}'})
        while (message := await receive())["type"] == "websocket.receive":
            text = message["text"]
            said = _decode(text)
            if said.type != "message":
                continue
            await _queries.add_echo(self._pool, client_id=said.client_id, text=said.text)
            await self._agents[hello.name]({"type": "websocket.send", "text": text})
            await send({"type": "websocket.send", "text": text})


async def serve() -> None:
    """Start PostgreSQL and serve until the process is ended."""
    place = Place(Path(os.environ["UCC_DATA_DIR"]))
    place.take()
    postgres = EmbeddedPostgres(place)
    await postgres.start()
    try:
        async with asyncpg.create_pool(
            postgres.url, min_size=POOL, max_size=POOL, server_settings={"role": "ucc_owner"}
        ) as pool:
            await _queries.create_echo(pool)
            config = uvicorn.Config(
                Floor(pool),
                port=int(os.environ["UCC_PORT"]),
                http="httptools",
                ws="websockets-sansio",
                ws_ping_interval=None,
                ws_per_message_deflate=False,
                lifespan="off",
                access_log=False,
                log_config=None,
            )
            await uvicorn.Server(config).serve()
    finally:
        await postgres.stop()
        place.release()


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(serve())
