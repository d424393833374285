"""The fewest agents that reach a service level, by the closed forms."""

from __future__ import annotations

import math

from msgspec.structs import replace

from ucc.domain.errors import BadInput
from ucc.staffing.erlang import AGENTS_MAX, Figures, Load, figures


def fewest(load: Load, service_level: float) -> Figures:
    """Return the figures with the fewest agents that reach `service_level`; `load.agents` is not looked at.

    Raises:
        BadInput: The level is not between 0 and 1, or no number of agents that is allowed reaches it.

    """
    if not 0 < service_level < 1:
        raise BadInput(
            f"service_level: found {service_level}, allowed is more than 0 and less than 1",
            field="service_level",
        )
    most = AGENTS_MAX if load.lines is None else min(AGENTS_MAX, load.lines)
    is_endless = load.patience_s is None and load.lines is None
    low = 0 if not is_endless else min(most, math.floor(max(0.0, load.erlang)))  # too few
    high = min(most, max(1, 2 * low))
    found = figures(replace(load, agents=high))
    while found.service_level < service_level:
        if high == most:
            raise BadInput(
                f"service_level: found {service_level}, allowed is at most {found.service_level:.9f}, "
                f"which {most} agents reach",
                field="service_level",
            )
        low, high = high, min(most, 2 * high)
        found = figures(replace(load, agents=high))
    while high - low > 1:
        middle = (low + high) // 2
        tried = figures(replace(load, agents=middle))
        if tried.service_level >= service_level:
            high, found = middle, tried
        else:
            low = middle
    return found
