"""Contacts a second: an M/M/100 at 90 % through the production engine, and the same in simpy.

Unit: one run of CONTACTS contacts (fewer in Python); `extra_info` has contacts a second, by the clock and by
the processors' time, which a shared machine disturbs less.
Floor: simpy, a general simulator in Python, and a bare loop in Python: a heap of ends, no events, no router.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from ucc.bench.contacts import CONTACTS, PER_SIMPY_CONTACT, WAIT_S_MAX, bare_loop, production, with_simpy

RUNS: dict[str, tuple[int, Callable[[int], float]]] = {
    "production engine, one thread": (CONTACTS, production),
    "production engine, all processors": (
        CONTACTS,
        lambda contacts: production(contacts, len(os.sched_getaffinity(0))),
    ),
    "simpy": (CONTACTS // PER_SIMPY_CONTACT, with_simpy),
    "bare loop in Python": (10 * CONTACTS // PER_SIMPY_CONTACT, bare_loop),
}


@pytest.mark.timeout(600)
@pytest.mark.parametrize("name", RUNS)
def test_contacts_per_second(benchmark: BenchmarkFixture, name: str) -> None:
    contacts, run = RUNS[name]
    contacts = contacts if benchmark.enabled else 2_000
    started_s = time.process_time()
    mean_wait_s = benchmark.pedantic(run, args=(contacts,), rounds=3)
    took_s = time.process_time() - started_s
    assert 0 <= mean_wait_s < WAIT_S_MAX
    if benchmark.enabled:
        benchmark.extra_info["contacts_per_s"] = round(contacts / benchmark.stats["median"])
        benchmark.extra_info["contacts_per_processor_s"] = round(3 * contacts / took_s)
