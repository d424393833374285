"""A console's socket: one ticket, many streams, typing and viewing passed on."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial
from typing import Any, Protocol

import msgspec

from ucc.conversations.service import Conversations
from ucc.domain.actor import Actor, Permission
from ucc.domain.engine import Outcome
from ucc.domain.errors import BadInput, TooMany, UccError
from ucc.domain.events import (
    AcceptOffer,
    AgentFrame,
    EndWork,
    Hello,
    Ping,
    Pong,
    Read,
    RightsChanged,
    SessionEnded,
    StreamDropped,
    Subscribe,
    Typing,
    TypingSeen,
    Unsubscribe,
    ViewersSeen,
    Viewing,
    Welcome,
    decode_agent_frame,
    encode,
)
from ucc.domain.states import Author
from ucc.kit.bus import Bus, Publication
from ucc.kit.clock import monotonic_ms, now_ms
from ucc.kit.limits import TokenBucket
from ucc.kit.tasks import Tasks
from ucc.web.frames import read_frame, refusal_of
from ucc.web.hub import Frames, Hub
from ucc.web.rights import HeldRights
from ucc.web.socket import BAD_FRAME, BAD_TOKEN, HELLO_CODES, Socket
from ucc.web.viewers import Viewers

STREAMS_MAX = 1_000
REPLAY_MAX = 1_000  # events of one stream; a longer gap is told as stale
TYPING_MS = 3_000
FRAMES_PER_S = 20
FRAMES_BURST = 60

Act = asyncio.Future[Outcome]


class Tickets(Protocol):
    """Who knows whom a ticket was made for."""

    async def redeem_ticket(self, ticket: str) -> Actor:
        """Return the actor, once; raise NotSignedIn otherwise."""

    async def living(self, session_hashes: list[bytes]) -> set[bytes]:
        """Return which of these sessions still hold."""


class Consoles(Protocol):
    """Who is told of connected consoles."""

    async def opened(self, tenant_id: int, agent_id: int) -> None:
        """Note a console."""

    async def lost(self, tenant_id: int, agent_id: int) -> None:
        """Note that its socket is gone."""


class Work(Protocol):
    """Who carries out what agents do with work by frames; the agent's own stream tells what became of it.

    An act may be begun here and now; whatever came of it, the other half says what there is to say.
    """

    def begin_claim(self, actor: Actor, interaction_id: int, epoch: int) -> Act | None:
        """Begin to take an offer; None: not here."""

    async def claim(self, actor: Actor, interaction_id: int, epoch: int, begun: Act | None = None) -> None:
        """Take an offer."""

    def begin_resolve(self, actor: Actor, interaction_id: int, seen_seq: int) -> Act | None:
        """Begin to resolve work in hand up to the entry seen; None: not here."""

    async def resolve(
        self, actor: Actor, interaction_id: int, seen_seq: int, begun: Act | None = None
    ) -> None:
        """Resolve work in hand up to the entry seen."""


class AgentRoom(msgspec.Struct, frozen=True, kw_only=True):
    """What all consoles' sockets of a node share."""

    hub: Hub
    bus: Bus
    tickets: Tickets
    consoles: Consoles
    conversations: Conversations
    work: Work
    viewers: Viewers
    tasks: Tasks


class AgentSocket:
    """One console, from its hello to its end."""

    def __init__(self, socket: Socket, room: AgentRoom) -> None:
        self.socket = socket
        self._room = room
        self._actor: Actor | None = None
        self._is_there = False  # counted as a console
        self._is_welcome = False
        self._is_greeted = False  # welcome was sent; nothing may come before it
        self._held: set[str] = set()
        self._rights: HeldRights | None = None  # None: may read everything
        self._leave_gaps: Callable[[], None] | None = None
        self._viewing: int | None = None
        self._typed_ms: dict[int, int] = {}
        self._frames = TokenBucket(FRAMES_PER_S, FRAMES_BURST)
        self._act: asyncio.Future[Any] | None = None  # begun and not over; the next frame waits for it

    @property
    def actor(self) -> Actor:
        """Return who is at the console."""
        assert self._actor is not None, "no hello yet"
        return self._actor

    @property
    def session_hash(self) -> bytes | None:
        """Return the session the console belongs to, once it has said hello."""
        return None if self._actor is None else self._actor.session_hash

    @property
    def user_id(self) -> int:
        """Return the user at the console."""
        return self.actor.require_user()

    # --- what the hub gives -------------------------------------------------------------------------

    def hear(self, frames: Frames) -> None:
        """Pass an event on to the console."""
        event = frames.event
        if isinstance(event, SessionEnded):
            self._judge_session(event)
            return
        if isinstance(event, RightsChanged):
            if event.user_id in (None, self.user_id):
                self._look_again()
            return
        if not self._is_greeted:
            return  # a hint to ask lists again, which a console does after its welcome anyway
        is_conversation = frames.stream.startswith("conversation:")
        if is_conversation and self._rights and self._rights.withholds(_id_of(frames.stream), frames):
            return
        self._pass_on(frames)

    def _pass_on(self, frames: Frames) -> None:
        event = frames.event
        if isinstance(event, ViewersSeen):
            frames = self._room.viewers.frames_of(self.actor.tenant_id, event)
        self.socket.push(frames.text)

    async def has_room(self) -> None:
        """Wait until the console has taken what was sent, and nothing waits for a right."""
        if self._rights is not None:
            await self._rights.settled()
        await self.socket.has_room()

    def _look_again(self) -> None:
        """Doubt every conversation held: skills or queues changed, or a change may have been missed."""
        if self._rights is not None:
            self._rights.doubt([_id_of(name) for name in self._held if name.startswith("conversation:")])

    async def _readable(self, conversation_ids: list[int]) -> list[int]:
        return await self._room.conversations.streams.readable(self.actor, conversation_ids)

    def _lose(self, conversation_id: int) -> None:
        """Drop the stream of a conversation that may not be read any more, and say so."""
        name = f"conversation:{conversation_id}"
        self._drop(name)
        if self._viewing == conversation_id:
            self._room.viewers.leave(self.actor.tenant_id, conversation_id, self.user_id)
            self._viewing = None
        detail = "the work moved on and this conversation is not yours to read any more"
        self.socket.push(encode(StreamDropped(stream=name, code="not_allowed", detail=detail)))

    def _drop(self, name: str) -> None:
        self._held.discard(name)
        self._room.hub.drop(self.actor.tenant_id, name, self)
        if self._rights is not None and name.startswith("conversation:"):
            self._rights.forget(_id_of(name))

    def _judge_session(self, event: SessionEnded) -> None:
        """Close when it was this user's session that ended."""
        own = self.actor.session_hash
        is_meant = event.session is None or (own is not None and own.hex() == event.session)
        if event.user_id == self.actor.user_id and is_meant:
            self.socket.close(BAD_TOKEN, "signed out")

    # --- frames -------------------------------------------------------------------------------------

    async def take(self, text: str | None) -> None:
        """Carry out one frame; a refused one is answered, the socket stays open."""
        try:
            frame = read_frame(text, decode_agent_frame)
            if not self._is_welcome:
                await self._hello(frame)
                self._is_welcome = True
                return
            self._count()
            while self._act is not None:
                await asyncio.wait([self._act])
            await self._carry_out(frame)
        except UccError as refusal:
            self.socket.push(refusal_of(refusal))
            if not self._is_welcome:
                self.socket.close(HELLO_CODES.get(refusal.status, BAD_FRAME), refusal.code)

    def take_at_once(self, text: str) -> bool:
        """Carry out a frame that needs no waiting, or begin its act on work; False: `take` carries it out.

        Most acts come to what was asked, and the agent's stream tells of it: no task waits for those.
        """
        if not self._is_welcome or self._act is not None:
            return False
        try:
            frame = read_frame(text, decode_agent_frame)
            if isinstance(frame, AcceptOffer | EndWork):
                self._count()
                self._begin(frame)
            elif isinstance(frame, Ping):
                self._count()
                self.socket.push(encode(Pong(now_ms=now_ms())))
            else:
                return False
        except UccError as refusal:
            self.socket.push(refusal_of(refusal))
        return True

    def _count(self) -> None:
        if not self._frames.allows("", now_ms()):
            raise TooMany(f"more than {FRAMES_PER_S} frames a second", retry_after_ms=1_000)

    def _begin(self, frame: AcceptOffer | EndWork) -> None:
        """Begin an act on work, which is concluded when its outcome asks for it."""
        self.actor.require(Permission.CONVERSATIONS_REPLY)
        work = self._room.work
        if isinstance(frame, AcceptOffer):
            act = work.begin_claim(self.actor, frame.interaction_id, frame.epoch)
        else:
            act = work.begin_resolve(self.actor, frame.interaction_id, frame.seen_seq)
        if act is None:
            self._conclude_soon(frame)
        else:
            self._act = act
            act.add_done_callback(partial(self._answered, frame))

    def _answered(self, frame: AcceptOffer | EndWork, act: Act) -> None:
        if act.cancelled() or act.exception() is not None or act.result().refusal is not None:
            self._conclude_soon(frame, act)
        else:
            self._act = None

    def _conclude_soon(self, frame: AcceptOffer | EndWork, begun: Act | None = None) -> None:
        self._act = self._room.tasks.start("sockets: act", self._conclude(frame, begun))

    async def _conclude(self, frame: AcceptOffer | EndWork, begun: Act | None) -> None:
        """Carry out an act of which more is to be said, or that is to be done elsewhere."""
        try:
            await self._carry_out(frame, begun)
        except UccError as refusal:
            self.socket.push(refusal_of(refusal))
        except Exception as error:  # the outermost loop of an act: a bug ends the socket, not the node
            self.socket.fail(error)
        finally:
            self._act = None

    async def _hello(self, frame: AgentFrame) -> None:
        if not isinstance(frame, Hello):
            raise BadInput(f"the first frame is hello, found {frame.__struct_config__.tag}", path="$.type")
        wanted = _checked(frame.streams, set())
        self._actor = await self._room.tickets.redeem_ticket(frame.ticket)
        if not self._actor.may(Permission.CONVERSATIONS_READ_ALL):
            self._rights = HeldRights(self._room.tasks, self._readable, passed=self._pass_on, lost=self._lose)
            self._leave_gaps = self._room.bus.on_gap(self._look_again)
        own, tenant = f"agent:{self.user_id}", f"tenant:{self.actor.tenant_id}"
        self._room.hub.hold(self.actor.tenant_id, tenant, self, 0)
        self._held.add(tenant)
        self._is_there = True
        await self._room.consoles.opened(self.actor.tenant_id, self.user_id)
        await self._hold({own: wanted.get(own, -1), **wanted}, is_hello=True)

    async def _hold(self, wanted: dict[str, int], *, is_hello: bool) -> None:
        """Hold streams from behind the seq given; -1: from now on. Too long a gap is told as stale."""
        tenant_id, own = self.actor.tenant_id, f"agent:{self.user_id}"
        ids = [_id_of(name) for name in wanted if name.startswith("conversation:")]
        readable = await self._room.conversations.streams.readable(self.actor, ids)
        heads, agents = await self._room.conversations.streams.heads(tenant_id, readable, [self.user_id])
        known = {f"conversation:{one}": seq for one, seq in heads.items()} | {own: agents[self.user_id]}
        stale, behind = [], []
        for name, after in wanted.items():
            if name not in known:
                if name != f"tenant:{tenant_id}":
                    stale.append(name)
                continue
            head = known[name]
            if after > head or (head - after > REPLAY_MAX and after >= 0):
                stale.append(name)
                after = head
            stream = self._room.hub.hold(tenant_id, name, self, head if after < 0 else after)
            self._held.add(name)
            behind.append(stream)
        if self._rights is not None:
            self._rights.doubt(readable)  # what moved before the stream was held told nobody here
        if is_hello or stale:
            self._is_greeted = True
            self.socket.push(
                encode(Welcome(user_id=self.user_id, node=self._room.bus.name, now_ms=now_ms(), stale=stale))
            )
        for stream in behind:
            # Reads what came before the stream was held, the event under way included.
            await self._room.hub.catch_up(stream, self)

    async def _carry_out(self, frame: AgentFrame, begun: Act | None = None) -> None:
        match frame:
            case Ping():
                self.socket.push(encode(Pong(now_ms=now_ms())))
            case Subscribe():
                await self._hold(_checked(frame.streams, self._held), is_hello=False)
            case Unsubscribe():
                for name in frame.streams:
                    if name in self._held and name != f"tenant:{self.actor.tenant_id}":
                        self._drop(name)
            case Typing():
                self._type(frame.conversation_id)
            case Viewing():
                await self._view(frame.conversation_id)
            case Read():
                await self._read(frame)
            case AcceptOffer():
                self.actor.require(Permission.CONVERSATIONS_REPLY)
                await self._room.work.claim(self.actor, frame.interaction_id, frame.epoch, begun)
            case EndWork():
                self.actor.require(Permission.CONVERSATIONS_REPLY)
                await self._room.work.resolve(self.actor, frame.interaction_id, frame.seen_seq, begun)
            case _:
                raise BadInput("hello was said before", path="$.type")

    def _type(self, conversation_id: int | None) -> None:
        """Tell the others, at most once in 3 s."""
        if conversation_id is None or f"conversation:{conversation_id}" not in self._held:
            raise BadInput("hold the stream of the conversation first", path="$.conversation_id")
        at_ms = monotonic_ms()
        if at_ms - self._typed_ms.get(conversation_id, -TYPING_MS) < TYPING_MS:
            return
        if len(self._typed_ms) > STREAMS_MAX:
            self._typed_ms.clear()
        self._typed_ms[conversation_id] = at_ms
        seen = TypingSeen(
            conversation_id=conversation_id,
            author=Author.AGENT,
            user_id=self.user_id,
            user_name=self.actor.name,
        )
        name = f"conversation:{conversation_id}"
        self._room.bus.publish([Publication(self.actor.tenant_id, name, 0, seen)])

    async def _view(self, conversation_id: int | None) -> None:
        if conversation_id is not None and f"conversation:{conversation_id}" not in self._held:
            raise BadInput("hold the stream of the conversation first", path="$.conversation_id")
        if self._viewing is not None:
            self._room.viewers.leave(self.actor.tenant_id, self._viewing, self.user_id)
        self._viewing = conversation_id
        if conversation_id is not None:
            self._room.viewers.enter(self.actor.tenant_id, conversation_id, self.user_id)

    async def _read(self, frame: Read) -> None:
        if frame.conversation_id is None or not 0 <= frame.seq < 2**31:
            raise BadInput("read needs conversation_id and a seq from 0 on", path="$.seq")
        await self._room.conversations.read(self.actor, frame.conversation_id, frame.seq)

    async def end(self) -> None:
        """Let go of everything."""
        if self._actor is None:
            return
        tenant_id = self.actor.tenant_id
        if self._leave_gaps is not None:
            self._leave_gaps()
        for name in list(self._held):
            self._drop(name)
        if self._viewing is not None:
            self._room.viewers.leave(tenant_id, self._viewing, self.user_id)
        if self._is_there:
            await self._room.consoles.lost(tenant_id, self.user_id)


def _checked(streams: dict[str, int], held: set[str]) -> dict[str, int]:
    """Return the streams asked for, when each can be a stream and there are not too many."""
    if len(streams) + len(held) > STREAMS_MAX:
        raise BadInput(f"{len(streams) + len(held)} streams, limit {STREAMS_MAX}", path="$.streams")
    for name, seq in streams.items():
        kind, _, number = name.partition(":")
        is_number = number.isascii() and number.isdigit() and len(number) <= 16
        if kind not in ("conversation", "agent", "tenant") or not is_number:
            raise BadInput(f"there is no stream {name[:60]!r}", path="$.streams")
        if not -1 <= seq < 2**53:
            raise BadInput(f"seq of {name} is {seq}", path="$.streams")
    return streams


def _id_of(name: str) -> int:
    return int(name.partition(":")[2])
