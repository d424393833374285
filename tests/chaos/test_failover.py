"""The short form of the fail-over trials: the survivor takes over, a zombie is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.chaos.failover import run


@pytest.mark.timeout(240)
async def test_i2_i9_the_survivor_assigns_everything_once_and_a_zombie_nothing(folder: Path) -> None:
    result = await run(3, 1, 1, folder)
    assert (result.unassigned, result.assigned_twice) == (0, 0)
    assert len(result.kills) == 3
    assert result.journal_rows > 0
