"""Figures beside what they should be."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec


class Aim(msgspec.Struct, frozen=True, kw_only=True):
    """A figure and what it should be."""

    figure: str
    unit: str
    found: float | None  # None: not measured
    aim: float
    is_most: bool  # the aim is the most it may be; otherwise the least
    beside: str = ""  # what else it is read with

    @property
    def is_met(self) -> bool:
        """Say whether the figure is as it should be."""
        if self.found is None:
            return False
        return self.found <= self.aim if self.is_most else self.found >= self.aim


def most(figure: str, unit: str, found: float | None, aim: float) -> Aim:
    """Return a figure that should be this or less."""
    return Aim(figure=figure, unit=unit, found=found, aim=aim, is_most=True)


def least(figure: str, unit: str, found: float | None, aim: float, beside: str = "") -> Aim:
    """Return a figure that should be this or more."""
    return Aim(figure=figure, unit=unit, found=found, aim=aim, is_most=False, beside=beside)


def print_aims(aims: Iterable[Aim]) -> None:
    """Print a line each."""
    print(f"{'figure':<20}{'found':>14}    {'aim':<14}")
    for aim in aims:
        found = "not measured" if aim.found is None else f"{aim.found:,}"
        sign, met = "≤" if aim.is_most else "≥", "" if aim.is_met else "missed"
        line = f"{aim.figure:<20}{found:>14}  {sign} {aim.aim:<12,} {aim.unit:<12}{met:<8}{aim.beside}"
        print(line.rstrip())
