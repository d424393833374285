"""Conditions of audiences: which tests are refused, in which words, and what they are compiled to."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from ucc.contacts.conditions import OPS, check_test, compiled, list_tests
from ucc.domain.audience import AllTests, AnyTest, ContactCondition, ContactTest
from ucc.domain.errors import BadInput
from ucc.domain.states import ContactField as Field
from ucc.domain.states import ContactOp as Op

VIP = ContactTest(field=Field.IS_VIP, op=Op.IS, value=True)


def check(condition: ContactCondition) -> None:
    for path, test in list_tests(condition):
        check_test(test, path)


def refusal(condition: ContactCondition) -> str:
    """Return the words a condition is refused with."""
    with pytest.raises(BadInput) as found:
        check(condition)
    assert str(found.value.found["field"]) in found.value.detail
    return found.value.detail


@pytest.mark.parametrize(
    ("field", "op", "value", "told"),
    [
        (Field.IS_VIP, Op.CONTAINS, "a", "condition.op is 'contains'; allowed are is"),
        (Field.CREATED, Op.IS, 3, "condition.op is 'is'; allowed are within_days, not_within_days"),
        (Field.IS_VIP, Op.IS, 1, "condition.value is 1; allowed are true, false"),
        (Field.IS_BLOCKED, Op.IS, None, "condition.value is None; allowed are true, false"),
        (Field.CREATED, Op.WITHIN_DAYS, 0, "condition.value is 0; allowed are 1 to 3650 days"),
        (Field.CREATED, Op.WITHIN_DAYS, True, "condition.value is True; allowed are 1 to 3650 days"),
        (Field.CONVERSATIONS, Op.AT_LEAST, 0, "condition.value is 0; allowed are 1 to 1000"),
        (Field.CONVERSATIONS, Op.AT_MOST, "3", "condition.value is '3'; allowed are 0 to 1000"),
        (Field.CHANNEL, Op.IS, "fax", "condition.value is 'fax'; allowed are webchat"),
        (Field.TAG, Op.IS, "old", f"condition.value is 'old'; allowed are 0 to {2**53}: the id of a tag"),
        (Field.OWNER, Op.IS_KNOWN, 3, "condition.value is 3; allowed are none: is_known says it all"),
        (Field.NAME, Op.IS, "  ", "condition.value is '  '; allowed are 1 to 200 printable characters"),
        (Field.NAME, Op.IS, 7, "condition.value is 7; allowed are 1 to 200 printable characters"),
        (Field.NAME, Op.IS, "a\nb", "condition.value is 'a\\nb'; allowed are 1 to 200 printable characters"),
        (Field.PHONE, Op.IS, "home", "condition.value is 'home'; allowed are 1 to 200 digits of a number"),
    ],
)
def test_a_test_that_says_nothing_is_refused(field: Field, op: Op, value: Any, told: str) -> None:
    assert refusal(ContactTest(field=field, op=op, value=value)) == told


def test_only_an_attribute_has_a_key() -> None:
    lacking = ContactTest(field=Field.ATTRIBUTE, op=Op.IS_KNOWN)
    assert (
        refusal(lacking) == "condition.key is None; allowed are the name of an attribute, 1 to 60 characters"
    )
    extra = ContactTest(field=Field.NAME, op=Op.IS_KNOWN, key="plan")
    assert refusal(extra) == "condition.key is 'plan'; allowed are none: only an attribute has one"


def test_a_refusal_names_the_path_in_the_tree() -> None:
    bad = ContactTest(field=Field.NAME, op=Op.AT_LEAST, value=3)
    told = refusal(AllTests(of=[VIP, AnyTest(of=[VIP, bad])]))
    assert told.startswith("condition.of[1].of[1].op is 'at_least'; allowed are is, is_not, contains, ")


def test_groups_are_bounded_and_never_empty() -> None:
    assert refusal(AllTests(of=[])) == "condition.of has 0 parts; allowed are 1 to 32"
    assert (
        refusal(AnyTest(of=[VIP, AllTests(of=[])])) == "condition.of[1].of has 0 parts; allowed are 1 to 32"
    )
    assert refusal(AnyTest(of=[VIP] * 32)) == "condition has more than 32 parts, the limit"
    assert list(list_tests(AnyTest(of=[VIP] * 31)))[-1] == ("condition.of[30]", VIP)
    deep: ContactCondition = VIP
    for _ in range(4):
        deep = AllTests(of=[deep])
    assert refusal(deep) == "condition.of[0].of[0].of[0].of[0] is 5 levels deep; allowed are 4"


def test_what_a_caller_gives_is_a_value_and_never_sql() -> None:
    evil = "x') OR true --"
    texts = [
        op for op in OPS[Field.ATTRIBUTE] if op not in (Op.AT_LEAST, Op.AT_MOST, Op.IS_KNOWN, Op.IS_UNKNOWN)
    ]
    condition = AnyTest(of=[ContactTest(field=Field.ATTRIBUTE, op=op, key=evil, value=evil) for op in texts])
    part = compiled(condition, 0)
    assert evil not in part.text
    assert set(part.values) == {evil}
    assert f"${len(part.values)}" in part.text
    assert f"${len(part.values) + 1}" not in part.text


@pytest.mark.parametrize("field", Field)
def test_every_field_and_operator_compiles(field: Field) -> None:
    for op in OPS[field]:
        whole = field in (Field.CREATED, Field.LAST_MESSAGE, Field.CONVERSATIONS) or op in (
            Op.AT_LEAST,
            Op.AT_MOST,
        )
        value = None if op in (Op.IS_KNOWN, Op.IS_UNKNOWN) else 3 if whole else "webchat"
        part = compiled(ContactTest(field=field, op=op, value=value, key="k"), 0)
        assert len(part.pieces) == len(part.values) + 1


def test_the_page_about_audiences_names_the_operators_of_each_field() -> None:
    page = (Path(__file__).parents[3] / "docs/audiences.md").read_text(encoding="utf8")
    rows = [line.split("|")[1:3] for line in page.splitlines() if line.startswith("| `")]
    told: dict[str, list[str]] = {}
    for fields, ops in rows:
        before = list(told.values())[-1] if "those, and" in ops else []
        for field in re.findall(r"`(\w+)`", fields.replace("`key`", "")):
            told[field] = before + re.findall(r"`(\w+)`", ops)
    assert told == {field.value: [op.value for op in ops] for field, ops in OPS.items()}
