"""The WebSocket's protocol on its transport, with a short way for frames that are ready to be sent."""

from __future__ import annotations

from typing import cast

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.http11 import Request

WRITE = "ucc.write"  # the extension of a socket's scope: Callable[[bytes], bool], see Line.write

_TEXT = 0x81  # one whole text frame; a server never masks
_LONG, _LONGER = 126, 127
_LONG_MIN, _LONGER_MIN = 126, 1 << 16


class Line(WebSocketsSansIOProtocol):
    """uvicorn's protocol, and a way past what it does for each frame.

    An awaited message and the library's framing cost more than the frame, and a hint to a thousand consoles
    is a thousand frames.
    """

    def handle_connect(self, event: Request) -> None:
        """Begin the application's task, which finds the short way in its scope."""
        super().handle_connect(event)
        if not self.close_sent:
            cast(dict[str, object], self.scope["extensions"])[WRITE] = self.write

    def write(self, frames: bytes) -> bool:
        """Write whole frames at once; False: the transport is full, and nothing was written.

        What comes when the socket is over is dropped: its reader learns of it.
        """
        if not self.writable.is_set():
            return False
        if not (self.disconnected or self.close_sent or self.transport.is_closing()):
            self.transport.write(frames)
        return True


def head_of(size: int) -> bytes:
    """Return what stands before a text frame of so many bytes (RFC 6455, 5.2)."""
    if size < _LONG_MIN:
        return bytes((_TEXT, size))
    if size < _LONGER_MIN:
        return bytes((_TEXT, _LONG)) + size.to_bytes(2)
    return bytes((_TEXT, _LONGER)) + size.to_bytes(8)
