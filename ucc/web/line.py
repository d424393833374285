"""The WebSocket's protocol on its transport, with short ways: for short frames, and for ready ones."""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.http11 import Request
from websockets.protocol import OPEN

# Extensions of a socket's scope.
WRITE = "ucc.write"  # Callable[[bytes], bool], see Line.write
LISTEN = "ucc.listen"  # Callable[[Take], None], see Line.listen

FRAMES_MAX = 8  # that wait for their reader; then nothing is read from the transport until it has taken them

_TEXT = 0x81  # one whole text frame; a server never masks
_MASKED = 0x80  # as a client's always is
_MASK_END = 6  # of a short frame: two bytes of head, four of mask
_LONG, _LONGER = 126, 127
_LONG_MIN, _LONGER_MIN = 126, 1 << 16

Take = Callable[[str], bool]


class Line(WebSocketsSansIOProtocol):
    """uvicorn's protocol, and a way past what it does for each frame.

    An awaited message and the library's framing cost more than the frame, and a hint to a thousand consoles
    is a thousand frames.
    """

    _take: Take | None = None

    def handle_connect(self, event: Request) -> None:
        """Begin the application's task, which finds the short ways in its scope."""
        super().handle_connect(event)
        if not self.close_sent:
            extensions = cast(dict[str, object], self.scope["extensions"])
            extensions[WRITE], extensions[LISTEN] = self.write, self.listen

    def listen(self, take: Take) -> None:
        """Offer each short frame to `take` before it is put in line; False from it: it is put in line.

        A task that waits for frames is waken for each, and a frame that is taken at once needs none.
        """
        self._take = take

    def data_received(self, data: bytes) -> None:
        """Take one whole short frame as it is; whatever else comes is the library's to take apart."""
        conn = self.conn
        if conn.state is OPEN and conn.current_size is None and not conn.reader.buffer:
            text = short_text(data)
            if text is not None and not self.close_sent:
                if self._take is not None and self.queue.empty() and self._take(text):
                    return
                self.queue.put_nowait({"type": "websocket.receive", "text": text})
                self._rest_if_much_waits()
                return
        super().data_received(data)

    def send_receive_event_to_app(self) -> None:
        """Put a frame in line; reading goes on while few wait: to stop it and go on costs two calls more."""
        was_paused, self.read_paused = self.read_paused, True
        super().send_receive_event_to_app()
        self.read_paused = was_paused
        self._rest_if_much_waits()

    def _rest_if_much_waits(self) -> None:
        if not self.read_paused and self.queue.qsize() >= FRAMES_MAX:
            self.read_paused = True
            self.transport.pause_reading()

    def write(self, frames: bytes) -> bool:
        """Write whole frames at once; False: the transport is full, and nothing was written.

        What comes when the socket is over is dropped: its reader learns of it.
        """
        if not self.writable.is_set():
            return False
        if not (self.disconnected or self.close_sent or self.transport.is_closing()):
            self.transport.write(frames)
        return True


def short_text(data: bytes) -> str | None:
    """Return the text of data that is one whole, last, masked text frame below 126 bytes (RFC 6455, 5.2)."""
    size = len(data) - _MASK_END
    if not 0 <= size < _LONG_MIN or data[0] != _TEXT or data[1] != _MASKED | size:
        return None
    mask, payload = data[2:_MASK_END], data[_MASK_END:]
    if any(mask):
        masks = (mask * (size // 4 + 1))[:size]
        payload = (int.from_bytes(payload) ^ int.from_bytes(masks)).to_bytes(size)
    try:
        return payload.decode()
    except UnicodeDecodeError:
        return None


def head_of(size: int) -> bytes:
    """Return what stands before a text frame of so many bytes (RFC 6455, 5.2)."""
    if size < _LONG_MIN:
        return bytes((_TEXT, size))
    if size < _LONGER_MIN:
        return bytes((_TEXT, _LONG)) + size.to_bytes(2)
    return bytes((_TEXT, _LONGER)) + size.to_bytes(8)
