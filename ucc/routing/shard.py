"""One owned shard: gathers while the last batch commits, decides, journals, and only then answers."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from itertools import chain
from typing import NamedTuple

import msgspec

from ucc._native.engine import EngineBroken
from ucc.domain.engine import Advance, AnyCommand, OpenShard, Outcome, SetSession
from ucc.domain.errors import Unavailable
from ucc.domain.states import Session
from ucc.kit import log, metrics
from ucc.kit.clock import now_ms
from ucc.routing import journal
from ucc.routing.append import Append, Place
from ucc.routing.ground import Fenced, Ground, NotOwner, Withdrawn, Work, encode
from ucc.routing.inbox import BATCH_MAX, Inbox
from ucc.routing.journal import FAR_MS, BrokenJournal, TenantEngine
from ucc.routing.lease import RETRY_MS
from ucc.routing.projector import Meaning
from ucc.routing.store import queries

AHEAD_MIN = 32  # commands that wait: then they are decided while the batch before them is on its way
TRIES_MAX = 5  # of one command, then it is set aside with an alarm
TRY_MS = 20
SLEEP_MS_MAX = 60_000  # before a deadline: the wall clock may be set meanwhile
EARLY_MS = 1  # by which a timer of the event loop, which counts whole ms, may fire too soon
BROKEN_MS = 5_000  # before a journal that does not fold, or a timer that fails, is tried again
SNAPSHOT_COMMANDS = 5_000

_logger = log.get("routing.shard")
_batches = metrics.histogram(
    "routing_batch_commands", "Commands in one journaled batch", buckets=(1, 2, 5, 10, 20, 50, 100, 200)
)
_seconds = metrics.histogram("routing_batch_seconds", "Time from deciding a batch to its commit")
_engines_broken = metrics.counter(
    "routing_engines_broken", "Engines that failed inside and were loaded from their journal: look at the log"
)
_set_aside = metrics.counter("routing_set_aside", "Commands set aside after failing five times: look at them")
_late = metrics.histogram("routing_timer_late_seconds", "How late a timer of the engine was told the time")


class _Aloft(NamedTuple):
    """A batch on its way, which may wait for the one before it to stand."""

    found: TenantEngine  # which decided it
    append: Append
    task: asyncio.Task[Fenced | None]


class Shard:
    """A shard this node owns under one epoch. `run` ends when it is stopped or fenced."""

    def __init__(self, ground: Ground, shard: int, epoch: int, next_seq: int) -> None:
        self.shard = shard
        self.epoch = epoch
        self.next_seq = next_seq
        self.engines: dict[int, TenantEngine] = {}
        self._ground = ground
        self._inbox = Inbox(ground, shard)
        self._gathered: dict[int, list[Work]] = {}
        self._aloft: _Aloft | None = None  # the batch on its way
        self._next: _Aloft | None = None  # that leaves when the one on its way stands
        self._opened: set[int] = set()
        self._tries: dict[int, int] = {}
        self._resting: dict[int, int] = {}  # tenant → until when a failure keeps it out
        self._is_stopping = False

    # --- what arrives -----------------------------------------------------------------------------

    def submit(self, work: Work) -> None:
        """Take a command; its answer comes after its commit.

        Raises:
            NotOwner: the shard is being given away.
            TooMany: too many commands wait.
        """
        if self._is_stopping:
            raise NotOwner
        self._inbox.put(work)

    def look(self) -> None:
        """Commands wait in the table."""
        self._inbox.look()

    def open_tenants(self, tenant_ids: list[int]) -> None:
        """Load these tenants' engines and tell them of the new owner."""
        self._inbox.open_tenants(tenant_ids)

    def stop(self) -> None:
        """Finish the batch in flight, take no more."""
        self._is_stopping = True
        self._inbox.wake.set()

    # --- the loop ---------------------------------------------------------------------------------

    async def run(self) -> None:
        """Carry out what arrives until stopped.

        Raises:
            Fenced: another node took the shard.
        """
        try:
            while await self._wait():
                await self._land_unless_much_waits()
                if not self._ground.lease.is_held:
                    await asyncio.sleep(RETRY_MS / 1000)  # paused: the next look resumes or drops this shard
                    continue
                self._gathered = await self._gather()
                for tenant_id, works in self._gathered.items():
                    for start in range(0, max(1, len(works)), BATCH_MAX):
                        await self._send(tenant_id, works[start : start + BATCH_MAX])
            await self._land()
        finally:
            self._is_stopping = True
            aloft = [one for one in (self._aloft, self._next) if one is not None]
            for one in aloft:
                one.task.cancel()
            on_their_way = chain.from_iterable(one.append.works for one in aloft)
            gathered = chain.from_iterable(self._gathered.values())
            for work in [*on_their_way, *self._inbox.clear(), *gathered]:
                work.fail(NotOwner())  # those that were answered stay answered

    # --- the batch on its way -----------------------------------------------------------------------

    async def _send(self, tenant_id: int, works: list[Work]) -> None:
        """Decide a batch while the one before is on its way; it leaves as soon as that one stands."""
        if self._aloft is not None and not self._is_next(self._aloft.found, self._aloft.append):
            # It stands, or it failed and is done again on an engine that must know nothing more.
            await self._land()
        found = self.engines.get(tenant_id)
        append = None
        if found is not None and tenant_id in self._opened and works and not self._is_suspect(works):
            append = await self._decide_ahead(found, works)
        if append is None or found is None:
            await self._land()
            await self._carry(tenant_id, works)
            return
        append.stands = asyncio.Event()
        name = f"routing: shard {self.shard} batch"
        task = self._ground.tasks.start(name, self._fly(self._aloft, found, append, append.stands))
        task.add_done_callback(lambda _: self._inbox.wake.set())
        self._next = _Aloft(found, append, task)
        await self._land()
        self._aloft, self._next = self._next, None

    async def _decide_ahead(self, found: TenantEngine, works: list[Work]) -> Append | None:
        """Return a batch that is decided and read; None: it goes from the journal's state, step by step."""
        before = None if self._aloft is None else self._aloft.append
        place = Place(self.shard, self.next_seq, found.tenant_id, found.seq)
        if before is not None:
            first_seq = before.place.first_seq + len(before.works)
            is_same = before.place.tenant_id == found.tenant_id
            place = Place(self.shard, first_seq, found.tenant_id, first_seq - 1 if is_same else found.seq)
        try:
            append = self._decide(found, place, works)
            await (append.read() if before is None else append.read_ahead(before))
        except Exception as error:  # whatever it is, carrying it out meets it again and deals with it
            self._say_broken(found.tenant_id, error)
            _logger.info("batch not decided ahead", tenant=found.tenant_id, reason=repr(error))
            self._drop(found)
            return None
        return append

    async def _fly(
        self, before: _Aloft | None, found: TenantEngine, append: Append, stands: asyncio.Event
    ) -> Fenced | None:
        """Carry out a batch that was decided ahead, once the one before it stands or was dealt with."""
        try:
            if before is not None and before.append.stands is not None:
                await before.append.stands.wait()
                if before.task.done() and (fenced := before.task.result()) is not None:
                    raise fenced
            await self._carry(found.tenant_id, append.works, found, append)
        except Fenced as error:
            for work in append.works:
                work.fail(NotOwner())
            return error
        finally:
            stands.set()
        return None

    async def _land(self) -> None:
        """Wait until the batch on its way stands, or was dealt with.

        Raises:
            Fenced: another node took the shard.
        """
        if self._aloft is None:
            return
        fenced = await self._aloft.task
        self._aloft = None
        if fenced is not None:
            raise fenced

    async def _land_unless_much_waits(self) -> None:
        """Let what waits go together behind the batch on its way, unless it is enough for its own."""
        while self._aloft is not None:
            await self._read_stored()
            if self._aloft.task.done() or self._inbox.to_open:
                await self._land()
                return
            if self._inbox.known >= AHEAD_MIN:
                return
            self._inbox.wake.clear()
            await self._inbox.wake.wait()

    def _drop(self, found: TenantEngine) -> None:
        """Drop an engine that has decided what will not be journaled so."""
        if self.engines.get(found.tenant_id) is found:
            del self.engines[found.tenant_id]

    def _is_suspect(self, works: list[Work]) -> bool:
        return any(work.row_id in self._tries for work in works)

    async def _wait(self) -> bool:
        """Sleep until something arrives or the next deadline of an engine; False: it is time to stop."""
        if self._inbox.is_empty:
            await asyncio.sleep(0)  # the loop measures from when it last looked at the clock: let it look
            at_ms = now_ms()
            due_ms = min(
                (max(one.deadline_ms, self._resting.get(one.tenant_id, 0)) for one in self.engines.values()),
                default=FAR_MS,
            )
            if due_ms > at_ms:
                sleep_s = None
                if due_ms < FAR_MS:
                    sleep_s = min(due_ms - at_ms + EARLY_MS, SLEEP_MS_MAX) / 1000
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._inbox.wake.wait(), sleep_s)
        self._inbox.wake.clear()
        return not self._is_stopping

    async def _gather(self) -> dict[int, list[Work]]:
        """Return by tenant what is to be done now: stored commands, direct ones, timers, tenants to open."""
        await self._read_stored()
        batches = self._inbox.take()
        at_ms = now_ms()
        for tenant_id, found in self.engines.items():
            if found.deadline_ms <= at_ms and tenant_id not in batches and not self._rests(tenant_id, at_ms):
                _late.observe((at_ms - found.deadline_ms) / 1000)
                batches[tenant_id] = [self._own(tenant_id, Advance())]
        return batches

    async def _read_stored(self) -> None:
        aloft = [] if self._aloft is None else self._aloft.append.works
        await self._inbox.read(aloft, self._resting_now())

    def _rests(self, tenant_id: int, at_ms: int) -> bool:
        return self._resting.get(tenant_id, 0) > at_ms

    def _resting_now(self) -> list[int]:
        at_ms = now_ms()
        return [tenant_id for tenant_id, until_ms in self._resting.items() if until_ms > at_ms]

    def _own(self, tenant_id: int, command: AnyCommand) -> Work:
        return Work(tenant_id, encode(command))

    # --- one batch of one tenant --------------------------------------------------------------------

    async def _carry(
        self,
        tenant_id: int,
        works: list[Work],
        found: TenantEngine | None = None,
        append: Append | None = None,
    ) -> None:
        """Carry out a batch. What fails is tried again one by one, so that a bad command fails alone.

        `append` is what `found` decided of it ahead; it counts if the batch before it did not fail. Otherwise
        stored commands are read again, lest they overtake those of that batch.
        """
        if found is not None and (append is None or not self._is_next(found, append)):
            self._drop(found)
            append = None
            self._inbox.put_back(works)
            works = [work for work in works if work.row_id is None]
        suspects = [work for work in works if work.row_id in self._tries] if len(works) > 1 else []
        if suspects:
            await self._carry(tenant_id, [work for work in works if work not in suspects])
            for work in suspects:
                await self._carry(tenant_id, [work])
            return
        try:
            await self._open_and_append(tenant_id, works, append)
        except Fenced:
            for work in works:
                work.fail(NotOwner())
            raise
        except Unavailable as error:
            self._forget(tenant_id, works)
            for work in works:
                work.fail(error)
            await asyncio.sleep(RETRY_MS / 1000)
        except Withdrawn:
            self._forget(tenant_id, works)
            if direct := [work for work in works if work.row_id is None]:
                await self._carry(tenant_id, direct)
        except BrokenJournal as error:
            _logger.critical("journal broken, tenant stands still", tenant=tenant_id, reason=str(error))
            self._rest(tenant_id, works, error)
        except Exception as error:  # the outermost loop of a batch: one bad command must not stop the tenant
            self._say_broken(tenant_id, error)
            self._forget(tenant_id, works)
            if works and tenant_id not in self._opened:
                await self._carry(
                    tenant_id, []
                )  # the new owner is told alone: a bad command must not hold it up
            if len(works) > 1:
                for work in works:
                    await self._carry(tenant_id, [work])
            else:
                await self._failed(tenant_id, works, error)

    def _say_broken(self, tenant_id: int, error: Exception) -> None:
        """Tell that an engine failed inside, which nothing but its journal can mend."""
        if isinstance(error, EngineBroken):
            _engines_broken.inc()
            _logger.error("engine broke, loading it from its journal", tenant=tenant_id, reason=str(error))

    def _forget(self, tenant_id: int, works: list[Work]) -> None:
        """Drop an engine that knows what the journal does not; it is loaded again when needed."""
        self.engines.pop(tenant_id, None)
        if not self._inbox.put_back(works):
            self._inbox.to_open.append(tenant_id)  # its timers must go on

    def _rest(self, tenant_id: int, works: list[Work], error: Exception) -> None:
        """Leave a tenant alone for a while."""
        self.engines.pop(tenant_id, None)
        self._inbox.put_back([])  # those of others; its own wait until it has rested
        self._resting[tenant_id] = now_ms() + BROKEN_MS
        for work in works:
            work.fail(error)
        asyncio.get_running_loop().call_later(BROKEN_MS / 1000, self.open_tenants, [tenant_id])
        asyncio.get_running_loop().call_later(BROKEN_MS / 1000, self.look)

    async def _failed(self, tenant_id: int, works: list[Work], error: Exception) -> None:
        """Deal with a single command that failed, not for want of the database."""
        _logger.error("routing command failed", tenant=tenant_id, shard=self.shard, exc_info=error)
        if not works or (works[0].row_id is None and works[0].answer is None):
            self._rest(tenant_id, works, error)  # opening or a timer
            return
        work = works[0]
        work.fail(error)
        if work.row_id is None:
            return
        tries = self._tries[work.row_id] = self._tries.get(work.row_id, 0) + 1
        if tries < TRIES_MAX:
            await asyncio.sleep(TRY_MS * 2**tries / 1000)
            return
        del self._tries[work.row_id]
        _set_aside.inc()
        _logger.critical("routing command set aside", tenant=tenant_id, row=work.row_id)
        async with self._ground.db.node(tenant_id) as conn:
            await queries.set_command_aside(
                conn, tenant_id=tenant_id, row_id=work.row_id, at_ms=now_ms(), error=repr(error)[:1000]
            )

    def _is_next(self, found: TenantEngine, append: Append) -> bool:
        """Say whether this engine is the tenant's, and the batch stands where the journal ends."""
        ends = (append.place.first_seq, append.place.previous_seq)
        return self.engines.get(found.tenant_id) is found and ends == (self.next_seq, found.seq)

    async def _open_and_append(self, tenant_id: int, works: list[Work], append: Append | None) -> None:
        """Carry out a batch on the tenant's engine, loaded if need be; it is told of this owner first."""
        found = self.engines.get(tenant_id)
        if found is None:
            async with self._ground.transactions:
                found = await journal.load(self._ground.db, tenant_id)
            self.engines[tenant_id] = found
        opening: list[Work] = []
        if tenant_id not in self._opened and found.seq > 0:
            opening = await self._opening(tenant_id)
        if opening or works:
            works = [*opening, *works]
            place = Place(self.shard, self.next_seq, tenant_id, found.seq)
            await self._append(found, append or self._decide(found, place, works))
        self._opened.add(tenant_id)

    async def _opening(self, tenant_id: int) -> list[Work]:
        """Return what a tenant's engine is told first: a new owner, and who is connected to a living node."""
        async with self._ground.transactions, self._ground.db.node_statement() as conn:
            rows = await queries.list_sessions(conn, tenant_id=tenant_id, node_id=self._ground.lease.node_id)
        agents = [row["agent_id"] for row in rows]
        commands: list[AnyCommand] = [OpenShard(epoch=self.epoch)]
        commands += [SetSession(agent=agent, session=Session.ONLINE) for agent in agents[: BATCH_MAX - 1]]
        return [self._own(tenant_id, command) for command in commands]

    def _decide(self, found: TenantEngine, place: Place, works: list[Work]) -> Append:
        """Let the engine decide; nothing of it is true before it is journaled."""
        commands = encode([msgspec.Raw(work.command) for work in works])
        return Append(self._ground, place, found.decide(now_ms(), commands), works)

    async def _append(self, found: TenantEngine, append: Append) -> None:
        """Journal a decided batch with all it means; then publish and answer.

        Raises:
            Fenced: another owner wrote this seq.
            Unavailable: the database was lost; it is unknown whether the batch stands.
        """
        with _seconds.time():
            done = await append.commit()
        works, outcomes = append.works, append.decided.outcomes
        self.next_seq += len(works)
        found.stands_at(self.next_seq - 1, len(works))
        _batches.observe(len(works))
        if append.stands is None:
            self._tell(found.tenant_id, done, works, outcomes)
        else:  # the batch behind it leaves first: the database works while the node tells
            append.stands.set()
            loop = asyncio.get_running_loop()
            loop.call_soon(self._tell, found.tenant_id, done, works, outcomes)
        if found.since_snapshot >= SNAPSHOT_COMMANDS:
            found.since_snapshot = 0
            self._ground.wants_snapshot.put_nowait(found.tenant_id)
        self._check_timer(found, outcomes, works)

    def _tell(self, tenant_id: int, done: Meaning, works: list[Work], outcomes: list[Outcome]) -> None:
        self._ground.bus.publish(done.publications)
        done.committed()
        self._ground.hints.changed(tenant_id, *done.lists())
        for work, outcome in zip(works, outcomes, strict=True):
            work.resolve(outcome)
            if work.row_id is not None:
                self._tries.pop(work.row_id, None)
                if outcome.refusal is not None and work.command_id is None:
                    _logger.warning(
                        "stored command refused",
                        tenant=tenant_id,
                        refusal=outcome.refusal,
                        fault=None if outcome.fault is None else str(outcome.fault),
                        row=work.row_id,
                    )

    def _check_timer(self, found: TenantEngine, outcomes: list[Outcome], works: list[Work]) -> None:
        """Rest when a timer is still due although the engine was told the time: it would spin."""
        if found.deadline_ms <= found.at_ms and not any(one.facts for one in outcomes):
            _logger.error("timer stays due", tenant=found.tenant_id, deadline_ms=found.deadline_ms)
            self._resting[found.tenant_id] = now_ms() + BROKEN_MS
