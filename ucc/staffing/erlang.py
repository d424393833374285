"""The closed forms of one group of agents: M/M/n, M/M/n+M, M/M/n/k and M/M/n/k+M.

All four are one chain: contacts in the system, in steady state. Handling times are exponential, and so is
patience where it is given. The unit of time inside is the mean handling time, so that the load is in erlang.

Nothing overflows or cancels, whatever the number of agents: the chain's weights are taken relative to its
likeliest state and followed outwards from there, by ratios that are at most 1.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

import msgspec

from ucc.domain.errors import BadInput

AGENTS_MAX = 100_000
LINES_MAX = 200_000
ARRIVALS_PER_HOUR_MAX = 10_000_000
DURATION_S_MIN, DURATION_S_MAX = 0.1, 31 * 24 * 3600
HOUR_S = 3600
# States less likely than this part of the likeliest change no figure: 10⁶ of them are below 10⁻³⁴.
_NEGLIGIBLE = 1e-40
# Less than the last digit of a sum near 1.
_UNSEEN = 1e-18
# Sums of more terms than this are taken by the Euler–Maclaurin formula.
_TERMS_MAX = 1_000_000


class Load(msgspec.Struct, frozen=True, kw_only=True):
    """What comes in, and who is there for it."""

    arrivals_per_hour: float
    aht_s: float
    target_s: float
    agents: int
    patience_s: float | None = None  # None: nobody leaves
    lines: int | None = None  # agents and waiting places; None: no limit

    @property
    def erlang(self) -> float:
        """Return the offered load."""
        return self.arrivals_per_hour * self.aht_s / HOUR_S


class Figures(msgspec.Struct, frozen=True, kw_only=True):
    """Steady state. Probabilities are over all arrivals, `asa_s` over the served."""

    model: str
    agents: int
    offered_erlang: float
    wait_probability: float  # let in, and not answered at once
    block_probability: float
    abandon_probability: float
    asa_s: float
    service_level: float  # served within target ÷ all arrivals
    occupancy: float
    queue_length: float  # the mean number waiting


def check_load(load: Load) -> None:
    """Refuse what is outside the limits, and a queue that would grow without end.

    Raises:
        BadInput: Names the field, what was found and what is allowed.

    """
    if not 0 < load.arrivals_per_hour <= ARRIVALS_PER_HOUR_MAX:
        allowed = f"more than 0, at most {ARRIVALS_PER_HOUR_MAX}"
        raise _refused("arrivals_per_hour", load.arrivals_per_hour, allowed)
    for name, value in (("aht_s", load.aht_s), ("patience_s", load.patience_s)):
        if value is not None and not DURATION_S_MIN <= value <= DURATION_S_MAX:
            raise _refused(name, value, f"{DURATION_S_MIN} to {DURATION_S_MAX}")
    if not 0 <= load.target_s <= DURATION_S_MAX:
        raise _refused("target_s", load.target_s, f"0 to {DURATION_S_MAX}")
    if not 1 <= load.agents <= AGENTS_MAX:
        raise _refused("agents", load.agents, f"a whole number from 1 to {AGENTS_MAX}")
    if load.lines is not None and not load.agents <= load.lines <= LINES_MAX:
        raise _refused(
            "lines",
            load.lines,
            f"a whole number from agents ({load.agents}) to {LINES_MAX}: agents and waiting places",
        )
    if load.patience_s is None and load.lines is None and load.erlang >= load.agents:
        least = math.floor(load.erlang) + 1
        raise _refused(
            "agents",
            load.agents,
            f"at least {least} for a load of {load.erlang:g} erlang: without patience_s or lines nobody "
            "leaves, so the queue would grow without end and there is no steady state to tell",
        )


def _refused(name: str, found: object, allowed: str) -> BadInput:
    return BadInput(f"{name}: found {found}, allowed is {allowed}", field=name)


def figures(load: Load) -> Figures:
    """Return the steady state of a load.

    Raises:
        BadInput: See check_load.

    """
    check_load(load)
    if load.patience_s is None and load.lines is None:
        return _endless(load)
    return _chain(load)


def erlang_b(erlang: float, agents: int) -> float:
    """Return the part of a load that finds all `agents` busy and is lost, where nobody waits."""
    blocked = 1.0
    for busy in range(1, agents + 1):
        blocked = erlang * blocked / (busy + erlang * blocked)
    return blocked


def erlang_c(erlang: float, agents: int) -> float:
    """Return the part of a load below `agents` that has to wait, where nobody leaves."""
    blocked = erlang_b(erlang, agents)
    return agents * blocked / (agents - erlang + erlang * blocked)


def _endless(load: Load) -> Figures:
    """M/M/n: the tail of the chain is a geometric series."""
    erlang, agents = load.erlang, load.agents
    waits, spare = erlang_c(erlang, agents), agents - erlang
    return Figures(
        model="M/M/n",
        agents=agents,
        offered_erlang=erlang,
        wait_probability=waits,
        block_probability=0.0,
        abandon_probability=0.0,
        asa_s=load.aht_s * waits / spare,
        service_level=1 - waits * math.exp(-spare * load.target_s / load.aht_s),
        occupancy=erlang / agents,
        queue_length=waits * erlang / spare,
    )


def _chain(load: Load) -> Figures:
    """Add up the states of the chain that count."""
    erlang, agents = load.erlang, load.agents
    leaving = 0.0 if load.patience_s is None else load.aht_s / load.patience_s
    lowest, weights = _weights(erlang, agents, leaving, load.lines)
    total = math.fsum(weights)
    highest = lowest + len(weights) - 1
    busy = math.fsum(weight * min(state, agents) for state, weight in enumerate(weights, lowest))
    free = math.fsum(weights[: max(0, agents - lowest)])
    full = weights[-1] if highest == load.lines else 0.0
    # `ahead` waits already when a contact is let in and has to wait.
    first_ahead = max(lowest, agents) - agents
    waiting = weights[max(0, agents - lowest) : len(weights) - (highest == load.lines)]
    served, waited = [free], []
    for ahead, (weight, mean) in enumerate(
        zip(waiting, _waits(agents, leaving, first_ahead), strict=False), start=first_ahead
    ):
        answered = weight * agents / (agents + (ahead + 1) * leaving)
        served.append(answered)
        waited.append(answered * mean)
    in_time = _in_time(agents, leaving, load.target_s / load.aht_s, first_ahead, len(waiting))
    late = [part * chance for part, chance in zip(served[1:], in_time, strict=False)]
    lost = math.fsum(
        weight * leaving * (ahead + 1) / (agents + (ahead + 1) * leaving)
        for ahead, weight in enumerate(waiting, first_ahead)
    )
    queue = math.fsum(
        weight * (state - agents) for state, weight in enumerate(weights, lowest) if state > agents
    )
    everybody = math.fsum(served)
    return Figures(
        model=f"M/M/n{'' if load.lines is None else '/k'}{'' if load.patience_s is None else '+M'}",
        agents=agents,
        offered_erlang=erlang,
        wait_probability=math.fsum(waiting) / total,
        block_probability=full / total,
        abandon_probability=lost / total,
        asa_s=load.aht_s * math.fsum(waited) / everybody,
        service_level=math.fsum([free, *late]) / total,
        occupancy=busy / total / agents,
        queue_length=queue / total,
    )


def _weights(erlang: float, agents: int, leaving: float, lines: int | None) -> tuple[int, list[float]]:
    """Return the lowest state that counts, and the weight of it and of those above: 1 for the likeliest."""
    if erlang < agents:
        likeliest = math.floor(erlang)
    elif leaving:
        likeliest = agents + math.floor((erlang - agents) / leaving)
    else:
        likeliest = LINES_MAX
    if lines is not None:
        likeliest = min(likeliest, lines)

    def ends(state: int) -> float:
        return state if state <= agents else agents + (state - agents) * leaving

    below, weight, state = [], 1.0, likeliest
    while state > 0 and weight > _NEGLIGIBLE:
        weight *= ends(state) / erlang
        below.append(weight)
        state -= 1
    above, weight, state = [], 1.0, likeliest
    while weight > _NEGLIGIBLE and (lines is None or state < lines):
        state += 1
        weight *= erlang / ends(state)
        above.append(weight)
    return likeliest - len(below), [*reversed(below), 1.0, *above]


def _waits(agents: int, leaving: float, first_ahead: int) -> Iterator[float]:
    """Yield the mean wait of the served behind `first_ahead` others, behind one more, and so on."""
    mean = _sum_of_steps(agents, leaving, first_ahead)
    step = first_ahead + 1
    while True:
        mean += 1 / (agents + step * leaving)
        yield mean
        step += 1


def _sum_of_steps(agents: int, leaving: float, count: int) -> float:
    """Return the sum of 1 / (agents + i · leaving) over i from 1 to `count`."""
    direct = min(count, _TERMS_MAX)
    total = math.fsum(1 / (agents + i * leaving) for i in range(1, direct + 1))
    if count > direct:
        low, high = agents + (direct + 1) * leaving, agents + count * leaving
        whole = math.log(high / low) / leaving if leaving else (count - direct - 1) / agents
        total += whole + (1 / low + 1 / high) / 2 + leaving * (1 / low**2 - 1 / high**2) / 12
    return total


def _in_time(agents: int, leaving: float, target: float, first_ahead: int, count: int) -> Iterator[float]:
    """Yield, for the served behind `first_ahead` others and so on, the chance of an answer within `target`.

    The wait behind m others is a sum of exponential times with rates agents + i · leaving, i = 0 … m. Given
    that patience outlasts it, it is at most `target` with the chance that a negative binomial (without
    abandonment: a Poisson) variable exceeds m; its probabilities are followed upwards from 0, in a running
    scale.
    """
    spread = -math.expm1(-leaving * target) / leaving if leaving else target
    log_scale = -(agents + leaving) * target
    weight = total = 1.0
    for ahead in range(first_ahead + count):
        if ahead:
            ratio = (agents + ahead * leaving) * spread / ahead
            weight *= ratio
            total += weight
            # Ratios fall: what is left is at most a geometric series.
            if ratio < 1 and weight * ratio < _UNSEEN * (1 - ratio) * total:
                return  # nobody this far behind is answered in time
            if total > 1e250:
                weight, total = weight * 1e-250, total * 1e-250
                log_scale += 250 * math.log(10)
        below = math.exp(min(0.0, log_scale + math.log(total)))
        if ahead >= first_ahead:
            yield 1 - below
