"""Contacts a second: M/M/100 at 90 % through the production engine, in simpy, and in a bare loop."""

from __future__ import annotations

import heapq
import importlib
import importlib.util
import random
import time
from collections.abc import Callable, Iterator
from typing import Any

import msgspec

from ucc.staffing.scenario import plan_of
from ucc.staffing.simulation import simulate

AGENTS, ERLANG, AHT_S = 100, 90, 180
CONTACTS, PER_SIMPY_CONTACT = 1_000_000, 25  # simpy is given so many times fewer
WAIT_S_MAX = 20  # the theory says 4; no simulation of it is that far off
ROUNDS = 3


class Figures(msgspec.Struct, frozen=True, kw_only=True):
    """Contacts a second of processor time, the middle of three rounds that alternate."""

    rate: int
    simpy_rate: int | None  # None: it is not installed
    ratio: float | None


def production(contacts: int, threads: int = 1) -> float:
    """Return the mean wait in the production engine, s."""
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


def has_simpy() -> bool:
    """Say whether simpy is installed: it is needed for nothing else."""
    return importlib.util.find_spec("simpy") is not None


def with_simpy(contacts: int) -> float:
    """Return the mean wait in simpy, s."""
    simpy: Any = importlib.import_module("simpy")
    chance, world, waited_s = random.Random(1), simpy.Environment(), 0.0  # noqa: S311  # the same each time
    agents = simpy.Resource(world, capacity=AGENTS)

    def call(arrived_s: float) -> Iterator[Any]:
        nonlocal waited_s
        with agents.request() as turn:
            yield turn
            waited_s += world.now - arrived_s
            yield world.timeout(chance.expovariate(1 / AHT_S))

    def arrivals() -> Iterator[Any]:
        for _ in range(contacts):
            yield world.timeout(chance.expovariate(ERLANG / AHT_S))
            world.process(call(world.now))

    world.process(arrivals())
    world.run()
    return waited_s / contacts


def bare_loop(contacts: int) -> float:
    """Return the mean wait of first come, first served: the end of each agent's work in a heap, s."""
    chance, now_s, waited_s = random.Random(1), 0.0, 0.0  # noqa: S311  # the same each time
    free_at_s = [0.0] * AGENTS
    for _ in range(contacts):
        now_s += chance.expovariate(ERLANG / AHT_S)
        start_s = max(now_s, free_at_s[0])
        waited_s += start_s - now_s
        heapq.heapreplace(free_at_s, start_s + chance.expovariate(1 / AHT_S))
    return waited_s / contacts


def measure(contacts: int = CONTACTS) -> Figures:
    """Measure one after the other, three times, so that a busy machine disturbs both alike."""
    rates, simpy_rates = [], []
    for _ in range(ROUNDS):
        rates.append(_rate(production, contacts))
        if has_simpy():
            simpy_rates.append(_rate(with_simpy, max(100, contacts // PER_SIMPY_CONTACT)))
    rate, simpy_rate = _middle(rates), _middle(simpy_rates) if simpy_rates else None
    return Figures(
        rate=round(rate),
        simpy_rate=None if simpy_rate is None else round(simpy_rate),
        ratio=None if simpy_rate is None else round(rate / simpy_rate, 1),
    )


def _rate(run: Callable[[int], float], contacts: int) -> float:
    began = time.process_time()
    wait_s = run(contacts)
    took_s = time.process_time() - began
    assert 0 <= wait_s < WAIT_S_MAX, f"{run.__name__}: a mean wait of {wait_s} s"
    return contacts / took_s


def _middle(values: list[float]) -> float:
    return sorted(values)[len(values) // 2]
