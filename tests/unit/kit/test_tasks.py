"""Tasks: errors are seen and counted, the end comes in order, a vital failure is told."""

from __future__ import annotations

import asyncio

from tests.conftest import until
from ucc.kit import metrics
from ucc.kit.tasks import Tasks


async def test_a_failed_task_is_counted_by_its_name_without_what_follows_the_colon() -> None:
    async def fail() -> None:
        raise RuntimeError("boom")

    tasks = Tasks()
    tasks.start("sweep: tenant 7", fail())
    await until(lambda: not tasks.names())
    assert 'ucc_task_failures_total{name="sweep"} 1.0' in metrics.render().decode()
    assert not tasks.failed().done()


async def test_a_vital_failure_names_the_task() -> None:
    async def fail() -> None:
        raise RuntimeError("boom")

    tasks = Tasks()
    tasks.start("routing", fail(), is_vital=True)
    assert await asyncio.wait_for(tasks.failed(), 5) == "routing"


async def test_tasks_end_youngest_first() -> None:
    ended = []

    async def wait(name: str) -> None:
        try:
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(0)
            ended.append(name)

    tasks = Tasks()
    for name in ("database", "bus", "sockets"):
        tasks.start(name, wait(name))
    await asyncio.sleep(0)
    await tasks.close()
    assert ended == ["sockets", "bus", "database"]
    assert tasks.names() == []
