"""Edits of a recorded day as a TOML file: names where the API has ids."""

from __future__ import annotations

from ucc.domain.people import RESERVE_MAX, SHARE_MAX, Requirement
from ucc.domain.simulation import AgentChanged, AgentsAdded, Edits, QueueChanged
from ucc.domain.states import AgentChoice, QueueOrder
from ucc.staffing.asking import ADDED_MAX, EDITS_MAX, LEVEL_MAX, Names, check_away, check_hours
from ucc.staffing.fields import Table, refuse, whole

_ADDED = ("count", "skills", "from", "until")
_AGENTS = ("name", "skills", "away_from", "away_until")
_QUEUES = ("name", "requirement", "order_by", "share_per_hour", "agent_choice", "reserve")
NAMES_TOLD_MAX = 20  # in a refusal


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
        levels = _levels(table, "requirement", names)
        requirement = [Requirement(skill_id=skill, level=level) for skill, level in levels.items()]
    if table.has("order_by"):
        order_by = QueueOrder(table.word("order_by", tuple(QueueOrder)))
    if table.has("agent_choice"):
        agent_choice = AgentChoice(table.word("agent_choice", tuple(AgentChoice)))
    return QueueChanged(
        queue_id=_id(table, names.queues),
        requirement=requirement,
        order_by=order_by,
        share_per_hour=table.whole("share_per_hour", 1, SHARE_MAX) if table.has("share_per_hour") else None,
        agent_choice=agent_choice,
        reserve=table.whole("reserve", 0, RESERVE_MAX) if table.has("reserve") else None,
    )


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
        known = sorted(set(names.values()))
        more = f" and {len(known) - NAMES_TOLD_MAX} more" if len(known) > NAMES_TOLD_MAX else ""
        refuse(path, name, f"one of {', '.join(known[:NAMES_TOLD_MAX]) or 'none'}{more}")
    return found[0]
