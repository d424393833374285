"""The closed forms by other means and with 30 digits: the chain from its empty state, waits by quadrature.

The density of the wait of those who are served, the contact's own patience included, x after the arrival:
p_n · nμ · exp(−(nμ + θ)x) · Σ yᵐ/m! over the waiting places that were taken, y = (λ/θ)(1 − exp(−θx)), or λx.
"""

from __future__ import annotations

from mpmath import mp, mpf

DIGITS = 30


def reference(
    *, arrivals_per_hour: float, aht_s: float, target_s: float, agents: int,
    patience_s: float | None = None, lines: int | None = None,
) -> dict[str, mpf]:  # fmt: skip
    """Return the figures of ucc.staffing.erlang.Figures that are computed."""
    with mp.workdps(DIGITS):
        arrive, serve = mpf(arrivals_per_hour) / 3600, 1 / mpf(aht_s)
        leave = mpf(0) if patience_s is None else 1 / mpf(patience_s)
        chain = _chain(arrive, serve, leave, agents, lines)
        total = mp.fsum(chain)
        chain = [weight / total for weight in chain]
        blocked = chain[-1] if lines is not None else mpf(0)
        queue = mp.fsum((state - agents) * p for state, p in enumerate(chain) if state > agents)
        places = None if lines is None else lines - agents

        def density(x: mpf) -> mpf:
            y = arrive * x if not leave else arrive * (1 - mp.exp(-leave * x)) / leave
            taken = mp.exp(y) if places is None else mp.exp(y) * mp.gammainc(places, y, regularized=True)
            return chain[agents] * agents * serve * mp.exp(-(agents * serve + leave) * x) * taken

        free = mp.fsum(chain[:agents])
        served = 1 - blocked - leave * queue / arrive
        has_places = places is None or places > 0
        spread = sorted({mpf(0), *(mpf(target_s) * part / 8 for part in range(1, 9))})
        in_time = mp.quad(density, spread) if has_places and target_s else mpf(0)
        far = [mpf(2) ** power / (agents * serve) for power in range(-2, 12)]
        waited = mp.quad(lambda x: x * density(x), [0, *far, mp.inf]) if has_places else mpf(0)
        return {
            "wait_probability": 1 - free - blocked,
            "block_probability": blocked,
            "abandon_probability": leave * queue / arrive,
            "asa_s": waited / served,
            "service_level": free + in_time,
            "occupancy": arrive * served / (agents * serve),
            "queue_length": queue,
        }


def _chain(arrive: mpf, serve: mpf, leave: mpf, agents: int, lines: int | None) -> list[mpf]:
    weights, state = [mpf(1)], 0
    while lines is None or state < lines:
        state += 1
        weights.append(weights[-1] * arrive / (min(state, agents) * serve + max(0, state - agents) * leave))
        if (
            state > agents
            and weights[-1] < mpf(10) ** -DIGITS * max(weights[-2], weights[agents])
            and lines is None
        ):
            break
    return weights
