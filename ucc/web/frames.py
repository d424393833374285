"""Frames as they come in: decoded, or refused with the field that is wrong and what was found."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TypeVar

import msgspec

from ucc.domain.errors import UccError
from ucc.domain.events import FrameRefused, encode

Found = TypeVar("Found")
DETAIL_CHARACTERS_MAX = 500

_PATH = re.compile(r" - at `(\$[^`]*)`")


class BadFrame(UccError):
    """A frame that cannot be read; the socket stays open."""

    code = "bad_frame"


def read_frame(text: str | None, decode: Callable[[str], Found]) -> Found:
    """Return the frame in `text`.

    Raises:
        BadFrame: it is no JSON, no known frame, or a field has a wrong type.
    """
    if text is None:
        raise BadFrame("frames are JSON text, found a binary one", path="$")
    try:
        return decode(text)
    except msgspec.ValidationError as error:
        words = str(error)
        path = _PATH.search(words)
        raise BadFrame(words[:DETAIL_CHARACTERS_MAX], path=path.group(1) if path else "$") from error
    except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
        raise BadFrame(f"not JSON: {error}"[:DETAIL_CHARACTERS_MAX], path="$") from error


def refusal_of(error: UccError, client_id: str | None = None) -> bytes:
    """Return the frame that tells why a frame was not carried out."""
    path, retry_after_ms = error.found.get("path"), error.found.get("retry_after_ms")
    frame = FrameRefused(
        code=error.code,
        detail=error.detail,
        path=path if isinstance(path, str) else None,
        client_id=None if client_id is None else client_id[:64],
        retry_after_ms=retry_after_ms if isinstance(retry_after_ms, int) else None,
    )
    return encode(frame)
