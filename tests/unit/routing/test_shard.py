"""How long a shard sleeps: until the next deadline of an engine, and for ever where there is none."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any, cast

import pytest

from ucc.routing import shard as module
from ucc.routing.ground import Ground
from ucc.routing.journal import FAR_MS, TenantEngine
from ucc.routing.shard import EARLY_MS, SLEEP_MS_MAX, Shard

NOW_MS = 1_700_000_000_000


async def slept_s(monkeypatch: pytest.MonkeyPatch, deadline_ms: int | None) -> float | None:
    """Return for how long a shard with one engine lies down, at NOW_MS; it is woken at once."""
    lain_s: list[float | None] = []

    async def lie_down(waiting: Any, timeout_s: float | None) -> None:
        lain_s.append(timeout_s)
        shard.stop()
        await waiting

    shard = Shard(cast(Ground, SimpleNamespace()), 1, 1, 1)
    if deadline_ms is not None:
        shard.engines[1] = TenantEngine(1)
        shard.engines[1].deadline_ms = deadline_ms
    monkeypatch.setattr(module, "now_ms", lambda: NOW_MS)
    monkeypatch.setattr(asyncio, "wait_for", lie_down)
    await shard.run()
    (found,) = lain_s
    return found


@pytest.mark.parametrize("deadline_ms", [None, FAR_MS])
async def test_without_a_deadline_a_shard_never_wakes_by_itself(
    monkeypatch: pytest.MonkeyPatch, deadline_ms: int | None
) -> None:
    assert await slept_s(monkeypatch, deadline_ms) is None


async def test_it_sleeps_until_the_deadline_and_never_less(monkeypatch: pytest.MonkeyPatch) -> None:
    assert await slept_s(monkeypatch, NOW_MS + 2_500) == (2_500 + EARLY_MS) / 1000


async def test_before_a_far_deadline_it_looks_whether_the_clock_was_set(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert await slept_s(monkeypatch, NOW_MS + 10 * SLEEP_MS_MAX) == SLEEP_MS_MAX / 1000
