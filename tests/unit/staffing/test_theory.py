"""The simulator against the closed forms: M/M/n, M/M/n/k, M/M/n+M and M/M/n/k+M, by the production engine."""

from __future__ import annotations

import os

import pytest

from ucc.domain.simulation import Estimate
from ucc.staffing.erlang import Figures, Load, figures
from ucc.staffing.scenario import plan_of
from ucc.staffing.simulation import simulate

# Erlang, agents, patience in handling times, waiting places.
SETS: list[tuple[float, int, float | None, int | None]] = [
    (0.5, 1, None, None),
    (1.4, 2, None, None),
    (3.5, 5, None, None),
    (10, 14, None, None),
    (18, 22, None, None),
    (40, 47, None, None),
    (90, 100, None, None),
    (3, 2, None, 2),
    (4, 5, None, 0),
    (5, 6, None, 6),
    (10, 10, None, 10),
    (12, 10, None, 30),
    (40, 40, None, 15),
    (110, 100, None, 20),
    (1, 1, 0.5, None),
    (5, 5, 1, None),
    (10, 9, 0.4, None),
    (14, 10, 0.7, None),
    (40, 38, 0.3, None),
    (100, 100, 2, None),
    (120, 100, 0.5, None),
    (6, 5, 1, 4),
    (50, 45, 0.5, 12),
]
AHT_S, TARGET_S = 180, 20
T19 = 2.093024  # of twenty replications: half width = t · sigma


def simulated(case: tuple[float, int, float | None, int | None], contacts: int) -> dict[str, Estimate | None]:
    """Return what the closed forms name, from twenty replications with `contacts` in all."""
    erlang, agents, patience, places = case
    exponential = {"distribution": "exponential", "mean_s": AHT_S}
    kind: dict[str, object] = {
        "name": "calls",
        "arrivals_per_hour": erlang * 3600 / AHT_S,
        "service": exponential,
        "target_s": TARGET_S,
    }
    if patience is not None:
        kind["patience"] = exponential | {"mean_s": patience * AHT_S}
    tables: dict[str, object] = {
        "seed": 20261129,
        "replications": 20,
        "periods": 1,
        "period_s": contacts / 20 * AHT_S / erlang,
        "warm_up_s": 60 * AHT_S,
        "types": [kind],
        "groups": [{"name": "all", "staff": agents}],
    }
    if places is not None:
        kind["trunk"] = "line"
        tables["trunks"] = [{"name": "line", "lines": agents + places}]
    report = simulate(plan_of(tables, str), threads=len(os.sched_getaffinity(0)))
    found, (group,) = report.policies[0].in_all, report.policies[0].groups
    arrived = found.arrived.mean

    def part(one: Estimate) -> Estimate:
        # The arrivals vary too, and with what becomes of them: this interval is at least as wide.
        half_width = None if one.half_width is None else one.half_width / arrived
        return Estimate(mean=one.mean / arrived, half_width=half_width)

    return {
        "block_probability": part(found.blocked),
        "abandon_probability": part(found.abandoned),
        "asa_s": found.asa_s,
        "service_level": found.service_level.of_arrived,
        "occupancy": group.occupancy,
        "queue_length": found.waiting,
    }


def known(case: tuple[float, int, float | None, int | None]) -> Figures:
    erlang, agents, patience, places = case
    return figures(
        Load(
            arrivals_per_hour=erlang * 3600 / AHT_S,
            aht_s=AHT_S,
            target_s=TARGET_S,
            agents=agents,
            patience_s=None if patience is None else patience * AHT_S,
            lines=None if places is None else agents + places,
        )
    )


def assert_agrees(
    case: tuple[float, int, float | None, int | None], contacts: int
) -> dict[str, Estimate | None]:
    """Every figure lies within four standard deviations of the closed form's."""
    theory, found = known(case), simulated(case, contacts)
    for name, estimate in found.items():
        wanted = getattr(theory, name)
        if estimate is None or estimate.half_width is None or not estimate.half_width:
            assert (0 if estimate is None else estimate.mean) == pytest.approx(wanted, abs=1e-4), name
            continue
        sigma = estimate.half_width / T19
        assert abs(estimate.mean - wanted) <= 4 * sigma, (name, estimate, wanted)
    return found


@pytest.mark.parametrize("case", SETS, ids=str)
def test_the_simulator_agrees_with_theory(case: tuple[float, int, float | None, int | None]) -> None:
    assert_agrees(case, contacts=60_000)


@pytest.mark.long
@pytest.mark.timeout(3000)
@pytest.mark.parametrize("case", SETS, ids=str)
def test_the_simulator_agrees_with_theory_to_half_a_percent(
    case: tuple[float, int, float | None, int | None],
) -> None:
    names = ("service_level", "occupancy", "block_probability", "abandon_probability")
    pilot = simulated(case, contacts=100_000)
    widths = [one.half_width or 0 for one in map(pilot.get, names) if one is not None]
    contacts = round(max(100_000, 100_000 * (max(widths) / 0.003) ** 2))
    found = assert_agrees(case, contacts)
    for name in names:
        estimate = found[name]
        assert estimate is None or (estimate.half_width or 0) <= 0.005, (name, estimate)
