"""The Desk at every size, theme and language: nothing overflows, axe finds nothing."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.async_api import Browser, expect

from tests.e2e.conftest import Crew, MeetVisitor
from tests.e2e.looks import AXE, SIZES, overflow, resize, violations

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]


@pytest.mark.parametrize("theme", ["light", "dark"])
async def test_axe_finds_nothing_while_an_agent_works(crew: Crew, meet: MeetVisitor, theme: str) -> None:
    assert Path(AXE).exists(), "npm ci has not run"
    page = await crew.seat(await crew.hire(f"Axel {theme}"), theme=theme)
    assert await violations(page) == []
    await meet("Vip Contact", "你好，请问有货吗？")
    await page.locator(".offer").wait_for()
    assert await violations(page) == []
    await page.keyboard.press("Alt+a")
    await expect(page.locator("form.composer")).to_be_visible()
    await page.keyboard.press("Alt+l")
    await page.keyboard.type("/")
    await page.get_by_role("listbox", name="Templates").wait_for()
    assert await violations(page) == []
    await page.keyboard.press("Escape")
    await page.keyboard.press("Alt+p")
    assert await violations(page) == []
    await page.get_by_role("button", name="Transfer").click()
    await page.get_by_role("radiogroup").wait_for()
    assert await violations(page) == []
    await page.keyboard.press("Escape")
    await page.keyboard.press("Alt+e")
    await page.get_by_role("form", name="Wrap-up").wait_for()
    assert await violations(page) == []


@pytest.mark.parametrize(("width", "height"), SIZES)
async def test_no_screen_is_wider_than_its_window(
    crew: Crew, meet: MeetVisitor, width: int, height: int
) -> None:
    page = await crew.seat(await crew.hire(f"Wide {width}"))
    await meet("A contact with quite a long name indeed", "https://lintwick.example/" + "long" * 60)
    await page.locator(".offer").get_by_role("button", name="Accept").click()
    await expect(page.locator("form.composer")).to_be_visible()
    await resize(page, width, height)
    await expect(page.get_by_role("textbox")).not_to_have_count(0)
    assert await overflow(page) <= 0
    await page.get_by_role("button", name="Contact details").first.click()
    assert await overflow(page) <= 0


async def test_on_a_phone_list_thread_and_details_are_pages_with_a_way_back(
    crew: Crew, meet: MeetVisitor
) -> None:
    page = await crew.seat(await crew.hire("Phone Agent"))
    await resize(page, 360, 740)
    await meet("Paul Phone", "hello from the bus")
    await page.locator(".offer").get_by_role("button", name="Accept").click()
    await expect(page.get_by_role("heading", name="Paul Phone", level=1)).to_be_visible()
    await page.get_by_role("button", name="Contact details").click()
    await expect(page.get_by_role("complementary", name="About Paul Phone")).to_be_visible()
    await page.get_by_role("button", name="Back to the list").click()
    await expect(page.get_by_role("complementary")).to_be_hidden()
    await page.get_by_role("link", name="Back to the list").click()
    await expect(page.get_by_role("heading", name="Mine", level=1)).to_be_visible()
    await page.get_by_role("link", name="Paul Phone").click()
    await expect(page.get_by_role("textbox", name="Reply to Paul Phone")).to_be_visible()


async def test_the_dock_never_covers_send_or_done(crew: Crew, meet: MeetVisitor) -> None:
    page = await crew.seat(await crew.hire("Dora Dock"))
    await meet("Tess Talk", "one")
    await page.locator(".offer").get_by_role("button", name="Accept").click()
    await expect(page.locator("form.composer")).to_be_visible()
    await meet("Rita Ring", "two")
    await page.locator(".offer").wait_for()
    for width, height in SIZES:
        await resize(page, width, height)
        # Both in one breath: between two looks a frame may pass.
        dock, send = await page.evaluate(
            """() => [".offer", "form.composer button[type=submit]"].map(
                one => document.querySelector(one).getBoundingClientRect().toJSON())"""
        )
        apart = (
            dock["left"] >= send["right"]
            or dock["right"] <= send["left"]
            or dock["top"] >= send["bottom"]
            or dock["bottom"] <= send["top"]
        )
        assert apart, f"at {width}: {dock} covers {send}"


@pytest.mark.parametrize(
    ("locale", "mine", "resolve"),
    [("zh-CN", "我的", "解决"), ("zh-TW", "我的", "解決"), ("en", "Mine", "Resolve")],
)
async def test_every_language_has_its_words(
    crew: Crew, meet: MeetVisitor, locale: str, mine: str, resolve: str
) -> None:
    page = await crew.seat(await crew.hire(f"Lang {locale}"))
    await meet("Lou Lang", "hi")
    await page.locator(".offer").get_by_role("button", name="Accept").click()
    await expect(page.locator("form.composer")).to_be_visible()
    await page.evaluate(f"localStorage.setItem('ucc.locale', '{locale}')")
    await page.reload()
    await expect(page.get_by_role("heading", name=mine, level=1)).to_be_visible()
    await expect(page.get_by_role("button", name=resolve, exact=True)).to_be_visible()
    assert await page.evaluate("document.documentElement.lang") == locale


@pytest.mark.parametrize("path", ["/console/", "/demo"])
async def test_an_inline_style_is_refused(site: str, chromium: Browser, path: str) -> None:
    """Every other test fails on a breach of the policy; here one is made on purpose."""
    context = await chromium.new_context()
    page = await context.new_page()
    await page.goto(site + path)
    refused = await page.evaluate(
        """() => new Promise((tell) => {
          addEventListener("securitypolicyviolation", (event) => tell(event.effectiveDirective));
          document.body.setAttribute("style", "color: red");
        })"""
    )
    assert refused == "style-src-attr"
    await context.close()
