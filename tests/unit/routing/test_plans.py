"""A plan is refused by the path of what routing could not follow."""

from __future__ import annotations

import pytest

from ucc.domain.errors import BadInput
from ucc.domain.people import PlannedBreak, PlannedShift, PlanWrite
from ucc.domain.states import OffQueueReason
from ucc.routing.plans import AHEAD_MS_MAX, BREAKS_MAX, SHIFTS_MAX, check_plan

NOW = 1_000_000


def shift(from_ms: int, to_ms: int) -> PlannedShift:
    return PlannedShift(from_ms=from_ms, to_ms=to_ms)


def rest(from_ms: int, to_ms: int, reason: OffQueueReason = OffQueueReason.BREAK) -> PlannedBreak:
    return PlannedBreak(from_ms=from_ms, to_ms=to_ms, reason=reason)


@pytest.mark.parametrize(
    ("write", "path"),
    [
        (PlanWrite(shifts=[shift(5, 5)]), "shifts[0].to_ms"),
        (PlanWrite(shifts=[shift(5, 9), shift(8, 12)]), "shifts[1].from_ms"),
        (PlanWrite(shifts=[shift(-1, 9)]), "shifts[0].from_ms"),
        (PlanWrite(breaks=[rest(5, 9), rest(9, NOW + AHEAD_MS_MAX + 1)]), "breaks[1].to_ms"),
        (PlanWrite(breaks=[rest(5, 9, OffQueueReason.OWN)]), "breaks[0].reason"),
        (PlanWrite(shifts=[shift(n * 2, n * 2 + 1) for n in range(SHIFTS_MAX + 1)]), "shifts"),
        (PlanWrite(breaks=[rest(n * 2, n * 2 + 1) for n in range(BREAKS_MAX + 1)]), "breaks"),
    ],
)
def test_what_cannot_be_followed_is_named(write: PlanWrite, path: str) -> None:
    with pytest.raises(BadInput, match="allowed") as refused:
        check_plan(write, NOW)
    assert refused.value.found["field"] == path


def test_days_one_after_the_other_and_breaks_that_meet_are_a_plan() -> None:
    check_plan(PlanWrite(shifts=[shift(0, 9), shift(9, 20)], breaks=[rest(3, 4), rest(4, 5)]), NOW)
    check_plan(PlanWrite(), NOW)
