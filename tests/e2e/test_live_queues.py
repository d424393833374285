"""The queues on the Live page: tiles with their half hour and limits, pausing from a row, the wallboard."""

from __future__ import annotations

import re

import pytest
from playwright.async_api import Page, expect

from tests.e2e.conftest import Crew, MeetVisitor
from tests.e2e.looks import SIZES, overflow, resize, violations
from tests.e2e.people import Json

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]
WALLS = [(1920, 1080), (3840, 2160), (1280, 720), (360, 740)]


async def supervise(crew: Crew, name: str, path: str = "live") -> Page:
    """Open a page as a supervisor who takes no work."""
    page = await crew.seat(await crew.hire(name, role="supervisor"), on_queue=False)
    await page.goto(f"{crew.site}/console/{path}")
    await expect(page.get_by_role("list", name="Now")).to_be_visible()
    return page


async def queue_named(crew: Crew, name: str) -> Json:
    """Return a queue as it is now."""
    queues = (await crew.admin("GET", "/queues"))["items"]
    return next(one for one in queues if one["name"] == name)


async def test_tiles_draw_the_half_hour_and_stand_to_their_limits(crew: Crew, meet: MeetVisitor) -> None:
    page = await supervise(crew, "Tilda Tiles")
    await meet("Willa Waits", "is anybody there?")
    waiting = page.locator("[data-tile=waiting]")
    line = waiting.get_by_role("img", name=re.compile(r"Last 30 minutes: from \d+ to [1-9]"))
    await expect(line).to_be_visible()
    await expect(page.locator("[data-tile=longest]")).to_contain_text("Support")
    await expect(page.locator("[data-tile=service_level]")).to_contain_text(re.compile(r"goal \d+%"))

    await expect(waiting).not_to_contain_text("limit")
    await page.get_by_role("button", name="Limits").press("Enter")
    dialog = page.get_by_role("dialog", name="Limits")
    await dialog.get_by_label("Too many wait above").fill("200000")
    await expect(dialog).to_contain_text("200000 is too many; allowed are 0 to 100000")
    await expect(dialog.get_by_role("button", name="Save")).to_be_disabled()
    await dialog.get_by_label("Too many wait above").fill("0")
    await dialog.get_by_label("Too few are free below").fill("500")
    assert await violations(page) == []
    await page.keyboard.press("Enter")
    await expect(dialog).to_be_hidden()
    await expect(waiting).to_contain_text("above limit")
    await expect(page.locator("[data-tile=free]")).to_contain_text("too few")
    await page.reload()  # they are kept with the user
    await expect(waiting).to_contain_text("limit 0")
    assert await violations(page) == []
    for width, height in SIZES:
        await resize(page, width, height)
        assert await overflow(page) <= 0, f"{width} px"


async def test_a_queue_is_paused_and_resumed_from_its_row_and_the_audit_says_who(crew: Crew) -> None:
    added = await crew.admin("POST", "/queues", {"name": "Returns desk"})
    page = await supervise(crew, "Petra Pauses")
    row = page.get_by_role("row", name=re.compile("Returns desk"))
    acts = row.get_by_role("button", name="Actions for Returns desk")
    await acts.press("Enter")
    await page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog", name="Pause Returns desk?")
    await expect(dialog).to_contain_text("Nobody waits here now; who comes waits.")
    await dialog.get_by_label("While paused, its work goes").select_option(label="Support")
    await expect(dialog).to_contain_text("who comes goes to Support.")
    await expect(dialog).to_contain_text("Nobody serves Support now")
    assert await violations(page) == []
    await resize(page, 360, 740)
    assert await overflow(page) <= 0
    await resize(page, 1440, 900)
    await dialog.get_by_role("button", name="Pause Returns desk").press("Enter")
    await expect(dialog).to_be_hidden()
    await expect(row).to_contain_text("Paused")
    feed = page.get_by_role("region", name="Actions today")
    await expect(feed).to_contain_text("Petra Pauses paused Returns desk and sent its work to Support")
    support = await queue_named(crew, "Support")
    paused = (await queue_named(crew, "Returns desk"))["distribution"]
    assert (paused["is_paused"], paused["redirect_queue_id"]) == (True, support["id"])

    await acts.click()
    await page.get_by_role("menuitem", name="Resume intake").click()
    dialog = page.get_by_role("dialog", name="Resume Returns desk?")
    await expect(dialog).to_contain_text("Who comes is offered again.")
    await dialog.get_by_role("button", name="Resume Returns desk").click()
    await expect(row).not_to_contain_text("Paused")
    await expect(feed.get_by_role("listitem").first).to_contain_text("Petra Pauses resumed Returns desk")
    assert await violations(page) == []
    lines = (await crew.admin("GET", "/audit?limit=10"))["items"]
    done = [(one["act"], one["user_name"]) for one in lines if one["target"] == f"queue:{added['id']}"]
    assert done[:2] == [("queue_resumed", "Petra Pauses"), ("queue_paused", "Petra Pauses")]
    await crew.admin("DELETE", f"/queues/{added['id']}")


async def test_the_wallboard_has_nothing_to_press_stays_fresh_and_says_when_it_is_not(
    crew: Crew, meet: MeetVisitor
) -> None:
    # Who waits where nobody works is pressing: the queue stands among the first, however many there are.
    await meet("Wally Waits", "is anybody there?")
    page = await supervise(crew, "Wanda Wall", "live?wall")
    row = page.get_by_role("row", name=re.compile("Support"))
    await expect(row).to_be_visible()
    await expect(page.locator("button, a, input, select, [tabindex]")).to_have_count(0)
    assert await violations(page) == []
    for width, height in WALLS:
        await resize(page, width, height)
        assert await overflow(page) <= 0, f"{width} px"
    await resize(page, *WALLS[0])
    assert await page.evaluate("document.documentElement.scrollHeight - innerHeight") <= 0
    smallest = "Math.min(...[...document.querySelectorAll('tbody :is(td, th)')].map(one => one.offsetHeight))"
    assert await page.evaluate(smallest) >= 70, "a fifteenth of the screen for a line of a queue"

    before = int(await row.get_by_role("cell").nth(1).inner_text())
    await meet("Nelly New", "hello")
    await expect(row.get_by_role("cell").nth(1)).to_have_text(str(before + 1))
    await page.context.set_offline(True)
    await expect(page.get_by_role("status")).to_contain_text("No connection: as of")
    await expect(row).to_be_visible()
    await page.context.set_offline(False)
    await expect(page.get_by_role("status")).to_be_empty()
