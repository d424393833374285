"""What every request passes: the host, a closing door, headers, figures, proxies that are trusted and not."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from ucc.kit import metrics
from ucc.kit.config import Settings
from ucc.web.door import Door


async def application(scope: Any, receive: Any, send: Any) -> None:
    """Answers with who asks, and with a policy of its own under /own."""
    scope["path_template"] = "/echo/{id}"
    headers = [(b"content-type", b"text/plain")]
    if scope["path"] == "/own":
        headers.append((b"cache-control", b"public, max-age=60"))
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    body = f"{scope['client'][0]} {scope['scheme']}".encode()
    await send({"type": "http.response.body", "body": body, "more_body": False})


def settings(**environ: str) -> Settings:
    return Settings.from_environ({"HOME": "/tmp", **environ})


async def ask(app: Any, path: str = "/echo/7", host: str = "localhost", **headers: str) -> httpx.Response:
    transport = httpx.ASGITransport(app, client=("10.1.2.3", 1000))
    async with httpx.AsyncClient(transport=transport, base_url=f"http://{host}") as client:
        return await client.get(path, headers=headers)


@pytest.mark.parametrize("host", ["localhost", "localhost:8080", "127.0.0.1:8080", "[::1]:8080"])
async def test_our_own_names_are_answered(host: str) -> None:
    assert (await ask(Door(application, settings()), host=host)).status_code == 200


@pytest.mark.parametrize(
    "host", ["evil.example", "localhost.evil.example", "127.0.0.1.evil.example", "ucc.example"]
)
async def test_other_names_are_refused(host: str) -> None:
    answer = await ask(Door(application, settings()), host=host)
    assert (answer.status_code, answer.json()["code"]) == (421, "wrong_host")


async def test_the_public_name_is_answered_over_https_with_hsts() -> None:
    door = Door(application, settings(UCC_HOST="0.0.0.0", UCC_PUBLIC_URL="https://ucc.example"))
    answer = await ask(door, host="ucc.example")
    assert answer.status_code == 200
    assert answer.headers["strict-transport-security"] == "max-age=31536000"
    assert "strict-transport-security" not in (await ask(Door(application, settings()))).headers


async def test_a_closed_door_refuses_all_but_the_health_check() -> None:
    door = Door(application, settings())
    door.close()
    answer = await ask(door)
    assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
    assert answer.headers["retry-after"] == "2"
    assert answer.headers["connection"] == "close"
    assert (await ask(door, "/healthz")).status_code == 200


async def test_a_closed_door_refuses_sockets_with_try_again_later() -> None:
    door = Door(application, settings())
    door.close()
    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    await door({"type": "websocket", "path": "/v1/socket", "headers": [(b"host", b"localhost")]}, None, send)
    assert (sent[0]["type"], sent[0]["code"]) == ("websocket.close", 1013)


async def test_what_a_handler_says_about_caching_stands() -> None:
    door = Door(application, settings())
    assert (await ask(door)).headers["cache-control"] == "private, no-store"
    assert (await ask(door, "/own")).headers.get_list("cache-control") == ["public, max-age=60"]


async def test_head_is_answered_as_get_without_the_body() -> None:
    door = Door(application, settings())
    async with httpx.AsyncClient(transport=httpx.ASGITransport(door), base_url="http://localhost") as client:
        answer = await client.head("/echo/7")
    assert (answer.status_code, answer.content) == (200, b"")
    assert answer.headers["cache-control"] == "private, no-store"


async def test_requests_are_counted_by_their_pattern_not_their_path() -> None:
    door = Door(application, settings())
    for number in range(3):
        await ask(door, f"/echo/{number}")
    text = metrics.render().decode()
    assert 'ucc_requests_total{method="GET",path="/echo/{id}",status="200"}' in text
    assert "/echo/1" not in text


async def test_forwarded_headers_are_believed_from_configured_networks_alone() -> None:
    forwarded = {"X-Forwarded-For": "203.0.113.9", "X-Forwarded-Proto": "https"}
    door = Door(application, settings())
    assert (await ask(door, **forwarded)).text == "10.1.2.3 http"
    trusting = settings(UCC_TRUSTED_PROXIES="10.0.0.0/8")
    proxied = ProxyHeadersMiddleware(
        Door(application, trusting), trusted_hosts=list(trusting.trusted_proxies)
    )
    assert (await ask(proxied, **forwarded)).text == "203.0.113.9 https"
    elsewhere = ProxyHeadersMiddleware(Door(application, trusting), trusted_hosts=["192.168.0.0/16"])
    assert (await ask(elsewhere, **forwarded)).text == "10.1.2.3 http"
