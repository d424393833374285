"""Every refusal of the engine has words and a status."""

from __future__ import annotations

import pytest

from ucc.domain.engine import Refusal
from ucc.routing.refusals import Refused


@pytest.mark.parametrize("refusal", list(Refusal))
def test_every_refusal_names_its_rule(refusal: Refusal) -> None:
    error = Refused(refusal, interaction_id=7)
    assert error.code == refusal
    assert error.detail != refusal
    assert error.status == (404 if refusal.startswith("unknown_") else 409)
    assert error.found == {"interaction_id": 7}
