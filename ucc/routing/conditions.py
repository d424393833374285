"""Conditions as the engine reads them shown in the API's words, and looked up in what the tenant has."""

from __future__ import annotations

from ucc._native.engine import Engine
from ucc.domain import engine as e
from ucc.domain import people as p
from ucc.domain.errors import BadInput
from ucc.domain.policy import NODES_MAX, parts, path_told, team_number
from ucc.kit.db import Conn
from ucc.routing.store import queries


async def shown(conn: Conn, tenant_id: int, condition: e.AnyCondition) -> p.Condition:
    """Return a condition of the engine as the API shows it, teams by the names of today."""
    teams = {
        team_number(row["team"]): row["team"] for row in await queries.list_teams(conn, tenant_id=tenant_id)
    }
    return _shown(condition, teams)


def _shown(condition: e.AnyCondition, teams: dict[int, str]) -> p.Condition:
    match condition:
        case e.HasSkill():
            return p.SkillCondition(skill_id=condition.skill, level=condition.level)
        case e.AllOf():
            return p.AllCondition(of=[_shown(one, teams) for one in condition.of])
        case e.AnyOf():
            return p.AnyCondition(of=[_shown(one, teams) for one in condition.of])
        case e.NotSo():
            return p.NotCondition(of=_shown(condition.of, teams))
        case e.OneOfAgents():
            return p.AgentsCondition(agent_ids=condition.agents)
        case e.OneOfTeams():
            return p.TeamsCondition(teams=[teams.get(number, f"#{number}") for number in condition.teams])


async def check_names(conn: Conn, tenant_id: int, condition: p.Condition, path: str) -> None:
    """Refuse a condition that names a skill, a person or a team this tenant does not have.

    Raises:
        BadInput: the text names the part's path, what was found and what is allowed.
    """
    skills: dict[int, str] = {}
    agents: dict[int, str] = {}
    for number, (at, part) in enumerate(parts(condition, path)):
        if number >= NODES_MAX:
            raise BadInput(f"{path} has more than {NODES_MAX} parts; allowed are {NODES_MAX}", field=path)
        if isinstance(part, p.SkillCondition):
            skills.setdefault(part.skill_id, f"{at}.skill_id")
        elif isinstance(part, p.AgentsCondition):
            for agent_id in part.agent_ids:
                agents.setdefault(agent_id, f"{at}.agent_ids")
        elif isinstance(part, p.TeamsCondition):
            known = [row["team"] for row in await queries.list_teams(conn, tenant_id=tenant_id)]
            for name in part.teams:
                if name not in known:
                    allowed = ", ".join(known[:10]) or "none: nobody is in a team"
                    raise BadInput(f"{at}.teams names {name!r}; allowed are {allowed}", field=f"{at}.teams")
    await check_known(conn, tenant_id, skills=skills, agents=agents)


async def check_known(conn: Conn, tenant_id: int, *, skills: dict[int, str], agents: dict[int, str]) -> None:
    """Refuse ids of skills and people this tenant does not have; each comes with the path of its field.

    Raises:
        BadInput: the text names the path, what was found and what is allowed.
    """
    rows = await queries.list_known(conn, tenant_id=tenant_id, skill_ids=list(skills), agent_ids=list(agents))
    known = {row["id"] for row in rows}
    for kind, named in (("skill", skills), ("person", agents)):
        for one, path in named.items():
            if one not in known:
                raise BadInput(f"{path} is {one}; allowed is a {kind} of this tenant", field=path)


def check_meaning(command: e.SetQueue, field: str) -> None:
    """Refuse what the engine would refuse, in its own words; an engine of its own is asked.

    Raises:
        BadInput: the text names the field's path, what was found and what is allowed.
    """
    alone = e.encode_commands([_without_others(command)])
    [outcome] = e.decode_outcomes(Engine().submit(0, alone))
    if outcome.fault is not None:
        path = f"{field}.{path_told(outcome.fault.path)}"
        raise BadInput(f"{path} is {outcome.fault.found}; allowed is {outcome.fault.allowed}", field=path)


def _without_others(command: e.SetQueue) -> e.SetQueue:
    """Return the policy without the queues it names, which an empty engine does not have."""
    fields = {name: getattr(command, name) for name in command.__struct_fields__}
    return e.SetQueue(**fields | {"overflow_queue": None, "redirect_queue": None, "overflow_after_ms": None})
