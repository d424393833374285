"""A queue's policy, purely: its limits, and what the API writes of it as the engine is told it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator

from ucc.domain import engine as e
from ucc.domain import people as p
from ucc.domain.errors import BadInput

REQUIREMENTS_MAX = 20
RELAXATIONS_MAX = 16
RELAX_S_MAX = 86_400
LOWER_MAX = 9  # levels of one step
OVERFLOW_S = (5, 86_400)  # the table's column has the same limits; a test compares
OVERFLOW_LENGTH_MAX = 100_000
NODES_MAX = 64  # parts of one condition
DEPTH_MAX = 8


def team_number(name: str) -> int:
    """Return the number the engine knows a team by: 48 bits of a hash of its name, which is all a team is."""
    return int.from_bytes(hashlib.blake2b(name.encode(), digest_size=6).digest())


def levels_told(requirement: Iterable[p.Requirement]) -> list[e.SkillLevel]:
    """Return a list of skills as the engine is told it."""
    return [(one.skill_id, one.level) for one in requirement]


def told(condition: p.Condition | None) -> e.AnyCondition | None:
    """Return a condition as the engine is told it."""
    return None if condition is None else _told(condition)


def _told(condition: p.Condition) -> e.AnyCondition:
    match condition:
        case p.SkillCondition():
            return e.HasSkill(condition.skill_id, condition.level)
        case p.AllCondition():
            return e.AllOf([_told(one) for one in condition.of])
        case p.AnyCondition():
            return e.AnyOf([_told(one) for one in condition.of])
        case p.NotCondition():
            return e.NotSo(_told(condition.of))
        case p.AgentsCondition():
            return e.OneOfAgents(condition.agent_ids)
        case p.TeamsCondition():
            return e.OneOfTeams([team_number(name) for name in condition.teams])


def steps_told(relaxation: Iterable[p.RelaxationStep]) -> list[e.Relaxation]:
    """Return relaxation steps as the engine is told them."""
    return [
        e.Relaxation(
            after_ms=step.after_s * 1000,
            requirement=levels_told(step.requirement),
            condition=told(step.condition),
            lower_by=step.lower_by,
        )
        for step in relaxation
    ]


def parts(condition: p.Condition, path: str, depth: int = 1) -> Iterator[tuple[str, p.Condition]]:
    """Yield every part of a condition with its path, from the root down.

    Raises:
        BadInput: it is nested too deep.
    """
    if depth > DEPTH_MAX:
        raise BadInput(f"{path} is {depth} levels deep; allowed are {DEPTH_MAX}", field=path)
    yield path, condition
    if isinstance(condition, p.AllCondition | p.AnyCondition):
        for at, one in enumerate(condition.of):
            yield from parts(one, f"{path}.of[{at}]", depth + 1)
    elif isinstance(condition, p.NotCondition):
        yield from parts(condition.of, f"{path}.of", depth + 1)


def path_told(path: str) -> str:
    """Return the engine's path of a policy's field as the API names it."""
    return path.replace(".agents", ".agent_ids").replace("_ms", "_s")


def circle_from(queue_id: int, leads: dict[int, int | None]) -> list[int] | None:
    """Return the queues that overflow from this one leads through until one comes again; None: it ends."""
    chain = [queue_id]
    while (at := leads.get(chain[-1])) is not None:
        chain.append(at)
        if at in chain[:-1]:
            return chain
    return None
