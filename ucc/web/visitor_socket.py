"""A widget's socket: one token, one conversation, the visitor's side of it."""

from __future__ import annotations

from typing import Protocol

import msgspec

from ucc.channels.webchat.receive import receive
from ucc.channels.webchat.send import send
from ucc.conversations.receipts import Mark
from ucc.conversations.service import Conversations
from ucc.conversations.sights import Seen, Visitor
from ucc.domain.errors import BadInput, TooMany, UccError
from ucc.domain.events import (
    AnyEvent,
    ConversationChanged,
    EntryAdded,
    Ping,
    Pong,
    Read,
    ReceiptMoved,
    Typing,
    TypingSeen,
    VisitorCallback,
    VisitorEnd,
    VisitorEntryAdded,
    VisitorFrame,
    VisitorHello,
    VisitorMessage,
    VisitorPage,
    VisitorRate,
    VisitorState,
    VisitorStateChanged,
    VisitorTyping,
    VisitorWelcome,
    decode_visitor_frame,
    encode,
)
from ucc.domain.states import Author, Bond, EntryKind, VisitorPhase
from ucc.kit.bus import Bus, Publication
from ucc.kit.clock import now_ms
from ucc.kit.limits import SlidingWindow, TokenBucket
from ucc.kit.tasks import Tasks
from ucc.web.frames import read_frame, refusal_of
from ucc.web.hub import Frames, Hub
from ucc.web.socket import BAD_FRAME, HELLO_CODES, Socket

MESSAGES_WINDOW_MS = 3_000
TYPING_MS = 3_000
FRAMES_PER_S = 10
FRAMES_BURST = 40


class Waiting(Protocol):
    """Who tells waiting visitors where they stand."""

    def enter(self, visitor: VisitorSocket) -> None:
        """Tell this one from now on."""

    def leave(self, visitor: VisitorSocket) -> None:
        """Tell this one no more."""


class VisitorRoom:
    """What all visitors' sockets of a node share."""

    def __init__(
        self, *, hub: Hub, bus: Bus, tasks: Tasks, conversations: Conversations, waiting: Waiting
    ) -> None:
        self.hub = hub
        self.bus = bus
        self.tasks = tasks
        self.conversations = conversations
        self.waiting = waiting
        self.frames = TokenBucket(FRAMES_PER_S, FRAMES_BURST)
        self.typing = SlidingWindow(1, TYPING_MS)
        self._messages: dict[int, SlidingWindow] = {}

    def messages(self, limit: int) -> SlidingWindow:
        """Return who counts messages of visitors whose inbox allows so many in 3 s."""
        return self._messages.setdefault(limit, SlidingWindow(limit, MESSAGES_WINDOW_MS))


class VisitorSocket:
    """One page with the widget open, from its hello to its end."""

    __slots__ = ("_is_there", "_is_welcome", "_origin", "_refreshing", "_room", "_seen", "_visitor", "socket")

    def __init__(self, socket: Socket, room: VisitorRoom, origin: str | None) -> None:
        self.socket = socket
        self._room = room
        self._origin = origin
        self._visitor: Visitor | None = None
        self._is_there = False  # counted as online
        self._is_welcome = False
        self._seen: Seen | None = None
        self._refreshing = 0  # 1: the state is being read, 2: and once more after that

    @property
    def visitor(self) -> Visitor:
        """Return whose socket this is."""
        assert self._visitor is not None, "no hello yet"
        return self._visitor

    @property
    def state(self) -> VisitorState:
        """Return what the widget was told last."""
        assert self._seen is not None, "no hello yet"
        return self._seen.state

    @property
    def stream(self) -> str:
        """Return the stream of the visitor's conversation."""
        return f"conversation:{self.visitor.conversation_id}"

    # --- what the hub gives -------------------------------------------------------------------------

    def hear(self, frames: Frames) -> None:
        """Pass on what of an event a visitor may know."""
        event: AnyEvent = frames.event
        match event:
            case EntryAdded():
                entry = send(event.entry)
                if entry is None:
                    return
                self.socket.push(encode(VisitorEntryAdded(entry=entry)))
                if entry.author == Author.AGENT and entry.kind == EntryKind.MESSAGE:
                    self._mark(Mark.CONTACT_DELIVERED, entry.seq)
            case ConversationChanged():
                if self._is_news(event):
                    self.refresh()
            case ReceiptMoved():
                if event.agent_read_seq > self.state.agent_read_seq:
                    state = msgspec.structs.replace(self.state, agent_read_seq=event.agent_read_seq)
                    self.show(Seen(state, self.seen.waiting))
            case TypingSeen():
                if event.author == Author.AGENT:
                    self.socket.push(encode(VisitorTyping(name=event.user_name)))
            case _:
                pass

    async def has_room(self) -> None:
        """Wait until the page has taken what was sent."""
        await self.socket.has_room()

    def _is_news(self, event: ConversationChanged) -> bool:
        """Say whether a changed head may change what the widget shows."""
        head, state = event.conversation, self.state
        shown = (state.state, state.agent_name, state.is_rated)
        seats = [one.agent_name or "" for one in head.bonded if one.bond == Bond.SEAT]
        names = None if head.agent_name is None else ", ".join([head.agent_name, *seats])
        agent_name = names if state.phase == VisitorPhase.ACTIVE else None
        work = head.interaction.state if head.interaction is not None else None
        return shown != (head.state, agent_name, "rating" in head.context) or state.phase != (
            VisitorPhase.ACTIVE if work in ("active", "held", "in_flow", "parked", "interrupted") else ""
        )

    @property
    def seen(self) -> Seen:
        """Return what the widget was told last, and what it waits for."""
        assert self._seen is not None, "no hello yet"
        return self._seen

    def show(self, seen: Seen) -> None:
        """Tell the widget what is so around the log, when it is not what it knows."""
        if seen == self._seen:
            return
        is_news = seen.state != self.state
        self._seen = seen
        if seen.waiting is not None:
            self._room.waiting.enter(self)
        else:
            self._room.waiting.leave(self)
        if is_news:
            self.socket.push(encode(VisitorStateChanged(state=seen.state)))

    def refresh(self) -> None:
        """Read the state anew; what changes meanwhile is read once more."""
        if self._refreshing:
            self._refreshing = 2
            return
        self._refreshing = 1
        self._room.tasks.start("visitors: state", self._refresh())

    async def _refresh(self) -> None:
        try:
            while not self.socket.is_closed:
                self.show(await self._room.conversations.visitors.see(self.visitor))
                if self._refreshing == 1:
                    return
                self._refreshing = 1
        finally:
            self._refreshing = 0

    # --- frames -------------------------------------------------------------------------------------

    async def take(self, text: str | None) -> None:
        """Carry out one frame; a refused one is answered, the socket stays open."""
        frame: VisitorFrame | None = None
        try:
            frame = read_frame(text, decode_visitor_frame)
            if not self._is_welcome:
                await self._hello(frame)
                self._is_welcome = True
            elif isinstance(frame, VisitorMessage):
                await self._write(frame)
            else:
                await self._carry_out(frame)
        except UccError as refusal:
            client_id = frame.client_id if isinstance(frame, VisitorMessage) else None
            self.socket.push(refusal_of(refusal, client_id))
            if not self._is_welcome:
                self.socket.close(HELLO_CODES.get(refusal.status, BAD_FRAME), refusal.code)

    async def _hello(self, frame: VisitorFrame) -> None:
        if not isinstance(frame, VisitorHello):
            raise BadInput(f"the first frame is hello, found {frame.__struct_config__.tag}", path="$.type")
        if not 0 <= frame.last_seq < 2**31:
            raise BadInput(f"last_seq is {frame.last_seq}", path="$.last_seq")
        visitors = self._room.conversations.visitors
        visitor = await visitors.find(frame.token, self._origin)
        self._origin = None
        self._visitor, self._seen = visitor, await visitors.see(visitor)
        self._is_there = True
        await self._room.conversations.online.opened(visitor)
        if self.seen.waiting is not None:
            self._room.waiting.enter(self)
        self.socket.push(encode(VisitorWelcome(now_ms=now_ms(), state=self.state)))
        await self._hold(frame.last_seq)
        if frame.page:
            await visitors.note_page(visitor, frame.page, frame.page_title or "")

    async def _hold(self, after: int) -> None:
        stream = self._room.hub.hold(self.visitor.tenant_id, self.stream, self, after)
        await self._room.hub.catch_up(stream, self)

    async def _write(self, frame: VisitorMessage) -> None:
        window = self._room.messages(self.visitor.limits.messages)
        at_ms = now_ms()
        if not window.allows(self.visitor.id, at_ms):
            raise TooMany(
                f"more than {self.visitor.limits.messages} messages in {MESSAGES_WINDOW_MS // 1000} s",
                retry_after_ms=window.wait_ms(self.visitor.id, at_ms),
            )
        before = self.stream
        written = await self._room.conversations.visitors.receive(self.visitor, receive(frame))
        if self.stream != before:
            await self._move(before)
        elif not written.is_new:
            # The echo of a repeated message: its entry was sent before, maybe to a page that is gone.
            entry = send(written.entry)
            assert entry is not None, "a visitor's own message is visible to them"
            self.socket.push(encode(VisitorEntryAdded(entry=entry)))

    async def _move(self, before: str) -> None:
        """Go on in the new conversation that the message began."""
        self._room.hub.drop(self.visitor.tenant_id, before, self)
        self.show(await self._room.conversations.visitors.see(self.visitor))
        await self._hold(0)

    async def _carry_out(self, frame: VisitorFrame) -> None:
        visitor, conversations = self.visitor, self._room.conversations
        if not self._room.frames.allows(visitor.id, now_ms()):
            raise TooMany(f"more than {FRAMES_PER_S} frames a second", retry_after_ms=1_000)
        match frame:
            case Ping():
                self.socket.push(encode(Pong(now_ms=now_ms())))
            case Typing():
                if self._room.typing.allows(visitor.id, now_ms()):
                    seen = TypingSeen(conversation_id=visitor.conversation_id, author=Author.CONTACT)
                    self._room.bus.publish([Publication(visitor.tenant_id, self.stream, 0, seen)])
            case Read():
                if not 0 <= frame.seq < 2**31:
                    raise BadInput(f"seq is {frame.seq}", path="$.seq")
                self._mark(Mark.CONTACT_READ, frame.seq)
            case VisitorPage():
                await conversations.visitors.note_page(visitor, frame.url, frame.title)
            case VisitorEnd():
                await conversations.visitors.leave(visitor)
            case VisitorCallback():
                await conversations.callbacks.ask_as_visitor(visitor, frame.phone, frame.not_before_ms)
            case VisitorRate():
                await conversations.visitors.rate(visitor, frame.stars, frame.text)
            case _:
                raise BadInput("hello was said before", path="$.type")

    def _mark(self, mark: Mark, seq: int) -> None:
        visitor = self.visitor
        self._room.conversations.receipts.note(visitor.tenant_id, visitor.conversation_id, mark, seq)

    async def end(self) -> None:
        """Let go of everything."""
        if self._visitor is None:
            return
        self._room.hub.drop(self.visitor.tenant_id, self.stream, self)
        self._room.waiting.leave(self)
        if self._is_there:
            self._room.conversations.online.closed(self.visitor)
