"""Group commit: a batch is what arrived while the last one was in flight; nobody waits for a timer."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Hashable
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
        self._lanes: dict[Key, deque[tuple[Item, asyncio.Future[Answer]]]] = {}
        self._sizes = _sizes.labels(name)
        self._seconds = _seconds.labels(name)

    async def submit(self, key: Key, item: Item) -> Answer:
        """Return the handler's answer for `item`, after the commit of its batch.

        Raises:
            Unavailable: too many items of this key wait already, or the node stops.
        """
        lane = self._lanes.get(key)
        answer: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        if lane is None:
            self._lanes[key] = deque([(item, answer)])
            self._tasks.start(f"{self._name}: {key}", self._work(key))
        elif len(lane) >= self._waiting_max:
            raise Unavailable(f"{len(lane)} items wait in {self._name}, limit {self._waiting_max}")
        else:
            lane.append((item, answer))
        return await answer

    async def _work(self, key: Key) -> None:
        lane = self._lanes[key]
        batch: list[tuple[Item, asyncio.Future[Answer]]] = []
        try:
            while lane:
                batch = [lane.popleft() for _ in range(min(len(lane), self._batch_max))]
                self._sizes.observe(len(batch))
                with self._seconds.time():
                    await self._commit(key, batch)
        finally:  # on cancellation too: nobody may wait for ever
            del self._lanes[key]
            for _, answer in [*batch, *lane]:
                if not answer.done():
                    answer.set_exception(Unavailable("this node is stopping"))

    async def _commit(self, key: Key, batch: list[tuple[Item, asyncio.Future[Answer]]]) -> None:
        answers: list[Answer | Exception]
        try:
            answers = await self._handler(key, [item for item, _ in batch])
            assert len(answers) == len(batch), f"{self._name}: {len(answers)} answers for {len(batch)} items"
        except Exception as error:
            if len(batch) > 1 and not isinstance(error, Unavailable):
                for one in batch:
                    await self._commit(key, [one])
                return
            answers = [error] * len(batch)
        for (_, waiting), result in zip(batch, answers, strict=True):
            if waiting.done():  # its caller went away
                continue
            if isinstance(result, Exception):
                waiting.set_exception(result)
            else:
                waiting.set_result(result)
