"""The built front end: caching by name, gzip, no way out of its folder, policies per part."""

from __future__ import annotations

import gzip
import os
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from litestar import Litestar

from ucc.kit.config import Settings
from ucc.web.problem import exception_handlers
from ucc.web.static import static_router

LOADER = "/* loader */" * 100
CHUNK = "export const chat = 1;" * 100


@pytest.fixture
def widgets(tmp_path: Path) -> Path:
    for name, content in {
        "visitor/dist/v1.js": LOADER,
        "visitor/dist/chat-a1b2c3d4e5.js": CHUNK,
        "console/dist/index.html": "<!doctype html><title>console</title>",
        "console/dist/assets/index-Ab12Cd34.css": "body{}" * 200,
        "shop/index.html": "<!doctype html><title>shop</title>",
        "secret.txt": "not for you",
    }.items():
        path = tmp_path / "widgets" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
    return tmp_path / "widgets"


def client_of(widgets: Path, **environ: str) -> httpx.AsyncClient:
    settings = Settings.from_environ({"HOME": "/tmp", **environ})
    app = Litestar(
        [static_router(settings, widgets)], exception_handlers=exception_handlers, openapi_config=None
    )
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://localhost")  # type: ignore[arg-type]


@pytest.fixture
async def client(widgets: Path) -> AsyncIterator[httpx.AsyncClient]:
    async with client_of(widgets, UCC_DEMO="1") as client:
        yield client


async def test_the_loader_is_checked_soon_and_any_site_may_load_it(client: httpx.AsyncClient) -> None:
    answer = await client.get("/widget/v1.js")
    assert answer.text == LOADER
    assert answer.headers["cache-control"] == "public, max-age=300"
    assert answer.headers["access-control-allow-origin"] == "*"
    assert answer.headers["cross-origin-resource-policy"] == "cross-origin"
    assert answer.headers["content-type"].startswith("text/javascript")


async def test_hashed_names_are_kept_for_ever(client: httpx.AsyncClient) -> None:
    for path in ("/widget/chat-a1b2c3d4e5.js", "/console/assets/index-Ab12Cd34.css"):
        assert (await client.get(path)).headers["cache-control"] == "public, max-age=31536000, immutable"


async def test_text_is_zipped_once_for_browsers_that_take_it(client: httpx.AsyncClient) -> None:
    zipped = await client.send(client.build_request("GET", "/widget/v1.js"), stream=True)
    assert zipped.headers["content-encoding"] == "gzip"
    raw = b"".join([part async for part in zipped.aiter_raw()])
    assert gzip.decompress(raw).decode() == LOADER
    plain = await client.get("/widget/v1.js", headers={"Accept-Encoding": "identity"})
    assert "content-encoding" not in plain.headers
    assert plain.text == LOADER


async def test_what_the_browser_has_is_not_sent_again(client: httpx.AsyncClient) -> None:
    etag = (await client.get("/console/")).headers["etag"]
    again = await client.get("/console/", headers={"If-None-Match": etag})
    assert (again.status_code, again.content) == (304, b"")


@pytest.mark.parametrize(
    "path", ["/console", "/console/", "/console/desk/mine/12", "/console/settings/queues"]
)
async def test_every_screen_of_the_console_is_its_one_page(client: httpx.AsyncClient, path: str) -> None:
    answer = await client.get(path)
    assert "<title>console" in answer.text
    assert answer.headers["cache-control"] == "no-cache"
    policy = answer.headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; script-src 'self';")
    assert "frame-ancestors 'none'" in policy
    assert "connect-src 'self' ws://127.0.0.1:8080" in policy
    assert "unsafe" not in policy


@pytest.mark.parametrize(
    "path",
    ["/widget/../../secret.txt", "/widget/%2e%2e/%2e%2e/secret.txt", "/console/..%2f..%2f..%2fsecret.txt",
     "/widget/nothing.js", "/console/assets/gone-12345678.js", "/widget/%00", "/demo/../secret.txt"],
)  # fmt: skip
async def test_nothing_outside_or_missing_is_sent(client: httpx.AsyncClient, path: str) -> None:
    answer = await client.get(path)
    assert answer.status_code == 404
    assert answer.json()["code"] == "not_found"


async def test_a_link_that_leads_outside_is_not_followed(client: httpx.AsyncClient, widgets: Path) -> None:
    (widgets / "visitor/dist/link.js").symlink_to(widgets / "secret.txt")
    assert (await client.get("/widget/link.js")).status_code == 404


async def test_the_shop_is_there_in_a_demo_alone(client: httpx.AsyncClient, widgets: Path) -> None:
    assert "<title>shop" in (await client.get("/demo")).text
    async with client_of(widgets) as other:
        assert (await other.get("/demo")).status_code == 404


async def test_a_front_end_that_is_not_built_names_the_remedy(tmp_path: Path) -> None:
    async with client_of(tmp_path) as client:
        answer = await client.get("/console")
    assert answer.status_code == 404
    assert "make build" in answer.json()["detail"]


async def test_a_new_build_is_seen_without_a_restart(client: httpx.AsyncClient, widgets: Path) -> None:
    await client.get("/widget/v1.js")
    (widgets / "visitor/dist/v1.js").write_text("new")
    os.utime(widgets / "visitor/dist/v1.js", ns=(1, 1))
    assert (await client.get("/widget/v1.js")).text == "new"
