"""Repeated writes: the same Idempotency-Key with the same body gives the first answer again, for a day.

The claim is committed before the handler runs and the answer after it. What makes something (a POST with 201)
marks its claim in the transaction that makes it (ucc.web.claims): when a node dies in between, a repeat knows
whether that was committed. It is carried out then if it was not, and told so if it was; never twice. Every
other write comes to the same when it is carried out again (docs/decisions/0005-repeated-writes.md).
"""

from __future__ import annotations

import hashlib
import secrets
from pathlib import Path
from typing import Any

from litestar.types import ASGIApp, HTTPReceiveMessage, Message, Receive, Scope, Send

from ucc.domain.actor import Actor
from ucc.domain.errors import BadInput, Conflict, TooLarge
from ucc.kit import sql
from ucc.kit.clock import now_ms
from ucc.kit.db import Database
from ucc.web.claims import Claim, holding

HEADER = b"idempotency-key"
KEY_CHARACTERS_MAX = 200
BODY_BYTES_MAX = 12 * 1024 * 1024  # of an upload, the largest body there is
ANSWER_BYTES_MAX = 256 * 1024  # a larger answer is not kept, its write is not repeatable
KEPT_MS = 86_400_000
STALE_MS = 30_000  # an attempt without an answer for so long is dead, or too late to commit anything
SWEEP_MS = 3_600_000
RUNNING_RETRY_S = 1
LOST = 0  # the status of an answer nobody has

_NOT_FINAL = frozenset({401, 403, 408, 409, 413, 425, 429})  # the same request may well succeed later

_queries = sql.load(Path(__file__).with_name("queries.sql"))


class AnswerLost(Conflict):
    """The request with this Idempotency-Key was carried out; its answer cannot be given again."""

    code = "answer_lost"


class Repeats:
    """Claims keys, replays answers."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._swept_ms: dict[int, int] = {}

    async def handle(
        self,
        actor: Actor,
        scope: Scope,
        receive: Receive,
        send: Send,
        next_app: ASGIApp,
        *,
        makes: bool,
        tells_secret: bool,
    ) -> None:
        """Run the handler once for its key; without a key simply run it.

        `makes`: it makes something, which must not be there twice whatever happens. `tells_secret`: its
        answer holds what is told once and is not kept.

        Raises:
            BadInput: the key was used for another request.
            Conflict: the first request with this key still runs.
            AnswerLost: it was carried out, and its answer was lost with a node or is told once.
        """
        header = next((value for name, value in scope["headers"] if name == HEADER), None)
        if header is None or (tells_secret and not makes):  # a fresh secret instead of an old one
            await next_app(scope, receive, send)
            return
        body = await _read(receive)
        method = scope.get("method")
        key = f"{actor.principal}:{method}:{scope['path']}:{_checked(header)}"
        request_hash = _hash(scope, body)
        await self._sweep(actor.tenant_id)
        claim = Claim(actor.tenant_id, key, secrets.randbits(62) + 1)
        if not await self._claim(claim, request_hash):
            await self._replay(actor.tenant_id, key, request_hash, send)
            return
        answer = _Answer(send)
        try:
            with holding(claim if makes else None):
                await next_app(scope, _once(body, receive), answer.take)
        finally:
            await self._keep(claim, answer, tells_secret=tells_secret)
        await answer.flush()

    async def _claim(self, claim: Claim, request_hash: bytes) -> bool:
        at_ms = now_ms()
        async with self._database.tenant(claim.tenant_id) as conn:
            claimed = await _queries.claim_key(
                conn,
                tenant_id=claim.tenant_id,
                key=claim.key,
                attempt=claim.attempt,
                request_hash=request_hash,
                now_ms=at_ms,
                forgotten_ms=at_ms - KEPT_MS,
                stale_ms=at_ms - STALE_MS,
            )
        return bool(claimed)

    async def _replay(self, tenant_id: int, key: str, request_hash: bytes, send: Send) -> None:
        async with self._database.tenant(tenant_id) as conn:
            row = await _queries.read_claim(conn, tenant_id=tenant_id, key=key)
        if row is not None and row["request_hash"] != request_hash:
            raise BadInput("this Idempotency-Key was used for another request", header="Idempotency-Key")
        is_late = row is not None and row["at_ms"] < now_ms() - STALE_MS
        if row is not None and (row["status"] == LOST or (row["is_carried_out"] and is_late)):
            raise AnswerLost(
                "this was carried out once, and its answer cannot be given again; read what it made"
            )
        if row is None or row["status"] is None:
            raise Conflict(
                "the first request with this Idempotency-Key still runs", retry_after_s=RUNNING_RETRY_S
            )
        headers = [(b"idempotent-replayed", b"true"), (b"content-length", str(len(row["answer"])).encode())]
        if row["content_type"]:
            headers.append((b"content-type", row["content_type"].encode("latin1")))
        await send({"type": "http.response.start", "status": row["status"], "headers": headers})
        await send({"type": "http.response.body", "body": row["answer"], "more_body": False})

    async def _keep(self, claim: Claim, answer: _Answer, *, tells_secret: bool) -> None:
        place = {"tenant_id": claim.tenant_id, "key": claim.key, "attempt": claim.attempt}
        async with self._database.tenant(claim.tenant_id) as conn:
            if answer.is_final:
                is_told_once = tells_secret and answer.status < 300
                await _queries.store_answer(
                    conn,
                    **place,
                    status=LOST if is_told_once else answer.status,
                    content_type=answer.content_type,
                    answer=b"" if is_told_once else bytes(answer.body),
                )
            else:
                await _queries.drop_claim(conn, **place, is_refused=400 <= answer.status < 500)
                await _queries.lose_answer(conn, **place)

    async def _sweep(self, tenant_id: int) -> None:
        """Forget old answers of a tenant, at most once an hour, when it is here anyway."""
        at_ms = now_ms()
        if at_ms - self._swept_ms.get(tenant_id, 0) < SWEEP_MS:
            return
        self._swept_ms[tenant_id] = at_ms
        async with self._database.tenant(tenant_id) as conn:
            await _queries.forget_answers(conn, tenant_id=tenant_id, before_ms=at_ms - KEPT_MS)


class _Answer:
    """Holds an answer back until it is kept, so that a repeat right after it finds it; a large one passes."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self._held: list[Message] = []
        self.status = 0
        self.content_type: str | None = None
        self.body = bytearray()
        self._is_whole = False
        self._is_large = False

    @property
    def is_final(self) -> bool:
        """Say whether a repeat should get this answer."""
        is_kept = self._is_whole and not self._is_large
        return is_kept and 200 <= self.status < 500 and self.status not in _NOT_FINAL

    async def take(self, message: Message) -> None:
        """Remember the message; pass it on at once when the answer is too large to keep."""
        self._held.append(message)
        if message["type"] == "http.response.start":
            self.status = message["status"]
            headers = {name.lower(): value for name, value in message["headers"]}
            self.content_type = headers.get(b"content-type", b"").decode("latin1") or None
        elif message["type"] == "http.response.body":
            self._is_whole = not message.get("more_body", False)
            if not self._is_large:
                self.body += message.get("body", b"")
        if self._is_large or len(self.body) > ANSWER_BYTES_MAX:
            self._is_large = True
            await self.flush()

    async def flush(self) -> None:
        """Pass on what is held."""
        held, self._held = self._held, []
        for message in held:
            await self._send(message)


def _checked(header: bytes) -> str:
    key = header.decode("latin1").strip()
    if not (0 < len(key) <= KEY_CHARACTERS_MAX and key.isascii() and key.isprintable()):
        raise BadInput(
            f"an Idempotency-Key has 1 to {KEY_CHARACTERS_MAX} printable ASCII characters",
            header="Idempotency-Key",
        )
    return key


def _hash(scope: Scope, body: bytes) -> bytes:
    """Return what makes two requests the same; a form's random boundary does not count."""
    content_type = next((value for name, value in scope["headers"] if name == b"content-type"), b"")
    media_type, _, rest = content_type.partition(b";")
    boundary = rest.partition(b"boundary=")[2].strip(b'" ')
    if media_type.strip().lower() == b"multipart/form-data" and boundary:
        body = body.replace(boundary, b"boundary")
    return hashlib.sha256(scope["query_string"] + b"\n" + media_type + b"\n" + body).digest()


async def _read(receive: Receive) -> bytes:
    """Return the whole body.

    Raises:
        TooLarge: it is larger than any we take.
    """
    parts = bytearray()
    while True:
        message = await receive()
        if message["type"] != "http.request":
            return bytes(parts)
        parts += message.get("body", b"")
        if len(parts) > BODY_BYTES_MAX:
            raise TooLarge(f"the body is larger than {BODY_BYTES_MAX} bytes")
        if not message.get("more_body", False):
            return bytes(parts)


def _once(body: bytes, receive: Receive) -> Receive:
    """Return a receive that gives the body read before, then what comes after it."""
    given: list[HTTPReceiveMessage] = [{"type": "http.request", "body": body, "more_body": False}]

    async def receive_on() -> Any:
        return given.pop() if given else await receive()

    return receive_on
