"""Running plans through the production engine, under a virtual clock."""

from __future__ import annotations

import msgspec

from ucc._native import simulate as native
from ucc.domain.errors import BadInput
from ucc.domain.simulation import SimulationReport
from ucc.staffing.scenario import Plan


class Run:
    """One simulation: `work` in a thread (the GIL is free meanwhile), watched and cancelled from others."""

    def __init__(self, plan: Plan, edited: Plan | None = None, *, has_rivals: bool = False) -> None:
        """Read the plans.

        Raises:
            BadInput: the engine refuses a policy or an agent of production.
        """
        encode = msgspec.json.encode
        try:
            self._native = native.Simulation(
                encode(plan), None if edited is None else encode(edited), has_rivals=has_rivals
            )
        except ValueError as error:
            raise BadInput(str(error)) from error

    def work(self, threads: int) -> SimulationReport | None:
        """Return the report, or None if it was cancelled; the number of threads changes no figure.

        Raises:
            RuntimeError: the engine broke.
        """
        told = self._native.run(threads)
        return None if told is None else msgspec.json.decode(told, type=SimulationReport)

    def cancel(self) -> None:
        """Ask it to end soon."""
        self._native.cancel()

    @property
    def progress(self) -> float:
        """Return the part that is done."""
        done, whole = self._native.progress()
        return done / whole


def simulate(
    plan: Plan, edited: Plan | None = None, *, has_rivals: bool = False, threads: int = 1
) -> SimulationReport:
    """Return the report of a plan, and of the same with edits.

    Raises:
        BadInput, RuntimeError: see Run.
    """
    report = Run(plan, edited, has_rivals=has_rivals).work(threads)
    assert report is not None  # nobody cancels it
    return report
