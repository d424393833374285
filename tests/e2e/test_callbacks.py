"""A callback as its agent meets it: dialled by keyboard, not reached, scheduled, and reached (R88, R89)."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from typing import NamedTuple

import pytest
from playwright.async_api import Page, expect

from tests.e2e.conftest import Crew
from tests.e2e.looks import SIZES, overflow, resize, violations
from tests.e2e.people import Api
from tests.e2e.test_routing_rules import Door

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]

NUMBER = "+60123456789"


class Call(NamedTuple):
    """Somebody to call back, and the agent at whose desk it rings."""

    desk: Page
    agent: Api
    conversation_id: int


@pytest.fixture
async def door(site: str, crew: Crew) -> AsyncIterator[Door]:
    """A door nobody else uses."""
    door = Door(site, crew.admin)
    yield door
    await door.close()


@pytest.fixture
async def call(crew: Crew, door: Door) -> Call:
    """Ask for a callback, which rings at Carla."""
    await door.open(distribution={"callback_tries": 2})
    conversation_id = await door.start("My kettle hums")
    work = (await crew.admin("GET", f"/conversations/{conversation_id}"))["interaction"]
    await crew.admin("POST", f"/interactions/{work['id']}/callback", {"phone": NUMBER})
    agent = await crew.hire("Carla Calls")
    await crew.admin("PATCH", f"/users/{agent.me['user']['id']}", {"capacity": {"chat": 2, "task": 1}})
    desk = await crew.seat(agent)
    await expect(desk.locator(".offer").get_by_role("link", name=NUMBER)).to_be_visible()
    return Call(desk, agent, conversation_id)


async def test_r89_a_callback_is_dialled_scheduled_taken_again_and_reached_by_keyboard(call: Call) -> None:
    desk = call.desk
    line = desk.locator("[data-callback]")
    await desk.keyboard.press("Alt+a")
    await expect(line.get_by_text("Call them now: try 1 of 2")).to_be_visible()
    await expect(line.get_by_role("link", name=f"Call {NUMBER}")).to_have_attribute("href", f"tel:{NUMBER}")
    await expect(desk.get_by_role("log")).to_contain_text("try 1 of 2")
    await expect(desk.get_by_text("Say whether you reached them")).to_be_visible()
    await expect(desk.get_by_role("button", name="Resolve")).to_have_count(0)
    assert await violations(desk) == []
    for width, height in SIZES:
        await resize(desk, width, height)
        await expect(line.get_by_role("button", name=re.compile("^Reached"))).to_be_in_viewport()
        await expect(line.get_by_role("button", name="Not reached")).to_be_in_viewport()
        assert await overflow(desk) == 0, width
    await resize(desk, 1440, 900)

    # Nobody answered: it is out of her hands, with the time of the next call.
    await desk.keyboard.press("Alt+n")
    await expect(desk.get_by_text(re.compile(r"Not reached: called again at \d"))).to_be_visible()
    await expect(line.get_by_text(re.compile(r"Not reached once, next call at \d"))).to_be_visible()
    await expect(desk.get_by_role("log")).to_contain_text("Not reached, called again at")
    assert await violations(desk) == []

    # She does not wait for it, and reaches them.
    await desk.get_by_role("button", name="Take").first.click()
    await expect(line.get_by_text("Call them now: try 2 of 2")).to_be_visible()
    await desk.keyboard.press("Alt+y")
    await expect(desk.get_by_role("button", name="Resolve")).to_be_visible()
    await expect(line.get_by_text("Callback asked for")).to_be_visible()
    work = (await call.agent("GET", f"/conversations/{call.conversation_id}"))["interaction"]
    assert (work["state"], work["tries"]) == ("active", 2)


async def test_r89_a_callback_nobody_answers_ends_the_conversation(call: Call) -> None:
    desk = call.desk
    await desk.keyboard.press("Alt+a")
    reached = desk.get_by_role("button", name="Not reached")
    await reached.focus()
    await desk.keyboard.press("Enter")
    await desk.get_by_role("button", name="Take").first.click()
    await expect(desk.get_by_text("Call them now: try 2 of 2")).to_be_visible()
    await reached.focus()
    await desk.keyboard.press("Enter")
    await expect(desk.get_by_text("Not reached: the callback has ended")).to_be_visible()
    await expect(desk.get_by_role("log")).to_contain_text("Not reached in 2 tries: the callback has ended")
    assert (await call.agent("GET", f"/conversations/{call.conversation_id}"))["state"] == "resolved"
