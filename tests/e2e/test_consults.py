"""A colleague's advice, end to end: two agents and a visitor, each at a screen of their own."""

from __future__ import annotations

import itertools
import re
from collections.abc import AsyncIterator
from typing import NamedTuple

import pytest
from playwright.async_api import Page, expect

from tests.e2e.conftest import Crew, OpenPage
from tests.e2e.looks import SIZES, overflow, resize, violations
from tests.e2e.people import PASSWORD, Api, Json, eventually
from tests.e2e.test_routing_rules import Door
from tests.e2e.test_widget import write
from ucc.demo.agent import Agent
from ucc.demo.stage import Stage

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]

_numbers = itertools.count(1)


class Chat(NamedTuple):
    """A visitor's chat in Mei's hands, and Tom, who may read none of it: his skills are others."""

    mei: Page
    tom: Page
    visitor: Page
    mei_api: Api
    tom_api: Api
    id: int


@pytest.fixture
async def door(site: str, crew: Crew) -> AsyncIterator[Door]:
    """A door nobody else uses."""
    door = Door(site, crew.admin)
    yield door
    await door.close()


@pytest.fixture
async def chat(crew: Crew, door: Door, open_page: OpenPage) -> Chat:
    """Begin the chat; Tom is on queue at his desk."""
    number = next(_numbers)
    tom_api = await crew.hire(f"Tom Advice {number}")
    skill: Json = await crew.admin("POST", "/skills", {"name": f"Loans {number}"})
    mei_api = await crew.hire(f"Mei Asks {number}")
    await door.open(requirement=[{"skill_id": skill["id"], "level": 5}], widget={"prechat": []})
    mei, tom = await crew.seat(mei_api), await crew.seat(tom_api)
    visitor = await open_page()
    await door.visit(visitor)
    await write(visitor, "May I have the rate of last year?")
    await mei.locator(".offer").get_by_role("button", name="Accept").click()
    await expect(mei.locator("form.composer")).to_be_visible()
    return Chat(mei, tom, visitor, mei_api, tom_api, int(mei.url.rpartition("/")[2]))


async def ask(chat: Chat, note: str) -> None:
    """Ask Tom by keyboard alone, from the head's button to the answer."""
    button = chat.mei.get_by_role("button", name="Ask a colleague")
    await button.focus()
    await chat.mei.keyboard.press("Enter")
    form, name = chat.mei.locator(".ucc-popover"), chat.tom_api.me["user"]["name"]
    await form.get_by_role("textbox", name="Queue or agent").fill(name)
    await expect(form.get_by_role("radio", name=re.compile(name))).to_have_count(1)
    await chat.mei.keyboard.press("Tab")
    await chat.mei.keyboard.press("Space")
    await form.get_by_label("What do you want to know?").fill(note)
    await chat.mei.keyboard.press("Enter")
    await expect(form).to_be_hidden()


async def advise(chat: Chat, note: str = "Is she a customer of ten years?") -> None:
    """Ask Tom, and let him come."""
    await ask(chat, note)
    await chat.tom.locator(".offer").get_by_role("button", name="Accept").click()
    await expect(chat.tom.get_by_text("asks for your advice. The contact does not see you")).to_be_visible()


async def test_a_colleague_is_asked_advises_is_brought_in_and_left_with_the_contact(chat: Chat) -> None:
    mei, tom, visitor = chat.mei, chat.tom, chat.visitor

    # Asked by name; the offer says that it is a consult, and by whom.
    await ask(chat, "Is she a customer of ten years?")
    await expect(mei.get_by_text(re.compile(r"Asking Tom Advice \d+…")).first).to_be_visible()
    card = tom.locator(".offer")
    await expect(card.get_by_text(re.compile(r"Mei Asks \d+ asks for your advice"))).to_be_visible()
    assert await violations(tom) == []
    await card.get_by_role("button", name="Accept").click()

    # He reads the chat and the question, and answers among colleagues alone.
    await expect(tom.get_by_role("log")).to_contain_text("May I have the rate of last year?")
    await expect(tom.get_by_role("log")).to_contain_text("Is she a customer of ten years?")
    note = tom.get_by_role("textbox", name="Private note")
    await expect(note).to_be_focused()
    await tom.keyboard.type("Twelve years. She may.")
    await tom.keyboard.press("Control+Enter")
    await expect(mei.get_by_role("log")).to_contain_text("Twelve years. She may.")
    await tom.get_by_role("tab", name="Reply").click()
    await expect(tom.get_by_text(re.compile("You advise Mei.*Only notes"))).to_be_visible()
    assert await violations(mei) == []
    assert await violations(tom) == []

    # Brought in: the contact sees who, and both answer.
    await mei.get_by_role("button", name="Bring in").click()
    await expect(visitor.get_by_role("log")).to_contain_text("Tom")
    await expect(visitor.get_by_role("heading", level=2)).to_contain_text(
        re.compile(r"Mei Asks \d+, Tom Advice \d+")
    )
    await expect(mei.locator(".thread-col header")).to_contain_text(re.compile(r"with Tom Advice \d+"))
    await tom.get_by_role("tab", name="Reply").click()
    await tom.get_by_role("textbox", name=re.compile("^Reply to")).fill("You keep last year's rate.")
    await tom.keyboard.press("Control+Enter")
    await expect(visitor.get_by_role("log")).to_contain_text("You keep last year's rate.")
    await expect(visitor.get_by_role("log")).not_to_contain_text("Twelve years")
    assert await violations(mei) == []

    # The owner leaves by naming him, and owes nothing.
    await mei.get_by_role("button", name=re.compile("^Leave to Tom")).click()
    await expect(tom.get_by_role("button", name="Resolve")).to_be_visible()
    await expect(visitor.get_by_role("heading", level=2)).not_to_contain_text("Mei")
    await expect(mei.get_by_role("form", name="Wrap-up")).to_be_hidden()
    await tom.get_by_role("tab", name="Reply").click()
    await tom.get_by_role("textbox", name=re.compile("^Reply to")).fill("I go on alone.")
    await tom.keyboard.press("Control+Enter")
    await expect(visitor.get_by_role("log")).to_contain_text("I go on alone.")


async def test_with_the_end_of_the_consult_the_right_to_read_is_gone_at_once(chat: Chat) -> None:
    await advise(chat)
    assert await chat.tom_api.attempt("GET", f"/conversations/{chat.id}")
    await chat.mei.get_by_role("button", name="End", exact=True).click()
    await expect(chat.tom.get_by_text("You may not see this conversation")).to_be_visible()
    await expect(chat.tom.get_by_role("log")).to_be_hidden()
    assert not await chat.tom_api.attempt("GET", f"/conversations/{chat.id}")
    await expect(chat.mei.get_by_role("textbox", name=re.compile("^Reply to"))).to_be_visible()


async def test_a_question_becomes_a_transfer_and_the_asker_wraps_up(chat: Chat) -> None:
    await advise(chat)
    await chat.mei.get_by_role("button", name="Hand over").click()
    await expect(chat.tom.get_by_role("button", name="Resolve")).to_be_visible()
    await expect(chat.visitor.get_by_role("heading", level=2)).to_contain_text("Tom Advice")
    row = chat.tom.locator(".list-row")
    await expect(row).to_have_count(1)
    strip = chat.mei.get_by_role("form", name="Wrap-up")
    await strip.get_by_role("button", name="Done").click()
    await expect(strip).to_be_hidden()
    await expect(chat.mei.locator(".list-row")).to_have_count(0)


async def test_a_question_is_withdrawn_and_the_offer_stops_ringing(chat: Chat) -> None:
    await ask(chat, "")
    await expect(chat.tom.locator(".offer")).to_be_visible()
    await chat.mei.get_by_role("button", name="Withdraw").click()
    await expect(chat.tom.locator(".offer")).to_be_hidden()
    await expect(chat.mei.get_by_role("button", name="Ask a colleague")).to_be_visible()


@pytest.mark.parametrize(("width", "height"), SIZES)
async def test_nothing_of_it_is_wider_than_its_window(chat: Chat, width: int, height: int) -> None:
    await advise(chat)
    for page in (chat.mei, chat.tom):
        await resize(page, width, height)
        assert await overflow(page) <= 0
        assert await page.evaluate("document.querySelector('.thread').scrollWidth") <= width
    await chat.mei.get_by_role("button", name="Bring in").click()
    await expect(chat.mei.get_by_role("button", name=re.compile("^Leave to"))).to_be_visible()
    for page in (chat.mei, chat.tom):
        assert await overflow(page) <= 0


async def test_r83_who_pays_or_fills_in_a_form_is_shown_so_and_taken_back(chat: Chat, crew: Crew) -> None:
    head = await crew.admin("GET", f"/conversations/{chat.id}")
    await chat.mei_api("POST", f"/interactions/{head['interaction']['id']}/flow", {"limit_s": 600})
    await expect(chat.mei.get_by_role("button", name="Take back")).to_be_visible()
    await expect(chat.mei.locator(".list-row").get_by_text("paying or filling in a form")).to_have_count(1)
    assert await violations(chat.mei) == []
    await chat.mei.get_by_role("button", name="Take back").click()
    await expect(chat.mei.get_by_role("textbox", name=re.compile("^Reply to"))).to_be_visible()


async def test_an_agent_of_the_demo_who_is_asked_answers_in_a_note_and_takes_the_contact(
    site: str, crew: Crew, chat: Chat
) -> None:
    player = await crew.hire("Demo Advice")
    stage = Stage(site, pace=0.01, seconds=60, seed=1)
    stage.tasks.start("agent", Agent(stage, player.me["user"]["email"], PASSWORD, {}).play())

    async def is_ready() -> bool:
        team = (await crew.admin("GET", "/presence"))["items"]
        return any(one["agent_id"] == player.me["user"]["id"] and one["status"] == "on_queue" for one in team)

    await eventually(is_ready, "the demo's agent to be on queue")
    head = await crew.admin("GET", f"/conversations/{chat.id}")
    path = f"/interactions/{head['interaction']['id']}/consult"
    await chat.mei_api("POST", path, {"agent_id": player.me["user"]["id"]})
    await expect(chat.mei.get_by_role("log")).to_contain_text("handle it as usual")
    await expect(chat.visitor.get_by_role("log")).not_to_contain_text("handle it as usual")
    await chat.mei.get_by_role("button", name="Hand over").click()
    await expect(chat.visitor.get_by_role("log")).to_contain_text("let me have a look for you")
    assert stage.score.errors == []
    await stage.tasks.close()
