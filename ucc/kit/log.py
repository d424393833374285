"""Logs: one line an event, a name and fields, to stderr; no secret and no message text goes in."""

from __future__ import annotations

import contextlib
import io
import logging
import sys
from typing import TextIO, cast

import structlog

from ucc.kit.config import LogFormat, LogLevel

Logger = structlog.stdlib.BoundLogger


def get(room: str) -> Logger:
    """Return the logger of a room; the event is a past-tense sentence, facts are keywords."""
    logger: Logger = structlog.get_logger(room=room)
    return logger


class _Output(io.TextIOBase):
    """A stream, or stderr as it is at each line. Its reader may be gone: no work ends by that."""

    def __init__(self, stream: TextIO | None) -> None:
        self._stream = stream

    @property
    def _now(self) -> TextIO:
        return self._stream or sys.stderr

    def write(self, text: str) -> int:
        with contextlib.suppress(OSError, ValueError):  # a broken pipe, a closed file
            self._now.write(text)
        return len(text)

    def flush(self) -> None:
        with contextlib.suppress(OSError, ValueError):
            self._now.flush()

    def isatty(self) -> bool:
        return self._now.isatty()


def configure(level: LogLevel = "info", style: LogFormat = "console", stream: TextIO | None = None) -> None:
    """Send structlog's and the libraries' lines to `stream` (stderr), at `level` and above."""
    out = cast(TextIO, _Output(stream))
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.StackInfoRenderer(),
    ]
    last: list[structlog.typing.Processor]
    if style == "json":
        last = [structlog.processors.format_exc_info, structlog.processors.JSONRenderer(ensure_ascii=False)]
    else:
        # Plain tracebacks: with the values of variables they would carry secrets, for thousands of lines.
        plain = structlog.dev.plain_traceback
        last = [structlog.dev.ConsoleRenderer(colors=out.isatty(), exception_formatter=plain)]
    number = logging.getLevelNamesMapping()[level.upper()]
    structlog.configure(
        processors=[*shared, *last],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=structlog.PrintLoggerFactory(out),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(out)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[*shared, structlog.stdlib.ExtraAdder()],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *last],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(max(number, logging.WARNING))
