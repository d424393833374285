"""People of a test: visitors and agents who act over the public API, beside those who act in a browser."""

from __future__ import annotations

import asyncio
import contextlib
import uuid
from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import msgspec
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

DEADLINE_S = 15.0
LOOK_S = 0.05
PING_S = 8.0
PASSWORD = "demo demo demo"

Json = dict[str, Any]


async def eventually(
    question: Callable[[], Awaitable[Any]], what: str, *, within_s: float = DEADLINE_S
) -> Any:
    """Ask until the answer is true, at most `within_s`; return it."""
    loop = asyncio.get_running_loop()
    until = loop.time() + within_s
    while not (answer := await question()):
        assert loop.time() < until, f"waited {within_s:.0f} s for {what}"
        await asyncio.sleep(LOOK_S)
    return answer


class Api:
    """A signed-in user's HTTP."""

    def __init__(self, base: str) -> None:
        self._base = base
        self._http = httpx.AsyncClient(base_url=f"{base}/v1", headers={"Origin": base}, timeout=15)
        self.me: Json = {}

    async def sign_in(self, email: str, password: str) -> Api:
        """Start a session; the cookie is sent by hand because httpx keeps __Host- for HTTPS."""
        answer = await self._http.post("/auth/login", json={"email": email, "password": password})
        assert answer.status_code < 300, answer.text
        self.me = answer.json()
        cookie = answer.headers["set-cookie"].partition(";")[0]
        self._http.headers.update({"X-CSRF-Token": self.me["csrf_token"], "Cookie": cookie})
        return self

    async def __call__(self, method: str, path: str, body: object = None) -> Any:
        """Send a request that must succeed; return its body."""
        answer = await self._http.request(method, path, json=body)
        assert answer.status_code < 300, f"{method} {path}: {answer.status_code} {answer.text}"
        return answer.json() if answer.content else None

    async def attempt(self, method: str, path: str, body: object = None) -> bool:
        """Send a request that may be refused; return whether it was carried out."""
        answer = await self._http.request(method, path, json=body)
        assert answer.status_code < 500, f"{method} {path}: {answer.status_code} {answer.text}"
        return answer.status_code < 300

    async def close(self) -> None:
        """Let go of the connection."""
        await self._http.aclose()


class Socket:
    """A WebSocket that is kept alive and whose frames are kept."""

    def __init__(self, connection: ClientConnection) -> None:
        self._connection = connection
        self.frames: list[Json] = []
        self._tasks = [asyncio.create_task(self._read()), asyncio.create_task(self._ping())]

    @classmethod
    async def open(cls, base: str, path: str, hello: Json) -> Socket:
        """Connect and say hello."""
        connection = await connect(base.replace("http", "ws", 1) + path, origin=base)  # type: ignore[arg-type]
        socket = cls(connection)
        await socket.send(hello)
        return socket

    async def send(self, frame: Json) -> None:
        """Send one frame."""
        await self._connection.send(msgspec.json.encode(frame).decode())

    async def _read(self) -> None:
        with contextlib.suppress(ConnectionClosed):
            async for text in self._connection:
                self.frames.append(msgspec.json.decode(text))

    async def _ping(self) -> None:
        with contextlib.suppress(ConnectionClosed):
            while True:
                await asyncio.sleep(PING_S)
                await self.send({"type": "ping"})

    async def close(self) -> None:
        """End it."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._connection.close()


class Visitor:
    """Somebody who writes from the shop without a browser."""

    def __init__(self, base: str, name: str) -> None:
        self._base = base
        self.name = name
        self.conversation_id = 0
        self._socket: Socket | None = None

    async def start(self, text: str, *, locale: str = "en") -> Visitor:
        """Begin a conversation and stay on the page."""
        start = {
            "client_id": str(uuid.uuid4()),
            "text": text,
            "locale": locale,
            "prechat": {"name": self.name},
            "page": f"{self._base}/demo",
            "page_title": "Lintwick shop",
        }
        async with httpx.AsyncClient(base_url=f"{self._base}/v1", headers={"Origin": self._base}) as http:
            answer = await http.post("/widget/demo/start", json=start)
        assert answer.status_code < 300, answer.text
        begun = answer.json()
        self.conversation_id = begun["state"]["conversation_id"]
        hello = {"type": "hello", "token": begun["token"], "last_seq": 0}
        self._socket = await Socket.open(self._base, "/v1/widget/socket", hello)
        return self

    @property
    def socket(self) -> Socket:
        """Return the open socket."""
        assert self._socket is not None, "not started"
        return self._socket

    async def say(self, text: str) -> None:
        """Send a message."""
        await self.socket.send({"type": "message", "client_id": str(uuid.uuid4()), "text": text})

    async def type(self) -> None:
        """Seem to be typing."""
        await self.socket.send({"type": "typing"})

    def heard(self) -> list[str]:
        """Return the texts of what the team said."""
        entries = [frame["entry"] for frame in self.socket.frames if frame["type"] == "entry"]
        return [one["text"] for one in entries if one["author"] == "agent"]

    async def hears(self, text: str) -> None:
        """Wait until the team said this."""

        async def asked() -> bool:
            return text in self.heard()

        await eventually(asked, f"{self.name} to hear {text!r}")

    async def close(self) -> None:
        """Leave the page."""
        if self._socket is not None:
            await self._socket.close()
