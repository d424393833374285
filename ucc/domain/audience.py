"""Structs of audiences: a saved selection of contacts, by a condition over what is known of them."""

from __future__ import annotations

from ucc.domain.conversation import Contact
from ucc.domain.people import Struct, Write
from ucc.domain.states import ContactField, ContactOp


class ContactTest(Struct, frozen=True, kw_only=True, tag="test"):
    """One statement about a contact; which `op` and which `value` go with a field, docs/audiences.md says."""

    field: ContactField
    op: ContactOp
    value: str | int | bool | None = None  # nothing with is_known and is_unknown
    key: str | None = None  # the name of the attribute; nothing with other fields


class AllTests(Struct, frozen=True, kw_only=True, tag="all_of"):
    """Every one of these."""

    of: list[ContactCondition]


class AnyTest(Struct, frozen=True, kw_only=True, tag="any_of"):
    """At least one of these."""

    of: list[ContactCondition]


ContactCondition = ContactTest | AllTests | AnyTest  # what contacts of an audience are, as a tree


class AudienceWrite(Write, frozen=True, kw_only=True):
    """An audience as written."""

    name: str
    condition: ContactCondition
    priority: int | None = None  # 0–9, given to work of its contacts that begins from now on; 9 is VIP


class Audience(AudienceWrite, frozen=True, kw_only=True):
    """A saved selection of contacts. Who is in it is looked up whenever somebody asks."""

    id: int


class AudienceCount(Struct, frozen=True, kw_only=True):
    """How many contacts are in an audience now."""

    id: int
    count: int


class PreviewWrite(Write, frozen=True, kw_only=True):
    """A condition to try; nothing is stored."""

    condition: ContactCondition


class AudiencePreview(Struct, frozen=True, kw_only=True):
    """How many contacts a condition holds for, and the first of them, latest change first."""

    count: int  # 10,000 means: at least as many
    contacts: list[Contact]  # at most 10
