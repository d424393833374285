"""Group commit: a batch is what arrived meanwhile; a bad item fails alone; nobody waits for ever."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from random import Random

import pytest

from tests.conftest import until
from ucc.domain.errors import BadInput, Unavailable
from ucc.kit.batch import GroupCommit
from ucc.kit.tasks import Tasks


class Table:
    """Stores numbers; waits at `gate` in each commit; refuses negative ones in the way it is told."""

    def __init__(self, *, raises: bool = False) -> None:
        self.gate = asyncio.Event()
        self.batches: list[tuple[str, list[int]]] = []
        self.raises = raises

    async def commit(self, key: str, items: list[int]) -> list[int | Exception]:
        self.batches.append((key, items))
        await self.gate.wait()
        if self.raises and any(item < 0 for item in items):
            raise BadInput(f"{min(items)} is negative")
        return [BadInput("negative") if item < 0 else item * 10 for item in items]


async def test_a_batch_is_what_arrived_while_the_last_one_was_in_flight(tasks: Tasks) -> None:
    table = Table()
    commit = GroupCommit("test_a", table.commit, tasks, batch_max=3)
    answers = [asyncio.ensure_future(commit.submit("a", n)) for n in range(6)]
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    table.gate.set()
    assert await asyncio.gather(*answers) == [0, 10, 20, 30, 40, 50]
    assert [items for _, items in table.batches] == [[0, 1, 2], [3, 4, 5]]


async def test_a_single_item_does_not_wait_for_company(tasks: Tasks) -> None:
    table = Table()
    table.gate.set()
    commit = GroupCommit("test_b", table.commit, tasks)
    assert [await commit.submit("a", n) for n in range(3)] == [0, 10, 20]
    assert [items for _, items in table.batches] == [[0], [1], [2]]


async def test_keys_never_share_a_batch_and_do_not_wait_for_each_other(tasks: Tasks) -> None:
    table = Table()
    commit = GroupCommit("test_c", table.commit, tasks)
    answers = [asyncio.ensure_future(commit.submit(key, 1)) for key in ("a", "b", "a", "b")]
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert {key for key, _ in table.batches} == {"a", "b"}
    table.gate.set()
    await asyncio.gather(*answers)


async def test_overlapping_batches_keep_each_thread_in_order(tasks: Tasks) -> None:
    """Items are (thread, number); each commit takes as many turns of the loop as a seeded die says."""
    die = Random(7)
    in_flight: list[set[int]] = []
    most, order = 0, defaultdict[int, list[int]](list)

    async def write(_: str, items: list[tuple[int, int]]) -> list[int | Exception]:
        nonlocal most
        threads = {thread for thread, _ in items}
        assert not any(threads & other for other in in_flight), "two batches in flight hold one thread"
        in_flight.append(threads)
        most = max(most, len(in_flight))
        for _ in range(die.randrange(6)):
            await asyncio.sleep(0)
        in_flight.remove(threads)
        for thread, number in items:
            order[thread].append(number)
        return [number for _, number in items]

    commit = GroupCommit("test_j", write, tasks, overlap=3, thread_of=lambda item: item[0], batch_max=4)
    answers = []
    for number in range(2_000):
        answers.append(asyncio.ensure_future(commit.submit("a", (die.randrange(9), number))))
        if die.random() < 0.4:
            await asyncio.sleep(0)
    assert await asyncio.gather(*answers) == list(range(2_000))
    assert most == 3
    assert all(numbers == sorted(numbers) for numbers in order.values())
    assert not commit._lanes, "an idle key is remembered"


async def test_a_busy_thread_does_not_hold_the_others_up(tasks: Tasks) -> None:
    table = Table()
    commit = GroupCommit("test_k", table.commit, tasks, overlap=2, thread_of=lambda item: item // 10)
    answers = [asyncio.ensure_future(commit.submit("a", 10))]
    await until(lambda: len(table.batches) == 1)
    answers += [asyncio.ensure_future(commit.submit("a", n)) for n in (11, 20, 12)]
    await until(lambda: len(table.batches) == 2)
    assert table.batches[1] == ("a", [20])
    table.gate.set()
    assert await asyncio.gather(*answers) == [100, 110, 200, 120]
    assert table.batches[2:] == [("a", [11, 12])]


async def test_an_item_refused_by_the_handler_fails_alone(tasks: Tasks) -> None:
    table = Table()
    table.gate.set()
    commit = GroupCommit("test_d", table.commit, tasks)
    answers = await asyncio.gather(*(commit.submit("a", n) for n in (1, -1, 2)), return_exceptions=True)
    assert [answers[0], answers[2]] == [10, 20]
    assert isinstance(answers[1], BadInput)


async def test_when_a_batch_fails_whole_its_items_are_tried_one_by_one(tasks: Tasks) -> None:
    table = Table(raises=True)
    table.gate.set()
    commit = GroupCommit("test_e", table.commit, tasks)
    answers = await asyncio.gather(*(commit.submit("a", n) for n in (1, -1, 2)), return_exceptions=True)
    assert [answers[0], answers[2]] == [10, 20]
    assert isinstance(answers[1], BadInput)


async def test_a_database_that_is_away_fails_the_batch_at_once(tasks: Tasks) -> None:
    calls = []

    async def away(key: str, items: list[int]) -> list[int | Exception]:
        calls.append(items)
        raise Unavailable("away")

    commit = GroupCommit("test_f", away, tasks)
    answers = await asyncio.gather(*(commit.submit("a", n) for n in range(5)), return_exceptions=True)
    assert all(isinstance(answer, Unavailable) for answer in answers)
    assert len(calls) == 1


async def test_more_than_the_limit_is_refused_at_the_door(tasks: Tasks) -> None:
    table = Table()
    commit = GroupCommit("test_g", table.commit, tasks, batch_max=1, waiting_max=2)
    answers = [asyncio.ensure_future(commit.submit("a", 0))]
    await until(lambda: len(table.batches) == 1)
    answers += [asyncio.ensure_future(commit.submit("a", n)) for n in (1, 2)]
    await asyncio.sleep(0)
    with pytest.raises(Unavailable, match="limit 2"):
        await commit.submit("a", 3)
    table.gate.set()
    assert await asyncio.gather(*answers) == [0, 10, 20]


async def test_a_caller_who_left_does_not_disturb_the_others(tasks: Tasks) -> None:
    table = Table()
    commit = GroupCommit("test_h", table.commit, tasks)
    leaves, stays = (asyncio.ensure_future(commit.submit("a", n)) for n in (1, 2))
    await asyncio.sleep(0)
    leaves.cancel()
    table.gate.set()
    assert await stays == 20


async def test_at_shutdown_nobody_waits_for_ever() -> None:
    tasks = Tasks()
    commit = GroupCommit("test_i", Table().commit, tasks)
    answers = [asyncio.ensure_future(commit.submit("a", n)) for n in range(3)]
    await asyncio.sleep(0)
    await tasks.close()
    assert all(isinstance(a, Unavailable) for a in await asyncio.gather(*answers, return_exceptions=True))
