"""What a queue may be written with, purely: figures in their limits, steps in order, skills once, no circle.

The engine refuses the same by its own names (R41, R49); here it is the fields of the API.
"""

from __future__ import annotations

from ucc.domain.errors import BadInput
from ucc.domain.people import RESERVE_MAX, SHARE_MAX, Distribution, QueueWrite, Requirement
from ucc.domain.policy import (
    LOWER_MAX,
    OVERFLOW_LENGTH_MAX,
    OVERFLOW_S,
    RELAX_S_MAX,
    RELAXATIONS_MAX,
    REQUIREMENTS_MAX,
    circle_from,
)
from ucc.domain.states import QueueOrder

BROADCAST_MAX = 20
UNITS_MAX = 1_000
CONNECT_S_MAX = 600
CALLBACK_RETRY_S_MIN = 60
CALLBACK_RETRY_S_MAX = 86_400
CALLBACK_TRIES_MAX = 20
# The table's columns have the same limits; a test compares.
FIGURES: dict[str, tuple[int, int]] = {
    "offer_s": (5, 120),
    "wrap_up_s": (0, 1_800),
    "preferred_s": (0, 600),
    "overflow_after_s": OVERFLOW_S,
    "waiting_max": (1, 100_000),
}


def check_figures(write: QueueWrite) -> None:
    """Refuse a figure outside its limits, and overflow that has nowhere to go.

    Raises:
        BadInput: the text names the field's path, what was found and what is allowed.
    """
    for name, (least, most) in FIGURES.items():
        _within(name, getattr(write, name), least, most)
    check_distribution(write.distribution)
    overflows_by = (write.overflow_after_s, write.distribution.overflow_length)
    has_way = write.overflow_queue_id is not None or write.overflow_exit is not None
    if any(limit is not None for limit in overflows_by) and not has_way:
        raise BadInput(
            "overflow by time or length needs a queue to overflow to, or an exit", field="overflow_queue_id"
        )


def check_distribution(write: Distribution) -> None:
    """Refuse what the engine would refuse, by the field's path.

    Raises:
        BadInput: a figure is outside its limits, or the steps are out of order.
    """
    is_share = write.order_by is QueueOrder.SHARE
    _within("distribution.share_per_hour", write.share_per_hour, int(is_share), SHARE_MAX)
    _within("distribution.reserve", write.reserve, 0, RESERVE_MAX)
    _within("distribution.broadcast", write.broadcast, 1, BROADCAST_MAX)
    _within("distribution.connect_s", write.connect_s, 5, CONNECT_S_MAX)
    retry_s = write.callback_retry_s
    _within("distribution.callback_retry_s", retry_s, CALLBACK_RETRY_S_MIN, CALLBACK_RETRY_S_MAX)
    _within("distribution.callback_tries", write.callback_tries, 1, CALLBACK_TRIES_MAX)
    _within("distribution.agent_units_max", write.agent_units_max, 1, UNITS_MAX)
    _within("distribution.overflow_length", write.overflow_length, 0, OVERFLOW_LENGTH_MAX)
    if len(write.relaxation) > RELAXATIONS_MAX:
        raise BadInput(
            f"{len(write.relaxation)} steps, limit {RELAXATIONS_MAX}", field="distribution.relaxation"
        )
    before_s = 0
    for at, step in enumerate(write.relaxation):
        path = f"distribution.relaxation[{at}]"
        _within(f"{path}.after_s", step.after_s, before_s + 1, RELAX_S_MAX)
        _within(f"{path}.lower_by", step.lower_by, 0, LOWER_MAX)
        before_s = step.after_s


def _within(path: str, found: int | None, least: int, most: int) -> None:
    if found is not None and not least <= found <= most:
        raise BadInput(f"{path} is {found}; allowed are {least} to {most}", field=path)


def check_levels(path: str, requirement: list[Requirement]) -> None:
    """Refuse a list of skills that nobody could ask for, whichever skills there are.

    Raises:
        BadInput: too many, one twice, or a level outside 1 to 10; the text names the path.
    """
    if len(requirement) > REQUIREMENTS_MAX:
        raise BadInput(f"{path} has {len(requirement)} skills, limit {REQUIREMENTS_MAX}", field=path)
    seen: dict[int, int] = {}
    for at, asked in enumerate(requirement):
        _within(f"{path}[{at}].level", asked.level, 1, 10)
        if (first := seen.setdefault(asked.skill_id, at)) != at:
            place = f"{path}[{at}].skill_id"
            raise BadInput(
                f"{place} is {asked.skill_id}, as in {path}[{first}]; allowed is each skill once", field=place
            )


def check_chain(queue_id: int, leads: dict[int, int | None], names: dict[int, str]) -> None:
    """Refuse overflow that comes back to where it has been (R41).

    Raises:
        BadInput: the text tells the queues of the circle by their names.
    """
    if (chain := circle_from(queue_id, leads)) is not None:
        told = " → ".join(names.get(one, str(one)) for one in chain)
        raise BadInput(
            f"overflow_queue_id leads in a circle: {told}; allowed is a chain that ends",
            field="overflow_queue_id",
        )
