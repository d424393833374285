"""Group commit: a batch is what arrived while the last one was in flight; nobody waits for a timer."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Hashable
from dataclasses import dataclass
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
    """The items of one key: what waits, and the batch in flight."""

    queue: deque[_Waiting[Item, Answer]]
    batch: list[_Waiting[Item, Answer]]


class GroupCommit(Generic[Key, Item, Answer]):
    """Hands the items of one key to `handler` in batches, one batch of a key at a time.

    The handler answers each item with a value or an exception. When it raises, the batch is tried again
    one by one, so that a bad item fails alone; only Unavailable fails all of them at once.
    """

    def __init__(
        self,
        name: str,
        handler: Handler[Key, Item, Answer],
        tasks: Tasks,
        *,
        batch_max: int = BATCH_MAX,
        waiting_max: int = WAITING_MAX,
    ) -> None:
        self._name = name
        self._handler = handler
        self._tasks = tasks
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
        waiting: _Waiting[Item, Answer] = _Waiting(item, asyncio.get_running_loop().create_future())
        lane = self._lanes.get(key)
        if lane is None:
            lane = self._lanes[key] = _Lane(deque([waiting]), [])
            worker = self._tasks.start(f"{self._name}: {key}", self._work(key, lane))
            worker.add_done_callback(lambda _: self._end(key, lane))
        elif len(lane.queue) >= self._waiting_max:
            raise Unavailable(f"{len(lane.queue)} items wait in {self._name}, limit {self._waiting_max}")
        else:
            lane.queue.append(waiting)
        return await waiting.answer

    async def _work(self, key: Key, lane: _Lane[Item, Answer]) -> None:
        while lane.queue:
            count = min(len(lane.queue), self._batch_max)
            lane.batch = [lane.queue.popleft() for _ in range(count)]
            self._sizes.observe(count)
            with self._seconds.time():
                await self._commit(key, lane.batch)
        del self._lanes[key]  # before anybody else runs: the next item starts a new worker

    def _end(self, key: Key, lane: _Lane[Item, Answer]) -> None:
        """Tell those whom a cancelled worker leaves behind: nobody may wait for ever."""
        if self._lanes.get(key) is lane:
            del self._lanes[key]
        for one in (*lane.batch, *lane.queue):
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
