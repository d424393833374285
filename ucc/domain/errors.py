"""The two errors that are nobody's bug: a refusal and an outside failure. A bug is an assertion."""

from __future__ import annotations


class UccError(Exception):
    """The request cannot be carried out."""

    code = "refused"
    status = 400

    def __init__(self, detail: str | None = None, **found: object) -> None:
        """Say which rule was broken and what was found; `found` lands in the problem document."""
        super().__init__(detail or type(self).__doc__ or self.code)
        self.detail = str(self)
        self.found = found


class BadInput(UccError):
    """A field has a value that is not allowed."""

    code = "bad_input"
    status = 422


class NotSignedIn(UccError):
    """This needs a signed-in user or a valid token."""

    code = "not_signed_in"
    status = 401


class NotAllowed(UccError):
    """The signed-in user lacks the permission."""

    code = "not_allowed"
    status = 403


class NotFound(UccError):
    """There is no such thing in this tenant."""

    code = "not_found"
    status = 404


class Conflict(UccError):
    """The state of the thing does not allow this now."""

    code = "conflict"
    status = 409


class TooLarge(UccError):
    """The content is larger than the limit."""

    code = "too_large"
    status = 413


class TooMany(UccError):
    """Too many requests in too short a time."""

    code = "too_many"
    status = 429


class Unavailable(UccError):
    """A part this needs does not answer now; try again."""

    code = "unavailable"
    status = 503


class SendError(Exception):
    """A provider or the network refused; `retry` says whether the same message may work later."""

    def __init__(self, reason: str, *, retry: bool) -> None:
        """Keep the provider's sentence as `reason`."""
        super().__init__(reason)
        self.reason = reason
        self.retry = retry
