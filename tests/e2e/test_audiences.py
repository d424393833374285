"""Audiences in a browser: made with a count before they are saved, and seen where their work comes first."""

from __future__ import annotations

import itertools
import re

import pytest
from playwright.async_api import Page, expect

from tests.e2e.conftest import Crew, MeetVisitor, OpenPage
from tests.e2e.looks import SIZES, overflow, resize, violations
from tests.e2e.people import PASSWORD, Api
from tests.e2e.test_console_settings import find, go, sign_in

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]

_numbers = itertools.count(1)


def asks(field: str, op: str, value: object, key: str | None = None) -> dict[str, object]:
    return {"type": "test", "field": field, "op": op, "value": value, "key": key}


async def looks_right(page: Page) -> None:
    """A page that axe finds nothing in, and that is no wider than any window."""
    assert await violations(page) == []
    for width, height in [*SIZES, (320, 640)]:
        await resize(page, width, height)
        assert await overflow(page) <= 0, f"at {width}"
    await resize(page, *SIZES[0])


async def test_an_audience_is_made_by_keyboard_and_counted_before_it_is_saved(
    site: str, crew: Crew, open_page: OpenPage
) -> None:
    number = next(_numbers)
    name, company = f"Partners {number}", f"Lintwick {number}"
    for person in range(12):
        write = {
            "name": f"Partner {number}.{person}",
            "attributes": {"Company": company, "Orders": str(person)},
        }
        await crew.admin("POST", "/contacts", write)
    page = await sign_in(site, await open_page())
    await go(site, page, "/settings/audiences/new", "New audience")
    await page.get_by_role("textbox", name="Name", exact=True).focus()
    await page.keyboard.type(name)
    await page.get_by_role("button", name="Add a condition").press("Enter")
    await page.get_by_label("Name of the attribute").focus()
    await page.keyboard.type("Company")
    await page.keyboard.press("Tab")
    await page.keyboard.press("Tab")
    await page.keyboard.type(company.lower())
    beside = page.get_by_role("complementary", name="Contacts in it")
    await expect(beside.get_by_text("12 contacts", exact=True)).to_be_visible()
    await expect(beside.get_by_role("link")).to_have_count(10)
    await expect(beside.get_by_text("The rest is listed once it is saved.")).to_be_visible()
    await page.get_by_role("button", name="Add a condition").press("Enter")
    await page.get_by_role("button", name="Create").press("Enter")
    await expect(page.get_by_text("Some conditions are not complete yet.")).to_be_visible()
    await page.get_by_label("Name of the attribute").last.fill("Orders")
    await page.get_by_label("How it is compared").last.select_option(label="is at least")
    await page.get_by_label("Value").last.fill("1")
    await expect(beside.get_by_text("11 contacts", exact=True)).to_be_visible()
    await page.get_by_role("combobox", name="Priority").select_option("9")
    await looks_right(page)
    await page.keyboard.press("Control+s")
    await page.get_by_role("heading", level=1, name=name).wait_for()
    stored = await find(crew.admin, "/audiences", name)
    tests = [
        asks("attribute", "is", company.lower(), "Company"),
        asks("attribute", "at_least", 1, "Orders"),
    ]
    assert (stored["condition"], stored["priority"]) == ({"type": "all_of", "of": tests}, 9)
    await beside.get_by_role("button", name="Show more").click()
    await expect(beside.get_by_role("link")).to_have_count(11)
    await page.get_by_role("button", name="Remove this condition").last.press("Enter")
    await expect(page.get_by_role("combobox", name="Group")).to_be_focused()
    await expect(beside.get_by_text("12 contacts", exact=True)).to_be_visible()
    await page.get_by_role("button", name="Discard").click()
    await expect(beside.get_by_text("11 contacts", exact=True)).to_be_visible()
    await page.get_by_role("link", name="Audiences").first.click()
    row = page.get_by_role("row", name=name)
    await expect(row.get_by_role("cell").last).to_have_text("11")
    await looks_right(page)
    await row.get_by_role("link", name=name).click()
    await page.get_by_role("button", name="More", exact=True).click()
    await page.get_by_role("menuitem", name="Delete").click()
    await page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    refusal = f"audience '{name}' gives work priority 9; take the priority away first"
    await expect(page.get_by_text(refusal)).to_be_visible()
    await page.get_by_role("dialog").get_by_role("button", name="Cancel").click()
    await page.get_by_role("combobox", name="Priority").select_option(label="None")
    await page.get_by_role("button", name="Save").click()
    await expect(page.get_by_role("button", name="Save")).to_have_count(0)
    await page.get_by_role("button", name="More", exact=True).click()
    await page.get_by_role("menuitem", name="Delete").click()
    await page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    await page.get_by_role("heading", level=1, name="Audiences").wait_for()
    await expect(page.get_by_role("link", name=name)).to_have_count(0)


async def test_who_may_claim_to_be_in_an_audience_is_told_where_it_gives_priority(
    site: str, crew: Crew, open_page: OpenPage
) -> None:
    page = await sign_in(site, await open_page())
    await go(site, page, "/settings/audiences/new", "New audience")
    await page.get_by_role("button", name="Add a condition").click()
    await page.get_by_label("What is looked at").select_option(label="E-mail")
    await page.get_by_label("How it is compared").select_option(label="ends with")
    await page.get_by_label("Value").fill("@gold.example")
    warning = page.get_by_text(re.compile("^Visitors can write any name, address or number"))
    await expect(warning).to_have_count(0)
    await page.get_by_role("combobox", name="Priority").select_option("9")
    await expect(warning).to_be_visible()
    await page.get_by_role("button", name="Add a condition").click()
    await page.get_by_label("What is looked at").last.select_option(label="Identity verified")
    await expect(warning).to_have_count(0)


async def test_a_supervisor_reads_audiences_and_writes_none(
    site: str, crew: Crew, open_page: OpenPage
) -> None:
    name = f"Read only {next(_numbers)}"
    made = await crew.admin("POST", "/audiences", {"name": name, "condition": asks("is_vip", "is", True)})
    page = await sign_in(site, await open_page(), "supervisor@demo.test")
    await go(site, page, "/settings/audiences", "Audiences")
    await expect(page.get_by_role("button", name="New audience")).to_have_count(0)
    await page.get_by_role("link", name=name).click()
    await page.get_by_role("heading", level=1, name=name).wait_for()
    await expect(page.get_by_role("button", name="Add a condition")).to_have_count(0)
    await expect(page.get_by_role("combobox", name="What is looked at")).to_be_disabled()
    await expect(
        page.get_by_role("complementary").get_by_text(re.compile(r"^\d+ contacts?$"))
    ).to_be_visible()
    await crew.admin("DELETE", f"/audiences/{made['id']}")


async def test_the_offer_the_thread_and_the_why_name_the_audience_that_gave_the_priority(
    site: str, crew: Crew, open_page: OpenPage, meet: MeetVisitor
) -> None:
    number = next(_numbers)
    visitor, name = f"Kim Gold {number}", f"Gold customers {number}"
    condition = asks("name", "is", visitor)
    made = await crew.admin("POST", "/audiences", {"name": name, "condition": condition, "priority": 9})
    page = await crew.seat(await crew.hire(f"Mei Gold {number}"))
    begun = await meet(visitor, "Where is my parcel?")
    offer = page.locator(".offer")
    await expect(offer.get_by_text("VIP", exact=True)).to_be_visible()
    await expect(offer.get_by_text(name)).to_be_visible()
    await offer.get_by_role("button", name="Accept").click()
    head = page.locator("header").filter(has=page.get_by_role("heading", level=1, name=visitor))
    await expect(head.get_by_text("VIP", exact=True)).to_be_visible()
    await expect(head).to_contain_text(name)
    context = page.get_by_role("complementary", name=re.compile(visitor))
    await expect(context.get_by_text("Audiences", exact=True)).to_be_visible()
    await expect(context.get_by_text(f"Priority 9 · {name}")).to_be_visible()
    await page.get_by_role("button", name="Why?").click()
    why = page.get_by_role("dialog", name="Why this agent")
    await expect(why.get_by_text(f"9 · {name}", exact=True)).to_be_visible()
    await page.keyboard.press("Escape")
    head_of = await crew.admin("GET", f"/conversations/{begun.conversation_id}")
    await assert_contact_page(page, site, int(head_of["contact_id"]), name)
    await crew.admin(
        "PUT", f"/audiences/{made['id']}", {"name": name, "condition": condition, "priority": None}
    )
    await crew.admin("DELETE", f"/audiences/{made['id']}")


async def assert_contact_page(page: Page, site: str, contact_id: int, name: str) -> None:
    """The contact's page shows the audience; an agent, who may not open settings, gets no link."""
    await page.goto(f"{site}/console/contacts/{contact_id}")
    card = page.get_by_role("region", name="Audiences")
    await expect(card.get_by_text(name)).to_be_visible()
    await expect(card.get_by_text("VIP", exact=True)).to_be_visible()
    await expect(card.get_by_role("link")).to_have_count(0)
    await looks_right(page)


@pytest.mark.parametrize(("theme", "locale"), [("dark", "zh-CN"), ("light", "zh-TW")])
async def test_an_audience_in_chinese_and_dark(
    site: str, crew: Crew, open_page: OpenPage, theme: str, locale: str
) -> None:
    name = f"老客户 {next(_numbers)}"
    tests = [
        {"type": "any_of", "of": [asks("language", "is", "zh"), asks("owner", "is_unknown", None)]},
        asks("conversations", "at_least", 2),
        asks("created", "not_within_days", 30),
        asks("is_verified", "is", False),
        asks("channel", "is_not", "webchat"),
    ]
    write = {"name": name, "condition": {"type": "all_of", "of": tests}, "priority": 4}
    made = await crew.admin("POST", "/audiences", write)
    admin: Api = await crew.hire(f"Looks {locale} audience", role="admin")
    page = await sign_in(site, await open_page(theme=theme), admin.me["user"]["email"], PASSWORD)
    await page.evaluate("locale => localStorage.setItem('ucc.locale', locale)", locale)
    await page.goto(f"{site}/console/settings/audiences/{made['id']}")
    await page.get_by_role("heading", level=1, name=name).wait_for()
    await page.locator(".skeleton").first.wait_for(state="detached")
    await looks_right(page)
    unsaid = {"name": name, "condition": write["condition"]}
    await crew.admin("PUT", f"/audiences/{made['id']}", unsaid)
    await crew.admin("DELETE", f"/audiences/{made['id']}")
