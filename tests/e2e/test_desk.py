"""The Desk in a browser: from the offer to the end of wrap-up."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from PIL import Image
from playwright.async_api import Page, expect

from tests.e2e.conftest import Crew, MeetVisitor
from tests.e2e.people import eventually

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]


async def accept(page: Page, name: str) -> None:
    """Accept the offer of a contact by its button."""
    card = page.get_by_role("article", name=f"Offer: {name}")
    await card.get_by_role("button", name="Accept").click()
    await expect(page.get_by_role("heading", name=name, level=1)).to_be_visible()


async def reply(page: Page, name: str, text: str) -> None:
    """Write to the contact with the keyboard."""
    box = page.get_by_role("textbox", name=f"Reply to {name}")
    await box.fill(text)
    await box.press("Control+Enter")


async def test_an_offer_is_accepted_answered_and_wrapped_up(crew: Crew, meet: MeetVisitor) -> None:
    agent = await crew.hire("Mei Ling")
    page = await crew.seat(agent)
    visitor = await meet("Ann Lee", "Where is my parcel?")
    await accept(page, "Ann Lee")
    await expect(page).to_have_title(re.compile("Desk"))
    await reply(page, "Ann Lee", "On its way, tomorrow before noon.")
    await visitor.hears("On its way, tomorrow before noon.")
    await expect(page.locator(".group.own .foot")).to_contain_text("Delivered")
    await visitor.say("Thank you!")
    await expect(page.get_by_role("log")).to_contain_text("Thank you!")

    await page.get_by_role("button", name="Resolve").click()
    strip = page.get_by_role("form", name="Wrap-up")
    await strip.get_by_label("Disposition").first.fill("Refund")
    await page.get_by_role("option", name="Refund").first.click()
    await strip.get_by_label("Note").fill("Parcel traced")
    await strip.get_by_role("button", name="Done").click()
    await expect(strip).to_be_hidden()

    conversation = await agent("GET", f"/conversations/{visitor.conversation_id}")
    assert conversation["state"] == "resolved"
    work = (await agent("GET", f"/conversations/{visitor.conversation_id}/interactions"))["items"][0]
    assert work["disposition_note"] == "Parcel traced"
    assert work["disposition_id"] is not None


async def test_the_whole_path_works_by_keyboard_alone(crew: Crew, meet: MeetVisitor) -> None:
    page = await crew.seat(await crew.hire("Key Board"))
    visitor = await meet("Ken Key", "Hello")
    await page.get_by_role("article", name="Offer: Ken Key").wait_for()
    await page.keyboard.press("Alt+a")
    await expect(page.get_by_role("heading", name="Ken Key", level=1)).to_be_visible()
    await page.keyboard.press("Alt+l")
    await page.keyboard.type("Good morning")
    await page.keyboard.press("Control+Enter")
    await visitor.hears("Good morning")
    await page.keyboard.press("Alt+p")
    await page.keyboard.type("A note")
    await page.keyboard.press("Control+Enter")
    await expect(page.locator(".note")).to_contain_text("A note")
    await page.keyboard.press("Alt+e")
    await expect(page.get_by_role("form", name="Wrap-up")).to_be_visible()
    await page.keyboard.press("Alt+e")
    await expect(page.get_by_role("form", name="Wrap-up")).to_be_hidden()
    assert "A note" not in visitor.heard()


async def test_an_offer_never_takes_the_focus_from_the_composer(crew: Crew, meet: MeetVisitor) -> None:
    page = await crew.seat(await crew.hire("Fay Focus"))
    await meet("First One", "one")
    await accept(page, "First One")
    box = page.get_by_role("textbox", name="Reply to First One")
    await box.focus()
    await page.keyboard.type("I am ")
    await meet("Second One", "two")
    await page.get_by_role("article", name="Offer: Second One").wait_for()
    await page.keyboard.type("still typing")
    await expect(box).to_have_value("I am still typing")
    await (
        page.get_by_role("article", name="Offer: Second One")
        .get_by_role("button", name="Decline", exact=True)
        .click()
    )
    await expect(page.get_by_role("article", name="Offer: Second One")).to_be_hidden()


async def test_a_template_is_found_by_its_shortcut_and_filled_with_the_contact(
    crew: Crew, meet: MeetVisitor
) -> None:
    await crew.admin(
        "POST",
        "/templates",
        {"name": "E2E blanks", "shortcut": "e2e", "text": "Dear {{ contact.first_name }}, order [number]."},
    )
    page = await crew.seat(await crew.hire("Tom Plate"))
    await meet("Nora Quist", "hi")
    await accept(page, "Nora Quist")
    box = page.get_by_role("textbox", name="Reply to Nora Quist")
    await box.focus()
    await page.keyboard.type("/e2e")
    await expect(page.get_by_role("option", name=re.compile("E2E blanks"))).to_be_visible()
    await page.keyboard.press("Enter")
    await expect(box).to_have_value("Dear Nora, order [number].")
    await page.keyboard.type("A-7")  # the blank is selected
    await expect(box).to_have_value("Dear Nora, order A-7.")


async def test_a_note_names_a_colleague_who_hears_of_it(crew: Crew, meet: MeetVisitor) -> None:
    page = await crew.seat(await crew.hire("Ned Note"))
    colleague = await crew.hire("Zoe Zander")
    visitor = await meet("Carl Cross", "hello")
    await accept(page, "Carl Cross")
    await page.get_by_role("tab", name="Note").click()
    box = page.get_by_role("textbox", name="Private note")
    await box.focus()
    await page.keyboard.type("@Zoe")
    await page.get_by_role("option", name=re.compile("Zoe Zander")).click()
    await page.keyboard.type("please look")
    await page.get_by_role("button", name="Add note").click()
    await expect(page.locator(".note")).to_contain_text("@Zoe Zander please look")

    async def mentioned() -> bool:
        rows = (await colleague("GET", "/conversations?view=mentions"))["items"]
        return [row["id"] for row in rows] == [visitor.conversation_id]

    await eventually(mentioned, "the mention")
    assert visitor.heard() == []


async def test_a_file_goes_to_the_visitor_with_a_preview_before(
    crew: Crew, meet: MeetVisitor, tmp_path: Path
) -> None:
    picture = tmp_path / "lid.png"
    Image.new("RGB", (120, 80), "#cfc6b8").save(picture)
    page = await crew.seat(await crew.hire("Attie Ment"))
    visitor = await meet("Pia Pict", "photo?")
    await accept(page, "Pia Pict")
    await page.locator("form.composer input[type=file]").set_input_files(picture)
    await expect(page.get_by_alt_text("lid.png")).to_be_visible()
    await page.locator("form.composer").get_by_role("button", name="Send").click()

    async def arrived() -> bool:
        entries = [frame["entry"] for frame in visitor.socket.frames if frame["type"] == "entry"]
        return any(one["attachments"] for one in entries if one["author"] == "agent")

    await eventually(arrived, "the picture")
    await expect(page.get_by_role("log").get_by_role("img", name="lid.png")).to_be_visible()


async def test_work_is_transferred_to_a_colleague_with_a_note(crew: Crew, meet: MeetVisitor) -> None:
    first = await crew.hire("Una First")
    page = await crew.seat(first)
    visitor = await meet("Theo Trans", "sales please")
    await accept(page, "Theo Trans")
    second = await crew.hire("Vera Second")
    other = await crew.seat(second)
    await page.get_by_role("button", name="Transfer").click()
    await page.get_by_role("radio", name=re.compile("Vera Second")).check(force=True)
    await page.get_by_label("Note for whoever gets it").fill("wants a chair")
    await page.locator(".ucc-popover").get_by_role("button", name="Send").click()
    await accept(other, "Theo Trans")
    await expect(other.get_by_role("log")).to_contain_text("wants a chair")
    await reply(other, "Theo Trans", "Vera here")
    await visitor.hears("Vera here")


async def hand_on(page: Page, colleague: str) -> None:
    """Transfer the open conversation to a colleague."""
    await page.get_by_role("button", name="Transfer").click()
    await page.get_by_role("radio", name=re.compile(colleague)).check(force=True)
    await page.locator(".ucc-popover").get_by_role("button", name="Send").click()


async def test_the_sender_of_a_transfer_completes_their_wrap_up_and_gets_the_next_work(
    crew: Crew, meet: MeetVisitor
) -> None:
    first, second = await crew.hire("Ida Hands", chats=1), await crew.hire("Otto Takes", chats=1)
    page = await crew.seat(first)
    handed = await meet("Hanna Dover", "sales please")
    await accept(page, "Hanna Dover")
    other = await crew.seat(second)
    await hand_on(page, "Otto Takes")
    await accept(other, "Hanna Dover")

    # The contact is the colleague's; the wrap-up is the sender's, and holds the units.
    strip = page.get_by_role("form", name="Wrap-up")
    await expect(strip).to_be_visible()
    await expect(page.locator(".list-row").get_by_text("Wrap-up")).to_be_visible()
    await expect(other.get_by_role("form", name="Wrap-up")).to_be_hidden()
    await expect(other.locator(".list-row").get_by_text("Wrap-up")).to_be_hidden()
    await meet("Nora Next", "sales please")
    load = await first("GET", "/presence/me")
    assert (load["load"], load["wrap_ups"]) == ({"chat": 1}, 1)

    await strip.get_by_label("Note").fill("Handed to Otto")
    await strip.get_by_role("button", name="Done").click()
    await expect(strip).to_be_hidden()
    await accept(page, "Nora Next")
    await reply(other, "Hanna Dover", "Otto goes on")
    await handed.hears("Otto goes on")
    works = (await first("GET", f"/conversations/{handed.conversation_id}/interactions"))["items"]
    assert [(one["state"], one["disposition_note"]) for one in works] == [
        ("active", ""),
        ("closed", "Handed to Otto"),
    ]


async def test_parked_work_comes_back_when_the_contact_writes(crew: Crew, meet: MeetVisitor) -> None:
    page = await crew.seat(await crew.hire("Perry Park"))
    visitor = await meet("Will Wait", "one moment")
    await accept(page, "Will Wait")
    await page.get_by_role("button", name="Park", exact=True).click()
    await expect(page.get_by_text("Parked. Resume it to reply.")).to_be_visible()
    await visitor.say("I am back")
    await accept(page, "Will Wait")
    await expect(page.get_by_role("textbox", name="Reply to Will Wait")).to_be_visible()


async def test_reload_keeps_the_conversation_the_tab_and_the_draft(crew: Crew, meet: MeetVisitor) -> None:
    agent = await crew.hire("Rhea Load")
    page = await crew.seat(agent)
    visitor = await meet("Dora Draft", "hello")
    await accept(page, "Dora Draft")
    await page.keyboard.press("Alt+p")
    await page.keyboard.type("half a note")

    async def kept() -> bool:
        drafts = (await agent("GET", f"/conversations/{visitor.conversation_id}/drafts"))["items"]
        return [draft["text"] for draft in drafts] == ["half a note"]

    await eventually(kept, "the draft")
    await page.reload()
    await expect(page.get_by_role("tab", name="Note")).to_have_attribute("aria-selected", "true")
    await expect(page.get_by_role("textbox", name="Private note")).to_have_value("half a note")


async def test_a_colleague_is_seen_looking_and_typing(crew: Crew, meet: MeetVisitor) -> None:
    first = await crew.hire("Ivy Open")
    page = await crew.seat(first)
    visitor = await meet("Sam Seen", "hello")
    await accept(page, "Sam Seen")
    boss = await crew.hire("Sue Visor", role="supervisor")
    other = await crew.seat(boss, on_queue=False)
    await other.goto(f"{crew.site}/console/desk/all/{visitor.conversation_id}")
    await expect(page.get_by_role("list", name="Also looking")).to_contain_text("Sue Visor")
    await other.keyboard.press("Alt+l")
    await other.keyboard.type("hm")
    await expect(page.get_by_text("Sue Visor is writing here too")).to_be_visible()
    await visitor.type()
    await expect(page.get_by_text("Sam Seen is typing…")).to_be_visible()


async def test_what_is_sent_offline_goes_out_when_the_connection_is_back(
    crew: Crew, meet: MeetVisitor
) -> None:
    page = await crew.seat(await crew.hire("Olli Off"))
    visitor = await meet("Lina Line", "are you there?")
    await accept(page, "Lina Line")
    await page.context.set_offline(True)
    await reply(page, "Lina Line", "Said into the dark")
    await expect(page.get_by_text("Sends when back")).to_be_visible()
    await page.context.set_offline(False)
    await visitor.hears("Said into the dark")
    await expect(page.get_by_text("Sends when back")).to_be_hidden()
    assert visitor.heard().count("Said into the dark") == 1


async def test_why_this_agent_names_who_else_could_and_what_a_change_would_have_made_of_it(
    crew: Crew, meet: MeetVisitor
) -> None:
    page = await crew.seat(await crew.hire("Why Me", role="supervisor"))
    await crew.hire("Away Andy")
    await meet("Wanda Why", "Who answers me?")
    await accept(page, "Wanda Why")
    await page.get_by_role("button", name="Why?").click()
    sheet = page.get_by_role("dialog", name="Why this agent")
    await sheet.get_by_role("button", name="Who could have had it?").click()
    await expect(sheet.get_by_text("Why Me was offered it: best level, then longest idle.")).to_be_visible()
    await expect(sheet.locator("li .who", has_text="Away Andy")).to_contain_text("signed out")
    change = sheet.get_by_role("region", name="What if…")
    await change.get_by_label("Change").select_option("order_by")
    await expect(change.get_by_label("To")).to_have_value("strict_priority")  # not what it was
    await change.get_by_role("button", name="Decide again").click()
    await expect(change.get_by_text("Why Me again: nothing would have changed.")).to_be_visible()
    await expect(change.get_by_text("Order: strictly by priority")).to_be_visible()
