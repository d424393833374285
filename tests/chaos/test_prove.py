"""The long form: thirty and more kills under load, as `make prove` runs it."""

from __future__ import annotations

import tempfile
from pathlib import Path

import msgspec
import pytest

from tests.chaos.prove import Plan, prove

pytestmark = [pytest.mark.long, pytest.mark.timeout(1800)]


def _folder() -> Path:
    path = Path(tempfile.mkdtemp(prefix="ucc-chaos-"))
    path.chmod(0o755)  # PostgreSQL, run as nobody when we are root, must pass
    return path


async def test_i9_i17_thirty_kills_lose_and_double_nothing() -> None:
    verdict = await prove(Plan(kills=32, visitors=60), _folder())
    print(msgspec.json.format(msgspec.json.encode(verdict)).decode())
    assert verdict.is_clean


async def test_careless_commits_are_caught() -> None:
    verdict = await prove(Plan(kills=5, visitors=60, is_control=True), _folder())
    print(msgspec.json.format(msgspec.json.encode(verdict)).decode())
    assert verdict.lost > 0
