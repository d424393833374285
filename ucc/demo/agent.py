"""An agent of the demo: signs in, goes on queue, accepts, answers by the story, resolves and wraps up."""

from __future__ import annotations

import asyncio
import uuid
from typing import Any

import httpx
import msgspec
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from ucc.demo.stage import TYPING_EACH_S, Api, Refused, Script, Stage
from ucc.domain.conversation import Entry, Offer
from ucc.domain.events import (
    EntryAdded,
    Frame,
    Hello,
    InteractionChanged,
    InteractionOffered,
    Ping,
    StreamEvent,
    Subscribe,
    Typing,
    decode_console_frame,
    encode,
)
from ucc.domain.states import Author, EntryKind, InteractionState

DECLINES = 0.04  # of offers
PING_S = 10.0
TURNS_MAX = 40
SILENCE_S = 120.0  # a contact who says nothing this long is let go
WORDS = {
    "zh": ["您好，我来帮您看一下，请稍等。", "好的，明白了。还有什么可以帮您的吗？"],
    "en": ["Hello, let me have a look for you.", "I see. Is there anything else I can do for you?"],
}

ADVICE = {
    "zh": "我看过了，可以照惯例处理。需要的话我可以接手。",
    "en": "I had a look: handle it as usual. I can take it over if you like.",
}

_HAND = {InteractionState.ACTIVE, InteractionState.CONNECTING}


class Agent:
    """One agent's shift."""

    def __init__(self, stage: Stage, email: str, password: str, scripts: dict[str, Script]) -> None:
        self._stage = stage
        self._email = email
        self._password = password
        self._scripts = scripts  # by first line
        self._api = Api(stage)
        self._socket: ClientConnection | None = None
        self._me = 0
        self._words: dict[str, dict[str, int]] = {}  # ids of dispositions and tags by name
        self._work: dict[int, asyncio.Task[None]] = {}  # by interaction
        self._news: dict[int, asyncio.Event] = {}  # by conversation
        self._gone: set[int] = set()  # interactions no longer in hand
        self._asked: set[int] = set()  # consults and seats in hand

    async def play(self) -> None:
        """Work until the run ends."""
        try:
            me = await self._api.sign_in(self._email, self._password)
            self._me = me["user"]["id"]
            for kind in ("dispositions", "tags"):
                found = await self._api.call("GET", f"/{kind}")
                self._words[kind] = {one["name"]: one["id"] for one in found["items"]}
            ticket = (await self._api.call("POST", "/auth/ticket"))["ticket"]
            async with connect(f"{self._stage.socket_url}/v1/socket") as self._socket:
                await self._send(Hello(ticket=ticket, streams={f"agent:{self._me}": 0}))
                pinger = self._stage.tasks.start("agent: ping", self._ping())
                try:
                    await self._api.call("PUT", "/presence/me", {"status": "on_queue"})
                    await self._listen()
                finally:
                    pinger.cancel()
                    await self._leave()
        except (Refused, ConnectionClosed, httpx.HTTPError, OSError) as error:
            self._stage.score.fail(f"{self._email}: {error!r}"[:300])
        finally:
            await self._api.close()

    async def _leave(self) -> None:
        """Hand in what is open and go off queue."""
        for task in self._work.values():
            task.cancel()
        await asyncio.gather(*self._work.values(), return_exceptions=True)
        for path, body in (("/presence/me", {"status": "off_queue", "reason": "own"}),):
            await self._try("PUT", path, body)
        await self._try("POST", "/auth/logout")

    async def _listen(self) -> None:
        assert self._socket is not None
        async for raw in self._socket:
            frame = decode_console_frame(raw)
            if not isinstance(frame, StreamEvent):
                continue
            event = frame.event
            if isinstance(event, InteractionOffered) and event.offer.agent_id == self._me:
                self._begin(event.offer)
            elif isinstance(event, EntryAdded):
                self._wake(event.entry.conversation_id)
            elif isinstance(event, InteractionChanged):
                one = event.interaction
                if one.agent_id != self._me or one.state not in _HAND:
                    self._gone.add(one.id)
                else:
                    self._gone.discard(one.id)
                if one.bond is None:
                    self._asked.discard(one.id)
                self._wake(one.conversation_id or 0)

    def _begin(self, offer: Offer) -> None:
        if offer.interaction_id in self._work and not self._work[offer.interaction_id].done():
            return
        self._work[offer.interaction_id] = self._stage.tasks.start("agent: work", self._serve(offer))

    async def _serve(self, offer: Offer) -> None:
        """Accept one offer and see it through."""
        await self._stage.rest(1, 6)
        path = f"/offers/{offer.interaction_id}/{offer.epoch}"
        try:
            if self._stage.dice.random() < DECLINES:
                await self._api.call("POST", f"{path}/decline", {"reason": "busy"})
                self._stage.score.declined += 1
                return
            await self._api.call("POST", f"{path}/accept")
            self._stage.score.accepted += 1
            if offer.callback_to is not None:
                await self._stage.rest(3, 10)  # it rings at the contact, who answers
                await self._try("POST", f"/interactions/{offer.interaction_id}/connected")
            if offer.conversation_id is not None:
                self._gone.discard(offer.interaction_id)
                if offer.bond is not None and not await self._advise(offer, offer.conversation_id):
                    return
                await self._talk(offer.interaction_id, offer.conversation_id)
        except Refused as error:
            if error.status not in (404, 409):  # the contact left, or the offer went elsewhere: that is life
                self._stage.score.fail(f"{self._email}: {error}"[:300])
        except httpx.HTTPError as error:
            self._stage.score.fail(f"{self._email}: {error!r}"[:300])

    async def _advise(self, offer: Offer, conversation_id: int) -> bool:
        """Advise a colleague in a note and stay until the consult is over; True: the contact is ours now."""
        self._asked.add(offer.interaction_id)
        await self._follow(conversation_id)
        log = await self._log(conversation_id)
        await self._reply(conversation_id, "n", ADVICE[_language_of(log)])
        while offer.interaction_id in self._asked:
            if offer.interaction_id in self._gone:
                return False
            if not await self._hear(conversation_id):
                await self._try("POST", f"/interactions/{offer.interaction_id}/end", {})
                return False
        return True

    async def _follow(self, conversation_id: int) -> None:
        self._news[conversation_id] = asyncio.Event()
        await self._send(Subscribe(streams={f"conversation:{conversation_id}": 0}))

    async def _talk(self, interaction_id: int, conversation_id: int) -> None:
        await self._follow(conversation_id)
        script: Script | None = None
        said = 0
        for _ in range(TURNS_MAX):
            log = await self._log(conversation_id)
            heard = [entry for entry in log if entry.author is Author.CONTACT]
            script = script or self._script_of(heard)
            for who, text in self._replies(script, heard, said):
                await self._reply(conversation_id, who, text)
                said += 1
            if interaction_id in self._gone or (script and script.is_over(len(heard), said)):
                break
            if not await self._hear(conversation_id):
                break
        await self._stage.rest(4, 15)
        await self._finish(interaction_id, conversation_id, script)

    def _replies(self, script: Script | None, heard: list[Entry], said: int) -> list[tuple[str, str]]:
        """Return what to say next: by the story, or politely to somebody who tells another one."""
        if script is not None:
            return script.replies(len(heard), said)
        words = WORDS[_language_of(heard)]
        return [("a", words[min(said, len(words) - 1)])] if len(heard) > said else []

    async def _reply(self, conversation_id: int, who: str, text: str) -> None:
        left_s = self._stage.typing_s(text)
        while left_s > 0:
            if who == "a":
                await self._send(Typing(conversation_id=conversation_id))
            await asyncio.sleep(min(left_s, TYPING_EACH_S))
            left_s -= TYPING_EACH_S
        kind = EntryKind.MESSAGE if who == "a" else EntryKind.NOTE
        body = {"client_id": str(uuid.uuid4()), "text": text, "kind": kind}
        await self._api.call("POST", f"/conversations/{conversation_id}/entries", body)
        self._stage.score.agent_messages += who == "a"

    async def _finish(self, interaction_id: int, conversation_id: int, script: Script | None) -> None:
        """Resolve what was seen, then choose the outcome. Once the contact left, wrap-up runs already."""
        log = await self._log(conversation_id)
        seen = max(entry.seq for entry in log)
        await self._try("POST", f"/interactions/{interaction_id}/end", {"seen_seq": seen})
        await self._stage.rest(3, 12)
        outcome: dict[str, Any] = {"note": ""}
        if script is not None:
            story = script.story
            outcome["disposition_id"] = self._words["dispositions"].get(story.disposition)
            outcome["tag_ids"] = [
                self._words["tags"][name] for name in story.tags if name in self._words["tags"]
            ]
        await self._try("POST", f"/interactions/{interaction_id}/complete", outcome)

    async def _log(self, conversation_id: int) -> list[Entry]:
        found = await self._api.call("GET", f"/conversations/{conversation_id}/entries?limit=200")
        entries = msgspec.convert(found["items"], list[Entry])
        return [entry for entry in entries if entry.kind is not EntryKind.SYSTEM] or entries

    def _script_of(self, heard: list[Entry]) -> Script | None:
        return next((self._scripts[entry.text] for entry in heard if entry.text in self._scripts), None)

    async def _hear(self, conversation_id: int) -> bool:
        """Wait for news of a conversation; False: there was none for a long time."""
        event = self._news[conversation_id]
        try:
            async with asyncio.timeout(max(10.0, SILENCE_S * self._stage.pace)):
                await event.wait()
        except TimeoutError:
            return False
        event.clear()
        return True

    def _wake(self, conversation_id: int) -> None:
        if conversation_id in self._news:
            self._news[conversation_id].set()

    async def _try(self, method: str, path: str, body: Any = None) -> None:
        """Ask for what may have become impossible meanwhile."""
        try:
            await self._api.call(method, path, body)
        except Refused as error:
            if error.status >= 500:
                self._stage.score.fail(f"{self._email}: {error}"[:300])

    async def _ping(self) -> None:
        while True:
            await asyncio.sleep(PING_S)
            await self._send(Ping())

    async def _send(self, frame: Frame) -> None:
        assert self._socket is not None
        await self._socket.send(encode(frame), text=True)


def _language_of(entries: list[Entry]) -> str:
    has_chinese = any("\u4e00" <= character <= "\u9fff" for entry in entries for character in entry.text)
    return "zh" if has_chinese else "en"
