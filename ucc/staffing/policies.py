"""Another policy for a queue of a recorded day: what may be asked, and what the engine is then told."""

from __future__ import annotations

from typing import Any

import msgspec
from msgspec.structs import replace

from ucc._native.engine import Engine
from ucc.domain.engine import SetQueue, decode_outcomes, encode_commands
from ucc.domain.people import (
    RESERVE_MAX,
    SHARE_MAX,
    AgentsCondition,
    Condition,
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
    REQUIREMENTS_MAX,
    circle_from,
    levels_told,
    parts,
    path_told,
    steps_told,
    told,
)
from ucc.domain.simulation import OverflowChanged, QueueChanged
from ucc.domain.states import QueueOrder
from ucc.staffing.fields import Faults, refuse, within

LEVEL_MAX = 10
NAMES_TOLD_MAX = 20  # in a refusal


class Names(msgspec.Struct, frozen=True):
    """What people call the things of a day, by id; teams are their names."""

    queues: dict[int, str]
    skills: dict[int, str]
    agents: dict[int, str]
    teams: frozenset[str] = frozenset()


def known(names: list[str]) -> str:
    """Return what may be named, for a refusal."""
    more = f" and {len(names) - NAMES_TOLD_MAX} more" if len(names) > NAMES_TOLD_MAX else ""
    return f"one of {', '.join(names[:NAMES_TOLD_MAX]) or 'none'}{more}"


# --- what may be asked, whichever day ---------------------------------------------------------------------


def check_policy(path: str, queue: QueueChanged) -> None:
    """Refuse figures outside their limits, steps out of order, and overflow that has nowhere to go.

    Raises:
        BadInput: Names the path of the field, what was found and what is allowed.

    """
    faults = Faults()
    faults.take(within, f"{path}.share_per_hour", queue.share_per_hour, 1, SHARE_MAX)
    faults.take(within, f"{path}.reserve", queue.reserve, 0, RESERVE_MAX)
    steps = queue.relaxation or []
    if len(steps) > RELAXATIONS_MAX:
        faults.take(refuse, f"{path}.relaxation", f"{len(steps)} steps", f"at most {RELAXATIONS_MAX}")
    before_s = 0
    for at, step in enumerate(steps):
        faults.take(within, f"{path}.relaxation[{at}].after_s", step.after_s, before_s + 1, RELAX_S_MAX)
        faults.take(within, f"{path}.relaxation[{at}].lower_by", step.lower_by, 0, LOWER_MAX)
        before_s = max(before_s, min(step.after_s, RELAX_S_MAX - 1))
    if (overflow := queue.overflow) is not None:
        faults.take(within, f"{path}.overflow.after_s", overflow.after_s, *OVERFLOW_S)
        faults.take(within, f"{path}.overflow.length", overflow.length, 0, OVERFLOW_LENGTH_MAX)
        has_way = overflow.queue_id is not None or overflow.exit is not None
        if not has_way and (overflow.after_s is not None or overflow.length is not None):
            way = "a queue to overflow to, or an exit beside it"
            faults.take(refuse, f"{path}.overflow.queue_id", None, way)
    faults.tell()


def check_policy_names(path: str, queue: QueueChanged, names: Names) -> None:
    """Refuse what the tenant does not have, levels outside 1 to 10, and what nobody could ever meet.

    Raises:
        BadInput: Names the path of the field, what was found and what is allowed.

    """
    faults = Faults()
    if queue.queue_id not in names.queues:
        faults.take(refuse, f"{path}.queue_id", queue.queue_id, "the id of a queue")
    steps = list(enumerate(queue.relaxation or []))
    for where, asked in [
        ("requirement", queue.requirement or []),
        *((f"relaxation[{at}].requirement", step.requirement) for at, step in steps),
    ]:
        faults.take(_check_levels, f"{path}.{where}", asked, names)
    for where, condition in [
        ("condition", queue.condition),
        *((f"relaxation[{at}].condition", step.condition) for at, step in steps),
    ]:
        if isinstance(condition, Condition):
            faults.take(_check_condition, f"{path}.{where}", condition, names)
    target = None if queue.overflow is None else queue.overflow.queue_id
    if target is not None and (target not in names.queues or target == queue.queue_id):
        faults.take(refuse, f"{path}.overflow.queue_id", target, "the id of another queue")
    faults.tell()
    alone = {name: value for name, value in _changes(queue).items() if name in _ASKED}
    check_meaning(path, replace(SetQueue(queue=0, requirement=[]), **alone))


_ASKED = ("requirement", "condition", "relaxation")


def _check_levels(path: str, requirement: list[Requirement], names: Names) -> None:
    if len(requirement) > REQUIREMENTS_MAX:
        refuse(path, f"{len(requirement)} skills", f"at most {REQUIREMENTS_MAX}")
    seen: set[int] = set()
    for at, asked in enumerate(requirement):
        if asked.skill_id not in names.skills or asked.skill_id in seen:
            refuse(f"{path}[{at}].skill_id", asked.skill_id, "the id of a skill, each once")
        seen.add(asked.skill_id)
        within(f"{path}[{at}].level", asked.level, 1, LEVEL_MAX)


def _check_condition(path: str, condition: Condition, names: Names) -> None:
    for number, (at, part) in enumerate(parts(condition, path)):
        if number >= NODES_MAX:
            refuse(path, "more parts", f"at most {NODES_MAX} of them")
        if isinstance(part, SkillCondition):
            if part.skill_id not in names.skills:
                refuse(f"{at}.skill_id", part.skill_id, "the id of a skill")
            within(f"{at}.level", part.level, 1, LEVEL_MAX)
        elif isinstance(part, AgentsCondition):
            for place, agent in enumerate(part.agent_ids):
                if agent not in names.agents:
                    refuse(f"{at}.agent_ids[{place}]", agent, "the id of an agent")
        elif isinstance(part, TeamsCondition):
            for place, team in enumerate(part.teams):
                if team not in names.teams:
                    refuse(f"{at}.teams[{place}]", team, known(sorted(names.teams)))


def check_meaning(path: str, config: SetQueue) -> None:
    """Refuse what the engine would refuse, in its own words; an engine of its own is asked.

    Raises:
        BadInput: Names the path of the field, what was found and what is allowed.

    """
    [outcome] = decode_outcomes(Engine().submit(0, encode_commands([config])))
    if (fault := outcome.fault) is not None:
        refuse(f"{path}.{path_told(fault.path)}", fault.found, fault.allowed)


def check_circles(queues: list[QueueChanged], leads: dict[int, int | None], names: Names) -> None:
    """Refuse overflow that comes back to where it has been; `leads` are the other queues'.

    Raises:
        BadInput: Tells the queues of the circle by their names.

    """
    edited = {one.queue_id: one.overflow.queue_id for one in queues if one.overflow is not None}
    for place, one in enumerate(queues):
        chain = circle_from(one.queue_id, leads | edited) if one.overflow is not None else None
        if chain is not None:
            circle = " → ".join(names.queues.get(queue, str(queue)) for queue in chain)
            refuse(f"edits.queues[{place}].overflow.queue_id", circle, "a chain that ends")


# --- what the engine is then told -------------------------------------------------------------------------


def changed(path: str, config: SetQueue, queue: QueueChanged) -> SetQueue:
    """Return a queue with its edits.

    Raises:
        BadInput: Names the path of the field, what was found and what is allowed.

    """
    found = replace(config, **_changes(queue))
    if found.order_by == QueueOrder.SHARE and not found.share_per_hour:
        refuse(f"{path}.share_per_hour", found.share_per_hour, f"1 to {SHARE_MAX} for the order by share")
    check_meaning(path, found)
    return found


def _changes(queue: QueueChanged) -> dict[str, Any]:
    """Return the fields of a queue that are another."""
    names = ("order_by", "share_per_hour", "agent_choice", "reserve")
    fields = {name: value for name in names if (value := getattr(queue, name)) is not None}
    if queue.requirement is not None:
        fields["requirement"] = sorted(levels_told(queue.requirement))
    if queue.condition is not msgspec.UNSET:
        fields["condition"] = told(queue.condition)
    if queue.relaxation is not None:
        fields["relaxation"] = steps_told(queue.relaxation)
    if queue.overflow is not None:
        fields |= _overflow(queue.overflow)
    return fields


def _overflow(write: OverflowChanged) -> dict[str, Any]:
    return {
        "overflow_queue": write.queue_id,
        "overflow_after_ms": None if write.after_s is None else write.after_s * 1000,
        "overflow_length": write.length,
        "overflow_exit": write.exit,
    }
