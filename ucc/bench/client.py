"""The smallest WebSocket client: so little that a load generator measures the server and not itself."""

from __future__ import annotations

import asyncio
import base64
import os
import struct
from collections.abc import Callable

_LONG, _LONGER = 126, 127
_TEXT, _CLOSE = 0x81, 0x88
_MASKED = 0x80
_NO_MASK = b"\0\0\0\0"  # a mask of zeros leaves the payload as it is

Take = Callable[[bytes], None]


class Client(asyncio.Protocol):
    """One open socket: `send` writes a text frame, `take` is given each one that comes."""

    def __init__(self, take: Take) -> None:
        self._take = take
        self._buffer = bytearray()
        self._is_open = False
        self._transport: asyncio.Transport | None = None
        self.opened: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.closed_code: int | None = None

    @classmethod
    async def connect(cls, port: int, path: str, take: Take, origin: str) -> Client:
        """Open a socket on this machine."""
        loop = asyncio.get_running_loop()
        transport, client = await loop.create_connection(lambda: cls(take), "127.0.0.1", port)
        key = base64.b64encode(os.urandom(16)).decode()
        transport.write(
            f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\nOrigin: {origin}\r\n\r\n".encode()
        )
        await asyncio.wait_for(client.opened, 30)
        return client

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport."""
        assert isinstance(transport, asyncio.Transport) or hasattr(transport, "write")
        self._transport = transport  # type: ignore[assignment]  # uvloop's is one by its methods

    def connection_lost(self, error: Exception | None) -> None:
        """Note the end."""
        if self.closed_code is None:
            self.closed_code = 1006
        if not self.opened.done():
            self.opened.set_exception(ConnectionError("the socket was refused"))

    def data_received(self, data: bytes) -> None:
        """Take frames apart; servers never mask."""
        buffer = self._buffer
        buffer += data
        if not self._is_open:
            end = buffer.find(b"\r\n\r\n")
            if end < 0:
                return
            head, self._is_open = bytes(buffer[:end]), True
            del buffer[: end + 4]
            if b" 101 " in head[:20]:
                self.opened.set_result(None)
            else:
                self.opened.set_exception(ConnectionError(head[:60].decode("latin1")))
        while len(buffer) >= 2:
            size, start = buffer[1] & 0x7F, 2
            if size == _LONG:
                if len(buffer) < 4:
                    return
                size, start = struct.unpack_from("!H", buffer, 2)[0], 4
            elif size == _LONGER:
                if len(buffer) < 10:
                    return
                size, start = struct.unpack_from("!Q", buffer, 2)[0], 10
            if len(buffer) < start + size:
                return
            payload, kind = bytes(buffer[start : start + size]), buffer[0]
            del buffer[: start + size]
            if kind == _TEXT:
                self._take(payload)
            elif kind == _CLOSE:
                self.closed_code = struct.unpack("!H", payload[:2])[0] if size >= 2 else 1005
                self.close()

    def send(self, payload: bytes) -> None:
        """Write one text frame."""
        assert self._transport is not None
        size = len(payload)
        if size < _LONG:
            head = struct.pack("!BB", _TEXT, _MASKED | size)
        elif size < 1 << 16:
            head = struct.pack("!BBH", _TEXT, _MASKED | _LONG, size)
        else:
            head = struct.pack("!BBQ", _TEXT, _MASKED | _LONGER, size)
        self._transport.write(head + _NO_MASK + payload)

    def close(self) -> None:
        """Drop the connection."""
        if self._transport is not None:
            self._transport.close()
