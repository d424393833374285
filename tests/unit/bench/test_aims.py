"""A figure beside its aim: met at the aim itself, missed beyond it or where nothing was measured."""

from __future__ import annotations

import pytest

from ucc.bench.aims import Aim, least, most, print_aims


@pytest.mark.parametrize(
    ("aim", "is_met"),
    [
        (most("p99", "ns", 1_000, 1_000), True),
        (most("p99", "ns", 1_001, 1_000), False),
        (least("rate", "commands/s", 5_000_000, 5_000_000), True),
        (least("rate", "commands/s", 4_999_999, 5_000_000), False),
        (most("wake_ups", "", 0, 0), True),
        (least("ratio", "", None, 10), False),
    ],
)
def test_an_aim_is_met_or_missed(aim: Aim, is_met: bool, capsys: pytest.CaptureFixture[str]) -> None:
    assert aim.is_met is is_met
    print_aims([aim])
    line = capsys.readouterr().out.splitlines()[1]
    assert line.startswith(aim.figure)
    assert line.endswith("missed") is not is_met


def test_what_else_it_is_read_with_stands_beside_it(capsys: pytest.CaptureFixture[str]) -> None:
    print_aims([least("ratio", "", 299.5, 300, "200.1 over another")])
    assert capsys.readouterr().out.splitlines()[1].endswith("missed  200.1 over another")
