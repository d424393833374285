"""Shifts and breaks: a supervisor plans a day, the agent sees the next break and is taken off queue by it."""

from __future__ import annotations

import re
import time

import pytest
from playwright.async_api import expect

from tests.e2e.conftest import Crew
from tests.e2e.looks import SIZES, overflow, violations
from tests.e2e.test_console_settings import go

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]

MINUTE_MS = 60_000


async def test_a_planned_break_takes_the_agent_off_queue_and_its_end_brings_them_back(
    site: str, crew: Crew
) -> None:
    agent = await crew.hire("Bela Break")
    desk = await crew.seat(agent)
    chief = await crew.seat(await crew.hire("Sue Pervisor", role="supervisor"), on_queue=False)
    await go(site, chief, "/settings/people/plan", "People")
    await chief.get_by_role("button", name="Bela Break").click()
    dialog = chief.get_by_role("dialog")
    await dialog.get_by_role("button", name="Add a shift").click()
    await dialog.get_by_role("textbox", name="Shift, from").fill("0")
    await dialog.get_by_role("textbox", name="Shift, to").fill("24:00")
    await dialog.get_by_role("button", name="Add a break").click()
    await dialog.get_by_role("textbox", name="Breaks, from").fill("nine")
    await dialog.get_by_role("button", name="Save").click()
    await expect(dialog.get_by_role("alert")).to_contain_text("Give HH:MM")
    await dialog.get_by_role("textbox", name="Breaks, from").fill("0")
    await dialog.get_by_role("textbox", name="Breaks, to").fill("24:00")
    assert await violations(chief) == []
    await dialog.get_by_role("button", name="Save").click()
    await expect(dialog).to_be_hidden()
    row = chief.get_by_role("row").filter(has_text="Bela Break")
    await expect(row).to_contain_text("00:00–24:00 Meal")
    assert await violations(chief) == []

    # The break runs: the agent is off queue for its reason, and sees until when.
    pill = desk.get_by_role("button", name=re.compile("^Your status:"))
    await expect(pill).to_contain_text("Meal")
    await pill.click()
    await expect(desk.get_by_text(re.compile(r"^Meal until \d"))).to_be_visible()
    await desk.keyboard.press("Escape")

    # Planned for later instead: back on queue at once, and the menu says when.
    at_ms = int(time.time() * 1000)
    later = {"from_ms": at_ms + 30 * MINUTE_MS, "to_ms": at_ms + 45 * MINUTE_MS, "reason": "break"}
    path = f"/presence/{agent.me['user']['id']}/plan"
    shifts = (await crew.admin("GET", path))["shifts"]
    await crew.admin("PUT", path, {"shifts": shifts, "breaks": [later]})
    await expect(pill).to_contain_text("On queue")
    await pill.click()
    await expect(desk.get_by_text(re.compile(r"^Break at \d"))).to_be_visible()
    assert await violations(desk) == []


@pytest.mark.parametrize(("width", "height"), SIZES)
async def test_the_plan_is_not_wider_than_its_window(site: str, crew: Crew, width: int, height: int) -> None:
    chief = await crew.seat(
        await crew.hire(f"Wide Chief {width}", role="supervisor"), on_queue=False, width=width, height=height
    )
    await go(site, chief, "/settings/people/plan", "People")
    await expect(chief.get_by_role("table", name="Shifts")).to_be_visible()
    assert await overflow(chief) <= 0
    await chief.get_by_role("button", name=f"Wide Chief {width}", exact=True).click()
    await chief.get_by_role("dialog").get_by_role("button", name="Add a break").click()
    assert await overflow(chief) <= 0
