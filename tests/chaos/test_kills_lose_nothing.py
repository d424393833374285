"""The short form of `make prove`: a few kills of everything, and the control that shows the judge can see."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.chaos.ledger import Ledger
from tests.chaos.prove import Plan, prove
from tests.chaos.verdict import double_assignments
from ucc.domain import engine as vocabulary

_WHY = vocabulary.Why("named", [], [], 1, 0, 0, 0)


@pytest.mark.timeout(300)
async def test_i9_i17_kills_of_every_process_lose_and_double_nothing(folder: Path) -> None:
    verdict = await prove(Plan(kills=4, visitors=15, between_s=4.0, seed=7), folder)
    assert verdict.is_clean, verdict
    assert set(verdict.kills) == {"postgres", "nats", "node-1", "node-2"}
    assert verdict.acknowledged > 100
    assert verdict.accepted >= 15


@pytest.mark.timeout(300)
async def test_the_judge_sees_what_careless_commits_lose(folder: Path) -> None:
    verdict = await prove(Plan(kills=2, visitors=15, between_s=4.0, seed=7, is_control=True), folder)
    assert verdict.lost > 0, verdict


def test_i2_the_judge_sees_an_offer_while_another_rings() -> None:
    first = vocabulary.InteractionOffered(1, 5, 10, 1, 99, _WHY)
    second = vocabulary.InteractionOffered(1, 5, 11, 2, 99, _WHY)
    assert double_assignments([first], Ledger()) == 0
    assert double_assignments([first, second], Ledger()) == 1


def test_i2_the_judge_sees_an_acceptance_the_journal_lacks() -> None:
    assert double_assignments([], Ledger(accepted={(1, 1, 10)})) == 1
