"""Every error that leaves the door as one problem document (RFC 9457): what rule, what was found."""

from __future__ import annotations

import re
from http import HTTPStatus
from typing import Any

import asyncpg
import msgspec
from litestar import Request, Response
from litestar.exceptions import (
    HTTPException,
    InternalServerException,
    SerializationException,
    ValidationException,
)
from litestar.types import ExceptionHandlersMap

from ucc.domain.errors import NotSignedIn, TooMany, UccError, Unavailable
from ucc.kit import log

MEDIA_TYPE = "application/problem+json"
RETRY_AFTER_S = 2

_logger = log.get("web")


class Problem(msgspec.Struct, frozen=True, kw_only=True):
    """Why a request was not carried out. `code` is for programs, `detail` for people."""

    type: str  # a page that explains the code
    title: str
    status: int
    code: str
    detail: str
    found: dict[str, Any] = {}


def problem_of(
    status: int, code: str, title: str, detail: str, found: dict[str, Any] | None = None
) -> Problem:
    """Return the document for one error."""
    return Problem(
        type=f"/docs#{code}", title=title, status=status, code=code, detail=detail, found=found or {}
    )


def response_of(problem: Problem, headers: dict[str, str] | None = None) -> Response[Problem]:
    """Return the response that carries `problem`."""
    return Response(problem, status_code=problem.status, media_type=MEDIA_TYPE, headers=headers)


def _refuse(request: Request[Any, Any, Any], error: UccError) -> Response[Problem]:
    title = (type(error).__doc__ or error.code).strip().split("\n")[0]
    headers = {}
    if isinstance(error, Unavailable | TooMany):
        headers["Retry-After"] = str(error.found.get("retry_after_s", RETRY_AFTER_S))
    if isinstance(error, NotSignedIn):
        headers["WWW-Authenticate"] = "Bearer"
    return response_of(problem_of(error.status, error.code, title, error.detail, error.found), headers)


def _refuse_input(request: Request[Any, Any, Any], error: ValidationException) -> Response[Problem]:
    """Name the fields that do not fit."""
    fields = {}
    for item in error.extra if isinstance(error.extra, list) else []:
        if isinstance(item, dict):
            fields[str(item.get("key", "body"))] = str(item.get("message", ""))
    detail = "; ".join(f"{key}: {message}" for key, message in fields.items()) or _sentence(error)
    title = "A field has a value that is not allowed."
    return response_of(problem_of(422, "bad_input", title, detail, fields))


def _refuse_value(request: Request[Any, Any, Any], error: asyncpg.DataError) -> Response[Problem]:
    """Refuse what no column can hold: an id beyond 64 bits, a NUL in a text."""
    detail = "a number is out of range or a text has a character that cannot be stored"
    return response_of(problem_of(422, "bad_input", "A field has a value that is not allowed.", detail))


def _refuse_text(request: Request[Any, Any, Any], error: SerializationException) -> Response[Problem]:
    return response_of(problem_of(400, "bad_json", "The body cannot be read.", _sentence(error)))


def _refuse_http(request: Request[Any, Any, Any], error: HTTPException) -> Response[Problem]:
    """Turn the framework's own refusals (no such path, method, media type, body too large) into ours."""
    if isinstance(error, InternalServerException) or error.status_code >= 500:
        return _alarm(request, error)
    phrase = HTTPStatus(error.status_code).phrase
    code = _CODES.get(error.status_code) or re.sub(r"[^a-z]+", "_", phrase.lower())
    if isinstance(error.__cause__, SerializationException | msgspec.MsgspecError):
        code = "bad_json"
    headers = dict(error.headers or {})
    return response_of(problem_of(error.status_code, code, f"{phrase}.", _sentence(error)), headers)


def _alarm(request: Request[Any, Any, Any], error: Exception) -> Response[Problem]:
    """Log a bug of ours with its place, tell the caller nothing about it."""
    _logger.error("request failed", method=request.method, path=request.url.path, exc_info=error)
    return response_of(problem_of(500, "bug", "This is our fault.", "The error was noted; try again later."))


_CODES = {400: "bad_request", 401: "not_signed_in", 403: "not_allowed", 404: "not_found", 413: "too_large"}


def _sentence(error: Exception) -> str:
    detail = getattr(error, "detail", "") or str(error)
    return re.sub(r"^\d{3}: ", "", detail)


exception_handlers: ExceptionHandlersMap = {
    UccError: _refuse,
    ValidationException: _refuse_input,
    asyncpg.DataError: _refuse_value,
    SerializationException: _refuse_text,
    HTTPException: _refuse_http,
    Exception: _alarm,
}
