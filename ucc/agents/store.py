"""What the database holds of skills and agents, as Structs."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from ucc.domain.engine import SkillLevel
from ucc.domain.people import Handling, Skill
from ucc.domain.states import Locale
from ucc.kit import sql

queries = sql.load(Path(__file__).with_name("queries.sql"))


class AgentProfile(msgspec.Struct, frozen=True, kw_only=True):
    """What routing has to know of an active agent."""

    agent_id: int
    name: str
    skills: list[SkillLevel]
    capacity: dict[str, int]  # medium → units
    team: str | None = None
    handling: Handling = Handling()


def skill_of(row: Mapping[str, Any]) -> Skill:
    """Return the skill of a row of list_skills."""
    locale = Locale(row["locale"]) if row["locale"] else None
    return Skill(id=row["id"], name=row["name"], category=row["category"], locale=locale)


def profile_of(row: Mapping[str, Any]) -> AgentProfile:
    """Return the profile of a row of list_profiles."""
    skills = [(skill_id, level) for skill_id, level in row["skills"]]
    return AgentProfile(
        agent_id=row["id"],
        name=row["name"],
        skills=skills,
        capacity=row["capacity"],
        team=row["team"],
        handling=msgspec.convert(row["handling"], Handling),
    )
