"""Reports as the page shows them."""

from __future__ import annotations


def without_details(told: str) -> str:
    """Return a printed report without the lines of periods and groups."""
    lines = [
        line for line in told.splitlines() if not line.startswith("  period") and "occupancy" not in line
    ]
    return "\n".join(lines).strip()
