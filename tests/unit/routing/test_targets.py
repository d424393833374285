"""What an SLA policy may promise, and the clocks the engine is given of it (R62–R64)."""

from __future__ import annotations

from typing import Any

import pytest

from ucc.domain.engine import SlaTarget
from ucc.domain.errors import BadInput
from ucc.domain.people import SlaPolicyWrite
from ucc.domain.states import SlaPause
from ucc.routing.targets import check_policy, targets_of


@pytest.mark.parametrize(
    ("fields", "field", "text"),
    [
        ({"answer_s": 0}, "answer_s", "answer_s is 0; allowed are 1 to 86400"),
        ({"answer_percent": 101}, "answer_percent", "answer_percent is 101; allowed are 1 to 100"),
        ({"first_response_s": 29}, "first_response_s", "first_response_s is 29; allowed are 30 to 604800"),
        (
            {"next_response_s": 604_801},
            "next_response_s",
            "next_response_s is 604801; allowed are 1 to 604800",
        ),
        (
            {"first_response_s": 90, "resolution_s": 60},
            "resolution_s",
            "resolution_s is 60; allowed are 90 to 2592000",
        ),
        ({"warn_percent": 100}, "warn_percent", "warn_percent is 100; allowed are 1 to 99"),
        (
            {"response_pauses": [SlaPause.ANSWERED]},
            "response_pauses[0]",
            "response_pauses[0] is answered; allowed are parked, contact_lost, wrapping, each once",
        ),
        (
            {"resolution_pauses": [SlaPause.PARKED, SlaPause.PARKED]},
            "resolution_pauses[1]",
            "resolution_pauses[1] is parked; allowed are parked, contact_lost, answered, wrapping, each once",
        ),
    ],
)
def test_a_policy_that_cannot_be_is_refused_by_field(fields: dict[str, Any], field: str, text: str) -> None:
    with pytest.raises(BadInput) as refused:
        check_policy(SlaPolicyWrite(name="P", **fields))
    assert (refused.value.detail, refused.value.found["field"]) == (text, field)


def test_a_policy_is_up_to_four_clocks() -> None:
    write = SlaPolicyWrite(
        name="P",
        answer_s=20,
        first_response_s=60,
        next_response_s=120,
        resolution_s=3_600,
        warn_percent=75,
        response_pauses=[SlaPause.PARKED],
        resolution_pauses=[SlaPause.ANSWERED, SlaPause.PARKED],
    )
    check_policy(write)
    assert targets_of(write) == [
        SlaTarget("answer", 20_000, 15_000, []),
        SlaTarget("first_response", 60_000, 45_000, [SlaPause.PARKED]),
        SlaTarget("next_response", 120_000, 90_000, [SlaPause.PARKED]),
        SlaTarget("resolution", 3_600_000, 2_700_000, [SlaPause.ANSWERED, SlaPause.PARKED]),
    ]
    assert targets_of(SlaPolicyWrite(name="P")) == [
        SlaTarget("answer", 30_000),
        SlaTarget("next_response", 300_000),
    ]
