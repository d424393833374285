"""Folders of the chaos suites: given back at the end, whatever the end is."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

LOG_CHARACTERS = 4_000


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder that PostgreSQL can reach when it runs as nobody; a test that fails shows its logs."""
    path = Path(tempfile.mkdtemp(prefix="ucc-chaos-"))
    path.chmod(0o755)
    yield path
    for log in sorted(path.glob("*.log")):
        print(f"--- {log.name}\n{log.read_text(errors='replace')[-LOG_CHARACTERS:]}")
    shutil.rmtree(path, ignore_errors=True)
