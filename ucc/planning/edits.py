"""Edits of a recorded day as a TOML file: names where the API has ids."""

from __future__ import annotations

from typing import Any, TypeVar

import msgspec

from ucc.domain.errors import BadInput
from ucc.domain.simulation import AgentChanged, AgentsAdded, Edits, QueueChanged
from ucc.staffing.fields import Table, refuse
from ucc.staffing.recorded import Names

_ADDED = ("count", "skills", "from", "until")
_AGENTS = ("name", "skills", "away_from", "away_until")
_QUEUES = ("name", "requirement", "order_by", "share_per_hour", "agent_choice", "reserve")
T = TypeVar("T")


def edits_of(tables: dict[str, object], names: Names) -> Edits:
    """Return the edits of a file's tables.

    Raises:
        BadInput: Names the path of the field, what was found and what is allowed.

    """
    root = Table("", tables, ("added", "agents", "queues"))
    skills = {name: skill for skill, name in names.skills.items()}

    def tables_of(name: str, fields: tuple[str, ...]) -> list[Table]:
        items = root.items(name, f"a list of tables [[{name}]]", 100) if root.has(name) else []
        return [Table(path, item, fields) for path, item in items]

    def levels(table: Table, name: str) -> list[tuple[int, int]]:
        told = table.get(name, "a table of skills")
        if not isinstance(told, dict):
            refuse(table.at(name), told, "a table of skills and levels")
        for skill in told:
            if skill not in skills:
                refuse(f"{table.at(name)}.{skill}", skill, f"one of {', '.join(sorted(skills))}")
        return [(skills[skill], level) for skill, level in told.items()]

    def as_text(table: Table, name: str) -> dict[str, int]:
        return {str(skill): level for skill, level in levels(table, name)}

    added = [
        _fit(
            table,
            {
                "count": table.whole("count", 1, 500, default=1),
                "skills": as_text(table, "skills") if table.has("skills") else {},
                "from_time": table.text("from") if table.has("from") else "00:00",
                "until_time": table.text("until") if table.has("until") else "24:00",
            },
            AgentsAdded,
        )
        for table in tables_of("added", _ADDED)
    ]
    agents = [
        _fit(
            table,
            {
                "agent_id": _id(table, names.agents),
                "skills": as_text(table, "skills") if table.has("skills") else None,
                "away_from_time": table.text("away_from") if table.has("away_from") else None,
                "away_until_time": table.text("away_until") if table.has("away_until") else None,
            },
            AgentChanged,
        )
        for table in tables_of("agents", _AGENTS)
    ]
    queues = []
    for table in tables_of("queues", _QUEUES):
        fields: dict[str, Any] = {name: table.get(name, "") for name in _QUEUES[2:] if table.has(name)}
        if table.has("requirement"):
            fields["requirement"] = [
                {"skill_id": skill, "level": level} for skill, level in levels(table, "requirement")
            ]
        queues.append(_fit(table, {"queue_id": _id(table, names.queues), **fields}, QueueChanged))
    return Edits(added=added, agents=agents, queues=queues)


def _id(table: Table, names: dict[int, str]) -> int:
    name = table.text("name")
    found = [one for one, called in names.items() if called == name]
    if len(found) != 1:
        refuse(table.at("name"), name, f"one of {', '.join(sorted(set(names.values())))}")
    return found[0]


def _fit(table: Table, fields: dict[str, Any], kind: type[T]) -> T:
    try:
        return msgspec.convert(fields, kind)
    except msgspec.ValidationError as error:
        raise BadInput(f"{table.path}: {error}", field=table.path) from error
