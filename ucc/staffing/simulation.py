"""Running a plan through the production engine, under a virtual clock."""

from __future__ import annotations

import msgspec

from ucc._native import simulate as native
from ucc.staffing.report import Report
from ucc.staffing.scenario import Plan


def simulate(plan: Plan, *, has_rivals: bool = False, threads: int = 1) -> Report:
    """Return the report of a plan; the number of threads changes no figure. The GIL is free meanwhile.

    Raises:
        RuntimeError: The engine broke.

    """
    told = native.run(msgspec.json.encode(plan), has_rivals=has_rivals, threads=threads)
    return msgspec.json.decode(told, type=Report)
