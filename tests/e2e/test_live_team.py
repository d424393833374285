"""The team on the Live page: who does what, by keyboard, and what a supervisor does about it."""

from __future__ import annotations

import re

import pytest
from playwright.async_api import Locator, Page, expect

from tests.e2e.conftest import Crew, MeetVisitor
from tests.e2e.looks import SIZES, overflow, resize, violations
from tests.e2e.people import PASSWORD
from tests.e2e.test_desk import accept, reply

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]


async def watch(crew: Crew, name: str, **window: object) -> Page:
    """Open the Live page as a supervisor."""
    page = await crew.seat(await crew.hire(name, role="supervisor"), on_queue=False, **window)
    await page.goto(f"{crew.site}/console/live")
    await expect(page.get_by_role("region", name="Agents")).to_be_visible()
    return page


def card_of(page: Page, group: str, name: str) -> Locator:
    """Return the card of an agent in a group."""
    return page.get_by_role("list", name=group).get_by_role("button", name=re.compile(name))


async def test_cards_follow_the_work_and_open_it_by_keyboard(crew: Crew, meet: MeetVisitor) -> None:
    agent = await crew.hire("Gina Grid", chats=2)
    desk = await crew.seat(agent)
    page = await watch(crew, "Sven Sees")
    await expect(card_of(page, "Free", "Gina Grid")).to_contain_text("On queue")
    await expect(card_of(page, "Off queue", "Sven Sees")).to_be_visible()
    await meet("Walt Work", "sales please")
    await accept(desk, "Walt Work")
    await reply(desk, "Walt Work", "One moment")  # who owes no answer is in no trouble
    card = card_of(page, "Busy", "Gina Grid")
    await expect(card).to_contain_text("Chat: 1 of 2 in hand")
    await expect(card).to_contain_text("Support")
    assert await violations(page) == []

    # One stop of the Tab key; arrows walk.
    cards = page.locator("[data-agent]")
    await expect(page.locator("[data-agent][tabindex='0']")).to_have_count(1)
    await cards.first.focus()
    await page.keyboard.press("ArrowRight")
    await expect(cards.nth(1)).to_be_focused()
    await page.keyboard.press("End")
    await expect(cards.last).to_be_focused()
    await page.keyboard.press("Home")
    await expect(cards.first).to_be_focused()
    await card.focus()
    await page.keyboard.press("Enter")
    sheet = page.get_by_role("dialog", name="Gina Grid")
    piece = sheet.get_by_role("link", name=re.compile("Walt Work"))
    await expect(piece).to_contain_text("in hand")
    assert await violations(page) == []
    for width, height in SIZES:
        await resize(page, width, height)
        assert await overflow(page) <= 0, f"{width} px"
    await page.keyboard.press("Escape")
    await expect(sheet).to_be_hidden()
    await expect(card).to_be_focused()

    # The thread opens; the contact stays the agent's unless it is taken over.
    await page.keyboard.press("Enter")
    await piece.click()
    await expect(page.get_by_role("log")).to_contain_text("One moment")
    await expect(page.get_by_role("button", name="Take over").first).to_be_visible()


async def test_a_supervisor_sets_a_status_and_signs_an_agent_out(crew: Crew) -> None:
    agent = await crew.hire("Otis Out")
    desk = await crew.seat(agent)
    page = await watch(crew, "Sina Sets")
    await card_of(page, "Free", "Otis Out").click()
    sheet = page.get_by_role("dialog", name="Otis Out")
    await sheet.get_by_role("button", name="Set status").click()
    await page.get_by_role("menuitemcheckbox", name="Meal").click()
    await expect(sheet.get_by_text("Meal", exact=True)).to_be_visible()
    await expect(desk.get_by_role("button", name=re.compile("Your status:.*Meal"))).to_be_visible()
    await sheet.get_by_role("button", name="Sign out").click()
    await expect(sheet.get_by_role("group", name="Sign out")).to_contain_text("All their sessions end")
    await sheet.get_by_role("button", name="Sign out Otis Out").click()
    await expect(desk.get_by_role("button", name="Sign in", exact=True)).to_be_visible()
    await page.keyboard.press("Escape")
    lines = (await crew.admin("GET", "/audit?limit=5"))["items"]
    assert ("user_signed_out", f"user:{agent.me['user']['id']}") in [
        (one["act"], one["target"]) for one in lines
    ]
    await agent.sign_in(agent.me["user"]["email"], PASSWORD)  # as before, for who tidies up


async def test_several_are_chosen_and_who_is_refused_is_named_and_stays_chosen(
    crew: Crew,
) -> None:
    first, second, boss = [
        await crew.hire(name, role=role)
        for name, role in (("Ada Agent", "agent"), ("Ben Agent", "agent"), ("Cora Chief", "admin"))
    ]
    desks = [await crew.seat(one) for one in (first, second, boss)]
    page = await watch(crew, "Sam Several")
    await page.get_by_role("button", name="Select several agents").press("Enter")
    bar = page.get_by_role("toolbar", name="Select several agents")
    for name in ("Ada Agent", "Ben Agent", "Cora Chief"):
        card = card_of(page, "Free", name)
        await card.press("Space")
        await expect(card).to_have_attribute("aria-pressed", "true")
    await expect(bar).to_contain_text("3 selected")
    assert await violations(page) == []
    for width, height in SIZES:
        await resize(page, width, height)
        assert await overflow(page) <= 0, f"{width} px"
    await bar.get_by_role("button", name="Set status").press("Enter")
    await page.get_by_role("menuitem", name="Training").press("Enter")
    for desk in desks:
        await expect(desk.get_by_role("button", name=re.compile("Your status:.*Training"))).to_be_visible()
    await expect(bar).to_contain_text("0 selected")

    for name in ("Ada Agent", "Cora Chief"):
        await card_of(page, "Off queue", name).click()
    await bar.get_by_role("button", name="Sign out").click()
    await bar.get_by_role("button", name="Sign out 2 agents").click()
    refused = bar.get_by_role("alert")
    await expect(refused).to_contain_text("Cora Chief")
    await expect(refused).not_to_contain_text("Ada Agent")
    await expect(bar).to_contain_text("1 selected")
    await expect(desks[0].get_by_role("button", name="Sign in", exact=True)).to_be_visible()
    await expect(card_of(page, "Off queue", "Cora Chief")).to_have_attribute("aria-pressed", "true")
    assert await violations(page) == []
    await card_of(page, "Off queue", "Cora Chief").press("Escape")
    await expect(bar).to_be_hidden()

    lines = (await crew.admin("GET", "/audit?limit=20"))["items"]
    mine = [(one["act"], one["target"]) for one in lines if one["user_name"] == "Sam Several"]
    who = [f"user:{one.me['user']['id']}" for one in (first, second, boss)]
    assert ("user_signed_out", who[0]) in mine
    assert {("status_set", one) for one in who} <= {*mine}
    assert ("user_signed_out", who[2]) not in mine
    await first.sign_in(first.me["user"]["email"], PASSWORD)  # as before, for who tidies up
