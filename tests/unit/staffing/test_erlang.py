"""The closed forms: against published values, against a computation with 30 digits, and at their edges."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.staffing.reference import reference
from ucc.domain.errors import BadInput
from ucc.staffing.erlang import Load, erlang_b, erlang_c, figures
from ucc.staffing.search import fewest


def load(**changes: object) -> Load:
    plain: dict[str, object] = {"arrivals_per_hour": 200, "aht_s": 180, "agents": 14, "target_s": 20}
    return Load(**(plain | changes))  # type: ignore[arg-type]


def assert_agrees(wanted: Load) -> None:
    """The figures agree with the reference to 1e-9 (times over a second: relative)."""
    found, named = (
        figures(wanted),
        {"arrivals_per_hour", "aht_s", "target_s", "agents", "patience_s", "lines"},
    )
    known = reference(**{name: getattr(wanted, name) for name in named})
    for name, value in known.items():
        assert getattr(found, name) == pytest.approx(float(value), rel=1e-9, abs=1e-9), (name, wanted)


def test_known_values_of_erlang_b_and_c() -> None:
    assert erlang_b(5, 10) == pytest.approx(0.0183845703, abs=5e-11)
    assert erlang_c(10, 14) == pytest.approx(0.1741319336, abs=5e-11)


def test_known_values_of_the_queue_with_fourteen_agents() -> None:
    found = figures(load())
    assert found.wait_probability == pytest.approx(0.1741319336, abs=5e-11)
    assert found.asa_s == pytest.approx(7.8359, abs=5e-5)
    assert found.service_level == pytest.approx(0.8883500192, abs=5e-11)
    assert (found.model, found.block_probability, found.abandon_probability) == ("M/M/n", 0, 0)


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"patience_s": 60},
        {"lines": 30},
        {"lines": 14},
        {"lines": 15, "patience_s": 60},
        {"lines": 14, "patience_s": 60},
        {"patience_s": 60, "lines": 30},
        {"arrivals_per_hour": 400, "patience_s": 60},
        {"arrivals_per_hour": 400, "lines": 20},
        {"arrivals_per_hour": 280, "lines": 60},
        {"arrivals_per_hour": 2000, "patience_s": 45, "lines": 40},
        {"arrivals_per_hour": 19, "agents": 1},
        {"arrivals_per_hour": 19, "agents": 1, "patience_s": 5, "target_s": 600},
        {"arrivals_per_hour": 1900, "agents": 100, "target_s": 0},
        {"arrivals_per_hour": 1900, "agents": 100, "patience_s": 120},
        {"arrivals_per_hour": 1990, "agents": 100, "target_s": 60},
        {"arrivals_per_hour": 2000, "agents": 300, "patience_s": 120},
    ],
    ids=str,
)
def test_agrees_with_thirty_digits(changes: dict[str, object]) -> None:
    assert_agrees(load(**changes))


@pytest.mark.parametrize(
    "changes",
    [
        {"arrivals_per_hour": 199_000, "agents": 10_000},
        {"arrivals_per_hour": 210_000, "agents": 10_000, "patience_s": 120},
        {"arrivals_per_hour": 200_000, "agents": 10_000, "lines": 10_200},
        {"arrivals_per_hour": 260_000, "agents": 10_000, "patience_s": 90, "lines": 10_900},
        {"arrivals_per_hour": 1, "agents": 10_000, "patience_s": 90},
    ],
    ids=str,
)
def test_agrees_with_thirty_digits_for_ten_thousand_agents(changes: dict[str, object]) -> None:
    assert_agrees(load(**changes))


@given(
    agents=st.integers(1, 400),
    ratio=st.floats(0.01, 3),
    aht_s=st.floats(5, 3000),
    target_s=st.floats(0, 300),
    patience_s=st.none() | st.floats(2, 50_000),
    places=st.none() | st.integers(0, 400),
)
@settings(max_examples=200, deadline=None)
def test_what_comes_in_goes_out_anywhere(
    agents: int,
    ratio: float,
    aht_s: float,
    target_s: float,
    patience_s: float | None,
    places: int | None,
) -> None:
    ratio = min(ratio, 0.99) if patience_s is None and places is None else ratio
    arrivals_per_hour = agents * ratio * 3600 / aht_s
    found = figures(
        load(
            arrivals_per_hour=arrivals_per_hour,
            aht_s=aht_s,
            target_s=target_s,
            agents=agents,
            patience_s=patience_s,
            lines=None if places is None else agents + places,
        )
    )
    served = 1 - found.block_probability - found.abandon_probability
    assert found.occupancy == pytest.approx(ratio * served, rel=1e-9)
    assert -1e-12 <= 1 - found.wait_probability - found.block_probability <= found.service_level + 1e-12
    assert found.service_level <= served + 1e-12
    if patience_s is not None:
        left = arrivals_per_hour / 3600 * found.abandon_probability
        assert found.queue_length / patience_s == pytest.approx(left, rel=1e-9)
    else:  # Little's law: everybody let in is served
        assert found.queue_length == pytest.approx(arrivals_per_hour / 3600 * served * found.asa_s, rel=1e-9)


def test_many_lines_and_long_patience_come_to_the_queue_without_end() -> None:
    plain = figures(load())
    for near in (figures(load(lines=5_000)), figures(load(patience_s=31 * 24 * 3600))):
        for name in ("wait_probability", "asa_s", "service_level", "queue_length"):
            assert getattr(near, name) == pytest.approx(getattr(plain, name), rel=1e-3), name
    assert figures(load(lines=5_000)).asa_s == pytest.approx(plain.asa_s, rel=1e-12)


def test_hopeless_overload_with_great_patience_has_its_limits() -> None:
    found = figures(load(arrivals_per_hour=40_000, agents=1_000, patience_s=31 * 24 * 3600))
    assert found.abandon_probability == pytest.approx(0.5, abs=1e-9)
    assert found.service_level == 0
    # Those who are served waited until half had left: patience · ln 2, nearly.
    assert found.asa_s == pytest.approx(31 * 24 * 3600 * math.log(2), rel=0.03)


def test_an_unstable_queue_is_refused_with_the_reason() -> None:
    with pytest.raises(BadInput, match=r"agents: found 10, allowed is at least 11 .*grow without end"):
        figures(load(agents=10))
    assert figures(load(agents=11)).occupancy == pytest.approx(10 / 11)


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"arrivals_per_hour": 0}, "arrivals_per_hour: found 0, allowed is more than 0"),
        ({"arrivals_per_hour": math.nan}, "arrivals_per_hour: found nan"),
        ({"aht_s": -1}, "aht_s: found -1, allowed is 0.1 to"),
        ({"aht_s": math.inf}, "aht_s: found inf"),
        ({"patience_s": 0}, "patience_s: found 0"),
        ({"target_s": -0.5}, "target_s: found -0.5, allowed is 0 to"),
        ({"target_s": math.nan}, "target_s: found nan"),
        ({"agents": 0}, "agents: found 0, allowed is a whole number from 1"),
        ({"agents": 100_001}, "agents: found 100001"),
        ({"lines": 13}, r"lines: found 13, allowed is a whole number from agents \(14\) to"),
    ],
)
def test_bad_input_is_named(changes: dict[str, object], told: str) -> None:
    with pytest.raises(BadInput, match=told):
        figures(load(**changes))


@pytest.mark.parametrize("level", [0.5, 0.8, 0.95, 0.999999])
@pytest.mark.parametrize("changes", [{}, {"patience_s": 60}, {"lines": 40}, {"arrivals_per_hour": 120_000}])
def test_staffing_is_the_fewest_that_reach_the_level(level: float, changes: dict[str, object]) -> None:
    found = fewest(load(**changes), level)
    assert found.service_level >= level
    try:
        below = figures(load(**changes, agents=found.agents - 1)).service_level
    except BadInput:  # nobody, or a queue without end
        below = 0
    assert below < level


def test_a_level_out_of_reach_is_refused_with_the_best_there_is() -> None:
    with pytest.raises(
        BadInput, match=r"service_level: found 0.9, allowed is at most 0\.2.* which 3 agents reach"
    ):
        fewest(load(lines=3), 0.9)
    with pytest.raises(BadInput, match="service_level: found 1, allowed is more than 0 and less than 1"):
        fewest(load(), 1)
