"""Contacts a second: an M/M/100 at 90 % through the production engine, and the same in simpy.

Unit: one run of CONTACTS contacts (fewer in Python); `extra_info` has contacts a second, by the clock and by
the processors' time, which a shared machine disturbs less.
Floor: simpy, a general simulator in Python, and a bare loop in Python: a heap of ends, no events, no router.
"""

from __future__ import annotations

import heapq
import os
import random
import time
from collections.abc import Callable

import pytest
import simpy
from pytest_benchmark.fixture import BenchmarkFixture

from ucc.staffing.scenario import plan_of
from ucc.staffing.simulation import simulate

AGENTS, ERLANG, AHT_S = 100, 90, 180
CONTACTS, CONTACTS_SIMPY = 1_000_000, 40_000


def production(contacts: int, threads: int) -> float:
    """Return the mean wait in the production engine."""
    exponential = {"distribution": "exponential", "mean_s": AHT_S}
    plan = plan_of(
        {
            "replications": 4,
            "periods": 1,
            "period_s": contacts / 4 * AHT_S / ERLANG,
            "types": [{"name": "calls", "arrivals_per_hour": ERLANG * 3600 / AHT_S, "service": exponential}],
            "groups": [{"name": "all", "staff": AGENTS}],
        },
        str,
    )
    asa = simulate(plan, threads=threads).policies[0].in_all.asa_s
    assert asa is not None
    return asa.mean


def with_simpy(contacts: int) -> float:
    """Return the mean wait in simpy."""
    chance, world, waited = random.Random(1), simpy.Environment(), 0.0
    agents = simpy.Resource(world, capacity=AGENTS)

    def call(arrived_s: float) -> simpy.events.ProcessGenerator:
        nonlocal waited
        with agents.request() as turn:
            yield turn
            waited += world.now - arrived_s
            yield world.timeout(chance.expovariate(1 / AHT_S))

    def arrivals() -> simpy.events.ProcessGenerator:
        for _ in range(contacts):
            yield world.timeout(chance.expovariate(ERLANG / AHT_S))
            world.process(call(world.now))

    world.process(arrivals())
    world.run()
    return waited / contacts


def bare_loop(contacts: int) -> float:
    """Return the mean wait of first come, first served: the end of each agent's work in a heap."""
    chance, now_s, waited = random.Random(1), 0.0, 0.0
    free_at_s = [0.0] * AGENTS
    for _ in range(contacts):
        now_s += chance.expovariate(ERLANG / AHT_S)
        start_s = max(now_s, free_at_s[0])
        waited += start_s - now_s
        heapq.heapreplace(free_at_s, start_s + chance.expovariate(1 / AHT_S))
    return waited / contacts


RUNS: dict[str, tuple[int, Callable[[int], float]]] = {
    "production engine, one thread": (CONTACTS, lambda contacts: production(contacts, 1)),
    "production engine, all processors": (
        CONTACTS,
        lambda contacts: production(contacts, len(os.sched_getaffinity(0))),
    ),
    "simpy": (CONTACTS_SIMPY, with_simpy),
    "bare loop in Python": (10 * CONTACTS_SIMPY, bare_loop),
}


@pytest.mark.timeout(600)
@pytest.mark.parametrize("name", RUNS)
def test_contacts_per_second(benchmark: BenchmarkFixture, name: str) -> None:
    contacts, run = RUNS[name]
    contacts = contacts if benchmark.enabled else 2_000
    started_s = time.process_time()
    mean_wait_s = benchmark.pedantic(run, args=(contacts,), rounds=3)
    took_s = time.process_time() - started_s
    assert 0 <= mean_wait_s < 20
    if benchmark.enabled:
        benchmark.extra_info["contacts_per_s"] = round(contacts / benchmark.stats["median"])
        benchmark.extra_info["contacts_per_processor_s"] = round(3 * contacts / took_s)
