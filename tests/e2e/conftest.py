"""A served site, a browser, and people to meet in it."""

from __future__ import annotations

import itertools
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, BrowserContext, Page, async_playwright, expect

from tests.e2e.people import PASSWORD, Api, Visitor
from tests.needs import need

ROOT = Path(__file__).resolve().parents[2]
READY_S = 90
STOP_S = 20
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
SWITCHES = (
    "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
    "--disable-features=LocalNetworkAccessChecks",  # pages a test makes up may reach the site on loopback
)  # fmt: skip
OVER = ("closed", "abandoned", "cancelled", "failed")
POLICY = "Content Security Policy"  # a part of what Chromium says when a page does what it may not
_numbers = itertools.count(1)
expect.set_options(timeout=15_000)  # a busy machine may draw late; what never comes still fails

OpenPage = Callable[..., Awaitable[Page]]
MeetVisitor = Callable[..., Awaitable[Visitor]]


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _is_ready(base: str) -> bool:
    try:
        with urllib.request.urlopen(f"{base}/readyz", timeout=2) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False


@pytest.fixture(scope="session")
def site(server_folder: Path) -> Iterator[str]:
    """The address of `ucc serve` with the demo tenant, a process of its own on a free port."""
    for built in ("console", "visitor"):
        is_built = (ROOT / "widgets" / built / "dist").is_dir()
        need(is_built, f"widgets/{built}/dist is not built: run `make build`")
    port = _free_port()
    base = f"http://127.0.0.1:{port}"
    environ = {key: value for key, value in os.environ.items() if not key.startswith("UCC_")}
    environ |= {"UCC_PORT": str(port), "UCC_DATA_DIR": str(server_folder / "site"), "UCC_DEMO": "1"}
    log = (server_folder / "site.log").open("wb")
    process = subprocess.Popen(
        [sys.executable, "-m", "ucc", "serve"], env=environ, cwd=ROOT, stdout=log, stderr=subprocess.STDOUT
    )
    try:
        until = time.monotonic() + READY_S
        while not _is_ready(base):
            said = (server_folder / "site.log").read_text()[-2000:]
            assert process.poll() is None, f"ucc serve ended: {said}"
            assert time.monotonic() < until, f"ucc serve is not ready: {said}"
            time.sleep(0.1)
        yield base
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        log.close()


@pytest.fixture(scope="session")
async def chromium() -> AsyncIterator[Browser]:
    """Debian's Chromium."""
    path = next((found for name in BROWSERS if (found := shutil.which(name))), None)
    need(path, "no Chromium: apt install chromium fonts-noto-cjk")
    switches = [*SWITCHES, "--no-sandbox"] if os.geteuid() == 0 else SWITCHES
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=path, args=switches)
        yield browser
        await browser.close()


@pytest.fixture
async def open_page(chromium: Browser) -> AsyncIterator[OpenPage]:
    """Opens a page in a window of its own; an error in it, or what its policy forbids, fails the test."""
    contexts: list[BrowserContext] = []
    faults: list[str] = []

    async def open_page(
        locale: str = "en-GB", *, width: int = 1440, height: int = 900, theme: str = "light"
    ) -> Page:
        context = await chromium.new_context(
            locale=locale,
            viewport={"width": width, "height": height},
            color_scheme=theme,
            reduced_motion="reduce",
        )
        contexts.append(context)
        await context.grant_permissions(["clipboard-read", "clipboard-write"])
        page = await context.new_page()
        page.set_default_timeout(15_000)
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on("console", lambda said: faults.append(said.text) if POLICY in said.text else None)
        return page

    yield open_page
    for context in contexts:
        await context.close()
    assert faults == [], f"a page broke: {faults}"


class Crew:
    """Agents made for one test, with skills nobody else has, so that its work comes to them alone."""

    def __init__(self, site: str, admin: Api, open_page: OpenPage) -> None:
        self.site = site
        self.admin = admin
        self._open_page = open_page
        self._apis: list[Api] = []

    async def hire(self, name: str, *, chats: int = 4, role: str = "agent") -> Api:
        """Make an agent who can do everything."""
        email = f"agent.{next(_numbers)}@e2e.test"
        user = await self.admin(
            "POST",
            "/users",
            {"email": email, "name": name, "role": role, "password": PASSWORD, "capacity": {"chat": chats}},
        )
        skills = (await self.admin("GET", "/skills"))["items"]
        cells = [{"agent_id": user["id"], "skill_id": skill["id"], "level": 9} for skill in skills]
        await self.admin("PUT", "/agents/skills", cells)
        api = await Api(self.site).sign_in(email, PASSWORD)
        self._apis.append(api)
        return api

    async def seat(self, agent: Api, *, on_queue: bool = True, **window: object) -> Page:
        """Sign an agent in at a console of their own and, if wanted, go on queue."""
        page = await self._open_page(**window)
        await page.goto(f"{self.site}/console/")
        await page.get_by_label("Work e-mail").fill(agent.me["user"]["email"])
        await page.locator("input[type=password]").fill(PASSWORD)
        await page.get_by_role("button", name="Sign in", exact=True).click()
        await page.locator(".desk").wait_for()
        if on_queue:
            await page.get_by_role("button", name="Go on queue").click()
            await page.get_by_role("heading", name="All caught up").wait_for()
        return page

    async def dismiss(self) -> None:
        """End all work and send everybody home, so that nothing rings in the next test."""
        for api in self._apis:
            await api("PUT", "/presence/me", {"status": "off_queue", "reason": "own"})
        for api in [*self._apis, self.admin]:
            for row in (await api("GET", "/conversations?view=all&limit=100"))["items"]:
                work = row["interaction"] or {"state": "closed", "agent_id": None}
                if work["agent_id"] not in (None, api.me["user"]["id"]):
                    continue
                await self._finish(api, work["id"], work["state"], row["head_seq"])
        for api in self._apis:
            await api.close()

    async def _finish(self, api: Api, work_id: int, state: str, seen_seq: int) -> None:
        """Bring work to its end from whatever state it is in; a refusal means it went on by itself."""
        first = {"queued": "take", "offered": "take", "parked": "unpark"}.get(state)
        verbs = [first, "end", "complete"] if state != "wrapping" else ["complete"]
        for verb in [verb for verb in verbs if verb and state not in OVER]:
            body = {"end": {"seen_seq": seen_seq}, "complete": {}}.get(verb)
            await api.attempt("POST", f"/interactions/{work_id}/{verb}", body)


@pytest.fixture
async def crew(site: str, open_page: OpenPage) -> AsyncIterator[Crew]:
    """Whoever works in this test."""
    admin = await Api(site).sign_in("admin@demo.test", "demo")
    crew = Crew(site, admin, open_page)
    yield crew
    await crew.dismiss()
    await admin.close()


@pytest.fixture
async def meet(site: str) -> AsyncIterator[MeetVisitor]:
    """Begins a conversation of a new visitor."""
    visitors: list[Visitor] = []

    async def meet(name: str, text: str, *, locale: str = "en") -> Visitor:
        visitor = Visitor(site, name)
        visitors.append(visitor)
        return await visitor.start(text, locale=locale)

    yield meet
    for visitor in visitors:
        await visitor.close()
