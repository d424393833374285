"""The report of a simulation: the records of `ucc._native.simulate`, and as a table for people."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from ucc.staffing.scenario import Plan


class Estimate(msgspec.Struct, frozen=True):
    """A figure and the half width of its 95 % confidence interval; None with a single replication."""

    mean: float
    half_width: float | None


class ServiceLevels(msgspec.Struct, frozen=True):
    """The four standard formulas; None where nobody is below the line."""

    of_arrived: Estimate | None  # in target ÷ arrived
    of_served: Estimate | None  # in target ÷ served
    without_early_abandoned: Estimate | None  # in target ÷ (arrived − abandoned within the target)
    early_abandoned_as_met: Estimate | None  # (in target + abandoned within the target) ÷ arrived


class Figures(msgspec.Struct, frozen=True):
    """Contacts by their period of arrival."""

    arrived: Estimate
    served: Estimate
    abandoned: Estimate
    blocked: Estimate
    unanswered: Estimate
    in_target: Estimate
    service_level: ServiceLevels
    asa_s: Estimate | None
    abandoned_wait_s: Estimate | None
    waiting: Estimate


class TypeReport(msgspec.Struct, frozen=True):
    """One type of contacts."""

    name: str
    in_all: Figures
    periods: list[Figures]


class GroupReport(msgspec.Struct, frozen=True):
    """One group of agents."""

    name: str
    occupancy: Estimate | None
    staffed: Estimate
    periods: list[Estimate | None]


class PolicyReport(msgspec.Struct, frozen=True):
    """One policy: `ours`, or a rival's."""

    policy: str
    in_all: Figures
    periods: list[Figures]
    types: list[TypeReport]
    groups: list[GroupReport]


class Gain(msgspec.Struct, frozen=True):
    """Ours minus a rival's, on the same contacts."""

    rival: str
    service_level: Estimate | None  # in target ÷ arrived
    asa_s: Estimate | None
    abandoned: Estimate | None  # abandoned ÷ arrived


class Report(msgspec.Struct, frozen=True):
    """Every policy on the same contacts."""

    seed: int
    replications: int
    period_s: float
    contacts: int
    policies: list[PolicyReport]
    gains: list[Gain]


def table(plan: Plan, report: Report) -> str:
    """Return the report as lines for people."""
    return "\n".join(_lines(plan, report))


def _lines(plan: Plan, report: Report) -> Iterator[str]:
    yield (
        f"{plan.replications} replications of {plan.periods} × {plan.period_s:g} s, seed {plan.seed}; "
        "± is the half width of the 95 % interval"
    )
    for policy in report.policies:
        yield ""
        yield (
            f"{policy.policy:<24}{'arrived':>9}{'served':>9}{'aband.':>8}{'blocked':>8}"
            f"{'in target':>18}{'asa s':>18}{'waiting':>9}"
        )
        yield _row("all types", policy.in_all)
        for found in policy.types:
            yield _row(f"  {found.name}", found.in_all)
        for number, period in enumerate(policy.periods, 1):
            yield _row(f"  period {number}", period)
        for group in policy.groups:
            yield f"  {group.name:<22}occupancy {_share(group.occupancy)}, staffed {group.staffed.mean:.2f}"
    for gain in report.gains:
        yield ""
        yield f"ours against {gain.rival}, on the same contacts:"
        yield f"  in target {_share(gain.service_level)} of the arrived"
        yield f"  asa {_value(gain.asa_s)} s"
        yield f"  abandoned {_share(gain.abandoned)} of the arrived"


def _row(name: str, found: Figures) -> str:
    return (
        f"{name:<24}{found.arrived.mean:>9.1f}{found.served.mean:>9.1f}{found.abandoned.mean:>8.1f}"
        f"{found.blocked.mean:>8.1f}{_share(found.service_level.of_arrived):>18}{_value(found.asa_s):>18}"
        f"{found.waiting.mean:>9.2f}"
    )


def _share(found: Estimate | None) -> str:
    if found is None:
        return "–"
    margin = "" if found.half_width is None else f" ±{100 * found.half_width:.2f}"
    return f"{100 * found.mean:.2f}{margin} %"


def _value(found: Estimate | None) -> str:
    if found is None:
        return "–"
    return f"{found.mean:.2f}" + ("" if found.half_width is None else f" ±{found.half_width:.2f}")
