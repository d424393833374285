"""Edits of a recorded day as a TOML file: names where the API has ids."""

from __future__ import annotations

import msgspec

from ucc.domain.people import (
    RESERVE_MAX,
    SHARE_MAX,
    AgentsCondition,
    AllCondition,
    AnyCondition,
    Condition,
    NotCondition,
    RelaxationStep,
    Requirement,
    SkillCondition,
    TeamsCondition,
)
from ucc.domain.policy import (
    LOWER_MAX,
    NODES_MAX,
    OVERFLOW_LENGTH_MAX,
    OVERFLOW_S,
    RELAX_S_MAX,
    RELAXATIONS_MAX,
)
from ucc.domain.simulation import AgentChanged, AgentsAdded, Edits, OverflowChanged, QueueChanged
from ucc.domain.states import AgentChoice, OverflowExit, QueueOrder
from ucc.staffing.asking import ADDED_MAX, EDITS_MAX, check_away, check_hours
from ucc.staffing.fields import Table, refuse, whole
from ucc.staffing.policies import LEVEL_MAX, Names, known

_ADDED = ("count", "skills", "from", "until")
_AGENTS = ("name", "skills", "away_from", "away_until")
_QUEUES = (
    "name", "requirement", "condition", "relaxation", "overflow", "order_by", "share_per_hour",
    "agent_choice", "reserve",
)  # fmt: skip
_STEP = ("after_s", "requirement", "condition", "lower_by")
_OVERFLOW = ("queue", "after_s", "length", "exit")
_CONDITION = "one of has_skill (with level), all_of, any_of, not_so, one_of_agents, one_of_teams"


def edits_of(tables: dict[str, object], names: Names) -> Edits:
    """Return the edits of a file's tables.

    Raises:
        BadInput: Names the path of the field, what was found and what is allowed.

    """
    root = Table("", tables, ("added", "agents", "queues"))

    def tables_of(name: str, fields: tuple[str, ...]) -> list[Table]:
        items = root.items(name, f"a list of tables [[{name}]]", EDITS_MAX) if root.has(name) else []
        return [Table(path, item, fields) for path, item in items]

    return Edits(
        added=[_added(table, names) for table in tables_of("added", _ADDED)],
        agents=[_agent(table, names) for table in tables_of("agents", _AGENTS)],
        queues=[_queue(table, names) for table in tables_of("queues", _QUEUES)],
    )


def _added(table: Table, names: Names) -> AgentsAdded:
    from_time = table.text("from") if table.has("from") else "00:00"
    until_time = table.text("until") if table.has("until") else "24:00"
    check_hours(table.at("from"), from_time, table.at("until"), until_time)
    return AgentsAdded(
        count=table.whole("count", 1, ADDED_MAX, default=1),
        skills=_as_text(_levels(table, "skills", names)) if table.has("skills") else {},
        from_time=from_time,
        until_time=until_time,
    )


def _agent(table: Table, names: Names) -> AgentChanged:
    from_time = table.text("away_from") if table.has("away_from") else None
    until_time = table.text("away_until") if table.has("away_until") else None
    check_away(table.at("away_from"), from_time, table.at("away_until"), until_time)
    return AgentChanged(
        agent_id=_id(table, names.agents),
        skills=_as_text(_levels(table, "skills", names)) if table.has("skills") else None,
        away_from_time=from_time,
        away_until_time=until_time,
    )


def _queue(table: Table, names: Names) -> QueueChanged:
    requirement, order_by, agent_choice = None, None, None
    if table.has("requirement"):
        requirement = _requirement(table, names)
    if table.has("order_by"):
        order_by = QueueOrder(table.word("order_by", tuple(QueueOrder)))
    if table.has("agent_choice"):
        agent_choice = AgentChoice(table.word("agent_choice", tuple(AgentChoice)))
    return QueueChanged(
        queue_id=_id(table, names.queues),
        requirement=requirement,
        condition=_condition_of(table, names) if table.has("condition") else msgspec.UNSET,
        relaxation=_relaxation(table, names) if table.has("relaxation") else None,
        overflow=_overflow(table, names) if table.has("overflow") else None,
        order_by=order_by,
        share_per_hour=table.whole("share_per_hour", 1, SHARE_MAX) if table.has("share_per_hour") else None,
        agent_choice=agent_choice,
        reserve=table.whole("reserve", 0, RESERVE_MAX) if table.has("reserve") else None,
    )


def _requirement(table: Table, names: Names) -> list[Requirement]:
    levels = _levels(table, "requirement", names)
    return [Requirement(skill_id=skill, level=level) for skill, level in levels.items()]


def _relaxation(table: Table, names: Names) -> list[RelaxationStep]:
    steps = table.items("relaxation", "a list of steps", RELAXATIONS_MAX)
    return [_step(Table(path, item, _STEP), names) for path, item in steps]


def _step(table: Table, names: Names) -> RelaxationStep:
    return RelaxationStep(
        after_s=table.whole("after_s", 1, RELAX_S_MAX),
        requirement=_requirement(table, names) if table.has("requirement") else [],
        condition=_condition_of(table, names) if table.has("condition") else None,
        lower_by=table.whole("lower_by", 0, LOWER_MAX, default=0),
    )


def _overflow(table: Table, names: Names) -> OverflowChanged:
    told = Table(table.at("overflow"), table.get("overflow", "a table"), _OVERFLOW)
    return OverflowChanged(
        queue_id=_named(told.at("queue"), told.text("queue"), names.queues) if told.has("queue") else None,
        after_s=told.whole("after_s", *OVERFLOW_S) if told.has("after_s") else None,
        length=told.whole("length", 0, OVERFLOW_LENGTH_MAX) if told.has("length") else None,
        exit=OverflowExit(told.word("exit", tuple(OverflowExit))) if told.has("exit") else None,
    )


def _condition_of(table: Table, names: Names) -> Condition | None:
    """Return the condition of a table; an empty one says that there is none."""
    told = table.get("condition", _CONDITION)
    return None if told == {} else _condition(table.at("condition"), told, names)


def _condition(path: str, told: object, names: Names) -> Condition:
    """Return one part of a condition: a table of one name, beside which a skill has its level."""
    match told:
        case {"has_skill": str(skill), **rest} if set(rest) <= {"level"}:
            level = whole(f"{path}.level", rest.get("level"), 1, LEVEL_MAX)
            return SkillCondition(skill_id=_named(f"{path}.has_skill", skill, names.skills), level=level)
        case {"all_of": list(told_parts), **rest} if not rest:
            return AllCondition(of=_parts(f"{path}.all_of", told_parts, names))
        case {"any_of": list(told_parts), **rest} if not rest:
            return AnyCondition(of=_parts(f"{path}.any_of", told_parts, names))
        case {"not_so": part, **rest} if not rest:
            return NotCondition(of=_condition(f"{path}.not_so", part, names))
        case {"one_of_agents": list(found), **rest} if not rest:
            where = f"{path}.one_of_agents"
            return AgentsCondition(
                agent_ids=[_named(f"{where}[{at}]", str(one), names.agents) for at, one in enumerate(found)]
            )
        case {"one_of_teams": list(found), **rest} if not rest:
            return TeamsCondition(teams=[str(one) for one in found])
    return refuse(path, told, f"a table with {_CONDITION}")


def _parts(path: str, told: list[object], names: Names) -> list[Condition]:
    if len(told) > NODES_MAX:
        refuse(path, f"{len(told)} parts", f"at most {NODES_MAX}")
    return [_condition(f"{path}[{at}]", one, names) for at, one in enumerate(told)]


def _levels(table: Table, name: str, names: Names) -> dict[int, int]:
    """Return levels by the skills' ids."""
    told = table.get(name, "a table of skills")
    if not isinstance(told, dict):
        refuse(table.at(name), told, "a table of skills and levels")
    return {
        _named(f"{table.at(name)}.{skill}", skill, names.skills): whole(
            f"{table.at(name)}.{skill}", level, 1, LEVEL_MAX
        )
        for skill, level in told.items()
    }


def _as_text(levels: dict[int, int]) -> dict[str, int]:
    return {str(skill): level for skill, level in levels.items()}


def _id(table: Table, names: dict[int, str]) -> int:
    return _named(table.at("name"), table.text("name"), names)


def _named(path: str, name: str, names: dict[int, str]) -> int:
    found = [one for one, called in names.items() if called == name]
    if len(found) > 1:
        refuse(path, name, f"a name that only one has, not {len(found)}")
    if not found:
        refuse(path, name, known(sorted(set(names.values()))))
    return found[0]
