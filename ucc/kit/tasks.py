"""Background tasks: named, their errors seen and counted, awaited at shutdown. No other create_task."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

from ucc.kit import log, metrics

CLOSE_MS = 5_000

_logger = log.get("tasks")
_failures = metrics.counter("task_failures", "Tasks that ended by an error, by name", ["name"])


class Tasks:
    """The tasks of one node, ended in the reverse order of their start."""

    def __init__(self) -> None:
        self._running: dict[asyncio.Task[Any], str] = {}
        self._failed: asyncio.Future[str] | None = None

    def start(
        self, name: str, work: Coroutine[Any, Any, Any], *, is_vital: bool = False
    ) -> asyncio.Task[Any]:
        """Run `work` beside the caller. When a vital task fails the node stops (see `failed`)."""
        task = asyncio.get_running_loop().create_task(work, name=name)
        self._running[task] = name
        task.add_done_callback(lambda done: self._ended(done, is_vital=is_vital))
        return task

    def _ended(self, task: asyncio.Task[Any], *, is_vital: bool) -> None:
        name = self._running.pop(task)
        if task.cancelled() or (error := task.exception()) is None:
            return
        label = name.split(":")[0]
        _failures.labels(label).inc()
        _logger.error("task failed", task=name, exc_info=error)
        if is_vital:
            self.fail(name)

    def fail(self, name: str) -> None:
        """Declare that this node cannot go on."""
        failed = self.failed()
        if not failed.done():
            failed.set_result(name)

    def failed(self) -> asyncio.Future[str]:
        """Return a future that gets the name of the first vital task that failed."""
        if self._failed is None:
            self._failed = asyncio.get_running_loop().create_future()
        return self._failed

    def names(self) -> list[str]:
        """Return the names of what runs, oldest first."""
        return list(self._running.values())

    async def close(self) -> None:
        """Cancel every task, youngest first, and wait for each; a task that hangs is left and named."""
        while self._running:
            task = next(reversed(self._running))
            name = self._running[task]
            task.cancel()
            _, pending = await asyncio.wait([task], timeout=CLOSE_MS / 1000)
            if pending:
                _logger.error("task did not end", task=name, after_ms=CLOSE_MS)
                self._running.pop(task, None)
            await asyncio.sleep(0)  # its done callback removes it
