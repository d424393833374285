"""A visitor of the demo: opens the widget, tells a story, waits with some patience, rates."""

from __future__ import annotations

import asyncio
import uuid

import httpx
import msgspec
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from ucc.demo.stage import TYPING_EACH_S, Api, Refused, Script, Stage
from ucc.domain.events import (
    Frame,
    FrameRefused,
    Ping,
    Typing,
    VisitorEnd,
    VisitorEntryAdded,
    VisitorHello,
    VisitorMessage,
    VisitorRate,
    VisitorStart,
    VisitorStarted,
    VisitorStateChanged,
    WidgetFrame,
    encode,
)
from ucc.domain.states import Author, EntryKind

PATIENCE_S = (45, 240)
QUIET_S = (3, 9)  # after the agent's last message, before answering
BYE_S = 90.0  # how long a finished visitor waits for the agent to end the chat
PING_S = 10.0
TIMES_OUT_S = 600.0

_decode = msgspec.json.Decoder(WidgetFrame).decode


class Visitor:
    """One visit."""

    def __init__(self, stage: Stage, script: Script, inbox_key: str, name: str) -> None:
        self._stage = stage
        self._script = script
        self._inbox_key = inbox_key
        self._name = name
        self._said = 0
        self._phase = "waiting"
        self._is_answered = False
        self._heard = asyncio.Event()  # the agent wrote, or the phase changed

    async def play(self) -> None:
        """Live the visit from the first message to the rating."""
        api = Api(self._stage, {"origin": self._stage.url})
        try:
            async with asyncio.timeout(TIMES_OUT_S):
                started = await self._start(api)
                address = f"{self._stage.socket_url}/v1/widget/socket"
                async with connect(address, origin=self._stage.url) as socket:  # type: ignore[arg-type]
                    await self._send(socket, VisitorHello(token=started.token, last_seq=1))
                    await self._visit(socket)
        except (Refused, httpx.HTTPError, ConnectionClosed, OSError, TimeoutError) as error:
            self._stage.score.fail(f"visitor {self._script.story.topic}: {error!r}"[:300])
        finally:
            await api.close()

    async def _start(self, api: Api) -> VisitorStarted:
        story = self._script.story
        await api.call("GET", f"/widget/{self._inbox_key}/config")
        first, *rest = self._script.next_block(0)
        start = VisitorStart(
            client_id=str(uuid.uuid4()),
            text=first,
            locale=story.language,
            prechat={"name": self._name} if self._stage.dice.random() < 0.6 else {},
            page=f"{self._stage.url}/demo{story.page}",
            page_title="Lintwick",
            time_zone="Asia/Shanghai" if story.language.startswith("zh") else "Europe/London",
        )
        found = await api.call("POST", f"/widget/{self._inbox_key}/start", start)
        self._said = 1
        self._rest = rest
        self._stage.score.started += 1
        self._stage.score.visitor_messages += 1
        return msgspec.convert(found, VisitorStarted)

    async def _visit(self, socket: ClientConnection) -> None:
        listener = self._stage.tasks.start("visitor: socket", self._listen(socket))
        pinger = self._stage.tasks.start("visitor: ping", self._ping(socket))
        try:
            for text in self._rest:
                await self._write(socket, text)
            if await self._wait_for_agent():
                await self._talk(socket)
            else:
                self._stage.score.gave_up += 1
                await self._send(socket, VisitorEnd())
            if self._phase == "ended" and self._is_answered:
                await self._rate(socket)
        finally:
            pinger.cancel()
            listener.cancel()
            await asyncio.gather(listener, pinger, return_exceptions=True)

    async def _wait_for_agent(self) -> bool:
        """Wait for the first answer; say whether it came before patience ran out."""
        clock = asyncio.get_running_loop().time
        patience_s = min(self._stage.dice.uniform(*PATIENCE_S) * max(self._stage.pace, 0.2), self._left_s())
        since = clock()
        try:
            async with asyncio.timeout(patience_s):
                while not self._is_answered:
                    await self._hear()
        except TimeoutError:
            return self._is_answered
        self._stage.score.answered += 1
        self._stage.score.waits_s.append(clock() - since)
        return True

    async def _talk(self, socket: ClientConnection) -> None:
        """Answer each turn of the agent until the story is told, then wait for the end."""
        while self._phase != "ended" and (block := self._script.next_block(self._said)):
            await self._quiet()
            for text in block:
                await self._write(socket, text)
            await self._hear_for(TIMES_OUT_S / 4)
        self._stage.score.finished += 1
        try:
            async with asyncio.timeout(max(5.0, BYE_S * self._stage.pace)):
                while self._phase != "ended":
                    await self._hear()
        except TimeoutError:
            await self._send(socket, VisitorEnd())
            await self._hear_for(5)

    async def _quiet(self) -> None:
        """Wait until the agent has said all they want to say for now."""
        while True:
            self._heard.clear()
            try:
                async with asyncio.timeout(max(1.0, self._stage.dice.uniform(*QUIET_S) * self._stage.pace)):
                    await self._heard.wait()
            except TimeoutError:
                return

    async def _hear(self) -> None:
        await self._heard.wait()
        self._heard.clear()

    async def _hear_for(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._hear()
        except TimeoutError:
            return

    async def _write(self, socket: ClientConnection, text: str) -> None:
        left_s = self._stage.typing_s(text)
        while left_s > 0:
            await self._send(socket, Typing())
            await asyncio.sleep(min(left_s, TYPING_EACH_S))
            left_s -= TYPING_EACH_S
        await self._send(socket, VisitorMessage(client_id=str(uuid.uuid4()), text=text))
        self._said += 1
        self._stage.score.visitor_messages += 1

    async def _rate(self, socket: ClientConnection) -> None:
        usual = self._script.story.stars
        if usual is None or self._stage.dice.random() > 0.7:
            return
        await self._stage.rest(1, 6)
        stars = max(1, min(5, usual + self._stage.dice.choice((-1, 0, 0, 0, 1))))
        await self._send(socket, VisitorRate(stars=stars))
        self._stage.score.stars.append(stars)
        await asyncio.sleep(0.3)

    async def _listen(self, socket: ClientConnection) -> None:
        async for raw in socket:
            frame = _decode(raw)
            if isinstance(frame, VisitorEntryAdded):
                entry = frame.entry
                if entry.kind is EntryKind.MESSAGE and entry.author is Author.AGENT:
                    self._is_answered = True
                    self._heard.set()
            elif isinstance(frame, VisitorStateChanged):
                if frame.state.phase != self._phase:
                    self._phase = frame.state.phase
                    self._heard.set()
            elif isinstance(frame, FrameRefused):
                self._stage.score.fail(f"visitor's frame refused: {frame.code} {frame.detail}"[:300])

    async def _ping(self, socket: ClientConnection) -> None:
        while True:
            await asyncio.sleep(PING_S)
            await self._send(socket, Ping())

    async def _send(self, socket: ClientConnection, frame: Frame) -> None:
        await socket.send(encode(frame), text=True)

    def _left_s(self) -> float:
        return max(10.0, self._stage.left_s)
