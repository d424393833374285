"""Lines of the log: where they go, and that work never ends by them."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Iterator

import pytest
import structlog

from ucc.kit import log


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    yield
    structlog.reset_defaults()


def test_a_line_goes_to_the_stderr_of_its_moment(monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = io.StringIO(), io.StringIO()
    monkeypatch.setattr(sys, "stderr", first)
    log.configure()
    log.get("bus").info("bus connected", url="nats://x")
    monkeypatch.setattr(sys, "stderr", second)
    log.get("bus").warning("bus lost")
    assert "bus connected" in first.getvalue()
    assert "url=nats://x" in first.getvalue()
    assert "bus lost" in second.getvalue()
    assert "bus lost" not in first.getvalue()


def test_a_closed_stream_or_a_broken_pipe_ends_no_work() -> None:
    closed = io.StringIO()
    log.configure(stream=closed)
    closed.close()
    log.get("bus").warning("bus lost")
    reader, writer = os.pipe()
    broken = os.fdopen(writer, "w", buffering=1)
    log.configure(style="json", stream=broken)
    os.close(reader)
    log.get("bus").warning("bus lost")
    with pytest.raises(BrokenPipeError):
        broken.close()  # the line could not be written


def test_what_is_below_the_level_is_not_written() -> None:
    out = io.StringIO()
    log.configure("warning", "json", out)
    log.get("bus").info("bus connected")
    assert out.getvalue() == ""
