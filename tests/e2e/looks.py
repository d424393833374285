"""How a page looks, measured: what axe finds, what is wider than its window, a window of another size."""

from __future__ import annotations

from typing import Any

from playwright.async_api import Locator, Page

from tests.e2e.conftest import ROOT

AXE = ROOT / "widgets" / "node_modules" / "axe-core" / "axe.min.js"
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
RULES = {
    "label-content-name-mismatch": {"enabled": False},  # experimental: trips over a running timer
    "region": {"enabled": False},  # advice: what floats hangs on the body, outside the landmarks
}
SIZES = [(1440, 900), (1024, 768), (360, 740)]


async def violations(page: Page) -> list[str]:
    """Return what axe finds, one line each."""
    if not await page.evaluate("'axe' in window"):
        await page.evaluate(AXE.read_text())
    found: dict[str, Any] = await page.evaluate(
        "([tags, rules]) => axe.run(document, {resultTypes: ['violations'], runOnly: tags, rules})",
        [TAGS, RULES],
    )
    return [
        f"{one['id']}: {node['target']} {node['failureSummary']}"
        for one in found["violations"]
        for node in one["nodes"]
    ]


async def overflow(page: Page) -> int:
    """Return by how many pixels the page is wider than its window."""
    return int(await page.evaluate("document.documentElement.scrollWidth - innerWidth"))


async def resize(page: Page, width: int, height: int) -> None:
    """Give the window a size and return once the page has been drawn at it, its own listeners included."""
    await page.set_viewport_size({"width": width, "height": height})
    await page.evaluate(
        """width => new Promise(done => {
            const look = () => requestAnimationFrame(innerWidth === width ? () => done() : look);
            requestAnimationFrame(look);
        })""",
        width,
    )


async def scroll(box: Locator, top: int) -> None:
    """Scroll a box so far and return once the page has been drawn so, its own listeners included."""
    await box.evaluate(
        """(box, top) => new Promise(done => {
            box.scrollTo(0, top);
            requestAnimationFrame(() => requestAnimationFrame(() => done()));
        })""",
        top,
    )
