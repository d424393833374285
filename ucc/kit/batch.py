"""Group commit: a batch is what arrived while the last ones were in flight; nobody waits for a timer."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Hashable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from ucc.domain.errors import Unavailable
from ucc.kit import metrics
from ucc.kit.tasks import Tasks

BATCH_MAX = 200
WAITING_MAX = 10_000

Key = TypeVar("Key", bound=Hashable)
Item = TypeVar("Item")
Answer = TypeVar("Answer")
Handler = Callable[[Key, list[Item]], Awaitable[list[Answer | Exception]]]

_sizes = metrics.histogram(
    "batch_items", "Items in one group commit", ["batch"], buckets=(1, 2, 5, 10, 20, 50, 100, 200)
)
_seconds = metrics.histogram("batch_seconds", "Time of one group commit", ["batch"])


@dataclass(slots=True)
class _Waiting(Generic[Item, Answer]):
    """An item and whom its answer goes to."""

    item: Item
    answer: asyncio.Future[Answer]


@dataclass(slots=True)
class _Lane(Generic[Item, Answer]):
    """The items of one key: what waits, and what is in flight."""

    queue: deque[_Waiting[Item, Answer]] = field(default_factory=deque)
    workers: int = 0
    threads: set[Hashable] = field(default_factory=set)  # of the batches in flight

    def take(
        self, batch_max: int, thread_of: Callable[[Item], Hashable] | None
    ) -> list[_Waiting[Item, Answer]]:
        """Take the next batch; what continues a thread that is in flight keeps its place in the queue."""
        if thread_of is None:
            return [self.queue.popleft() for _ in range(min(len(self.queue), batch_max))]
        batch: list[_Waiting[Item, Answer]] = []
        later: list[_Waiting[Item, Answer]] = []
        taken: set[Hashable] = set()
        while self.queue and len(batch) < batch_max:
            waiting = self.queue.popleft()
            thread = thread_of(waiting.item)
            if thread in self.threads:
                later.append(waiting)
            else:
                taken.add(thread)
                batch.append(waiting)
        self.queue.extendleft(reversed(later))
        self.threads |= taken
        return batch


class GroupCommit(Generic[Key, Item, Answer]):
    """Hands the items of one key to `handler` in batches, by default one batch of a key at a time.

    With `overlap` above 1 so many batches of a key are in flight at once: one is written while another is
    still on its way to the disk. `thread_of` then says which items must stay in order: two batches in flight
    never hold items of the same thread.

    The handler answers each item with a value or an exception. When it raises, the batch is tried again
    one by one, so that a bad item fails alone; only Unavailable fails all of them at once.
    """

    def __init__(
        self,
        name: str,
        handler: Handler[Key, Item, Answer],
        tasks: Tasks,
        *,
        overlap: int = 1,
        thread_of: Callable[[Item], Hashable] | None = None,
        batch_max: int = BATCH_MAX,
        waiting_max: int = WAITING_MAX,
    ) -> None:
        assert overlap == 1 or thread_of is not None, "overlapping batches need threads, or order is lost"
        self._name = name
        self._handler = handler
        self._tasks = tasks
        self._overlap = overlap
        self._thread_of = thread_of
        self._batch_max = batch_max
        self._waiting_max = waiting_max
        self._lanes: dict[Key, _Lane[Item, Answer]] = {}
        self._sizes = _sizes.labels(name)
        self._seconds = _seconds.labels(name)

    async def submit(self, key: Key, item: Item) -> Answer:
        """Return the handler's answer for `item`, after the commit of its batch.

        Raises:
            Unavailable: too many items of this key wait already, or the node stops.
        """
        lane = self._lanes.get(key)
        if lane is None:
            lane = self._lanes[key] = _Lane()
        elif len(lane.queue) >= self._waiting_max:
            raise Unavailable(f"{len(lane.queue)} items wait in {self._name}, limit {self._waiting_max}")
        waiting: _Waiting[Item, Answer] = _Waiting(item, asyncio.get_running_loop().create_future())
        lane.queue.append(waiting)
        if lane.workers < self._overlap:
            self._start(key, lane)
        return await waiting.answer

    def _start(self, key: Key, lane: _Lane[Item, Answer]) -> None:
        """Start a worker; until it runs, in the next turn of the loop, what arrives goes with it."""
        lane.workers += 1
        batch: list[_Waiting[Item, Answer]] = []
        worker = self._tasks.start(f"{self._name}: {key}", self._work(key, lane, batch))
        worker.add_done_callback(lambda done: self._end(key, lane, batch) if done.cancelled() else None)

    async def _work(self, key: Key, lane: _Lane[Item, Answer], batch: list[_Waiting[Item, Answer]]) -> None:
        while taken := lane.take(self._batch_max, self._thread_of):
            batch[:] = taken
            self._sizes.observe(len(batch))
            with self._seconds.time():
                await self._commit(key, batch)
            if self._thread_of is not None:
                lane.threads.difference_update([self._thread_of(one.item) for one in batch])
        lane.workers -= 1  # before anybody else runs: the next item starts a new worker
        if lane.workers == 0:
            del self._lanes[key]

    def _end(self, key: Key, lane: _Lane[Item, Answer], batch: list[_Waiting[Item, Answer]]) -> None:
        """Tell those whom a cancelled worker leaves behind: nobody may wait for ever."""
        lane.workers -= 1
        left = [*batch]
        if lane.workers == 0:
            left += lane.queue
            lane.queue.clear()
            del self._lanes[key]
        for one in left:
            if not one.answer.done():
                one.answer.set_exception(Unavailable("this node is stopping"))

    async def _commit(self, key: Key, batch: list[_Waiting[Item, Answer]]) -> None:
        answers: list[Answer | Exception]
        try:
            answers = await self._handler(key, [one.item for one in batch])
            assert len(answers) == len(batch), f"{self._name}: {len(answers)} answers for {len(batch)} items"
        except Exception as error:
            if len(batch) > 1 and not isinstance(error, Unavailable):
                for one in batch:
                    await self._commit(key, [one])
                return
            answers = [error] * len(batch)
        for one, result in zip(batch, answers, strict=True):
            if one.answer.done():  # its caller went away
                continue
            if isinstance(result, Exception):
                one.answer.set_exception(result)
            else:
                one.answer.set_result(result)
