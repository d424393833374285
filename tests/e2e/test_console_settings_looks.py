"""Every page of settings and contacts, at every size, theme and language: axe, overflow, content policy."""

from __future__ import annotations

import pytest
from playwright.async_api import Page

from tests.e2e.conftest import Crew, OpenPage
from tests.e2e.looks import SIZES, overflow, violations
from tests.e2e.people import PASSWORD, Api
from tests.e2e.test_console_settings import sign_in

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

LISTS = (
    "/settings/people", "/settings/people/skills", "/settings/people/capacity", "/settings/skills",
    "/settings/queues", "/settings/queues/new", "/settings/hours", "/settings/inboxes", "/settings/templates",
    "/settings/tags", "/settings/audiences", "/settings/audiences/new", "/settings/dispositions",
    "/settings/sla", "/settings/audit", "/settings/api-keys",
    "/contacts", "/nowhere",
)  # fmt: skip
DETAILS = {
    "/settings/queues": "/queues",
    "/settings/hours": "/hours",
    "/settings/audiences": "/audiences",
    "/settings/inboxes": "/inboxes",
    "/contacts": "/contacts",
}
WATCH_POLICY = """
window.refusedByPolicy = [];
addEventListener("securitypolicyviolation", (event) =>
  window.refusedByPolicy.push(`${event.effectiveDirective} ${event.blockedURI} ${event.sample}`));
"""


async def paths(admin: Api) -> list[str]:
    """Return every page, with one real thing for each kind that has a page of its own."""
    details = [f"{path}/{(await admin('GET', room))['items'][0]['id']}" for path, room in DETAILS.items()]
    return [*LISTS, *details]


async def open_path(site: str, page: Page, path: str) -> None:
    """Open a page and wait until nothing is loading."""
    await page.goto(f"{site}/console{path}")
    await page.locator("main h1, main h2").first.wait_for()
    await page.locator(".skeleton").first.wait_for(state="detached")


@pytest.mark.parametrize(
    ("theme", "locale"),
    [("light", "en-GB"), ("dark", "zh-CN"), ("light", "zh-TW")],
    ids=["en", "zh-CN", "zh-TW"],
)
async def test_axe_and_the_content_policy_find_nothing(
    site: str, crew: Crew, open_page: OpenPage, theme: str, locale: str
) -> None:
    page = await open_page("en-GB", theme=theme)
    await page.add_init_script(WATCH_POLICY)
    await page.goto(f"{site}/console/")
    await page.get_by_role("heading", name="Sign in").wait_for()
    assert await violations(page) == []
    admin = await crew.hire(f"Looks {locale}", role="admin")
    await sign_in(site, page, admin.me["user"]["email"], PASSWORD)
    short = "en" if locale == "en-GB" else locale
    await page.evaluate("locale => localStorage.setItem('ucc.locale', locale)", short)
    found: dict[str, list[str]] = {}
    for path in await paths(admin):
        await open_path(site, page, path)
        found[path] = [*await violations(page), *await page.evaluate("window.refusedByPolicy")]
    assert {path: faults for path, faults in found.items() if faults} == {}


@pytest.mark.parametrize(("width", "height"), [*SIZES, (320, 640)])
async def test_nothing_is_wider_than_its_window(
    site: str, crew: Crew, open_page: OpenPage, width: int, height: int
) -> None:
    page = await open_page(width=width, height=height)
    admin = await crew.hire(f"Looks {width}", role="admin")
    await sign_in(site, page, admin.me["user"]["email"], PASSWORD)
    wide: dict[str, int] = {}
    for path in await paths(admin):
        await open_path(site, page, path)
        wide[path] = await overflow(page)
    assert {path: pixels for path, pixels in wide.items() if pixels > 0} == {}
