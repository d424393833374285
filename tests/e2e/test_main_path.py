"""The main job, end to end: a visitor writes in Chinese, agents answer in English."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from PIL import Image
from playwright.async_api import Page, expect

from tests.e2e.conftest import Crew, OpenPage
from tests.e2e.people import eventually

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]


async def _write(visitor: Page, text: str) -> None:
    """Send a message in the widget."""
    box = visitor.get_by_placeholder("输入消息")
    await box.fill(text)
    await box.press("Enter")
    await expect(visitor.get_by_role("log")).to_contain_text(text)


async def _open_chat(visitor: Page, site: str) -> None:
    """Come to the shop and open the chat, through whatever the inbox asks before it."""
    await visitor.goto(f"{site}/demo/zh-CN")
    await visitor.locator("button.launch").click()
    await visitor.get_by_role("button", name=re.compile("发消息")).click()
    start = visitor.get_by_role("button", name="开始对话")
    await expect(start.or_(visitor.get_by_placeholder("输入消息"))).to_be_visible()
    if await start.is_visible():
        await visitor.get_by_label("您的称呼").fill("林晓雯")
        await start.click()


async def _accept(page: Page) -> None:
    await page.locator(".offer").get_by_role("button", name="Accept").click()
    await expect(page.locator("form.composer")).to_be_visible()


async def test_a_chinese_visitor_and_english_agents_hold_a_conversation(
    site: str, crew: Crew, open_page: OpenPage, tmp_path: Path
) -> None:
    await _hold_a_conversation(site, crew, open_page, tmp_path, "Ravi Pillai")


async def test_they_hold_it_across_two_nodes_of_one_database_and_one_nats(
    site: str, crew_elsewhere: Crew, open_page: OpenPage, tmp_path: Path
) -> None:
    assert crew_elsewhere.site != site
    await _hold_a_conversation(site, crew_elsewhere, open_page, tmp_path, "Ravi Elsewhere")


async def _hold_a_conversation(
    site: str, crew: Crew, open_page: OpenPage, tmp_path: Path, colleague_name: str
) -> None:
    """Attachment both ways, transfer to another agent, wrap-up, and a reload on both sides."""
    cracked, colours = tmp_path / "cracked.png", tmp_path / "colours.png"
    Image.new("RGB", (320, 200), "#b5a995").save(cracked)
    Image.new("RGB", (200, 200), "#e9dfc9").save(colours)
    first = await crew.hire("Hana Yusof")
    agent = await crew.seat(first)

    # The visitor asks; the offer rings in the console and is accepted.
    visitor = await open_page("zh-CN")
    await _open_chat(visitor, site)
    await _write(visitor, "你好，电热水壶的盖子裂了。订单号 A-20318。")
    await _accept(agent)
    log = agent.get_by_role("log")
    await expect(log).to_contain_text("电热水壶的盖子裂了")
    await expect(log.locator(":lang(zh)").first).to_be_visible()

    # An answer, and a picture each way.
    await agent.keyboard.press("Alt+l")
    await agent.keyboard.type("Sorry to hear that. Could you send a photo?")
    await agent.keyboard.press("Control+Enter")
    await expect(visitor.get_by_role("log")).to_contain_text("Could you send a photo?")
    await visitor.locator("input[type=file]").set_input_files(cracked)
    await visitor.get_by_role("button", name="发送", exact=True).click()
    await expect(log.get_by_role("img", name="cracked.png")).to_be_visible()
    await agent.locator("form.composer input[type=file]").set_input_files(colours)
    await agent.locator("form.composer").get_by_role("button", name="Send").click()
    await expect(visitor.get_by_role("log").locator("img")).to_have_count(2)

    # Both reload; nothing is lost and nothing doubles.
    await visitor.reload()  # an open chat opens again by itself
    await expect(visitor.get_by_role("log")).to_contain_text("Could you send a photo?")
    await agent.reload()
    await expect(agent.get_by_role("log")).to_contain_text("Could you send a photo?")
    await expect(agent.get_by_role("log").get_by_text("电热水壶的盖子裂了")).to_have_count(1)
    await _write(visitor, "收到照片了吗？")
    await expect(agent.get_by_role("log")).to_contain_text("收到照片了吗？")

    # Transfer to a colleague, in three clicks and a note.
    second = await crew.hire(colleague_name)
    colleague = await crew.seat(second)
    await agent.get_by_role("button", name="Transfer").click()
    await agent.get_by_role("radio", name=re.compile(colleague_name)).check(force=True)
    await agent.get_by_label("Note for whoever gets it").fill("Needs a spare lid, ivory")
    await agent.locator(".ucc-popover").get_by_role("button", name="Send").click()
    await _accept(colleague)
    await expect(colleague.get_by_role("log")).to_contain_text("Needs a spare lid, ivory")
    await colleague.keyboard.press("Alt+l")
    await colleague.keyboard.type("A new lid ships tomorrow, free.")
    await colleague.keyboard.press("Control+Enter")
    await expect(visitor.get_by_role("log")).to_contain_text("A new lid ships tomorrow, free.")
    await expect(visitor.get_by_role("log")).to_contain_text("Ravi")

    # Wrap-up ends it; the visitor sees the end.
    await colleague.keyboard.press("Alt+e")
    strip = colleague.get_by_role("form", name="Wrap-up")
    await strip.get_by_role("button", name=re.compile("Replacement")).click()
    await colleague.keyboard.press("Alt+e")
    await expect(strip).to_be_hidden()

    conversation_id = int(colleague.url.rpartition("/")[2])

    async def resolved() -> bool:
        head = await second("GET", f"/conversations/{conversation_id}")
        return bool(head["state"] == "resolved" and head["interaction"]["disposition_id"])

    await eventually(resolved, "the conversation to be resolved with its outcome")
    entries = (await second("GET", f"/conversations/{conversation_id}/entries"))["items"]
    assert [entry["seq"] for entry in entries] == list(range(1, len(entries) + 1))
    said = [entry["text"] for entry in entries if entry["kind"] == "message" and entry["text"]]
    assert said == [
        "你好，电热水壶的盖子裂了。订单号 A-20318。",
        "Sorry to hear that. Could you send a photo?",
        "收到照片了吗？",
        "A new lid ships tomorrow, free.",
    ]
    assert sum(len(entry["attachments"]) for entry in entries) == 2
