"""A served site, a browser, and people to meet in it."""

from __future__ import annotations

import itertools
import os
import re
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


class Server:
    """A `ucc serve` of its own process, ready when made."""

    def __init__(self, folder: Path, name: str, **settings: str) -> None:
        self.base = f"http://127.0.0.1:{(port := _free_port())}"
        self._log = folder / f"{name}.log"
        environ = {key: value for key, value in os.environ.items() if not key.startswith("UCC_")}
        environ |= {"UCC_PORT": str(port), "UCC_DATA_DIR": str(folder / "site"), **settings}
        with self._log.open("wb") as log:
            command = [sys.executable, "-m", "ucc", "serve"]
            self._process = subprocess.Popen(
                command, env=environ, cwd=ROOT, stdout=log, stderr=subprocess.STDOUT
            )
        until = time.monotonic() + READY_S
        while not _is_ready(self.base):
            assert self._process.poll() is None, f"ucc serve ended: {self.said()[-2000:]}"
            assert time.monotonic() < until, f"ucc serve is not ready: {self.said()[-2000:]}"
            time.sleep(0.1)

    def said(self) -> str:
        """Return what it has printed."""
        return self._log.read_text()

    def stop(self) -> None:
        """End it in order, at the latest by force."""
        self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


@pytest.fixture(scope="session")
def server(server_folder: Path) -> Iterator[Server]:
    """`ucc serve` with the demo tenant, on a free port."""
    for built in ("console", "visitor"):
        is_built = (ROOT / "widgets" / built / "dist").is_dir()
        need(is_built, f"widgets/{built}/dist is not built: run `make build`")
    server = Server(server_folder, "site", UCC_DEMO="1")
    yield server
    server.stop()


@pytest.fixture(scope="session")
def site(server: Server) -> str:
    """The address of the node that runs the demo."""
    return server.base


@pytest.fixture
def second_site(server: Server, server_folder: Path) -> Iterator[str]:
    """The address of a second node on the database and the NATS of the first, started as its banner says."""
    told = dict(re.findall(r"(UCC_DATABASE_URL|UCC_NATS_URL)='([^']+)'", server.said()))
    second = Server(server_folder, "second", **told)
    yield second.base
    second.stop()


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
        takes = dict.fromkeys(("queued", "offered", "scheduled"), "take")
        first = {**takes, "parked": "unpark"}.get(state)
        # Whoever takes a callback dials it first.
        verbs = [first, "connected", "end", "complete"] if state != "wrapping" else ["complete"]
        for verb in [verb for verb in verbs if verb and state not in OVER]:
            body = {"end": {"seen_seq": seen_seq}, "complete": {}}.get(verb)
            await api.attempt("POST", f"/interactions/{work_id}/{verb}", body)


async def _crew_at(site: str, open_page: OpenPage) -> AsyncIterator[Crew]:
    admin = await Api(site).sign_in("admin@demo.test", "demo")
    crew = Crew(site, admin, open_page)
    yield crew
    await crew.dismiss()
    await admin.close()


@pytest.fixture
async def crew(site: str, open_page: OpenPage) -> AsyncIterator[Crew]:
    """Whoever works in this test."""
    async for crew in _crew_at(site, open_page):
        yield crew


@pytest.fixture
async def crew_elsewhere(second_site: str, open_page: OpenPage) -> AsyncIterator[Crew]:
    """Whoever works in this test, at the second node."""
    async for crew in _crew_at(second_site, open_page):
        yield crew


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
