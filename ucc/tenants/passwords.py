"""Password hashes by argon2id, in two threads so that guessing cannot take the machine."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import ParamSpec, TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from ucc.domain.errors import TooMany

MEMORY_KIB = 19 * 1024
PASSES = 2
PARALLEL_MAX = 2
WAITING_MAX = 64  # more sign-ins at once than this are told to come back
RETRY_S = 2

Given = ParamSpec("Given")
Answer = TypeVar("Answer")


class Passwords:
    """Makes and verifies hashes; at most two at once, at most 64 waiting."""

    def __init__(self) -> None:
        self._hasher = PasswordHasher(time_cost=PASSES, memory_cost=MEMORY_KIB, parallelism=1)
        # An unknown account is compared with this, so that it takes the time of a known one.
        self._nobody = self._hasher.hash("nobody has this password")
        self._threads = ThreadPoolExecutor(PARALLEL_MAX, thread_name_prefix="argon2")
        self._waiting = 0

    async def hash(self, password: str) -> str:
        """Return the hash to store.

        Raises:
            TooMany: too many wait already.
        """
        return await self._run(self._hasher.hash, password)

    async def is_right(self, password: str, stored: str | None) -> bool:
        """Compare; without a stored hash it takes as long and says no.

        Raises:
            TooMany: too many wait already.
        """
        is_match = await self._run(self._verify, stored or self._nobody, password)
        return is_match and stored is not None

    def is_outdated(self, stored: str) -> bool:
        """Say whether the hash was made with weaker parameters than today's."""
        return self._hasher.check_needs_rehash(stored)

    def close(self) -> None:
        """Let the threads end."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _verify(self, stored: str, password: str) -> bool:
        try:
            return self._hasher.verify(stored, password)
        except (VerificationError, InvalidHashError):
            return False

    async def _run(
        self, work: Callable[Given, Answer], *arguments: Given.args, **named: Given.kwargs
    ) -> Answer:
        assert not named
        if self._waiting >= WAITING_MAX:
            raise TooMany(f"{self._waiting} sign-ins wait already", retry_after_s=RETRY_S)
        self._waiting += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, work, *arguments)
        finally:
            self._waiting -= 1
