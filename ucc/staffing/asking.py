"""What may be asked of a recorded day, whichever it is: figures, times, levels, and names the tenant has."""

from __future__ import annotations

import re

from ucc.domain.errors import BadInput
from ucc.domain.simulation import Assumed, SimulationWrite
from ucc.domain.states import SimulationBasis
from ucc.staffing.fields import Faults, refuse, within
from ucc.staffing.policies import LEVEL_MAX, Names, check_circles, check_policy, check_policy_names
from ucc.staffing.scenario import SEED_MAX

REPLICATIONS_MAX = 1_000
VOLUME_MIN, VOLUME_MAX = 0.1, 10
LIKE_MAX = 8  # days of a forecast
EDITS_MAX = 100  # of each kind
ADDED_MAX = 500  # agents
ASSUMED_MAX = 10_000  # contacts an hour
ASSUMED_S_MAX = 86_400
HOUR_S = 3_600
_TIME = re.compile(r"([01]\d|2[0-4]):([0-5]\d)")
_TIME_ALLOWED = "a time from 00:00 to 24:00"


def check(write: SimulationWrite) -> None:
    """Refuse what no day could make right.

    Raises:
        BadInput: Names the path of the field, what was found and what is allowed.

    """
    faults = Faults()
    faults.take(_check_figures, write)
    if write.assumed is not None:
        faults.take(_check_assumed, write.assumed)
    for name in ("added", "agents", "queues"):
        if len(found := getattr(write.edits, name)) > EDITS_MAX:
            faults.take(refuse, f"edits.{name}", f"{len(found)} of them", f"at most {EDITS_MAX}")
    for place, one in enumerate(write.edits.added):
        path = f"edits.added[{place}]"
        faults.take(within, f"{path}.count", one.count, 1, ADDED_MAX)
        faults.take(check_hours, f"{path}.from_time", one.from_time, f"{path}.until_time", one.until_time)
    if (added := sum(max(0, one.count) for one in write.edits.added)) > ADDED_MAX:
        faults.take(refuse, "edits.added", f"{added} agents", f"at most {ADDED_MAX} in all")
    for place, agent in enumerate(write.edits.agents):
        first, second = f"edits.agents[{place}].away_from_time", f"edits.agents[{place}].away_until_time"
        faults.take(check_away, first, agent.away_from_time, second, agent.away_until_time)
    for place, queue in enumerate(write.edits.queues):
        faults.take(check_policy, f"edits.queues[{place}]", queue)
    faults.tell()


def _check_figures(write: SimulationWrite) -> None:
    if not VOLUME_MIN <= write.volume <= VOLUME_MAX:
        refuse("volume", write.volume, f"{VOLUME_MIN} to {VOLUME_MAX}")
    within("replications", write.replications, 1, REPLICATIONS_MAX)
    within("seed", write.seed, 0, SEED_MAX)
    if write.basis is not SimulationBasis.FORECAST and (write.like or write.volume != 1):
        name = "like" if write.like else "volume"
        refuse(name, getattr(write, name), f"nothing else for basis {write.basis}: only a forecast has it")
    if (write.basis is SimulationBasis.ASSUMED) != (write.assumed is not None):
        refuse("assumed", write.assumed, "figures for basis assumed, nothing for another")
    if len(write.like) > LIKE_MAX - 1:
        refuse("like", f"{len(write.like)} days", f"at most {LIKE_MAX - 1}")


def _check_assumed(assumed: Assumed) -> None:
    faults = Faults()
    faults.take(within, "assumed.contacts_per_hour", assumed.contacts_per_hour, 1, ASSUMED_MAX)
    faults.take(within, "assumed.service_s", assumed.service_s, 1, ASSUMED_S_MAX)
    faults.take(within, "assumed.wrap_up_s", assumed.wrap_up_s, 0, ASSUMED_S_MAX)
    faults.take(within, "assumed.patience_s", assumed.patience_s, 1, ASSUMED_S_MAX)
    first, second = "assumed.from_time", "assumed.until_time"
    faults.take(check_hours, first, assumed.from_time, second, assumed.until_time)
    faults.tell()


def check_names(write: SimulationWrite, names: Names) -> None:
    """Refuse edits of what the tenant does not have; whether the day has it shows once it is read.

    Raises:
        BadInput: Names the path of the field, what was found and what is allowed.

    """
    faults = Faults()
    for place, agent in enumerate(write.edits.agents):
        if agent.agent_id not in names.agents:
            faults.take(refuse, f"edits.agents[{place}].agent_id", agent.agent_id, "the id of an agent")
        faults.take(_check_skills, f"edits.agents[{place}].skills", agent.skills or {}, names)
    for place, one in enumerate(write.edits.added):
        faults.take(_check_skills, f"edits.added[{place}].skills", one.skills, names)
    for place, queue in enumerate(write.edits.queues):
        faults.take(check_policy_names, f"edits.queues[{place}]", queue, names)
    faults.tell()
    check_circles(write.edits.queues, {}, names)


def _check_skills(path: str, skills: dict[str, int], names: Names) -> None:
    for skill, level in skills.items():
        if not skill.isdecimal() or int(skill) not in names.skills:
            refuse(f"{path}.{skill[:20]}", skill, "the id of a skill")
        within(f"{path}.{skill}", level, 1, LEVEL_MAX)


def check_away(first: str, from_time: str | None, second: str, until_time: str | None) -> None:
    """Refuse an absence that begins and never ends, or the other way round.

    Raises:
        BadInput: Names the path of the field, what was found and what is allowed.

    """
    if from_time is not None and until_time is not None:
        check_hours(first, from_time, second, until_time)
    elif from_time is not None or until_time is not None:
        missing, other = (second, first) if until_time is None else (first, second)
        told = f"{missing}: found nothing, allowed is {_TIME_ALLOWED}, because {other} is given"
        raise BadInput(told, field=missing)


def check_hours(first: str, from_time: str, second: str, until_time: str) -> None:
    """Refuse what are no two times of a day, one after the other.

    Raises:
        BadInput: Names the path of the field, what was found and what is allowed.

    """
    from_s, until_s = time_s(from_time), time_s(until_time)
    if from_s is None:
        refuse(first, from_time, _TIME_ALLOWED)
    if until_s is None:
        refuse(second, until_time, _TIME_ALLOWED)
    if from_s >= until_s:
        refuse(second, until_time, f"later than {from_time}")


def time_s(text: str) -> int | None:
    """Return a time of the day in seconds, or None if it is none."""
    found = _TIME.fullmatch(text)
    seconds = int(found[1]) * HOUR_S + int(found[2]) * 60 if found else -1
    return seconds if 0 <= seconds <= 24 * HOUR_S else None
