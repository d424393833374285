"""The people × skills matrix: what one batch of it may hold."""

from __future__ import annotations

import pytest

from ucc.agents.rules import CELLS_MAX, check_cells
from ucc.domain.errors import BadInput
from ucc.domain.people import SkillCell

GOOD = SkillCell(agent_id=1, skill_id=7, level=10)


@pytest.mark.parametrize(
    ("cells", "path", "told"),
    [
        ([GOOD, SkillCell(agent_id=2, skill_id=7, level=11)], "[1].level", "is 11; allowed are 0 to 10"),
        ([SkillCell(agent_id=2, skill_id=7, level=-1)], "[0].level", "is -1; allowed are 0 to 10"),
        ([GOOD, GOOD], "[1]", "is agent 1 and skill 7, as [0] is; allowed is each pair once"),
    ],
)
def test_a_cell_that_cannot_be_is_refused_by_its_place(cells: list[SkillCell], path: str, told: str) -> None:
    with pytest.raises(BadInput) as refused:
        check_cells(cells)
    assert str(refused.value) == f"{path} {told}"
    assert refused.value.found["field"] == path


def test_a_batch_has_its_limit_and_level_0_takes_a_skill_away() -> None:
    check_cells([SkillCell(agent_id=agent, skill_id=7, level=0) for agent in range(CELLS_MAX)])
    with pytest.raises(BadInput, match=f"{CELLS_MAX + 1} cells, limit {CELLS_MAX}"):
        check_cells([SkillCell(agent_id=agent, skill_id=7, level=0) for agent in range(CELLS_MAX + 1)])
