"""The report of a simulation as a table for people."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator

from ucc.domain.simulation import Estimate, Figures, SimulationReport
from ucc.staffing.scenario import Plan

NAME_WIDTH = 24


def table(plan: Plan, report: SimulationReport) -> str:
    """Return the report as lines for people."""
    return "\n".join(_lines(plan, report))


def _lines(plan: Plan, report: SimulationReport) -> Iterator[str]:
    yield (
        f"{plan.replications} replications of {plan.periods} × {plan.period_s:g} s, seed {plan.seed}; "
        "± is the half width of the 95 % interval"
    )
    for policy in report.policies:
        yield ""
        yield (
            f"{policy.policy:<24}{'arrived':>9}{'served':>9}{'aband.':>8}{'diverted':>9}{'blocked':>8}"
            f"{'in target':>18}{'asa s':>18}{'waiting':>9}"
        )
        yield _row("all types", policy.in_all)
        for found in policy.types:
            yield _row(f"  {found.name}", found.in_all)
        for number, period in enumerate(policy.periods, 1):
            yield _row(f"  period {number}", period)
        for group in policy.groups:
            yield (
                f"{_column(f'  {group.name}')}occupancy {_share(group.occupancy)}, "
                f"staffed {group.staffed.mean:.2f}"
            )
    if (notes := report.recording) is not None:
        yield ""
        yield (
            f"{notes.date}: {notes.contacts} contacts, {notes.agents} agents; patience: "
            f"{notes.patience_seen} left, {notes.patience_censored} were censored"
            + (
                " and nobody ever leaves"
                if notes.patience_mean_s is None
                else f" and get {notes.patience_mean_s:.0f} s more on average"
            )
            + f"; {notes.service_drawn} service times are drawn, {notes.transfers} direct transfers left out"
        )
    for gain in report.gains:
        yield ""
        yield f"{gain.policy} against {gain.against}, on the same contacts:"
        yield f"  in target {_share(gain.service_level)} of the arrived"
        yield f"  asa {_value(gain.asa_s)} s"
        yield f"  abandoned {_share(gain.abandoned)} of the arrived"


def _row(name: str, found: Figures) -> str:
    return (
        f"{_column(name)}{found.arrived.mean:>9.1f}{found.served.mean:>9.1f}{found.abandoned.mean:>8.1f}"
        f"{found.diverted.mean:>9.1f}{found.blocked.mean:>8.1f}{_share(found.service_level.of_arrived):>18}{_value(found.asa_s):>18}"
        f"{found.waiting.mean:>9.2f}"
    )


def _column(name: str) -> str:
    """Return a name as wide as its column on a screen, where Chinese characters take the width of two."""
    width = sum(2 if unicodedata.east_asian_width(one) in "WF" else 1 for one in name)
    return name + " " * max(1, NAME_WIDTH - width)


def _share(found: Estimate | None) -> str:
    if found is None:
        return "–"
    margin = "" if found.half_width is None else f" ±{100 * found.half_width:.2f}"
    return f"{100 * found.mean:.2f}{margin} %"


def _value(found: Estimate | None) -> str:
    if found is None:
        return "–"
    return f"{found.mean:.2f}" + ("" if found.half_width is None else f" ±{found.half_width:.2f}")
