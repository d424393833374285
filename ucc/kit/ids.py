"""Ids for every table from one counter, taken without a round trip: blocks of 1,024 from a sequence."""

from __future__ import annotations

from collections import deque
from typing import Protocol

from ucc.domain.errors import Unavailable
from ucc.kit.tasks import Tasks

BLOCK = 1_024
LOW_WATER = 4 * BLOCK  # fetch when less is left
FETCH_BLOCKS = 8


class Source(Protocol):
    """Where block numbers come from; each is given out once, ever."""

    async def reserve_ids(self, count: int) -> list[int]:
        """Return `count` block numbers nobody else gets."""


class Ids:
    """Unique, growing within a node, below 2^53 (so JavaScript holds them)."""

    def __init__(self, source: Source, tasks: Tasks) -> None:
        self._source = source
        self._tasks = tasks
        self._blocks: deque[range] = deque()
        self._left = 0
        self._is_fetching = False

    @classmethod
    async def open(cls, source: Source, tasks: Tasks) -> Ids:
        """Reserve the first blocks."""
        ids = cls(source, tasks)
        await ids.ensure(LOW_WATER)
        return ids

    def take(self) -> int:
        """Return a new id at once.

        Raises:
            Unavailable: the database gave no new block in time.
        """
        if self._left < LOW_WATER and not self._is_fetching:
            self._is_fetching = True
            self._tasks.start("ids: next blocks", self._fetch())
        if not self._blocks:
            raise Unavailable("no ids are left until the database answers")
        block = self._blocks[0]
        self._left -= 1
        if len(block) == 1:
            self._blocks.popleft()
        else:
            self._blocks[0] = block[1:]
        return block[0]

    async def ensure(self, count: int) -> None:
        """Have at least `count` ids ready, for a bulk of that size."""
        if self._left < count:
            self._add(await self._source.reserve_ids(-(-(count - self._left) // BLOCK)))

    async def _fetch(self) -> None:
        try:
            self._add(await self._source.reserve_ids(FETCH_BLOCKS))
        finally:
            self._is_fetching = False

    def _add(self, blocks: list[int]) -> None:
        for block in blocks:
            assert 0 < block < 2**43, f"id block {block} would leave the 53 bits of a JavaScript number"
            self._blocks.append(range(block * BLOCK, (block + 1) * BLOCK))
            self._left += BLOCK
