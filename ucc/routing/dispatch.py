"""From any node to the owner: a call, a NATS request with a command id, or the table without NATS."""

from __future__ import annotations

import asyncio
from collections import OrderedDict, deque
from contextlib import suppress
from uuid import UUID

import msgspec
import uuid_utils.compat as uuid_utils

from ucc.domain.engine import AnyCommand, Command, Outcome
from ucc.domain.errors import BadInput, Unavailable
from ucc.kit import metrics
from ucc.kit.bus import Bus
from ucc.kit.clock import monotonic_ms, now_ms
from ucc.kit.db import Conn, Database
from ucc.routing.ground import NotOwner, Work, encode
from ucc.routing.lease import Lease, shard_of
from ucc.routing.owner import Owner, commands_hint
from ucc.routing.store import queries

DEADLINE_MS = 3_000  # everything waits with one
REQUEST_MS = 800  # a NATS request to an owner who may be dead
LATE_LOOK_MS = 100  # so much later, at most, an answer is given up
ANSWERS_KEPT = 10_000
ANSWER_LOOK_MS = 20  # first look for the answer in the table; each further one waits longer
ANSWER_LOOK_MS_MAX = 200
# What callers name, as they call it: what the engine cannot read would fail the whole batch, others' too.
_NAMED = {"interaction": "interaction", "epoch": "epoch", "to_agent": "agent_id", "queue": "queue_id"}
ID_MAX = 2**53 - 1
PLACE_MS = 1_000  # a position is told at most this old

_ways = metrics.counter("routing_submits", "Commands that somebody waits for, by way", ["way"])


class _Request(msgspec.Struct, frozen=True, array_like=True):
    """A question to the owner: carry this command out, or (without one) the place of an interaction."""

    tenant_id: int
    command_id: UUID
    command: bytes = b""
    interaction: int = 0
    is_retry: bool = False  # may have been carried out: look before doing it
    seen_seq: int | None = None  # ucc.routing.ground.Work


class Place(msgspec.Struct, frozen=True, array_like=True):
    """Where waiting work stands: 1 is next; nine in ten further waits fall between low and high."""

    place: int
    waiting: int
    wait_low_ms: int | None
    wait_high_ms: int | None


class _Answer(msgspec.Struct, frozen=True, array_like=True):
    """The owner's answer; not_owner names who is, as far as this node knows."""

    outcome: Outcome | None = None
    place: Place | None = None
    is_not_owner: bool = False
    node_id: int | None = None
    epoch: int = 0
    trouble: str | None = None  # carried out or not is unknown


_local = _ways.labels("local")
_decode_request = msgspec.msgpack.Decoder(_Request).decode
_decode_answer = msgspec.msgpack.Decoder(_Answer).decode


def owner_subject(node_id: int) -> str:
    """Return the subject on which a node answers as owner."""
    return f"routing.owner.{node_id}"


async def add_command(
    conn: Conn,
    tenant_id: int,
    command: Command,
    command_id: UUID | None = None,
    *,
    seen_seq: int | None = None,
) -> None:
    """Store a command in the caller's transaction; wake the owner after its commit."""
    await queries.add_command(
        conn,
        tenant_id=tenant_id,
        shard=shard_of(tenant_id),
        command_id=command_id,
        command=encode(command),
        at_ms=now_ms(),
        seen_seq=seen_seq,
    )


class Dispatch:
    """Finds the owner and gets a command to it, once."""

    def __init__(self, db: Database, bus: Bus, lease: Lease, owner: Owner) -> None:
        self._db = db
        self._bus = bus
        self._lease = lease
        self._owner = owner
        self._answers: OrderedDict[UUID, asyncio.Future[Outcome]] = OrderedDict()
        # Submitted here, and until when the answer is waited for; some are answered already.
        self._waiting: deque[tuple[Work, int]] = deque()
        self._look: asyncio.TimerHandle | None = None  # at those whose time is up
        self._places: OrderedDict[tuple[int, int], tuple[int, Place | None]] = OrderedDict()

    def wake(self, tenant_id: int) -> None:
        """Tell the owner that stored commands wait: here at once, elsewhere by a hint."""
        shard = shard_of(tenant_id)
        if not self._owner.wake(shard):
            self._bus.hint(commands_hint(shard))

    def begin(
        self, tenant_id: int, command: AnyCommand, *, seen_seq: int | None = None
    ) -> asyncio.Future[Outcome] | None:
        """Hand a command to the owner if that is this node; what it made of it comes after its commit.

        None: it is another, or gives the shard away. `submit` finds the way, and goes on from what was begun.

        Raises:
            BadInput: as `submit`.
            TooMany: too many commands wait.
        """
        if self._owner.shard(tenant_id) is None:
            return None
        work = Work(tenant_id, _encoded(command), seen_seq=seen_seq)
        try:
            return self._hand_over(work, monotonic_ms() + DEADLINE_MS)
        except NotOwner:
            return None

    async def submit(
        self,
        tenant_id: int,
        command: AnyCommand,
        *,
        seen_seq: int | None = None,
        begun: asyncio.Future[Outcome] | None = None,
    ) -> Outcome:
        """Return what the owner made of a command, after its commit. By the table it comes without facts.

        With an ending goes `seen_seq`, the conversation's last entry its agent had seen; `begun` is what
        `begin` gave for it.

        Raises:
            BadInput: a number of it fits no command: it is negative, or too large.
            Unavailable: no owner answered in time; the command was not carried out unless the text says so.
        """
        command_id: UUID | None = None  # here it needs none
        until_ms = monotonic_ms() + DEADLINE_MS
        encoded = _encoded(command)
        is_retry = False
        for _ in range(2):
            try:
                if begun is not None:
                    answer, begun = begun, None
                    return await answer
                if self._owner.shard(tenant_id) is not None:
                    return await self._hand_over(Work(tenant_id, encoded, seen_seq=seen_seq), until_ms)
                seat = self._lease.seat(shard_of(tenant_id))
                if (
                    seat is None
                    or seat.is_free
                    or seat.node_id == self._lease.node_id
                    or seat.node_id is None
                ):
                    break
                _ways.labels("request").inc()
                command_id = command_id or _new_id()
                request = _Request(tenant_id, command_id, encoded, is_retry=is_retry, seen_seq=seen_seq)
                return await self._ask(seat.node_id, request)
            except NotOwner:
                self._lease.look_soon()
                await asyncio.sleep(0)
            except Unavailable:
                if not self._bus.is_connected:
                    break
                is_retry = True
        _ways.labels("table").inc()
        return await self._by_table(tenant_id, command, command_id or _new_id(), until_ms, seen_seq)

    def _hand_over(self, work: Work, until_ms: int) -> asyncio.Future[Outcome]:
        """Give a command to the owner here; its answer fails when it is not there in time."""
        loop = asyncio.get_running_loop()
        answer = work.answer = loop.create_future()
        self._owner.submit(work)
        _local.inc()
        self._waiting.append((work, until_ms))
        if self._look is None:
            self._look = loop.call_later(LATE_LOOK_MS / 1000, self._give_up)
        return answer

    def _give_up(self) -> None:
        """Tell those whose time is up, and look again while somebody waits: a timer for each costs more."""
        at_ms = monotonic_ms()
        for work, until_ms in self._waiting:
            if until_ms <= at_ms:
                work.fail(Unavailable("the owner is slow; whether this was carried out is not known yet"))
        self._waiting = deque(one for one in self._waiting if not one[0].is_answered)
        self._look = None
        if self._waiting:
            self._look = asyncio.get_running_loop().call_later(LATE_LOOK_MS / 1000, self._give_up)

    async def _ask(self, node_id: int, request: _Request) -> Outcome:
        raw = await self._bus.request(owner_subject(node_id), encode(request), REQUEST_MS)
        answer = _decode_answer(raw)
        if answer.is_not_owner:
            raise NotOwner
        if answer.outcome is None:
            raise Unavailable(answer.trouble)
        return answer.outcome

    async def _by_table(
        self, tenant_id: int, command: AnyCommand, command_id: UUID, until_ms: int, seen_seq: int | None
    ) -> Outcome:
        """Leave the command in the table and look for its answer; take it back when time is up."""
        async with self._db.tenant(tenant_id) as conn:
            await add_command(conn, tenant_id, command, command_id, seen_seq=seen_seq)
        self.wake(tenant_id)
        pause_ms = ANSWER_LOOK_MS
        while True:
            await asyncio.sleep(pause_ms / 1000)
            pause_ms = min(pause_ms * 2, ANSWER_LOOK_MS_MAX)
            is_over = monotonic_ms() >= until_ms
            async with self._db.tenant(tenant_id) as conn:
                if is_over:
                    await queries.withdraw_command(conn, tenant_id=tenant_id, command_id=command_id)
                row = await queries.find_answer(conn, tenant_id=tenant_id, command_id=command_id)
            if row is not None:
                return Outcome(refusal=row["refusal"], facts=[])
            if is_over:
                raise Unavailable(
                    f"no owner of this tenant's routing answered in {DEADLINE_MS} ms; try again"
                )

    # --- the owner's side --------------------------------------------------------------------------------

    async def serve(self, raw: bytes) -> bytes:
        """Answer another node's request."""
        request = _decode_request(raw)
        if self._owner.shard(request.tenant_id) is None:
            return encode(self._not_owner(request.tenant_id))
        if request.interaction:
            place = self._place_here(request.tenant_id, request.interaction)
            return encode(_Answer(place=place))
        try:
            return encode(_Answer(outcome=await self._once(request)))
        except NotOwner:
            return encode(self._not_owner(request.tenant_id))
        except Exception as error:  # the outermost loop of a request: the asker decides what to do
            return encode(_Answer(trouble=str(error)))

    def _not_owner(self, tenant_id: int) -> _Answer:
        seat = self._lease.seat(shard_of(tenant_id))
        if seat is None:
            return _Answer(is_not_owner=True)
        return _Answer(is_not_owner=True, node_id=seat.node_id, epoch=seat.epoch)

    async def _once(self, request: _Request) -> Outcome:
        """Carry a command out unless that happened already; the same id has one answer."""
        known = self._answers.get(request.command_id)
        if known is not None:
            return await asyncio.shield(known)
        if request.is_retry:
            async with self._db.node(request.tenant_id) as conn:
                row = await queries.find_answer(
                    conn, tenant_id=request.tenant_id, command_id=request.command_id
                )
            if row is not None:
                return Outcome(refusal=row["refusal"], facts=[])
        answer: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()
        self._answers[request.command_id] = answer
        while len(self._answers) > ANSWERS_KEPT:
            self._answers.popitem(last=False)
        work = Work(
            request.tenant_id,
            request.command,
            answer=answer,
            command_id=request.command_id,
            seen_seq=request.seen_seq,
        )
        try:
            self._owner.submit(work)
            return await asyncio.shield(answer)
        except Exception:
            self._answers.pop(request.command_id, None)
            raise

    # --- places in the queue --------------------------------------------------------------------------------

    async def place(self, tenant_id: int, interaction_id: int) -> Place | None:
        """Return where waiting work stands, at most a second old; None: it does not wait, or nobody knows."""
        key = (tenant_id, interaction_id)
        at_ms = monotonic_ms()
        known = self._places.get(key)
        if known is not None and known[0] + PLACE_MS > at_ms:
            return known[1]
        place = await self._find_place(tenant_id, interaction_id)
        self._places[key] = (at_ms, place)
        self._places.move_to_end(key)
        while len(self._places) > ANSWERS_KEPT:
            self._places.popitem(last=False)
        return place

    async def _find_place(self, tenant_id: int, interaction_id: int) -> Place | None:
        if self._owner.shard(tenant_id) is not None:
            return self._place_here(tenant_id, interaction_id)
        seat = self._lease.seat(shard_of(tenant_id))
        if seat is None or seat.is_free or seat.node_id is None:
            return None
        request = _Request(tenant_id, UUID(int=0), interaction=interaction_id)
        with suppress(Unavailable):
            return _decode_answer(
                await self._bus.request(owner_subject(seat.node_id), encode(request), REQUEST_MS)
            ).place
        return None

    def _place_here(self, tenant_id: int, interaction_id: int) -> Place | None:
        engine = self._owner.engine(tenant_id)
        found = engine.position(interaction_id, now_ms()) if engine is not None else None
        return None if found is None else Place(*found)


def _encoded(command: AnyCommand) -> bytes:
    """Return a command as the engine reads it.

    Raises:
        BadInput: a number of it fits no command: it is negative, or too large.
    """
    try:
        encoded = encode(command)
    except OverflowError:
        raise BadInput("a number of this is out of range; ids are below 2^53") from None
    for name, field in _NAMED.items():
        found = getattr(command, name, None)
        if found is not None and not 0 <= found <= ID_MAX:
            raise BadInput(f"{field} is {found}; allowed is 0 to {ID_MAX}", field=field)
    return encoded


def _new_id() -> UUID:
    return UUID(bytes=uuid_utils.uuid7().bytes)
