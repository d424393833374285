"""The tenant a load runs on, made through the public API: one queue, some agents, chats in their hands."""

from __future__ import annotations

import asyncio
import uuid
from typing import Any

import httpx
import msgspec

from ucc.bench.client import Client
from ucc.bench.node import PASSWORD, Failed, Node, Person

AGENTS = 5
UNITS = 50
ACCEPT_S = 60
STARTS_AT_ONCE = 8
PING_S = 5
AGENT_PATH = "/v1/socket"
VISITOR_PATH = "/v1/widget/socket"


class Chat(msgspec.Struct):
    """A visitor's conversation, in the hands of an agent once `agent` is set."""

    conversation_id: int
    token: str
    agent: int = -1  # place in the list of agents


async def found(node: Node) -> tuple[list[Person], str]:
    """Make the tenant, its agents, queue and inbox; return the signed-in agents and the inbox's key."""
    await node.command(
        *("tenant", "create", "--name", "Load", "--slug", "load", "--email", "admin@load.test"),
        "--password-stdin",
        given=PASSWORD + "\n",
    )
    admin = Person(node)
    await admin.sign_in("admin@load.test")
    policy = await admin.ask("POST", "/sla-policies", {"name": "Load"})
    write = {"name": "Load", "sla_policy_id": policy["id"], "waiting_max": 100_000}
    queue = await admin.ask("POST", "/queues", write)
    limits = {"messages": 10_000, "starts": 100_000, "attachment_bytes": 0}
    inbox = await admin.ask(
        "POST",
        "/inboxes",
        {"name": "Load", "queue_id": queue["id"], "origins": [node.origin], "limits": limits},
    )
    people = []
    for number in range(AGENTS):
        email = f"agent{number}@load.test"
        user = {"email": email, "name": f"Agent {number}", "role": "agent", "password": PASSWORD}
        await admin.ask("POST", "/users", user | {"capacity": {"chat": UNITS}})
        person = Person(node)
        await person.sign_in(email)
        people.append(person)
    await admin.close()
    return people, inbox["key"]


async def start_chat(http: httpx.AsyncClient, node: Node, key: str, number: int) -> Chat:
    """Begin one conversation as a visitor's page does."""
    answer = await http.post(
        f"{node.origin}/v1/widget/{key}/start",
        headers={"Origin": node.origin},
        json={
            "client_id": str(uuid.uuid4()),
            "text": f"Hello, where is order {number}? 我的订单在哪里？",
            "locale": "en",
            "page": "https://shop.example/orders",
        },
    )
    if answer.status_code != 201:
        raise Failed(f"start gave {answer.status_code} {answer.text}")
    started = answer.json()
    return Chat(started["state"]["conversation_id"], started["token"])


async def start_chats(node: Node, key: str, count: int) -> list[Chat]:
    """Begin `count` conversations, eight at a time."""
    chats: list[Chat] = []
    numbers = iter(range(count))
    async with httpx.AsyncClient(timeout=60) as http:

        async def work() -> None:
            for number in numbers:  # one iterator: each number is taken by one worker
                chat = await start_chat(http, node, key, number)
                chats.append(chat)

        async with asyncio.TaskGroup() as group:
            for _ in range(STARTS_AT_ONCE):
                group.create_task(work())
    return chats


async def accept_all(people: list[Person], chats: list[Chat]) -> None:
    """Have the agents accept what rings until every chat is in somebody's hands."""
    by_id = {chat.conversation_id: chat for chat in chats}
    async with asyncio.timeout(ACCEPT_S):
        while any(chat.agent < 0 for chat in chats):
            await asyncio.gather(*(_accept(person, place, by_id) for place, person in enumerate(people)))


async def _accept(person: Person, place: int, by_id: dict[int, Chat]) -> None:
    offers: list[dict[str, Any]] = (await person.ask("GET", "/offers"))["items"]
    for offer in offers:
        await person.ask("POST", f"/offers/{offer['interaction_id']}/{offer['epoch']}/accept")
        by_id[offer["conversation_id"]].agent = place
    if not offers:
        await asyncio.sleep(0.05)


class Console:
    """A console that only pings, so that its agent is there."""

    def __init__(self, client: Client, pinging: asyncio.Task[None]) -> None:
        self._client = client
        self._pinging = pinging

    @classmethod
    async def open(cls, node: Node, person: Person) -> Console:
        """Open it and put its agent on queue."""
        client = await Client.connect(node.port, AGENT_PATH, lambda _: None, node.origin)
        client.send(msgspec.json.encode({"type": "hello", "ticket": await ticket_of(person)}))
        await person.ask("PUT", "/presence/me", {"status": "on_queue"})

        async def ping() -> None:
            while True:
                await asyncio.sleep(PING_S)
                client.send(b'{"type":"ping"}')

        return cls(client, asyncio.get_running_loop().create_task(ping()))

    def close(self) -> None:
        """Close it."""
        self._pinging.cancel()
        self._client.close()


async def ticket_of(person: Person) -> str:
    """Return what opens one console's socket."""
    return str((await person.ask("POST", "/auth/ticket"))["ticket"])
