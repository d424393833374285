"""The supervisor's question in a browser: a recorded day, two more speakers, and the answer side by side."""

from __future__ import annotations

import itertools
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import pytest
from playwright.async_api import Page, Route, expect

from tests.e2e.conftest import OpenPage, Server
from tests.e2e.looks import SIZES, overflow, resize, violations
from tests.e2e.people import PASSWORD, Api
from tests.e2e.test_console_settings import sign_in
from tests.lived import CHINESE, ORDERS, shop_day, store_day
from ucc.domain.events import AnyEvent
from ucc.kit.bus import Bus
from ucc.kit.clock import now_ms
from ucc.kit.db import Database
from ucc.kit.ids import Ids
from ucc.kit.tasks import Tasks
from ucc.tenants.service import Tenants

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

DAY_MS = 86_400_000
_numbers = itertools.count(1)


@asynccontextmanager
async def tenant_of(server: Server) -> AsyncIterator[tuple[Database, Ids, int, str]]:
    """A new tenant beside the server, with the address of its admin."""
    told = dict(re.findall(r"(UCC_DATABASE_URL|UCC_NATS_URL)='([^']+)'", server.said()))
    tasks = Tasks()
    database = await Database.open(told["UCC_DATABASE_URL"], app_connections=1, node_connections=1)
    bus = await Bus.open(told["UCC_NATS_URL"], cluster="simulate", payloads=AnyEvent, tasks=tasks)
    ids = await Ids.open(database, tasks)
    await ids.ensure(3_000)
    number = next(_numbers)
    email = f"sue.{number}@e2e.test"
    tenant_id, _ = await Tenants(database, ids, bus, tasks).create_tenant(
        name="Lived", slug=f"lived-{number}", email=email, password=PASSWORD, time_zone="UTC"
    )
    yield database, ids, tenant_id, email
    await bus.close()
    await tasks.close()
    await database.close()


@pytest.fixture
async def newcomer(server: Server) -> AsyncIterator[str]:
    """The address of somebody whose tenant has a queue and two agents, and no recorded day."""
    async with tenant_of(server) as (_, _, tenant_id, email):
        admin = await Api(server.base).sign_in(email, PASSWORD)
        await admin("POST", "/queues", {"name": "Orders"})
        for name in ("Ann", "Ben"):
            user = {
                "email": f"{name}.{tenant_id}@e2e.test",
                "name": name,
                "role": "agent",
                "password": PASSWORD,
            }
            await admin("POST", "/users", user)
        await admin.close()
        yield email


@pytest.fixture
async def supervisor(server: Server) -> AsyncIterator[str]:
    """The address of somebody whose tenant's journal holds one day of last week."""
    async with tenant_of(server) as (database, ids, tenant_id, email):
        await store_lived(database, ids, tenant_id)
        yield email


async def store_lived(database: Database, ids: Ids, tenant_id: int) -> None:
    """Store a day of last week as the tenant's journal."""
    queues, agents = (ids.take(), ids.take()), [ids.take() for _ in range(6)]
    day = shop_day(now_ms() // DAY_MS * DAY_MS - 3 * DAY_MS, agents, queues, ids=iter(ids.take, None))
    day.live()
    names = dict(zip(agents, ("Ann", "Ben", "陈晨", "Dan", "Eve", "Fay"), strict=True))
    names |= dict(zip(queues, ("中文", "Orders"), strict=True)) | {CHINESE: "Chinese", ORDERS: "Orders"}
    async with database.node(tenant_id) as conn:
        await store_day(conn, tenant_id, day, names)


async def open_lab(site: str, page: Page, email: str) -> None:
    """Sign in and open the page."""
    await sign_in(site, page, email, PASSWORD)
    await page.goto(f"{site}/console/simulate")
    await page.locator("form[aria-label]").wait_for()


async def add_two_speakers(page: Page) -> None:
    """Write the question with the keyboard alone."""
    await page.get_by_role("button", name="Add people").focus()
    await page.keyboard.press("Enter")
    row = page.get_by_role("group", name="More people 1")
    await row.get_by_label("How many more").fill("2")
    await row.get_by_role("button", name="Ask for a skill").focus()
    await page.keyboard.press("Enter")
    await page.get_by_role("menuitem", name=re.compile("Chinese")).press("Enter")
    await expect(row.get_by_role("textbox", name="From")).to_have_value("10:00")


async def test_a_supervisor_asks_for_two_more_chinese_speakers(
    site: str, supervisor: str, open_page: OpenPage
) -> None:
    page = await open_page()
    await open_lab(site, page, supervisor)
    day = datetime.fromtimestamp(now_ms() / 1000 - 3 * 86_400, UTC)
    await expect(page.get_by_label("Day", exact=True)).to_contain_text(f"{day.day} {day:%b}")
    await expect(page.get_by_role("heading", name="What if…?")).to_be_visible()
    assert await violations(page) == []
    await add_two_speakers(page)
    assert await violations(page) == []
    await page.get_by_role("button", name="Run").press("Enter")
    gain = page.get_by_role("group", name="With your changes against Played again")
    await expect(gain).to_contain_text(re.compile(r"In target.*\+\d+\.\d points"), timeout=90_000)
    await expect(gain.get_by_text("better").first).to_be_visible()
    table = page.get_by_role("table", name="Side by side")
    ways = ["As it was", "Played again", "With your changes", "Polled each second", "Round robin"]
    for way in ways:
        await expect(table.get_by_role("rowheader", name=way)).to_be_visible()
    await page.get_by_label("Type of contacts").select_option("中文")
    await page.get_by_label("Figure").select_option("asa")
    await expect(page.get_by_role("img", name="Mean wait over the day")).to_be_visible()
    await page.get_by_text("What these figures rest on").click()
    await expect(page.get_by_text("their patience is known")).to_be_visible()
    assert await violations(page) == []
    for width, height in SIZES:
        await resize(page, width, height)
        assert await overflow(page) <= 0, width
    await page.emulate_media(color_scheme="dark")
    assert await violations(page) == []
    # What was asked once can be opened again, in another language.
    await page.evaluate("localStorage.setItem('ucc.locale', 'zh-CN')")
    await page.reload()
    await page.get_by_label("以前的模拟").select_option(index=1)
    await expect(page.get_by_role("rowheader", name="按你的改变")).to_be_visible()
    await expect(page.get_by_label("增加几人")).to_have_value("2")
    assert await violations(page) == []


async def test_a_queue_may_be_served_by_share_and_keep_a_reserve(
    site: str, supervisor: str, open_page: OpenPage
) -> None:
    page = await open_page()
    await open_lab(site, page, supervisor)
    await page.get_by_role("button", name="Change a queue").press("Enter")
    row = page.get_by_role("group", name="Orders")
    await row.get_by_label("Serves first").select_option("share")
    await row.get_by_role("textbox", name="Share").fill("90")
    await row.get_by_role("textbox", name="Reserve").fill("1")
    assert await violations(page) == []
    async with page.expect_request(lambda one: one.method == "POST" and "simulations" in one.url) as asked:
        await page.get_by_role("button", name="Run").press("Enter")
    (queue,) = (await asked.value).post_data_json["edits"]["queues"]
    assert (queue["order_by"], queue["share_per_hour"], queue["reserve"]) == ("share", 90, 1)
    table = page.get_by_role("table", name="Side by side")
    await expect(table.get_by_role("rowheader", name="With your changes")).to_be_visible(timeout=90_000)


async def test_a_queue_may_relax_overflow_and_ask_otherwise(
    site: str, supervisor: str, open_page: OpenPage
) -> None:
    page = await open_page()
    await open_lab(site, page, supervisor)
    await page.get_by_role("button", name="Change a queue").press("Enter")
    await page.get_by_label("Queue", exact=True).select_option(label="中文")
    row = page.get_by_role("group", name="中文", exact=True)
    for part in ("Condition", "Relaxation", "Overflow"):
        await row.get_by_role("button", name=part, exact=True).press("Enter")
    condition = row.get_by_role("group", name="Condition", exact=True)
    await condition.get_by_role("button", name="Add a condition").press("Enter")
    await page.get_by_role("menuitem", name="people", exact=False).press("Enter")
    await condition.get_by_role("button", name="Add a person").press("Enter")
    await page.get_by_role("menuitem", name="Ann").press("Enter")
    await row.get_by_role("button", name="Ask for less after a while").press("Enter")
    overflow_part = row.get_by_role("group", name="Overflow", exact=True)
    await overflow_part.get_by_role("button", name="Where no queue can have them").press("Enter")
    await page.get_by_role("button", name="leave a message What").press("Enter")
    assert await violations(page) == []
    for width, height in SIZES:
        await resize(page, width, height)
        assert await overflow(page) <= 0, width
    async with page.expect_request(lambda one: one.method == "POST" and "simulations" in one.url) as asked:
        await page.get_by_role("button", name="Run").press("Enter")
    (queue,) = (await asked.value).post_data_json["edits"]["queues"]
    (ann,) = queue["condition"]["of"][0]["agent_ids"]
    assert queue["condition"] == {"type": "any_of", "of": [{"type": "one_of_agents", "agent_ids": [ann]}]}
    (step,) = queue["relaxation"]
    assert (step["after_s"], step["requirement"][0]["level"]) == (40, 1)
    assert queue["overflow"] == {"queue_id": None, "after_s": 120, "length": None, "exit": "message"}
    table = page.get_by_role("table", name="Side by side")
    await expect(table.get_by_role("rowheader", name="With your changes")).to_be_visible(timeout=90_000)
    await resize(page, *SIZES[0])
    await expect(table.get_by_role("columnheader", name="Left by exit")).to_be_visible()
    await expect(table.get_by_role("row", name="With your changes")).to_contain_text(
        re.compile(r"[1-9]\d* contacts")
    )
    for part in (row, page.get_by_role("region", name="Answer")):
        await expect(part).to_contain_text("is not played: neither its success")
    # Opened again, the form is as it was asked; a part that is taken away is as it was on the day.
    await page.reload()
    await page.get_by_label("Earlier simulations").select_option(index=1)
    await expect(row.get_by_role("group", name="Overflow", exact=True)).to_contain_text("leave a message")
    await row.get_by_role("button", name="Leave as it was: Overflow").press("Enter")
    async with page.expect_request(lambda one: one.method == "POST" and "simulations" in one.url) as asked:
        await page.get_by_role("button", name="Run").press("Enter")
    (queue,) = (await asked.value).post_data_json["edits"]["queues"]
    assert queue["overflow"] is None
    assert queue["condition"]["of"][0]["agent_ids"] == [ann]


async def test_a_forecast_counts_more_days_and_says_which_of_them_the_journal_lacks(
    site: str, supervisor: str, open_page: OpenPage
) -> None:
    page = await open_page()

    async def with_another(route: Route) -> None:
        answer = await route.fetch()
        days = await answer.json()
        days["items"].append({"date": "2020-02-07", "contacts": 70, "is_whole": True})
        await route.fulfill(response=answer, json=days)

    await page.route("**/v1/simulations/days", with_another)
    await open_lab(site, page, supervisor)
    days = page.get_by_role("group", name="Days like it")
    await expect(days).to_have_count(0)
    await page.get_by_label("A forecast").check()
    await days.get_by_role("checkbox", name="7 Feb").check()
    assert await violations(page) == []
    async with page.expect_request(lambda one: one.method == "POST" and "simulations" in one.url) as asked:
        await page.get_by_role("button", name="Run").press("Enter")
    assert (await asked.value).post_data_json["like"] == ["2020-02-07"]
    await expect(days).to_contain_text("Days like it: found 2020-02-07, allowed is a recorded day: ")
    await expect(days.locator("[data-fault]")).to_be_focused()
    await expect(page.get_by_role("form").get_by_role("alert")).to_have_count(0)


@pytest.mark.parametrize(
    ("locale", "words", "told"),
    [
        (
            "en",
            ("Add people", "How many more", "Change a queue", "Relaxation", "Ask for less after a while",
             "Relax after", "Reserve", "Run"),
            ("How many more: found 0, allowed is 1 to 500", "Reserve: found 5,000, allowed is 0 to 1,000",
             "Step 1 · Relax after: found 0 s, allowed is 1 s to 24 h"),
        ),
        (
            "zh-CN",
            ("增加人手", "增加几人", "改变某个队列", "放宽", "等待一段时间后降低要求",
             "放宽等待时间", "保留", "运行"),
            ("增加几人：填的是 0，允许的是 1 到 500", "保留：填的是 5,000，允许的是 0 到 1,000",
             "第 1 步 · 放宽等待时间：填的是 0 秒，允许的是 1 秒 到 24 小时"),
        ),
    ],
)  # fmt: skip
async def test_everything_that_is_wrong_stands_at_its_field(
    site: str,
    supervisor: str,
    open_page: OpenPage,
    locale: str,
    words: tuple[str, ...],
    told: tuple[str, ...],
) -> None:
    page = await open_page()
    await open_lab(site, page, supervisor)
    await page.evaluate("locale => localStorage.setItem('ucc.locale', locale)", locale)
    await page.reload()
    add, count, change, relaxation, step, after, reserve, run = words
    await page.get_by_role("button", name=add).press("Enter")
    await page.get_by_label(count).fill("0")
    await page.get_by_role("button", name=change).press("Enter")
    await page.get_by_role("button", name=relaxation, exact=True).press("Enter")
    await page.get_by_role("button", name=step).press("Enter")
    blank = page.get_by_role("button", name=re.compile(f"^{after}"))
    await blank.press("Enter")
    await page.get_by_role("textbox", name=after).fill("0")
    await page.keyboard.press("Escape")
    await page.get_by_label(reserve).fill("5000")
    await page.get_by_role("button", name=run, exact=True).press("Enter")
    for control, line in zip(
        (page.get_by_label(count), page.get_by_label(reserve), blank), told, strict=True
    ):
        await expect(control).to_have_accessible_description(line)
    await expect(page.get_by_label(count)).to_be_focused()
    await expect(page.get_by_role("form").get_by_role("alert")).to_have_count(0)
    assert await violations(page) == []
    for width, height in SIZES:
        await resize(page, width, height)
        assert await overflow(page) <= 0, width
    # A row that goes takes its fault along, and no other row is blamed for it.
    await (
        page.get_by_role("group", name=re.compile(r"^(More people|增加的人手) 1$"))
        .get_by_role("button")
        .last.click()
    )
    await expect(page.locator("[data-fault]")).to_have_count(0)


async def test_without_a_recorded_day_one_press_tells_how_it_would_go(
    site: str, newcomer: str, open_page: OpenPage
) -> None:
    page = await open_page()
    await open_lab(site, page, newcomer)
    await expect(page.get_by_role("heading", name="No day is recorded yet")).to_be_visible()
    await expect(page.get_by_label("Contacts", exact=True)).to_have_value("30")
    assert await violations(page) == []
    for width, height in SIZES:
        await resize(page, width, height)
        assert await overflow(page) <= 0, width
    await page.get_by_role("button", name="Run with these figures").press("Enter")
    table = page.get_by_role("table", name="Side by side")
    await expect(table.get_by_role("rowheader", name="As it is set up")).to_be_visible(timeout=90_000)
    # On a phone the answer stands below the question.
    await expect(page.get_by_role("region", name="What it gains")).to_be_in_viewport()
    await page.get_by_text("What these figures rest on").click()
    await expect(page.get_by_text("30 contacts an hour from 09:00 to 17:00")).to_be_visible()
    await expect(page.get_by_text("the 2 agents as they are set up")).to_be_visible()
    # With one more, beside how it is; and opened again it is the question that was asked.
    await add_anybody(page)
    await page.get_by_role("button", name="Run", exact=True).press("Enter")
    gain = page.get_by_role("group", name="With your changes against As it is set up")
    await expect(gain).to_be_visible(timeout=90_000)
    assert await violations(page) == []
    await page.reload()
    await page.get_by_label("Earlier simulations").select_option(
        label="Assumed: 30 contacts an hour · this minute"
    )
    await expect(table).to_be_visible()
    await page.get_by_label("Contacts", exact=True).fill("0")
    await page.get_by_role("button", name="Run", exact=True).press("Enter")
    fault = "Contacts: found 0, allowed is 1 to 10,000"
    await expect(page.get_by_label("Contacts", exact=True)).to_have_accessible_description(fault)
    await expect(page.get_by_label("Contacts", exact=True)).to_be_focused()


async def add_anybody(page: Page) -> None:
    """Add one person without any skill."""
    await page.get_by_role("button", name="Add people").press("Enter")
    await expect(page.get_by_role("group", name="More people 1")).to_be_visible()


async def test_one_that_runs_can_be_ended(site: str, supervisor: str, open_page: OpenPage) -> None:
    page = await open_page(locale="zh-TW")
    await page.add_init_script("localStorage.setItem('ucc.locale', 'en')")
    await open_lab(site, page, supervisor)
    await page.route(
        "**/v1/simulations",
        lambda route: route.continue_(
            post_data={**route.request.post_data_json, "replications": 400}
            if route.request.method == "POST"
            else None
        ),
    )
    await page.get_by_role("button", name="Run").click()
    await page.get_by_role("progressbar").wait_for()
    await page.get_by_role("button", name="Cancel").click()
    await expect(page.get_by_role("heading", name="What if…?")).to_be_visible()
    await expect(page.get_by_label("Earlier simulations")).to_have_count(0)
