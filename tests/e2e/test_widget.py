"""The visitor's widget in a real browser against a served site: from the first click to the stars."""

from __future__ import annotations

import re
import uuid
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import pytest
from playwright.async_api import Page, expect

from tests.e2e.conftest import Crew, OpenPage
from tests.e2e.people import Api, Socket, eventually

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
STRICT = (
    "default-src 'none'; script-src 'self'; connect-src 'self' ws:; img-src 'self' blob:; "
    "require-trusted-types-for 'script'; trusted-types 'none'; report-uri /nowhere"
)


class Agent:
    """An agent who works over the API, as quickly as a test wants."""

    def __init__(self, api: Api, socket: Socket) -> None:
        self.api = api
        self.socket = socket
        self.interaction_id = 0
        self.conversation_id = 0

    async def accept(self, text: str) -> None:
        """Take the offer of who wrote this; what other tests left waiting is declined."""

        async def ringing() -> Any:
            for offer in (await self.api("GET", "/offers"))["items"]:
                if offer["text"] == text:
                    return offer
                path = f"/offers/{offer['interaction_id']}/{offer['epoch']}/decline"
                await self.api("POST", path, {})
            return None

        offer = await eventually(ringing, f"an offer of {text!r} to ring")
        self.interaction_id, self.conversation_id = offer["interaction_id"], offer["conversation_id"]
        await self.api("POST", f"/offers/{self.interaction_id}/{offer['epoch']}/accept")
        await self.socket.send({"type": "subscribe", "streams": {f"conversation:{self.conversation_id}": 0}})

    async def say(self, text: str) -> None:
        """Answer the contact."""
        body = {"client_id": str(uuid.uuid4()), "text": text}
        await self.api("POST", f"/conversations/{self.conversation_id}/entries", body)

    async def read_all(self) -> None:
        """Read up to the head."""
        head = (await self.api("GET", f"/conversations/{self.conversation_id}"))["head_seq"]
        await self.api("POST", f"/conversations/{self.conversation_id}/read", {"seq": head})

    async def end(self) -> None:
        """Resolve the conversation and finish its wrap-up."""
        head = (await self.api("GET", f"/conversations/{self.conversation_id}"))["head_seq"]
        await self.api("POST", f"/interactions/{self.interaction_id}/end", {"seen_seq": head})


@pytest.fixture
async def agent(site: str, crew: Crew) -> AsyncIterator[Agent]:
    """Mina, on queue."""
    api = await crew.hire("Mina")
    ticket = (await api("POST", "/auth/ticket"))["ticket"]
    socket = await Socket.open(site, "/v1/socket", {"type": "hello", "ticket": ticket})
    mina = Agent(api, socket)

    async def is_online() -> bool:
        return bool((await api("GET", "/presence/me"))["session"] == "online")

    await eventually(is_online, "the agent to be online")
    await api("PUT", "/presence/me", {"status": "on_queue"})
    yield mina
    await socket.close()


async def open_chat(page: Page, url: str) -> None:
    """Open the widget on a page and pass the questions before the chat."""
    await page.goto(url)
    await page.locator("button.launch").click()
    await page.get_by_role("button", name=re.compile("Send a message")).click()
    start = page.get_by_role("button", name="Start the chat")
    box = page.get_by_placeholder("Write a message")
    await expect(start.or_(box)).to_be_visible()
    if await start.is_visible():
        await start.click()
    await expect(box).to_be_focused()


async def write(page: Page, text: str) -> None:
    """Send a message and see it in the log."""
    await page.get_by_placeholder("Write a message").fill(text)
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("log")).to_contain_text(text)


async def kept(page: Page) -> list[Any]:
    """Return what the page has stored in the browser."""
    script = (
        "async () => [document.cookie, {...localStorage}, {...sessionStorage}, await indexedDB.databases()]"
    )
    return list(await page.evaluate(script))


async def test_it_costs_nothing_until_it_is_used(site: str, open_page: OpenPage) -> None:
    page = await open_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    await page.goto(f"{site}/demo")
    await page.locator("button.launch").wait_for()
    ours = [url.removeprefix(site) for url in asked if "/widget/" in url]
    assert ours == ["/widget/v1.js", "/v1/widget/demo/config"]
    assert await kept(page) == ["", {}, {}, []]

    await page.locator("button.launch").click()
    await page.get_by_role("dialog").wait_for()
    await page.get_by_role("button", name=re.compile("Send a message")).click()
    assert await kept(page) == ["", {}, {}, []], "opened is not yet used"


async def test_a_visitor_and_an_agent_talk(site: str, agent: Agent, open_page: OpenPage) -> None:
    page = await open_page()
    await open_chat(page, f"{site}/demo")
    hello = "Hi! My mug arrived with a chip in the rim."
    await write(page, hello)
    log = page.get_by_role("log")
    await expect(log.get_by_role("img", name="Sent")).to_be_visible()

    await agent.accept(hello)
    await expect(page.get_by_role("heading", name="Mina")).to_be_visible()
    await expect(log).to_contain_text("Mina joined the chat")
    await agent.socket.send({"type": "typing", "conversation_id": agent.conversation_id})
    await expect(log.get_by_role("img", name="Mina is typing")).to_be_visible()
    await agent.say("Oh no, I am sorry: see https://shop.example/help.")
    await expect(log.get_by_role("img", name="Mina is typing")).not_to_be_visible()
    link = log.get_by_role("link", name="https://shop.example/help")
    await expect(link).to_have_attribute("rel", re.compile("noopener"))
    await agent.read_all()
    await expect(log.get_by_role("img", name="Read")).to_be_visible()

    await agent.end()
    await expect(page.get_by_role("heading", name="How was it with Mina?")).to_be_visible()
    await page.get_by_role("radio", name="5 stars").check(force=True)
    await page.get_by_text("Friendly").click()
    await page.get_by_role("button", name="Send").click()
    await expect(page.get_by_role("heading", name="Thank you")).to_be_visible()
    async with page.expect_download() as download:
        await page.get_by_role("button", name="Download the transcript").click()
    text = (await (await download.value).path()).read_text()
    assert "Mina: Oh no, I am sorry" in text
    assert "You: Hi! My mug" in text


async def test_it_goes_on_over_reloads_pages_and_tabs(site: str, agent: Agent, open_page: OpenPage) -> None:
    page = await open_page()
    await open_chat(page, f"{site}/demo")
    await write(page, "Hello from the first page")
    await agent.accept("Hello from the first page")
    await agent.say("Hello back")
    await expect(page.get_by_role("log")).to_contain_text("Hello back")

    await page.goto(f"{site}/demo/products/ember-mug")
    await expect(page.get_by_role("log")).to_contain_text("Hello back")
    await expect(page.get_by_role("log").get_by_text("Hello from the first page")).to_have_count(1)

    tab = await page.context.new_page()
    await tab.goto(f"{site}/demo/living")
    await tab.locator("button.launch").click()
    await write(tab, "Said in the second tab")
    await expect(page.get_by_role("log")).to_contain_text("Said in the second tab")
    await tab.get_by_role("button", name="Close the chat").click()
    await agent.say("Seen in one tab")
    await expect(page.get_by_role("log")).to_contain_text("Seen in one tab")


async def test_unread_messages_are_counted_on_the_launcher(
    site: str, agent: Agent, open_page: OpenPage
) -> None:
    page = await open_page()
    await open_chat(page, f"{site}/demo")
    await write(page, "I will go on browsing")
    await agent.accept("I will go on browsing")
    await page.keyboard.press("Escape")
    await agent.say("One")
    await agent.say("Two")
    await expect(page.get_by_role("button", name="Open the chat, 2 unread")).to_be_visible()
    await page.reload()
    await expect(page.get_by_role("button", name="Open the chat, 2 unread")).to_be_visible()
    await page.locator("button.launch").click()
    await expect(page.get_by_role("log")).to_contain_text("Two")
    await page.keyboard.press("Escape")
    await expect(page.get_by_role("button", name="Open the chat", exact=True)).to_be_visible()


async def test_i3_what_is_written_without_a_connection_arrives_once(
    site: str, agent: Agent, open_page: OpenPage
) -> None:
    page = await open_page()
    await open_chat(page, f"{site}/demo")
    await write(page, "Before")
    await agent.accept("Before")
    await page.context.set_offline(True)
    await expect(page.get_by_role("status").get_by_text("No connection")).to_be_visible()
    await write(page, "Written offline, one")
    await write(page, "Written offline, two")
    await expect(page.get_by_role("log").get_by_role("img", name="Waiting to send")).to_be_visible()
    await page.context.set_offline(False)
    await expect(page.get_by_role("log").get_by_role("img", name="Waiting to send")).to_have_count(0)
    entries = (await agent.api("GET", f"/conversations/{agent.conversation_id}/entries"))["items"]
    texts = [one["text"] for one in entries if one["author"] == "contact"]
    assert texts == ["Before", "Written offline, one", "Written offline, two"]


async def test_files_are_shown_before_and_after_they_are_sent(
    site: str, agent: Agent, open_page: OpenPage
) -> None:
    page = await open_page()
    await open_chat(page, f"{site}/demo")
    await write(page, "A picture follows")
    await agent.accept("A picture follows")
    picture = await page.evaluate_handle(
        """async () => {
          const canvas = Object.assign(document.createElement("canvas"), {width: 300, height: 200});
          canvas.getContext("2d").fillRect(20, 20, 99, 99);
          const blob = await new Promise((done) => canvas.toBlob(done));
          const data = new DataTransfer();
          data.items.add(new File([blob], "mug.png", {type: "image/png"}));
          return data;
        }"""
    )
    box = page.get_by_placeholder("Write a message")
    await box.evaluate(
        "(box, data) => box.dispatchEvent(new ClipboardEvent('paste', {clipboardData: data, bubbles: true}))",
        picture,
    )
    await expect(page.get_by_role("img", name="Picture: mug.png")).to_be_visible()
    await page.get_by_role("button", name="Send", exact=True).click()
    shown = page.get_by_role("log").get_by_role("img", name="Picture: mug.png")
    await expect(shown).to_have_attribute("src", re.compile(r"/v1/files/"))
    assert await shown.evaluate("(image) => image.decode().then(() => image.naturalWidth)") == 300

    await page.locator("input[type=file]").set_input_files(
        files=[{"name": "film.mov", "mimeType": "video/quicktime", "buffer": b"0" * (11 << 20)}]
    )
    await expect(page.get_by_role("alert")).to_contain_text("film.mov11 MB, the limit is 10 MB.")
    await page.get_by_role("button", name="Remove film.mov").click()
    await expect(page.get_by_role("alert")).to_have_count(0)


async def test_limits_are_told_where_they_are_met(site: str, open_page: OpenPage) -> None:
    page = await open_page()
    await open_chat(page, f"{site}/demo")
    box = page.get_by_placeholder("Write a message")
    await box.fill("x" * 9_500)
    await expect(page.get_by_text("9,500 of 10,000 characters")).to_be_visible()
    await box.fill("x" * 10_001)
    await expect(page.get_by_role("alert")).to_contain_text("Too long: 10,001 of 10,000 characters")
    await expect(page.get_by_role("button", name="Send", exact=True)).to_be_disabled()
    await page.keyboard.press("Enter")
    assert await kept(page) == ["", {}, {}, []]

    await box.fill("now it fits")
    await page.keyboard.press("Enter")
    for number in range(7):
        await box.fill(f"quick {number}")
        await page.keyboard.press("Enter")
    await expect(page.get_by_role("status").get_by_text("That was fast")).to_be_visible()
    log = page.get_by_role("log")
    await expect(log.get_by_role("img", name="Waiting to send")).to_have_count(0, timeout=20_000)
    said = await log.locator(".own .b").all_inner_texts()
    assert said == ["now it fits", *(f"quick {number}" for number in range(7))]


async def test_keys_are_enough_and_composition_is_never_sent(site: str, open_page: OpenPage) -> None:
    page = await open_page()
    await page.goto(f"{site}/demo/kitchen")
    launcher = page.locator("button.launch")
    await launcher.focus()
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("button", name=re.compile("Send a message"))).to_be_focused()
    for _ in range(12):
        await page.keyboard.press("Tab")
        assert await page.evaluate("document.activeElement.localName") == "ucc-widget", "Tab stays inside"
    await page.keyboard.press("Escape")
    await expect(page.get_by_role("dialog")).not_to_be_visible()
    await expect(launcher).to_be_focused()

    await open_chat(page, f"{site}/demo/kitchen")
    box = page.get_by_placeholder("Write a message")
    await box.fill("nihao")
    await box.evaluate(
        "(box) => box.dispatchEvent(new KeyboardEvent('keydown',"
        " {key: 'Enter', isComposing: true, bubbles: true, cancelable: true}))"
    )
    await expect(box).to_have_value("nihao")
    await page.keyboard.press("Shift+Enter")
    await expect(box).to_have_value("nihao\n")


async def _make_inbox(crew: Crew, site: str, **change: Any) -> str:
    """Make an inbox beside the demo's and return its key."""
    queues = (await crew.admin("GET", "/queues"))["items"]
    inbox = {"name": f"e2e {uuid.uuid4()}", "queue_id": queues[0]["id"], "origins": [site], **change}
    return str((await crew.admin("POST", "/inboxes", inbox))["key"])


async def _serve_page(page: Page, url: str, key: str, *, script: str = "", policy: str | None = None) -> None:
    """Let `url` be a page with the widget of the inbox `key`."""
    extra = '<script src="/page.js"></script>' if script else ""
    html = f"""<!doctype html><html lang="en"><title>Any page</title><h1>Any page</h1>{extra}
      <script async src="/widget/v1.js" data-inbox="{key}"></script></html>"""
    headers = {"content-security-policy": policy} if policy else {}
    await page.route(url, lambda r: r.fulfill(body=html, content_type="text/html", headers=headers))
    await page.route("**/page.js", lambda r: r.fulfill(body=script, content_type="text/javascript"))


async def test_closed_hours_say_when_it_opens_and_take_a_message(
    site: str, crew: Crew, open_page: OpenPage
) -> None:
    in_two_days = DAYS[(datetime.now(UTC).weekday() + 2) % 7]
    week = {day: [["09:00", "17:00"]] if day == in_two_days else [] for day in DAYS}
    hours = await crew.admin(
        "POST", "/hours", {"name": f"e2e {uuid.uuid4()}", "time_zone": "UTC", "week": week}
    )
    queue = {"name": f"e2e {uuid.uuid4()}", "hours_id": hours["id"]}
    queue_id = (await crew.admin("POST", "/queues", queue))["id"]
    key = await _make_inbox(crew, site, hours_id=hours["id"], queue_id=queue_id)
    page = await open_page()
    url = f"{site}/closed-page"
    await _serve_page(page, url, key)
    await page.goto(url)
    await page.locator("button.launch").click()
    await expect(page.get_by_role("heading", name="We are closed right now")).to_be_visible()
    await expect(page.get_by_text(re.compile(r"Back \w+day at \d\d:00"))).to_be_visible()
    await page.get_by_role("button", name="Leave the message").click()
    await expect(page.get_by_label("E-mail")).to_be_focused()
    await expect(page.get_by_text("Please fill this in")).to_have_count(2)
    await page.get_by_label("E-mail").fill("dana@example.com")
    await page.get_by_label("Your message").fill("Please call me about order 1042")
    await page.get_by_role("button", name="Leave the message").click()
    await expect(page.get_by_role("log")).to_contain_text("Please call me about order 1042")
    await expect(page.get_by_role("log")).to_contain_text("We have your message and will answer it.")


async def test_the_questions_before_a_chat_are_checked_and_go_along(
    site: str, crew: Crew, agent: Agent, open_page: OpenPage
) -> None:
    fields = [
        {"key": "name", "label": {"en": "Who are you?"}},
        {"key": "email", "label": {}, "is_required": True},
    ]
    key = await _make_inbox(crew, site, widget={"title": "Lintwick", "prechat": fields})
    page = await open_page()
    url = f"{site}/prechat-page"
    await _serve_page(page, url, key)
    await page.goto(url)
    await page.locator("button.launch").click()
    await page.get_by_role("button", name=re.compile("Send a message")).click()
    await expect(page.get_by_label("Who are you?")).to_be_focused()
    await page.get_by_label("E-mail").fill("dana@example")
    await page.get_by_role("button", name="Start the chat").click()
    await expect(page.get_by_label("E-mail")).to_be_focused()
    await expect(page.get_by_text("This address is not complete")).to_be_visible()
    await page.get_by_label("E-mail").fill("dana@example.com")
    await page.get_by_label("Who are you?").fill("Dana")
    await page.get_by_role("button", name="Start the chat").click()
    await write(page, "Dana here")
    await agent.accept("Dana here")
    conversation = await agent.api("GET", f"/conversations/{agent.conversation_id}")
    contact = await agent.api("GET", f"/contacts/{conversation['contact_id']}")
    assert (contact["name"], contact["email"]) == ("Dana", "dana@example.com")


async def test_a_strict_page_allows_all_of_it(site: str, crew: Crew, open_page: OpenPage) -> None:
    """No eval, no inline style, no HTML from text: a page with Trusted Types and no unsafe-inline."""
    key = await _make_inbox(crew, site)
    page = await open_page()
    faults: list[str] = []
    page.on("console", lambda message: faults.append(message.text) if message.type == "error" else None)
    url = f"{site}/strict-page"
    await _serve_page(page, url, key, policy=STRICT)
    await open_chat(page, url)
    await write(page, "Hello <img src=x onerror=alert(1)>")
    await page.get_by_role("button", name="Emoji").click()
    await page.keyboard.press("Enter")
    await page.get_by_role("button", name="More").click()
    await expect(page.get_by_role("menuitem").first).to_be_focused()
    assert [one for one in faults if "favicon" not in one] == []


async def test_the_page_can_open_it_and_hears_what_happens(
    site: str, crew: Crew, open_page: OpenPage
) -> None:
    key = await _make_inbox(crew, site)
    page = await open_page()
    url = f"{site}/api-page"
    script = """
      window.UCC = {lang: "zh-TW", theme: "dark"};
      window.heard = [];
      addEventListener("load", () => {
        for (const name of ["open", "close", "started", "message"]) UCC.on(name, () => heard.push(name));
        UCC.open();
      });"""
    await _serve_page(page, url, key, script=script)
    await page.goto(url)
    await expect(page.get_by_role("button", name="關閉對話")).to_be_visible()
    await expect(page.locator("ucc-widget")).to_have_attribute("data-theme", "dark")
    await page.get_by_role("button", name=re.compile("傳送訊息")).click()
    await page.get_by_placeholder("輸入訊息").fill("你好")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("log").get_by_role("img", name="已傳送")).to_be_visible()
    await page.evaluate("UCC.close()")
    await expect(page.get_by_role("dialog")).not_to_be_visible()
    heard = await page.evaluate("heard")
    assert [one for one in heard if one != "message"] == ["open", "started", "close"]


async def test_a_foreign_site_gets_no_chat(site: str, crew: Crew, open_page: OpenPage) -> None:
    key = await _make_inbox(crew, site, origins=["http://shop.test"])
    page = await open_page()
    snippet = f'<script async src="{site}/widget/v1.js" data-inbox="{key}"></script>'
    html = f"<!doctype html><html lang='en'><title>Any page</title><h1>Any page</h1>{snippet}</html>"
    for host in ("shop.test", "elsewhere.test"):
        await page.route(f"http://{host}/", lambda r: r.fulfill(body=html, content_type="text/html"))
    await open_chat(page, "http://shop.test/")
    await write(page, "Hello from another site")
    await expect(page.get_by_role("log").get_by_role("img", name="Sent")).to_be_visible()

    async with page.expect_console_message(lambda message: "UCC" in message.text) as told:
        await page.goto("http://elsewhere.test/")
    assert "not_allowed" in (await told.value).text
    assert await page.locator("ucc-widget").count() == 0
