"""Pure decisions about people: what a role may do, which password will do, how long a guesser waits."""

from __future__ import annotations

import ipaddress
import zoneinfo
from typing import NamedTuple

import msgspec

from ucc.domain.actor import ALL_PERMISSIONS, Permission
from ucc.domain.errors import BadInput
from ucc.domain.people import Handling
from ucc.domain.states import Medium, Role

PASSWORD_CHARACTERS_MIN = 12
PASSWORD_CHARACTERS_MAX = 200  # argon2 takes any length; a megabyte is an attack
EMAIL_CHARACTERS_MAX = 254
TEAM_CHARACTERS_MAX = 80
PREFERENCES_BYTES_MAX = 16_384
UNITS_MAX = 50  # of one medium in a capacity profile
WEIGHT_MAX = 100

SESSION_IDLE_MS = 12 * 3_600_000  # a session ends this long after its last request
SESSION_MS_MAX = 7 * 86_400_000  # and this long after the sign-in in any case
SESSION_SLIDE_MS = 60_000  # the row is touched at most this often
TICKET_MS = 30_000

FAILURE_WINDOW_MS = 15 * 60_000
ACCOUNT_FAILURES_MAX = 5
ADDRESS_FAILURES_MAX = 20  # a whole office may share one address
DELAY_MS = 1_000  # after the limit: 1 s, 2 s, 4 s … between attempts
DELAY_MS_MAX = 15 * 60_000

_AGENT = frozenset(
    permission.value
    for permission in (
        Permission.CONVERSATIONS_READ_OWN,
        Permission.CONVERSATIONS_REPLY,
        Permission.CONVERSATIONS_NOTE,
        Permission.CONVERSATIONS_TRANSFER,
        Permission.CONVERSATIONS_TAKE,
        Permission.CONTACTS_READ,
        Permission.CONTACTS_WRITE,
        Permission.CONTACTS_MERGE,
        Permission.PEOPLE_READ,
        Permission.PRESENCE_SET_OWN,
        Permission.QUEUES_READ,
    )
)
_SUPERVISOR = _AGENT | {
    permission.value
    for permission in (
        Permission.CONVERSATIONS_READ_ALL,
        Permission.CONVERSATIONS_REPLY_ANY,
        Permission.CONVERSATIONS_TAKE_OVER,
        Permission.CONTACTS_BLOCK,
        Permission.PRESENCE_SET_ANY,
        Permission.QUEUES_PAUSE,
        Permission.SETTINGS_READ,
        Permission.TEMPLATES_WRITE,
        Permission.REPORTS_READ,
    )
}
ROLES: dict[Role, frozenset[str]] = {
    Role.AGENT: _AGENT,
    Role.SUPERVISOR: _SUPERVISOR,
    Role.ADMIN: ALL_PERMISSIONS,
}
# What only makes sense for a person; an API key cannot be given it.
PERSONAL_PERMISSIONS = frozenset({Permission.PRESENCE_SET_OWN.value})


class Failures(NamedTuple):
    """Failed sign-ins of one account or one address."""

    number: int = 0
    last_at_ms: int = 0


def delay_ms(count: int, count_max: int) -> int:
    """Return how long after failure number `count` the next attempt has to wait."""
    over = count - count_max
    return 0 if over < 0 else min(DELAY_MS << min(over, 20), DELAY_MS_MAX)


def wait_ms(failures: Failures, count_max: int, now_ms: int) -> int:
    """Return how long an attempt has to wait now; 0 lets it through."""
    delay = delay_ms(failures.number, count_max)
    return max(0, failures.last_at_ms + delay - now_ms) if delay else 0


def count_failure(failures: Failures, count_max: int, now_ms: int) -> Failures:
    """Return the failures with one more; 15 quiet minutes (or twice the delay) forget the old ones."""
    quiet_ms = max(FAILURE_WINDOW_MS, 2 * delay_ms(failures.number, count_max))
    known = failures.number if now_ms - failures.last_at_ms < quiet_ms else 0
    return Failures(known + 1, now_ms)


def address_group(address: str) -> str:
    """Return what failures are counted by: an IPv4 address, or the /64 one IPv6 customer holds."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address[:64]
    if isinstance(parsed, ipaddress.IPv6Address):
        if parsed.ipv4_mapped is not None:
            return str(parsed.ipv4_mapped)
        return str(ipaddress.ip_network((parsed, 64), strict=False))
    return str(parsed)


def check_password(password: str, *, email: str, name: str) -> None:
    """Refuse a password that is too short, too long or just the person's own name or address.

    Raises:
        BadInput: says which rule it breaks.
    """
    if not PASSWORD_CHARACTERS_MIN <= len(password) <= PASSWORD_CHARACTERS_MAX:
        raise BadInput(
            f"the password has {len(password)} characters, allowed are "
            f"{PASSWORD_CHARACTERS_MIN} to {PASSWORD_CHARACTERS_MAX}",
            field="password",
        )
    known = {email.lower(), name.lower(), email.partition("@")[0].lower()}
    if len(set(password)) < 5 or password.lower() in known:
        raise BadInput("the password is too easy to guess", field="password")


def check_email(email: str) -> str:
    """Return the address as it is stored: trimmed, lower case.

    Raises:
        BadInput: it is no address.
    """
    stored = email.strip().lower()
    local, at, domain = stored.rpartition("@")
    is_plain = stored.isprintable() and not any(character.isspace() for character in stored)
    if not (at and local and "." in domain.strip(".") and is_plain and len(stored) <= EMAIL_CHARACTERS_MAX):
        raise BadInput(f"{email[:80]!r} is not an e-mail address", field="email")
    return stored


def check_name(name: str, *, characters_max: int = 200, field: str = "name") -> str:
    """Return the name without blanks around it.

    Raises:
        BadInput: it is empty, too long or has control characters.
    """
    stored = name.strip()
    if not (0 < len(stored) <= characters_max and stored.isprintable()):
        raise BadInput(
            f"{field} has 1 to {characters_max} printable characters, found {len(stored)}", field=field
        )
    return stored


def check_capacity(capacity: dict[str, int]) -> dict[str, int]:
    """Return a capacity profile whose media exist and whose units are within bounds.

    Raises:
        BadInput: a medium or a number is not allowed.
    """
    for medium, units in capacity.items():
        path = f"capacity.{medium[:20]}"
        if medium not in set(Medium):
            raise BadInput(f"{path} is no medium; allowed are {', '.join(Medium)}", field=path)
        if not 0 <= units <= UNITS_MAX:
            raise BadInput(f"{path} is {units}; allowed are 0 to {UNITS_MAX}", field=path)
    return capacity


def check_handling(handling: Handling) -> Handling:
    """Return how an agent's media go together, each interruptible medium once and never the call itself.

    Raises:
        BadInput: a medium or the weight is not allowed.
    """
    allowed = [medium for medium in Medium if medium is not Medium.VOICE]
    if wrong := [medium for medium in handling.interruptible if medium not in allowed]:
        raise BadInput(
            f"handling.interruptible names {wrong[0]}; allowed are {', '.join(allowed)}",
            field="handling.interruptible",
        )
    if not 1 <= handling.weight <= WEIGHT_MAX:
        raise BadInput(
            f"handling.weight is {handling.weight}; allowed are 1 to {WEIGHT_MAX}", field="handling.weight"
        )
    unique = [medium for medium in allowed if medium in handling.interruptible]
    return msgspec.structs.replace(handling, interruptible=unique)


def check_time_zone(name: str) -> str:
    """Return the name of a time zone that exists.

    Raises:
        BadInput: there is none of this name.
    """
    if name not in zoneinfo.available_timezones():
        raise BadInput(f"{name[:60]!r} is no time zone; give one like Asia/Shanghai", field="time_zone")
    return name


def check_team(team: str | None) -> str | None:
    """Return the team's name, None for none.

    Raises:
        BadInput: it is too long.
    """
    return (
        check_name(team, characters_max=TEAM_CHARACTERS_MAX, field="team") if team and team.strip() else None
    )


def check_preferences(theme: str | None, preferences: dict[str, object] | None) -> None:
    """Refuse a theme that does not exist and preferences that are too large.

    Raises:
        BadInput: says which.
    """
    if theme not in (None, "system", "light", "dark"):
        raise BadInput(f"theme is system, light or dark, found {theme[:40]!r}", field="theme")
    if preferences is not None and (size := len(msgspec.json.encode(preferences))) > PREFERENCES_BYTES_MAX:
        raise BadInput(f"preferences have {size} bytes, limit {PREFERENCES_BYTES_MAX}", field="preferences")


def check_scopes(scopes: list[str], allowed: frozenset[str]) -> list[str]:
    """Return the scopes of a key, sorted: known permissions its maker holds.

    Raises:
        BadInput: none, unknown, personal or beyond the maker's own.
    """
    if wrong := sorted(set(scopes) - (allowed - PERSONAL_PERMISSIONS)):
        raise BadInput(f"not yours to give or not known: {', '.join(wrong)[:300]}", field="scopes")
    if not scopes:
        raise BadInput("a key needs at least one scope", field="scopes")
    return sorted(set(scopes))


def audit_hash_input(previous_hash: bytes, line: tuple[object, ...]) -> bytes:
    """Return the bytes whose SHA-256 chains a line of the audit to the one before."""
    return previous_hash + msgspec.json.encode(line, order="sorted")
