"""Rules of routing as people meet them: exits, broadcasts, blocks, callbacks, linked work, live figures."""

from __future__ import annotations

import itertools
import re
import uuid
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from playwright.async_api import Page, expect

from tests.e2e.conftest import Crew, OpenPage
from tests.e2e.looks import SIZES, overflow, resize, violations
from tests.e2e.people import Api, Json, Socket, eventually
from tests.e2e.test_console_settings import go, sign_in
from tests.e2e.test_widget import open_chat, write

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]

_numbers = itertools.count(1)


class Door:
    """A queue with an inbox of its own, and the visitors who come through it."""

    def __init__(self, site: str, admin: Api) -> None:
        self.site = site
        self.admin = admin
        self.queue: Json = {}
        self.inbox: Json = {}
        self._sockets: list[Socket] = []

    async def open(self, *, widget: Json | None = None, **policy: Any) -> Door:
        """Make the queue with this policy, and the inbox that leads to it."""
        name = f"Rules {next(_numbers)}"
        self.queue = await self.admin("POST", "/queues", {"name": name, **policy})
        inbox = {"name": name, "queue_id": self.queue["id"], "origins": [self.site], "widget": widget or {}}
        self.inbox = await self.admin("POST", "/inboxes", inbox)
        return self

    async def start(self, text: str) -> int:
        """Begin a conversation and stay; return it."""
        start = {"client_id": str(uuid.uuid4()), "text": text}
        async with httpx.AsyncClient(base_url=f"{self.site}/v1", headers={"Origin": self.site}) as http:
            answer = await http.post(f"/widget/{self.inbox['key']}/start", json=start)
        assert answer.status_code < 300, answer.text
        hello = {"type": "hello", "token": answer.json()["token"], "last_seq": 0}
        self._sockets.append(await Socket.open(self.site, "/v1/widget/socket", hello))
        return int(answer.json()["state"]["conversation_id"])

    async def visit(self, page: Page) -> None:
        """Open the chat on a page that embeds this door."""
        embed = f'<script async src="{self.site}/widget/v1.js" data-inbox="{self.inbox["key"]}"></script>'
        shop = f"<!doctype html><html lang=en><title>Shop</title>{embed}"
        await page.route(
            f"{self.site}/shop", lambda route: route.fulfill(content_type="text/html", body=shop)
        )
        await open_chat(page, f"{self.site}/shop")

    async def close(self) -> None:
        """Let the visitors leave."""
        for socket in self._sockets:
            await socket.send({"type": "end"})
            await socket.close()


@pytest.fixture
async def door(site: str, crew: Crew) -> AsyncIterator[Door]:
    """A door nobody else uses."""
    door = Door(site, crew.admin)
    yield door
    await door.close()


async def name_contact(admin: Api, conversation_id: int, name: str) -> int:
    """Call the contact of a conversation so; return the contact."""
    contact_id = int((await admin("GET", f"/conversations/{conversation_id}"))["contact_id"])
    await admin("PATCH", f"/contacts/{contact_id}", {"name": name})
    return contact_id


# --- queues ---------------------------------------------------------------------------------------------


async def test_a_queue_says_how_many_it_rings_at_how_contacts_leave_and_where_the_blocked_go(
    site: str, crew: Crew, door: Door, open_page: OpenPage
) -> None:
    await door.open()
    spam = await crew.admin("POST", "/queues", {"name": f"Spam {next(_numbers)}"})
    page = await sign_in(site, await open_page())
    await go(site, page, f"/settings/queues/{door.queue['id']}", door.queue["name"])
    await page.get_by_role("button", name="How many it rings at: one agent").click()
    await page.get_by_role("textbox", name="How many it rings at").fill("40")
    await page.keyboard.press("Escape")
    await page.get_by_role("button", name=re.compile("^Where no queue can have them")).click()
    await page.get_by_role("button", name=re.compile("^leave a message")).click()
    await expect(page.get_by_role("button", name="Overflow after: 2 min")).to_be_visible()
    await page.get_by_label("Blocked contacts").select_option(label=spam["name"])
    await page.keyboard.press("Control+s")
    blank = page.get_by_role("button", name=re.compile("^How many it rings at"))
    await expect(blank).to_have_accessible_description("How many it rings at: found 40, allowed is 1 to 20")
    await expect(blank).to_be_focused()
    unchanged = await crew.admin("GET", f"/queues/{door.queue['id']}")
    assert (unchanged["overflow_exit"], unchanged["blocked_queue_id"]) == (None, None), "all or nothing"
    await page.get_by_role("button", name=re.compile("^How many it rings at")).click()
    await page.get_by_role("textbox", name="How many it rings at").fill("3")
    await page.keyboard.press("Escape")
    await expect(page.get_by_role("button", name="How many it rings at: the best 3 at once")).to_be_visible()
    assert await violations(page) == []
    await page.keyboard.press("Control+s")
    await expect(page.get_by_text("Saved", exact=True)).to_be_visible()
    stored = await crew.admin("GET", f"/queues/{door.queue['id']}")
    assert stored["distribution"]["broadcast"] == 3
    assert (stored["overflow_exit"], stored["overflow_after_s"]) == ("message", 120)
    assert stored["blocked_queue_id"] == spam["id"]


# --- broadcasts -----------------------------------------------------------------------------------------


async def test_r73_a_broadcast_rings_on_both_screens_and_goes_from_the_slower(crew: Crew, door: Door) -> None:
    await door.open(distribution={"broadcast": 2})
    pages = [await crew.seat(await crew.hire(name)) for name in ("Quick One", "Slow One")]
    conversation_id = await door.start("Who is first?")
    cards = [page.get_by_role("article").filter(has_text="Who is first?") for page in pages]
    for card in cards:
        await expect(card.get_by_text("the first to accept has it")).to_be_visible()
    assert await violations(pages[1]) == []
    await cards[0].get_by_role("button", name="Accept").click()
    await expect(cards[1]).to_have_count(0)
    await expect(pages[1].get_by_text("A colleague was quicker")).to_have_count(1)
    head = await crew.admin("GET", f"/conversations/{conversation_id}")
    assert head["agent_name"] == "Quick One"
    for page in pages:
        pill = page.get_by_role("button", name=re.compile("^Your status"))
        await expect(pill).to_contain_text("On queue")


# --- blocked contacts -----------------------------------------------------------------------------------


async def test_a_contact_is_blocked_with_a_reason_and_unblocked(
    site: str, crew: Crew, open_page: OpenPage
) -> None:
    contact = await crew.admin("POST", "/contacts", {"name": f"Wanda Watch {next(_numbers)}"})
    page = await sign_in(site, await open_page())
    await go(site, page, f"/contacts/{contact['id']}", contact["name"])
    await page.get_by_role("button", name="Block", exact=True).click()
    dialog = page.get_by_role("dialog", name=f"Block {contact['name']}?")
    await dialog.get_by_label("Reason, for the audit log").fill("Sells watches")
    assert await violations(page) == []
    await page.keyboard.press("Enter")
    await expect(page.get_by_text("Blocked", exact=True)).to_be_visible()
    assert (await crew.admin("GET", f"/contacts/{contact['id']}"))["is_blocked"] is True
    lines = (await crew.admin("GET", "/audit?limit=5"))["items"]
    line = next(one for one in lines if one["target"] == f"contact:{contact['id']}")
    assert (line["act"], line["detail"]) == ("contact_blocked", {"reason": "Sells watches"})
    await page.get_by_role("button", name="Unblock").click()
    await expect(page.get_by_text("Blocked", exact=True)).to_have_count(0)
    agent = await crew.hire("No Blocker")
    page = await crew.seat(agent, on_queue=False)
    await go(site, page, f"/contacts/{contact['id']}", contact["name"])
    await expect(page.get_by_role("button", name="Block", exact=True)).to_have_count(0)


# --- callbacks ------------------------------------------------------------------------------------------


async def test_r72_a_visitor_is_called_back_and_the_agent_sees_whom_to_call(
    site: str, crew: Crew, door: Door, open_page: OpenPage
) -> None:
    await door.open(widget={"offers_callback": True, "prechat": []})
    page = await open_page()
    await door.visit(page)
    await write(page, "My kettle hums")
    await page.get_by_role("button", name="Call me back, keep my place").click()
    number = page.get_by_label("Call me back on")
    await expect(number).to_be_focused()
    await number.fill("0123")
    await page.keyboard.press("Enter")
    await expect(number).to_have_attribute("aria-invalid", "true")
    await expect(page.get_by_text("with its country")).to_be_visible()
    assert await violations(page) == []
    await number.fill("+60 12-345 6789")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("heading", name="We will call you")).to_be_visible()
    await expect(page.get_by_text("+60123456789")).to_be_visible()
    await expect(page.get_by_role("button", name="Call me back", exact=False)).to_have_count(0)

    agent = await crew.hire("Carla Caller")
    user_id = agent.me["user"]["id"]
    await crew.admin("PATCH", f"/users/{user_id}", {"capacity": {"chat": 2, "task": 1}})
    desk = await crew.seat(agent)
    card = desk.get_by_role("article").filter(has_text="My kettle hums")
    await expect(card.get_by_role("link", name="+60123456789")).to_have_attribute("href", "tel:+60123456789")
    await expect(card.get_by_text("Callback asked for")).to_be_visible()
    assert await violations(desk) == []
    await card.get_by_role("button", name="Accept").click()
    call = desk.get_by_role("link", name="Call +60123456789")
    await expect(call).to_have_attribute("href", "tel:+60123456789")
    assert await violations(desk) == []


async def test_r71_who_leaves_by_a_message_is_told_and_answered_later(
    site: str, crew: Crew, door: Door
) -> None:
    await door.open(overflow_exit="message", distribution={"overflow_length": 0})
    conversation_id = await door.start("Nobody home?")

    async def is_left() -> bool:
        work = (await crew.admin("GET", f"/conversations/{conversation_id}"))["interaction"]
        return bool(work["exit"] == "message")

    await eventually(is_left, "the message to be left")
    page = await crew.seat(await crew.hire("Later On"))
    card = page.get_by_role("article").filter(has_text="Nobody home?")
    await expect(card.get_by_text("nobody waits")).to_be_visible()
    await card.get_by_role("button", name="Accept").click()
    await expect(page.locator(".thread").get_by_text("A message was left: nobody waits")).to_be_visible()


# --- linked work ----------------------------------------------------------------------------------------


async def test_r78_both_threads_say_who_else_has_the_contact(site: str, crew: Crew, door: Door) -> None:
    await door.open()
    first, second = await door.start("By the shop"), await door.start("By the help page")
    kept = await name_contact(crew.admin, first, "Lin Kedd")
    other = await name_contact(crew.admin, second, "Lin K.")
    await crew.admin("POST", f"/contacts/{kept}/merge", {"merged_id": other})
    page = await crew.seat(await crew.hire("Ann One"))
    for text in ("By the shop", "By the help page"):
        card = page.get_by_role("article").filter(has_text=text)
        await card.get_by_role("button", name="Accept").click()
    await expect(page.get_by_role("log")).to_contain_text("By the help page")
    line = page.get_by_text(f"Also with you, in {door.queue['name']}")
    await expect(line).to_be_visible()
    await page.locator(".thread").get_by_role("link", name="Open").click()
    await expect(page.get_by_role("log")).to_contain_text("By the shop")
    await expect(line).to_be_visible()
    assert await violations(page) == []


# --- live figures ---------------------------------------------------------------------------------------


async def rows_of(page: Page) -> list[str]:
    """Return the names of the queues in the order they stand."""
    return await page.get_by_role("table").locator("tbody td:first-child").all_inner_texts()


async def test_live_figures_follow_what_moves_and_are_sorted_by_keyboard(
    site: str, crew: Crew, door: Door, open_page: OpenPage
) -> None:
    await door.open()
    page = await sign_in(site, await open_page())
    await go(site, page, "/live", "Live")
    row = page.get_by_role("row").filter(has_text=door.queue["name"])
    await expect(row).to_contain_text("Unstaffed")
    await door.start("Waiting to be counted")
    await expect(row.get_by_role("cell").nth(2)).to_have_text("1")  # without a reload
    assert (await rows_of(page))[0] == door.queue["name"], "who waits longest is on top"
    heading = page.get_by_role("columnheader", name="Queue")
    await heading.get_by_role("button").focus()
    await page.keyboard.press("Enter")
    await expect(heading).to_have_attribute("aria-sort", "ascending")
    names = await rows_of(page)
    assert names == sorted(names, key=str.casefold)
    await page.keyboard.press("Enter")
    await expect(heading).to_have_attribute("aria-sort", "descending")
    assert await rows_of(page) == names[::-1]
    await page.get_by_role("button", name="Last 30 min").click()
    await expect(row.get_by_role("cell").nth(2)).to_have_text("1")
    assert await violations(page) == []


@pytest.mark.parametrize(("theme", "locale"), [("light", "en-GB"), ("dark", "zh-CN"), ("light", "zh-TW")])
async def test_live_fits_every_size_theme_and_language(
    site: str, crew: Crew, open_page: OpenPage, theme: str, locale: str
) -> None:
    supervisor = await crew.hire(f"Live {locale}", role="supervisor")
    await supervisor("PATCH", "/auth/me", {"locale": {"en-GB": "en"}.get(locale, locale)})
    page = await crew.seat(supervisor, on_queue=False, theme=theme)
    await page.goto(f"{site}/console/live")
    await page.locator(".tiles").wait_for()
    for width, height in SIZES:
        await resize(page, width, height)
        assert await overflow(page) <= 0, f"{width} px"
        assert await violations(page) == []
