"""Conditions of audiences: what may be asked of a contact, and the same as one part of a statement. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from ucc.contacts.store import queries
from ucc.domain.audience import AllTests, ContactCondition, ContactTest
from ucc.domain.errors import BadInput
from ucc.domain.states import Channel
from ucc.domain.states import ContactField as Field
from ucc.domain.states import ContactOp as Op
from ucc.kit.sql import Part, Query, joined

PARTS_MAX = 32  # of one condition
DEPTH_MAX = 4
TEXT_CHARACTERS_MAX = 200
KEY_CHARACTERS_MAX = 60
CONVERSATIONS_MAX = 1_000
WHOLE_MAX = 10**15 - 1  # an attribute that is a number
DAYS_MAX = 3_650
DAY_MS = 86_400_000
FOUND_CHARACTERS_MAX = 80

_EQUAL = (Op.IS, Op.IS_NOT)
_KNOWN = (Op.IS_KNOWN, Op.IS_UNKNOWN)
_TEXT = (*_EQUAL, Op.CONTAINS, Op.CONTAINS_NOT, Op.STARTS_WITH, Op.ENDS_WITH, *_KNOWN)
_NUMBER = (Op.AT_LEAST, Op.AT_MOST)
_DAYS = (Op.WITHIN_DAYS, Op.NOT_WITHIN_DAYS)

OPS: dict[Field, tuple[Op, ...]] = {
    Field.NAME: _TEXT,
    Field.EMAIL: _TEXT,
    Field.PHONE: _TEXT,
    Field.LANGUAGE: (*_EQUAL, *_KNOWN),
    Field.ATTRIBUTE: (*_TEXT, *_NUMBER),
    Field.TAG: _EQUAL,
    Field.OWNER: (*_EQUAL, *_KNOWN),
    Field.CHANNEL: _EQUAL,
    Field.IS_VIP: (Op.IS,),
    Field.IS_BLOCKED: (Op.IS,),
    Field.IS_VERIFIED: (Op.IS,),
    Field.CREATED: _DAYS,
    Field.LAST_MESSAGE: _DAYS,
    Field.CONVERSATIONS: _NUMBER,
}
_FLAGS = {
    Field.IS_VIP: queries.is_vip,
    Field.IS_BLOCKED: queries.is_blocked,
    Field.IS_VERIFIED: queries.is_verified,
}
_MEMBERS = {
    Field.TAG: queries.has_tag,
    Field.OWNER: queries.has_owner,
    Field.CHANNEL: queries.has_channel,
}
_SINCE = {Field.CREATED: queries.created_since, Field.LAST_MESSAGE: queries.written_since}
_COMPARED: dict[Op, Query] = {
    Op.IS: queries.text_is,
    Op.CONTAINS: queries.text_contains,
    Op.STARTS_WITH: queries.text_starts_with,
    Op.ENDS_WITH: queries.text_ends_with,
    Op.AT_LEAST: queries.number_at_least,
    Op.AT_MOST: queries.number_at_most,
}
_POSITIVE = {
    Op.IS_NOT: Op.IS,
    Op.CONTAINS_NOT: Op.CONTAINS,
    Op.IS_UNKNOWN: Op.IS_KNOWN,
    Op.NOT_WITHIN_DAYS: Op.WITHIN_DAYS,
}


def list_tests(condition: ContactCondition) -> Iterator[tuple[str, ContactTest]]:
    """Yield every test of a condition with its path: `condition.of[1].of[0]`.

    Raises:
        BadInput: a group is empty, or there are too many parts or levels.
    """
    for number, (at, part) in enumerate(_parts(condition, "condition", 1), 1):
        if number > PARTS_MAX:
            raise BadInput(f"condition has more than {PARTS_MAX} parts, the limit", field="condition")
        if isinstance(part, ContactTest):
            yield at, part
        elif not part.of:
            raise BadInput(f"{at}.of has 0 parts; allowed are 1 to {PARTS_MAX}", field=f"{at}.of")


def _parts(condition: ContactCondition, path: str, depth: int) -> Iterator[tuple[str, ContactCondition]]:
    if depth > DEPTH_MAX:
        raise BadInput(f"{path} is {depth} levels deep; allowed are {DEPTH_MAX}", field=path)
    yield path, condition
    if not isinstance(condition, ContactTest):
        for at, one in enumerate(condition.of):
            yield from _parts(one, f"{path}.of[{at}]", depth + 1)


def check_test(test: ContactTest, path: str) -> None:
    """Refuse a test that says nothing: an operator, a value or a key its field does not have.

    Raises:
        BadInput: the text names the path, what was found and what is allowed.
    """
    if test.op not in OPS[test.field]:
        raise _refused(f"{path}.op", test.op.value, ", ".join(OPS[test.field]))
    if test.field is Field.ATTRIBUTE:
        if test.key is None or not (0 < len(test.key) <= KEY_CHARACTERS_MAX and test.key.isprintable()):
            raise _refused(
                f"{path}.key", test.key, f"the name of an attribute, 1 to {KEY_CHARACTERS_MAX} characters"
            )
    elif test.key is not None:
        raise _refused(f"{path}.key", test.key, "none: only an attribute has one")
    if (allowed := _missed(test)) is not None:
        raise _refused(f"{path}.value", test.value, allowed)


def _missed(test: ContactTest) -> str | None:
    """Return what is allowed as the value where it is something else."""
    value, field = test.value, test.field
    if test.op in _KNOWN:
        return None if value is None else f"none: {test.op.value} says it all"
    if test.op in _DAYS:
        return _missed_whole(value, 1, DAYS_MAX, " days")
    if test.op in _NUMBER:
        least = 1 if field is Field.CONVERSATIONS and test.op is Op.AT_LEAST else 0
        return _missed_whole(value, least, CONVERSATIONS_MAX if field is Field.CONVERSATIONS else WHOLE_MAX)
    if field in _FLAGS:
        return None if isinstance(value, bool) else "true, false"
    if field is Field.CHANNEL:
        return None if value in [one.value for one in Channel] else ", ".join(Channel)
    if field in _MEMBERS:
        return _missed_whole(value, 0, 2**53, f": the id of a {'tag' if field is Field.TAG else 'user'}")
    if isinstance(value, str) and 0 < len(_text(test)) <= TEXT_CHARACTERS_MAX and value.isprintable():
        return None
    kind = "digits of a number" if field is Field.PHONE else "printable characters"
    return f"1 to {TEXT_CHARACTERS_MAX} {kind}"


def _missed_whole(value: object, least: int, most: int, of: str = "") -> str | None:
    """Return which whole numbers are allowed where the value is none of them."""
    is_whole = isinstance(value, int) and not isinstance(value, bool) and least <= value <= most
    return None if is_whole else f"{least} to {most}{of}"


def _refused(path: str, value: object, allowed: str) -> BadInput:
    return BadInput(f"{path} is {repr(value)[:FOUND_CHARACTERS_MAX]}; allowed are {allowed}", field=path)


def _text(test: ContactTest) -> str:
    """Return the text a test compares with; a number is compared as numbers are stored."""
    text = str(test.value).strip()
    if test.field is Field.PHONE:
        plus = "+" if text.startswith("+") else ""
        return plus + "".join(one for one in text if one in "0123456789")
    return text


def compiled(condition: ContactCondition, now_ms: int) -> Part:
    """Return a condition that was checked as a part of a statement about contact `c`."""
    if isinstance(condition, ContactTest):
        return _test(condition, now_ms)
    between = " AND " if isinstance(condition, AllTests) else " OR "
    return joined([compiled(one, now_ms) for one in condition.of], between)


def _test(test: ContactTest, now_ms: int) -> Part:
    positive = _POSITIVE.get(test.op)
    if positive is not None:
        return queries.negated.part(condition=_holds(test, positive, now_ms))
    return _holds(test, test.op, now_ms)


def _holds(test: ContactTest, op: Op, now_ms: int) -> Part:
    """Return the part for one of the operators that negate nothing."""
    field, value = test.field, test.value
    if field in _SINCE:
        assert isinstance(value, int)
        return _SINCE[field].part(since_ms=now_ms - value * DAY_MS)
    if field is Field.CONVERSATIONS:
        assert isinstance(value, int)
        if op is Op.AT_LEAST:
            return queries.has_conversations.part(value=value)
        return queries.negated.part(condition=queries.has_conversations.part(value=value + 1))
    if field in _FLAGS:
        return _FLAGS[field].part(value=value)
    if field in _MEMBERS:
        return queries.has_any_owner.part() if op is Op.IS_KNOWN else _MEMBERS[field].part(value=value)
    text = _column(test)
    if op is Op.IS_KNOWN:
        return queries.text_is_known.part(text=text)
    if op in _NUMBER:
        return _COMPARED[op].part(text=text, value=value)
    is_language = field is Field.LANGUAGE and op is Op.IS
    return (queries.language_is if is_language else _COMPARED[op]).part(text=text, value=_text(test))


def _column(test: ContactTest) -> Part:
    match test.field:
        case Field.NAME:
            return queries.name.part()
        case Field.EMAIL:
            return queries.email.part()
        case Field.PHONE:
            return queries.phone.part()
        case Field.LANGUAGE:
            return queries.language.part()
        case _:
            return queries.attribute.part(key=test.key)
