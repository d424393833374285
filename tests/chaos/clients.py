"""Visitors and agents over the public API, who keep a ledger of what they were told."""

from __future__ import annotations

import asyncio
import random
import uuid
from contextlib import suppress

import httpx
import msgspec
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import WebSocketException

from tests.chaos.ledger import Ledger, SeqWatch
from ucc.domain import events as wire
from ucc.domain.conversation import CompleteWrite, EndWrite, EntryWrite, Interaction, Offer
from ucc.domain.people import Login, Me, StatusWrite, Ticket
from ucc.domain.states import Author, EntryKind, InteractionState

ORIGIN = "http://chaos.test"
OUTAGE = (OSError, WebSocketException, httpx.HTTPError, TimeoutError)
_console_frame = msgspec.json.Decoder(wire.ConsoleFrame)
_widget_frame = msgspec.json.Decoder(wire.WidgetFrame)


def is_cancelled() -> bool:
    """Say whether this task was told to end; a closing socket or an answer just then may have hidden it."""
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0


class Nodes:
    """Where the nodes listen; a client picks one anew after every outage."""

    def __init__(self, origins: list[str], dice: random.Random) -> None:
        self.origins = origins
        self.dice = dice

    def pick(self) -> str:
        """Return the origin of some node."""
        return self.dice.choice(self.origins)


async def insist(nodes: Nodes, call: httpx.Request, client: httpx.AsyncClient) -> httpx.Response:
    """Send a write until some node answers for good; the same idempotency key every time."""
    while not is_cancelled():
        url = httpx.URL(nodes.pick() + call.url.raw_path.decode())
        request = client.build_request(call.method, url, content=call.content, headers=call.headers)
        request.headers["host"] = url.netloc.decode()
        try:
            answer = await client.send(request)
        except OUTAGE:
            await asyncio.sleep(0.2)
            continue
        running = answer.status_code == 409 and answer.json().get("code") == "still_running"
        if answer.status_code < 500 and answer.status_code != 429 and not running:
            return answer
        await asyncio.sleep(0.2)
    raise asyncio.CancelledError


class VisitorClient:
    """One visitor: starts a chat, writes now and then, resends what was not acknowledged, 5 % twice."""

    def __init__(self, number: int, nodes: Nodes, inbox_key: str, ledger: Ledger) -> None:
        self.number = number
        self.nodes = nodes
        self.inbox_key = inbox_key
        self.ledger = ledger
        self.token = ""
        self.conversation_id = 0
        self.watch = SeqWatch(f"visitor {number}", ledger)
        self.pending: dict[str, str] = {}  # client id → text, as the widget keeps in IndexedDB
        self.is_writing = True

    async def run(self, client: httpx.AsyncClient, pause_s: float) -> None:
        """Chat until `is_writing` is switched off and everything written is acknowledged."""
        await self._start(client)
        while (self.is_writing or self.pending) and not is_cancelled():
            with suppress(*OUTAGE):
                url = self.nodes.pick().replace("http", "ws", 1) + "/v1/widget/socket"
                async with connect(
                    url, origin=ORIGIN, open_timeout=3, close_timeout=0.2, proxy=None
                ) as socket:
                    await self._talk(socket, pause_s)
            self.ledger.reconnects += 1
            await asyncio.sleep(0.1 + self.nodes.dice.random() * 0.3)

    async def _start(self, client: httpx.AsyncClient) -> None:
        first = str(uuid.uuid4())
        body = wire.VisitorStart(client_id=first, text=f"visitor {self.number} says hello", locale="en")
        headers = {"origin": ORIGIN, "content-type": "application/json"}
        call = httpx.Request(
            "POST", f"http://x/v1/widget/{self.inbox_key}/start", content=wire.encode(body), headers=headers
        )
        answer = await insist(self.nodes, call, client)
        answer.raise_for_status()
        started = msgspec.json.decode(answer.content, type=wire.VisitorStarted)
        self.token, self.conversation_id = started.token, started.state.conversation_id
        self.ledger.sent[first] = self.ledger.acknowledged[first] = self.conversation_id
        for entry in started.entries:
            self.watch.saw(entry.seq)

    async def _talk(self, socket: ClientConnection, pause_s: float) -> None:
        hello = wire.VisitorHello(token=self.token, last_seq=self.watch.last_seq)
        await socket.send(wire.encode(hello).decode())
        for client_id, text in list(self.pending.items()):
            await self._send(socket, client_id, text)
        next_at = asyncio.get_running_loop().time() + pause_s * self.nodes.dice.random()
        while (self.is_writing or self.pending) and not is_cancelled():
            left_s = next_at - asyncio.get_running_loop().time()
            if left_s <= 0 and self.is_writing:
                client_id = str(uuid.uuid4())
                self.pending[client_id] = f"line {len(self.ledger.sent)} of visitor {self.number}"
                await self._send(socket, client_id, self.pending[client_id])
                next_at += pause_s * (0.5 + self.nodes.dice.random())
                continue
            wait_s = left_s if self.is_writing else 3.0
            try:
                frame = _widget_frame.decode(await asyncio.wait_for(socket.recv(), max(wait_s, 0.01)))
            except TimeoutError:
                if not self.is_writing:
                    return  # nothing came: reconnect and send what is pending again
                continue
            await self._take(socket, frame)

    async def _take(self, socket: ClientConnection, frame: wire.WidgetFrame) -> None:
        if isinstance(frame, wire.VisitorEntryAdded):
            own = frame.entry.client_id
            if own is None or frame.entry.seq > self.watch.last_seq:
                self.watch.saw(frame.entry.seq)  # an older echo of our own answers a copy we sent
            if own is not None and self.pending.pop(own, None) is not None:
                self.ledger.acknowledged[own] = self.conversation_id
        elif isinstance(frame, wire.FrameRefused):
            self.ledger.note_refusal(frame.code)
            if frame.client_id in self.pending:
                await asyncio.sleep((frame.retry_after_ms or 500) / 1000)
                await self._send(socket, frame.client_id, self.pending[frame.client_id])

    async def _send(self, socket: ClientConnection, client_id: str, text: str) -> None:
        self.ledger.sent[client_id] = self.conversation_id
        frame = wire.encode(wire.VisitorMessage(client_id=client_id, text=text)).decode()
        await socket.send(frame)
        if self.nodes.dice.random() < 0.05:
            self.ledger.copies_sent += 1
            await socket.send(frame)


class AgentClient:
    """One agent: accepts what rings, answers some messages, ends some chats, completes wrap-up at once."""

    def __init__(self, email: str, password: str, nodes: Nodes, ledger: Ledger) -> None:
        self.email = email
        self.password = password
        self.nodes = nodes
        self.ledger = ledger
        self.user_id = 0
        self.watches: dict[str, SeqWatch] = {}
        self.is_working = True
        self._headers = {"content-type": "application/json"}

    async def run(self, client: httpx.AsyncClient) -> None:
        """Work until `is_working` is switched off."""
        await self._sign_in(client)
        while self.is_working and not is_cancelled():
            with suppress(*OUTAGE):
                ticket = await self._call(client, "POST", "/v1/auth/ticket", None)
                if ticket.status_code >= 400:
                    await asyncio.sleep(0.3)
                    continue
                url = self.nodes.pick().replace("http", "ws", 1) + "/v1/socket"
                async with connect(url, open_timeout=3, close_timeout=0.2, proxy=None) as socket:
                    await self._work(client, socket, msgspec.json.decode(ticket.content, type=Ticket).ticket)
            self.ledger.reconnects += 1
            await asyncio.sleep(0.2)

    async def _sign_in(self, client: httpx.AsyncClient) -> None:
        login = Login(email=self.email, password=self.password)
        answer = await self._call(client, "POST", "/v1/auth/login", login)
        answer.raise_for_status()
        me = msgspec.json.decode(answer.content, type=Me)
        self.user_id = me.user.id
        cookie = answer.headers["set-cookie"].split(";")[0]
        self._headers |= {"x-csrf-token": me.csrf_token, "cookie": cookie}
        self.watches = {f"agent:{self.user_id}": SeqWatch(f"agent {self.email}", self.ledger)}

    async def _call(
        self, client: httpx.AsyncClient, method: str, path: str, body: msgspec.Struct | None
    ) -> httpx.Response:
        content = b"" if body is None else wire.encode(body)
        headers = self._headers | {"idempotency-key": str(uuid.uuid4())}
        return await insist(
            self.nodes, httpx.Request(method, "http://x" + path, content=content, headers=headers), client
        )

    async def _work(self, client: httpx.AsyncClient, socket: ClientConnection, ticket: str) -> None:
        streams = {name: watch.last_seq for name, watch in self.watches.items()}
        await socket.send(wire.encode(wire.Hello(ticket=ticket, streams=streams)).decode())
        await self._call(client, "PUT", "/v1/presence/me", StatusWrite(status="on_queue"))  # type: ignore[arg-type]
        await self._call(client, "DELETE", "/v1/presence/me/block", None)
        ringing = await self._call(client, "GET", "/v1/offers", None)
        if ringing.status_code >= 400:
            return  # the session itself is gone: careless commits lose that too
        for offer in msgspec.json.decode(ringing.content)["items"]:
            await self._accept(client, socket, msgspec.convert(offer, Offer, strict=False))
        pinged_at = asyncio.get_running_loop().time()
        while self.is_working and not is_cancelled():
            if asyncio.get_running_loop().time() - pinged_at > 5:
                pinged_at = asyncio.get_running_loop().time()
                await socket.send(wire.encode(wire.Ping()).decode())
            try:
                text = await asyncio.wait_for(socket.recv(), 1.0)
            except TimeoutError:
                continue
            frame = _console_frame.decode(text)
            if isinstance(frame, wire.StreamEvent):
                await self._take(client, socket, frame)

    async def _take(
        self, client: httpx.AsyncClient, socket: ClientConnection, frame: wire.StreamEvent
    ) -> None:
        if frame.seq:
            watch = self.watches.get(frame.stream)
            if watch is None:
                return  # of a stream given back a moment ago
            watch.saw(frame.seq)
        match frame.event:
            case wire.InteractionOffered(offer=offer):
                await self._accept(client, socket, offer)
            case wire.EntryAdded(entry=entry) if entry.author == Author.CONTACT:
                if self.nodes.dice.random() < 0.3:
                    await self._reply(client, entry.conversation_id)
                if self.nodes.dice.random() < 0.05 and entry.interaction_id is not None:
                    await self._end(client, entry.interaction_id, entry.seq)

    async def _accept(self, client: httpx.AsyncClient, socket: ClientConnection, offer: Offer) -> None:
        path = f"/v1/offers/{offer.interaction_id}/{offer.epoch}/accept"
        answer = await self._call(client, "POST", path, None)
        if answer.status_code >= 400:
            self.ledger.note_refusal(str(answer.json().get("code")))
            return
        self.ledger.accepted.add((offer.interaction_id, offer.epoch, self.user_id))
        taken = msgspec.json.decode(answer.content, type=Interaction)
        if taken.conversation_id is not None and taken.state == InteractionState.ACTIVE:
            stream = f"conversation:{taken.conversation_id}"
            if stream not in self.watches:
                self.watches[stream] = SeqWatch(f"{self.email} {stream}", self.ledger)
                await socket.send(wire.encode(wire.Subscribe(streams={stream: 0})).decode())

    async def _reply(self, client: httpx.AsyncClient, conversation_id: int) -> None:
        client_id = str(uuid.uuid4())
        body = EntryWrite(client_id=client_id, text="thank you, I see it", kind=EntryKind.MESSAGE)
        self.ledger.sent[client_id] = conversation_id
        answer = await self._call(client, "POST", f"/v1/conversations/{conversation_id}/entries", body)
        if answer.status_code < 300:
            self.ledger.acknowledged[client_id] = conversation_id
        else:
            self.ledger.note_refusal(str(answer.json().get("code")))

    async def _end(self, client: httpx.AsyncClient, interaction_id: int, seen_seq: int) -> None:
        path = f"/v1/interactions/{interaction_id}"
        answer = await self._call(client, "POST", path + "/end", EndWrite(seen_seq=seen_seq))
        if answer.status_code < 300:
            answer = await self._call(client, "POST", path + "/complete", CompleteWrite(note="done"))
        if answer.status_code >= 400:
            self.ledger.note_refusal(str(answer.json().get("code")))
