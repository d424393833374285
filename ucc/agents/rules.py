"""Pure checks of skills and of the people × skills matrix."""

from __future__ import annotations

from ucc.domain.errors import BadInput
from ucc.domain.people import SkillCell, SkillWrite

LEVEL_MAX = 10
SKILLS_MAX = 500  # of one person, as the engine has it
CELLS_MAX = 2_000  # of one batch: a hundred people, twenty skills
NAME_CHARACTERS_MAX = 80


def check_skill(write: SkillWrite) -> SkillWrite:
    """Return the skill as it is stored, names trimmed.

    Raises:
        BadInput: a name is empty, too long or has control characters.
    """
    name, category = write.name.strip(), write.category.strip()
    if not (0 < len(name) <= NAME_CHARACTERS_MAX and name.isprintable()):
        raise BadInput(
            f"a skill's name has 1 to {NAME_CHARACTERS_MAX} characters, found {len(name)}", field="name"
        )
    if len(category) > NAME_CHARACTERS_MAX or not category.isprintable():
        raise BadInput(
            f"a category has up to {NAME_CHARACTERS_MAX} characters, found {len(category)}", field="category"
        )
    return SkillWrite(name=name, category=category, locale=write.locale)


def check_cells(cells: list[SkillCell]) -> None:
    """Refuse a batch that is too large, names a cell twice or has a level that does not exist.

    Raises:
        BadInput: says which.
    """
    if len(cells) > CELLS_MAX:
        raise BadInput(f"{len(cells)} cells, limit {CELLS_MAX}")
    seen: dict[tuple[int, int], int] = {}
    for at, cell in enumerate(cells):
        if not 0 <= cell.level <= LEVEL_MAX:
            path = f"[{at}].level"
            raise BadInput(f"{path} is {cell.level}; allowed are 0 to {LEVEL_MAX}", field=path)
        if (first := seen.setdefault((cell.agent_id, cell.skill_id), at)) != at:
            raise BadInput(
                f"[{at}] is agent {cell.agent_id} and skill {cell.skill_id}, as [{first}] is; "
                "allowed is each pair once",
                field=f"[{at}]",
            )
