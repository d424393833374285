"""Pure decisions about contacts: what may be written, how they are searched, what a merge keeps."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import msgspec
from msgspec import UNSET

from ucc.domain.conversation import ContactWrite
from ucc.domain.errors import BadInput
from ucc.domain.people import Struct
from ucc.kit import text

NAME_CHARACTERS_MAX = 200
EMAIL_CHARACTERS_MAX = 254
PHONE_DIGITS_MIN, PHONE_DIGITS_MAX = 3, 20
LOCALE_CHARACTERS_MAX = 35
NOTE_CHARACTERS_MAX = 10_000
ATTRIBUTES_MAX = 50
KEY_CHARACTERS_MAX = 60
VALUE_CHARACTERS_MAX = 1_000
TAGS_MAX = 50
SEARCH_WORDS_MAX = 8
EXTERNAL_CHARACTERS_MAX = 255

_EMAIL = re.compile(r"[^\s@\x00-\x1f]+@[^\s@\x00-\x1f]+\.[^\s@\x00-\x1f.]+")
_PHONE = re.compile(r"\+?[0-9 ().\-/]+")
_UNPROVEN = "~"  # stands before the external id of an identity nobody proved


class Card(Struct, frozen=True, kw_only=True):
    """What is known about a contact, without identities and tags."""

    name: str = ""
    email: str | None = None
    phone: str | None = None
    locale: str | None = None
    is_vip: bool = False
    owner_id: int | None = None
    attributes: dict[str, str] = {}
    note: str = ""


def external_key(external_id: str, *, is_verified: bool) -> str:
    """Return what an identity is stored under. A claim and a proof of the same id never meet.

    Raises:
        BadInput: the id is empty or too long.
    """
    is_plain = external_id.isprintable() and not external_id.startswith(_UNPROVEN)
    if not (is_plain and 0 < len(external_id) <= EXTERNAL_CHARACTERS_MAX):
        raise BadInput(
            f"an identity has 1 to {EXTERNAL_CHARACTERS_MAX} printable characters", field="user_id"
        )
    return external_id if is_verified else _UNPROVEN + external_id


def external_id_of(key: str, *, is_verified: bool) -> str:
    """Return the provider's own id of a stored key."""
    return key if is_verified else key.removeprefix(_UNPROVEN)


def claimed(name: str | None, email: str | None, phone: str | None, locale: str | None) -> Card:
    """Return what a visitor says about themselves; what cannot be is left out rather than refused."""
    return Card(
        name=_printable(name or "")[:NAME_CHARACTERS_MAX],
        email=_email_or_none(email),
        phone=_phone_or_none(phone),
        locale=(locale or "")[:LOCALE_CHARACTERS_MAX] or None,
    )


def completed(card: Card, told: Card) -> Card:
    """Return the card with its empty fields filled; what an agent wrote stays."""
    return msgspec.structs.replace(
        card,
        name=card.name or told.name,
        email=card.email or told.email,
        phone=card.phone or told.phone,
        locale=card.locale or told.locale,
    )


def written(card: Card, write: ContactWrite) -> Card:
    """Return the card with the given fields, each checked.

    Raises:
        BadInput: a field is not allowed.
    """
    changes: dict[str, Any] = {}
    for field in Card.__struct_fields__:
        value = getattr(write, field)
        if value is not UNSET:
            changes[field] = _CHECKS[field](value) if field in _CHECKS else value
    return msgspec.structs.replace(card, **changes)


def merged(kept: Card, other: Card) -> Card:
    """Return the kept card with what only the other one knew."""
    notes = [note for note in (kept.note, other.note) if note]
    return msgspec.structs.replace(
        completed(kept, other),
        is_vip=kept.is_vip or other.is_vip,
        owner_id=kept.owner_id or other.owner_id,
        attributes={**other.attributes, **kept.attributes},
        note="\n\n".join(dict.fromkeys(notes))[:NOTE_CHARACTERS_MAX],
    )


def unmerged(now: Card, before: Card, after: Card) -> Card:
    """Return the card with the merge taken back: what was changed since then stays."""
    fields = {
        field: getattr(before, field) if getattr(now, field) == getattr(after, field) else getattr(now, field)
        for field in Card.__struct_fields__
    }
    return Card(**fields)


def terms(card: Card) -> list[str]:
    """Return the search terms of a contact."""
    parts = [card.name, card.email or "", card.phone or "", *card.attributes.values(), card.note]
    return text.search_terms(" ".join(parts))


def patterns(query: str) -> list[str]:
    """Return one ILIKE pattern a word of the query; a contact has to match all."""
    return [text.like_pattern(word) for word in query.split()[:SEARCH_WORDS_MAX]]


def _check_name(name: str) -> str:
    stored = name.strip()
    if len(stored) > NAME_CHARACTERS_MAX or stored != _printable(stored):
        raise BadInput(
            f"a name has up to {NAME_CHARACTERS_MAX} printable characters, found {len(stored)}", field="name"
        )
    return stored


def _check_email(email: str | None) -> str | None:
    if email is None or not email.strip():
        return None
    if (stored := _email_or_none(email)) is None:
        raise BadInput(f"{email[:80]!r} is not an e-mail address", field="email")
    return stored


def _check_phone(phone: str | None) -> str | None:
    if phone is None or not phone.strip():
        return None
    if (stored := _phone_or_none(phone)) is None:
        raise BadInput(f"{phone[:40]!r} is not a telephone number", field="phone")
    return stored


def _check_locale(locale: str | None) -> str | None:
    if locale is not None and not re.fullmatch(r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8}){0,3}", locale):
        raise BadInput(f"{locale[:40]!r} is not a language tag like zh-CN", field="locale")
    return locale


def _check_attributes(attributes: dict[str, str]) -> dict[str, str]:
    if len(attributes) > ATTRIBUTES_MAX:
        raise BadInput(f"{len(attributes)} attributes, limit {ATTRIBUTES_MAX}", field="attributes")
    for key, value in attributes.items():
        if not (0 < len(key) <= KEY_CHARACTERS_MAX and key.isprintable()):
            raise BadInput(
                f"an attribute's name has 1 to {KEY_CHARACTERS_MAX} characters", field="attributes"
            )
        if len(value) > VALUE_CHARACTERS_MAX or "\x00" in value:
            raise BadInput(
                f"attribute {key!r} has {len(value)} characters, limit {VALUE_CHARACTERS_MAX}",
                field="attributes",
            )
    return attributes


def _check_note(note: str) -> str:
    if len(note) > NOTE_CHARACTERS_MAX or "\x00" in note:
        raise BadInput(f"the note has {len(note)} characters, limit {NOTE_CHARACTERS_MAX}", field="note")
    return note


def check_tags(tag_ids: list[int]) -> list[int]:
    """Return the tags, each once.

    Raises:
        BadInput: too many.
    """
    if len(tag_ids) > TAGS_MAX:
        raise BadInput(f"{len(tag_ids)} tags, limit {TAGS_MAX}", field="tag_ids")
    return sorted(set(tag_ids))


def _email_or_none(email: str | None) -> str | None:
    stored = (email or "").strip().lower()
    return stored if len(stored) <= EMAIL_CHARACTERS_MAX and _EMAIL.fullmatch(stored) else None


def _phone_or_none(phone: str | None) -> str | None:
    """Return digits with the leading + kept, so that two spellings of a number are equal."""
    stored = text.normalise(phone or "").strip()
    digits = re.sub(r"\D", "", stored)
    if not _PHONE.fullmatch(stored) or not PHONE_DIGITS_MIN <= len(digits) <= PHONE_DIGITS_MAX:
        return None
    return ("+" if stored.startswith("+") else "") + digits


def _printable(name: str) -> str:
    return "".join(character for character in name if character.isprintable()).strip()


_CHECKS: dict[str, Callable[[Any], Any]] = {
    "name": _check_name, "email": _check_email, "phone": _check_phone, "locale": _check_locale,
    "attributes": _check_attributes, "note": _check_note,
}  # fmt: skip
