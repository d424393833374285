"""The widget and the demo shop at every size, theme and language: axe finds nothing, nothing overflows."""

from __future__ import annotations

import re

import pytest
from playwright.async_api import expect

from tests.e2e.conftest import OpenPage
from tests.e2e.looks import scroll, violations
from tests.e2e.test_widget import Agent, agent, open_chat, write

__all__ = ["agent"]  # the fixture

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]

OVERFLOW = """() => {
  const root = document.querySelector("ucc-widget").shadowRoot;
  const panel = root.querySelector(".panel").getBoundingClientRect();
  const wide = [...root.querySelectorAll(".panel *")].filter((one) => {
    const box = one.getBoundingClientRect();
    return box.width > 1 && (box.right > panel.right + 1 || box.left < panel.left - 1);
  });
  return [panel, wide.map((one) => one.outerHTML.slice(0, 120))];
}"""


@pytest.mark.parametrize("theme", ["light", "dark"])
async def test_axe_finds_nothing_from_the_first_view_to_the_stars(
    site: str, agent: Agent, open_page: OpenPage, theme: str
) -> None:
    page = await open_page(theme=theme)
    await page.goto(f"{site}/demo")
    await page.locator("button.launch").wait_for()
    seen = {"shop": await violations(page)}
    await page.locator("button.launch").click()
    await page.get_by_role("dialog").wait_for()
    seen["home"] = await violations(page)
    await page.get_by_role("button", name=re.compile("Send a message")).click()
    start = page.get_by_role("button", name="Start the chat")
    if await start.is_visible():
        seen["questions"] = await violations(page)
        await start.click()
    await write(page, "Hello, is anybody there?")
    seen["waiting"] = await violations(page)
    await agent.accept("Hello, is anybody there?")
    await agent.say("Yes, I am.")
    await agent.read_all()
    await expect(page.get_by_role("log").get_by_role("img", name="Read")).to_be_visible()
    seen["chat"] = await violations(page)
    await page.get_by_role("button", name="More").click()
    seen["menu"] = await violations(page)
    await page.keyboard.press("Escape")
    await page.get_by_role("button", name="Emoji").click()
    seen["emoji"] = await violations(page)
    await page.keyboard.press("Escape")
    await page.context.set_offline(True)
    await write(page, "Still there?")
    seen["offline"] = await violations(page)
    await page.context.set_offline(False)
    await expect(page.get_by_role("log").get_by_role("img", name="Waiting to send")).to_have_count(0)
    await agent.end()
    await page.get_by_role("radio", name="2 stars").check(force=True)
    seen["stars"] = await violations(page)
    assert {where: what for where, what in seen.items() if what} == {}


@pytest.mark.parametrize(("width", "height"), [(360, 740), (320, 480), (720, 450)])
@pytest.mark.parametrize("path", ["", "/zh-TW"])
async def test_nothing_overflows_on_small_screens_and_at_200_percent(
    site: str, open_page: OpenPage, width: int, height: int, path: str
) -> None:
    page = await open_page(width=width, height=height)
    await page.goto(f"{site}/demo{path}")
    await page.locator("button.launch").click()
    await page.locator(".panel .row").first.click()
    panel, wide = await page.evaluate(OVERFLOW)
    assert wide == []
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    is_phone = width < 480
    assert (panel["width"] == width) is is_phone
    assert (panel["height"] == height) is is_phone
    assert await page.locator("button.launch").is_visible() is not is_phone


async def test_every_page_of_the_shop_is_there_in_three_languages(site: str, open_page: OpenPage) -> None:
    page = await open_page()
    for language, heading in (("", "Low chair"), ("/zh-CN", "低座椅"), ("/zh-TW", "低座椅")):
        await page.goto(f"{site}/demo{language}/products/low-chair")
        await expect(page.get_by_role("heading", level=1)).to_have_text(heading)
        assert await violations(page) == []
    for path in ("kitchen", "living", "cart", "orders/1042"):
        await page.goto(f"{site}/demo/{path}")
        await expect(page.get_by_role("heading", level=1)).to_be_visible()
        assert await violations(page) == [], path
    await page.goto(f"{site}/demo")
    await page.get_by_role("button", name="Add to cart: Ember mug").click()
    await page.get_by_role("link", name="Your cart (1)").click()
    await expect(page.get_by_text("€23")).to_be_visible()


async def test_a_long_log_stays_where_the_reader_is(site: str, agent: Agent, open_page: OpenPage) -> None:
    page = await open_page()
    await open_chat(page, f"{site}/demo")
    await write(page, "Tell me everything")
    await agent.accept("Tell me everything")
    for number in range(12):
        await agent.say(f"Line {number} of a long story\nthat goes on and on")
    log = page.get_by_role("log")
    await expect(log.get_by_text("Line 11")).to_be_in_viewport()
    await scroll(log, 0)
    await agent.say("And they lived happily")
    await expect(page.get_by_role("button", name="1 new message")).to_be_visible()
    await expect(log.get_by_text("And they lived happily")).not_to_be_in_viewport()
    await page.get_by_role("button", name="1 new message").click()
    await expect(log.get_by_text("And they lived happily")).to_be_in_viewport()
    await expect(page.get_by_role("button", name="1 new message")).to_have_count(0)
