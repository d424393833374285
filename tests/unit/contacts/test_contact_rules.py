"""What a contact's fields may be, and what a merge keeps."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ucc.contacts import rules
from ucc.contacts.rules import Card
from ucc.domain.conversation import ContactWrite
from ucc.domain.errors import BadInput

CARDS = st.builds(
    Card,
    name=st.sampled_from(["", "Mei Tan", "李娜"]),
    email=st.sampled_from([None, "mei@example.com", "li@example.com"]),
    phone=st.sampled_from([None, "+6591234567"]),
    locale=st.sampled_from([None, "en", "zh-CN"]),
    is_vip=st.booleans(),
    owner_id=st.sampled_from([None, 1, 2]),
    attributes=st.dictionaries(st.sampled_from(["plan", "city"]), st.sampled_from(["a", "b"])),
    note=st.sampled_from(["", "likes tea", "已付款"]),
)


def test_only_given_fields_change():
    card = Card(name="Mei", email="mei@example.com", note="likes tea")
    changed = rules.written(card, ContactWrite(name="  Mei Tan ", email=None))
    assert changed == Card(name="Mei Tan", email=None, note="likes tea")


@pytest.mark.parametrize("phone", ["+65 9123 4567", "+65-9123-4567", "+65 (9123) 4567", "＋65 9123 4567"])
def test_spellings_of_a_number_are_one(phone: str):
    assert rules.written(Card(), ContactWrite(phone=phone)).phone == "+6591234567"


@pytest.mark.parametrize(
    "write",
    [
        ContactWrite(name="x" * 201),
        ContactWrite(name="a\x00b"),
        ContactWrite(email="nobody"),
        ContactWrite(email="a@b"),
        ContactWrite(phone="call me"),
        ContactWrite(phone="12"),
        ContactWrite(locale="chinese please"),
        ContactWrite(attributes={"": "x"}),
        ContactWrite(attributes={"k": "x" * 1001}),
        ContactWrite(attributes={f"k{number}": "x" for number in range(51)}),
        ContactWrite(note="x" * 10_001),
    ],
)
def test_what_is_not_allowed_is_refused_with_the_rule(write: ContactWrite):
    with pytest.raises(BadInput):
        rules.written(Card(), write)


def test_what_a_visitor_says_is_cleaned_not_refused():
    told = rules.claimed(" Mei\u202e\x00 Tan ", "not an address", "hotline", "x" * 99)
    assert told.name == "Mei Tan"
    assert (told.email, told.phone) == (None, None)
    assert len(told.locale or "") == rules.LOCALE_CHARACTERS_MAX


@given(CARDS, CARDS)
def test_what_a_visitor_says_never_overwrites(card: Card, told: Card):
    after = rules.completed(card, told)
    for field in ("name", "email", "phone", "locale"):
        assert getattr(after, field) == (getattr(card, field) or getattr(told, field))


def test_a_claim_and_a_proof_of_one_id_never_meet():
    proof = rules.external_key("user:7", is_verified=True)
    claim = rules.external_key("user:7", is_verified=False)
    assert proof != claim
    assert rules.external_id_of(proof, is_verified=True) == rules.external_id_of(claim, is_verified=False)
    with pytest.raises(BadInput):
        rules.external_key(claim, is_verified=True)


@given(CARDS, CARDS)
def test_a_merge_loses_nothing_the_kept_one_knew(kept: Card, other: Card):
    after = rules.merged(kept, other)
    assert after.attributes == {**other.attributes, **kept.attributes}
    assert kept.note in after.note
    assert other.note in after.note
    assert after.is_vip == (kept.is_vip or other.is_vip)
    assert after.name == (kept.name or other.name)


@given(CARDS, CARDS)
def test_a_merge_taken_back_leaves_what_was_before(kept: Card, other: Card):
    after = rules.merged(kept, other)
    assert rules.unmerged(after, kept, after) == kept


@given(CARDS, CARDS)
def test_taking_back_keeps_what_was_changed_since(kept: Card, other: Card):
    after = rules.merged(kept, other)
    edited = msgspec.structs.replace(after, name="Edited since")
    assert rules.unmerged(edited, kept, after).name == "Edited since"


def test_every_word_of_a_search_has_a_pattern_of_its_own():
    assert rules.patterns("李娜 50%") == ["%李娜%", r"%50\%%"]
