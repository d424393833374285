"""The long form: thirty and more kills under load, as `make prove` runs it."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from tests.chaos.prove import Plan, prove

pytestmark = [pytest.mark.long, pytest.mark.timeout(1800)]


async def test_i9_i17_thirty_kills_lose_and_double_nothing(folder: Path) -> None:
    verdict = await prove(Plan(kills=32, visitors=60), folder)
    print(msgspec.json.format(msgspec.json.encode(verdict)).decode())
    assert verdict.is_clean


async def test_careless_commits_are_caught(folder: Path) -> None:
    verdict = await prove(Plan(kills=5, visitors=60, is_control=True), folder)
    print(msgspec.json.format(msgspec.json.encode(verdict)).decode())
    assert verdict.lost > 0
