"""The list of the Desk: choosing several rows, views of one's own, figures of the day, and how loud it is."""

from __future__ import annotations

import re

import pytest
from playwright.async_api import Page, expect

from tests.e2e.conftest import Crew, MeetVisitor
from tests.e2e.people import Api, Visitor, eventually

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]


async def take_on(page: Page, meet: MeetVisitor, name: str, text: str) -> Visitor:
    """Let somebody write and accept them."""
    visitor = await meet(name, text)
    await page.get_by_role("article", name=f"Offer: {name}").get_by_role("button", name="Accept").click()
    await expect(page.get_by_role("heading", name=name, level=1)).to_be_visible()
    return visitor


async def tag_names(api: Api, visitor: Visitor) -> list[str]:
    """Return what a conversation is tagged with."""
    head = await api("GET", f"/conversations/{visitor.conversation_id}")
    names = {tag["id"]: tag["name"] for tag in (await api("GET", "/tags"))["items"]}
    return [names[one] for one in head["tag_ids"]]


async def test_several_conversations_are_tagged_and_resolved_at_once(crew: Crew, meet: MeetVisitor) -> None:
    agent = await crew.hire("Sela Several")
    page = await crew.seat(agent)
    visitors = [await take_on(page, meet, name, "hello") for name in ("Uma One", "Vera Two", "Wim Three")]
    await expect(page.locator(".list-row")).to_have_count(3)  # a pointer on the list keeps it as it is
    await page.get_by_role("button", name="Choose several").click()
    await page.get_by_role("checkbox", name="Choose Uma One").check()
    await page.get_by_role("checkbox", name="Choose Wim Three").click(modifiers=["Shift"])
    await expect(page.get_by_text("3 chosen")).to_be_visible()
    await page.get_by_role("checkbox", name="Choose Vera Two").uncheck()
    bar = page.get_by_role("toolbar", name="Choose several")
    await bar.get_by_role("button", name="Tag").click()
    await page.get_by_role("menuitem", name="refund").click()
    await expect(page.get_by_text("2 conversations tagged “refund”")).to_be_visible()
    assert [await tag_names(agent, one) for one in visitors] == [["refund"], [], ["refund"]]

    await page.get_by_role("button", name="Choose several").click()
    await page.get_by_role("button", name="All 3").click()
    await bar.get_by_role("button", name="Resolve").click()
    await expect(page.get_by_text("3 conversations resolved")).to_be_visible()

    async def wrapping() -> bool:
        heads = [await agent("GET", f"/conversations/{one.conversation_id}") for one in visitors]
        return all(head["interaction"]["state"] == "wrapping" for head in heads)

    await eventually(wrapping, "all three to be in wrap-up")


async def test_what_is_refused_is_told_with_its_reason(crew: Crew, meet: MeetVisitor) -> None:
    """Nobody can hand work to a colleague who is not there."""
    await crew.hire("Cole Colleague")
    page = await crew.seat(await crew.hire("Reva Refused"))
    await take_on(page, meet, "Abe Stays", "one")
    await take_on(page, meet, "Bea Stays", "two")
    await expect(page.locator(".list-row")).to_have_count(2)
    await page.get_by_role("button", name="Choose several").click()
    await page.get_by_role("button", name="All 2").click()
    await page.get_by_role("toolbar").get_by_role("button", name="Transfer").click()
    await page.get_by_role("radio", name=re.compile("Cole Colleague")).check(force=True)
    await page.locator(".ucc-popover").get_by_role("button", name="Send").click()
    await expect(page.get_by_text(re.compile("2 not done. The first: .+"))).to_be_visible()
    await expect(page.get_by_text("2 chosen")).to_be_visible()


async def test_a_view_of_ones_own_is_kept_on_the_server(crew: Crew, meet: MeetVisitor) -> None:
    agent = await crew.hire("Sava View")
    page = await crew.seat(agent)
    tagged = await take_on(page, meet, "Tia Tagged", "please refund")
    await take_on(page, meet, "Pia Plain", "hello")
    refund = next(tag for tag in (await agent("GET", "/tags"))["items"] if tag["name"] == "refund")
    await agent("PATCH", f"/conversations/{tagged.conversation_id}", {"tag_ids": [refund["id"]]})
    await page.get_by_role("button", name="Filter", exact=True).click()
    await page.get_by_label("Tag", exact=True).select_option(label="refund")
    await expect(page.locator(".list-row")).to_have_count(1)
    await page.get_by_label("Save as a view").fill("Refunds of mine")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("heading", name="Refunds of mine", level=1)).to_be_visible()

    other = await crew.seat(agent, on_queue=False)  # another browser: nothing is kept in the first one
    views = other.get_by_role("navigation", name="Views")
    link = views.get_by_role("link", name=re.compile("Refunds of mine"))
    await expect(link).to_contain_text("1")
    await link.click()
    await expect(other.locator(".list-row")).to_have_count(1)
    await expect(other.locator(".list-row")).to_contain_text("Tia Tagged")
    await views.get_by_role("button", name="Delete Refunds of mine?").click()
    await expect(link).to_be_hidden()
    await expect(other.get_by_role("heading", name="Mine", level=1)).to_be_visible()
    await other.get_by_role("button", name="Undo").click()
    await expect(link).to_be_visible()


async def test_the_empty_desk_tells_what_was_handled_today(crew: Crew, meet: MeetVisitor) -> None:
    page = await crew.seat(await crew.hire("Dana Day"))
    figures = page.get_by_label("Today", exact=True)
    await expect(figures).to_contain_text(re.compile(r"Handled today\s*0"))
    await take_on(page, meet, "Hal Handled", "hello")
    await page.keyboard.press("Alt+e")
    await page.get_by_role("form", name="Wrap-up").wait_for()
    await page.keyboard.press("Alt+e")
    await page.get_by_role("navigation", name="Views").get_by_role("link", name="Mine").click()
    await expect(figures).to_contain_text(re.compile(r"Handled today\s*1"))
    await expect(figures.get_by_role("img", name=re.compile("1$"))).to_be_visible()


async def test_loudness_is_set_per_kind_and_follows_the_account(crew: Crew) -> None:
    agent = await crew.hire("Vol Ume")
    page = await crew.seat(agent, on_queue=False)
    await page.get_by_role("button", name="Your account: Vol Ume").first.click()
    await page.get_by_role("menuitem", name="Sounds and notifications").click()
    slider = page.get_by_role("slider", name="A message in another chat")
    await slider.fill("0")
    await expect(page.get_by_role("dialog")).to_contain_text("Off")

    async def kept() -> bool:
        me = await agent("GET", "/auth/me")
        return bool(me["preferences"].get("volumes") == {"offer": 1, "message": 0, "sla": 1})

    await eventually(kept, "the volumes to be kept with the user")
    other = await crew.seat(agent, on_queue=False)
    await other.get_by_role("button", name="Your account: Vol Ume").first.click()
    await other.get_by_role("menuitem", name="Sounds and notifications").click()
    await expect(other.get_by_role("slider", name="A message in another chat")).to_have_value("0")


async def test_the_journal_reads_as_a_story(crew: Crew, meet: MeetVisitor) -> None:
    page = await crew.seat(await crew.hire("Wye Agent"))
    await take_on(page, meet, "Jo Journal", "hello")
    await page.get_by_role("button", name="Why?").click()
    sheet = page.get_by_role("dialog", name="Why this agent")
    for line in (
        "Queued in Support",
        "Offered to Wye Agent",
        "Wye Agent accepted",
        "In the hands of Wye Agent",
    ):
        await expect(sheet.get_by_text(line, exact=True)).to_be_visible()
    await expect(sheet.get_by_role("row", name=re.compile("Orders"))).to_be_visible()
