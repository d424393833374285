"""Roles, passwords, delays and scopes, decided without a database."""

from __future__ import annotations

import pytest

from ucc.domain.actor import ALL_PERMISSIONS, Permission
from ucc.domain.errors import BadInput
from ucc.domain.states import Role
from ucc.tenants import rules
from ucc.tenants.rules import Failures

MAX = rules.ACCOUNT_FAILURES_MAX


def test_each_role_holds_all_of_the_role_below():
    assert rules.ROLES[Role.AGENT] < rules.ROLES[Role.SUPERVISOR] < rules.ROLES[Role.ADMIN] == ALL_PERMISSIONS


def test_an_agent_can_neither_write_settings_nor_read_the_audit():
    assert not rules.ROLES[Role.AGENT] & {"settings.write", "people.write", "api_keys.write", "audit.read"}
    assert "conversations.read_all" not in rules.ROLES[Role.AGENT]


def test_four_failures_are_free_and_the_delay_doubles_from_the_fifth():
    assert [rules.delay_ms(count, MAX) for count in range(9)] == [0, 0, 0, 0, 0, 1000, 2000, 4000, 8000]


def test_the_delay_has_an_end():
    assert rules.delay_ms(1_000_000, MAX) == rules.DELAY_MS_MAX


def test_an_attempt_waits_from_the_last_failure():
    failures = Failures(number=6, last_at_ms=10_000)
    assert rules.wait_ms(failures, MAX, 10_500) == 1_500
    assert rules.wait_ms(failures, MAX, 12_000) == 0


def test_without_a_delay_nobody_waits_even_when_another_attempt_has_a_later_time():
    assert rules.wait_ms(Failures(number=1, last_at_ms=10_050), MAX, 10_000) == 0


def test_quiet_time_forgets_failures():
    old = Failures(number=5, last_at_ms=0)
    assert rules.count_failure(old, MAX, rules.FAILURE_WINDOW_MS - 1).number == 6
    assert rules.count_failure(old, MAX, rules.FAILURE_WINDOW_MS).number == 1


def test_waiting_out_the_longest_delay_does_not_start_afresh():
    tired = Failures(number=40, last_at_ms=0)
    assert rules.count_failure(tired, MAX, rules.DELAY_MS_MAX).number == 41


def test_a_patient_guesser_gets_about_a_hundred_tries_a_day():
    failures, now_ms, tries = Failures(), 1, 0
    while now_ms < 86_400_000:
        now_ms += rules.wait_ms(failures, MAX, now_ms)
        failures = rules.count_failure(failures, MAX, now_ms)
        tries += 1
    assert tries < 120


@pytest.mark.parametrize(
    ("address", "group"),
    [
        ("203.0.113.9", "203.0.113.9"),
        ("::ffff:203.0.113.9", "203.0.113.9"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("", ""),
    ],
)
def test_addresses_are_counted_by_whom_they_belong_to(address: str, group: str):
    assert rules.address_group(address) == group


@pytest.mark.parametrize(
    "password", ["short", "x" * 201, "aaaaaaaaaaaaaaaa", "mei.tan@example.com", "MEI.TAN@example.com"]
)
def test_weak_passwords_are_refused(password: str):
    with pytest.raises(BadInput):
        rules.check_password(password, email="mei.tan@example.com", name="Mei Tan")


def test_a_long_phrase_is_a_good_password_in_any_script():
    rules.check_password("correct horse battery", email="a@b.example", name="A")
    rules.check_password("一二三四五六七八九十百千", email="a@b.example", name="A")


def test_addresses_are_stored_in_lower_case():
    assert rules.check_email("  Mei@Example.COM ") == "mei@example.com"


@pytest.mark.parametrize(
    "email", ["", "mei", "@example.com", "mei@", "mei@localhost", "a b@example.com", "a\x00@b.c"]
)
def test_what_is_no_address_is_refused(email: str):
    with pytest.raises(BadInput):
        rules.check_email(email)


@pytest.mark.parametrize(
    ("capacity", "told"),
    [
        ({"chat": 1, "fax": 1}, "capacity.fax is no medium; allowed are chat, voice, email, task"),
        ({"chat": -1}, "capacity.chat is -1; allowed are 0 to 50"),
        ({"voice": 1, "chat": 51}, "capacity.chat is 51; allowed are 0 to 50"),
    ],
)
def test_capacity_has_known_media_and_bounds(capacity: dict[str, int], told: str):
    with pytest.raises(BadInput, match=told):
        rules.check_capacity(capacity)


def test_a_key_gets_no_more_than_its_maker_holds():
    with pytest.raises(BadInput, match="audit"):
        rules.check_scopes(["contacts.read", "audit.read"], rules.ROLES[Role.AGENT])
    assert rules.check_scopes(["contacts.read", "contacts.read"], rules.ROLES[Role.AGENT]) == [
        "contacts.read"
    ]


@pytest.mark.parametrize("scopes", [[], ["nothing.known"], [Permission.PRESENCE_SET_OWN.value]])
def test_a_key_needs_scopes_that_make_sense(scopes: list[str]):
    with pytest.raises(BadInput):
        rules.check_scopes(scopes, ALL_PERMISSIONS)


def test_preferences_have_a_size():
    with pytest.raises(BadInput, match="limit"):
        rules.check_preferences(None, {"draft": "x" * rules.PREFERENCES_BYTES_MAX})
    with pytest.raises(BadInput, match="theme"):
        rules.check_preferences("pink", None)
