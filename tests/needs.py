"""What a test needs of the machine: missing at home it is skipped, missing on CI it fails."""

from __future__ import annotations

import os

import pytest


def need(is_there: object, remedy: str) -> None:
    """Skip the test when something is missing; with CI=true fail it: nothing may go untested there."""
    if is_there:
        return
    if os.environ.get("CI", "").lower() in ("1", "true"):
        pytest.fail(f"{remedy} (CI={os.environ['CI']}: nothing is skipped)", pytrace=False)
    pytest.skip(remedy)
