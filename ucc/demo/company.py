"""The demo tenant as data: company.toml and stories.toml, read into Structs."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any, Literal

import msgspec

from ucc.domain.audience import AudienceWrite
from ucc.domain.states import Locale, Role

_HERE = Path(__file__).parent


class Person(msgspec.Struct, frozen=True, kw_only=True):
    """A user with skill levels by name."""

    email: str
    name: str
    role: Role
    team: str
    locale: Locale = Locale.EN
    capacity: dict[str, int] = {}
    levels: dict[str, int] = {}


class Skill(msgspec.Struct, frozen=True, kw_only=True):
    """A skill."""

    name: str
    category: str
    locale: Locale | None = None


class SlaPolicy(msgspec.Struct, frozen=True, kw_only=True):
    """An SLA policy."""

    name: str
    answer_s: int
    answer_percent: int
    next_response_s: int
    resolution_s: int | None = None


class Hours(msgspec.Struct, frozen=True, kw_only=True):
    """Opening hours; holidays are looked up for the year of the seeding and the next."""

    name: str
    week: dict[str, list[tuple[str, str]]]
    has_holidays: bool = False


class Queue(msgspec.Struct, frozen=True, kw_only=True):
    """A queue; what it points to is named."""

    name: str
    hours: str
    sla_policy: str
    requirement: dict[str, int]
    wrap_up_s: int = 60
    overflow_after_s: int | None = None
    overflow: str | None = None


class Tag(msgspec.Struct, frozen=True, kw_only=True):
    """A tag."""

    name: str
    hue: int


class Disposition(msgspec.Struct, frozen=True, kw_only=True):
    """An outcome code."""

    name: str


class Template(msgspec.Struct, frozen=True, kw_only=True):
    """A canned text."""

    name: str
    shortcut: str
    locale: Locale
    text: str


class Contact(msgspec.Struct, frozen=True, kw_only=True):
    """A contact; owner and tags are named."""

    name: str
    locale: str
    email: str | None = None
    phone: str | None = None
    is_vip: bool = False
    owner: str | None = None
    note: str = ""
    tags: list[str] = []
    attributes: dict[str, str] = {}


class Company(msgspec.Struct, frozen=True, kw_only=True):
    """Everything of the tenant but its conversations."""

    name: str
    slug: str
    time_zone: str
    password: str
    inbox_key: str
    skills: list[Skill]
    people: list[Person]
    sla_policies: list[SlaPolicy]
    hours: list[Hours]
    queues: list[Queue]
    tags: list[Tag]
    dispositions: list[Disposition]
    templates: list[Template]
    contacts: list[Contact]
    audiences: list[AudienceWrite]


class Story(msgspec.Struct, frozen=True, kw_only=True):
    """A conversation as it really goes."""

    topic: str
    language: str
    queue: str
    page: str
    disposition: str
    lines: list[tuple[Literal["c", "a", "n"], str]]  # contact, agent, note
    tags: list[str] = []
    stars: int | None = None


def read_company() -> Company:
    """Return the demo tenant."""
    return msgspec.convert(_read("company.toml"), Company)


def read_stories() -> list[Story]:
    """Return the stories of its conversations."""
    return msgspec.convert(_read("stories.toml")["stories"], list[Story])


def _read(name: str) -> dict[str, Any]:
    return tomllib.loads((_HERE / name).read_text(encoding="utf8"))
