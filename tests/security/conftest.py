"""A running node with two tenants: Lintwick, full of data, and a stranger with one thing of each kind."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import uuid
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import pytest

from tests.conftest import url_of
from ucc.kit.embedded import EmbeddedPostgres

STRANGER = "stranger"
PASSWORD = "correct horse battery"
READY_S = 60.0
DATABASE = "security"


_clients: list[httpx.Client] = []


@pytest.fixture(scope="session", autouse=True)
def everybody_leaves() -> Iterator[None]:
    """Close every connection at the end."""
    yield
    for client in _clients:
        client.close()


class Person:
    """Somebody signed in, or an API key, or nobody."""

    def __init__(self, base: str, headers: dict[str, str] | None = None) -> None:
        self.http = httpx.Client(base_url=base, headers=headers, timeout=30)
        _clients.append(self.http)
        self.me: dict[str, Any] = {}

    def sign_in(self, email: str, password: str) -> Person:
        answer = self.http.post("/v1/auth/login", json={"email": email, "password": password})
        assert answer.status_code == 200, answer.text
        self.me = answer.json()
        # The cookie is Secure: browsers send it to loopback over plain HTTP, httpx does not.
        self.http.cookies.clear()
        self.http.headers["cookie"] = answer.headers["set-cookie"].partition(";")[0]
        self.http.headers["x-csrf-token"] = self.me["csrf_token"]
        return self

    def call(self, method: str, path: str, body: Any = None) -> httpx.Response:
        return self.http.request(method, f"/v1{path}", json=body)

    def get(self, path: str) -> Any:
        answer = self.call("GET", path)
        assert answer.status_code == 200, f"{path}: {answer.text}"
        return answer.json()

    def make(self, path: str, body: Any) -> Any:
        answer = self.call("POST", path, body)
        assert answer.status_code in (200, 201, 202), f"{path}: {answer.status_code} {answer.text}"
        return answer.json()

    def upload(self, conversation_id: int) -> int:
        answer = self.http.post(
            "/v1/attachments",
            data={"conversation_id": str(conversation_id)},
            files={"file": ("note.txt", b"plain words", "text/plain")},
        )
        assert answer.status_code in (200, 201), answer.text
        return int(answer.json()["id"])


@pytest.fixture(scope="session")
async def security_database(postgres: EmbeddedPostgres, template_database: str) -> AsyncIterator[str]:
    """The address of the database of this folder's node."""
    conn = await asyncpg.connect(postgres.admin_url)
    await conn.execute(f"CREATE DATABASE {DATABASE} OWNER ucc_owner TEMPLATE {template_database}")
    yield url_of(postgres, DATABASE)
    await conn.execute(f"DROP DATABASE {DATABASE} WITH (FORCE)")
    await conn.close()


@pytest.fixture(scope="session")
def environment(security_database: str, nats_url: str, server_folder: Path) -> dict[str, str]:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    return {
        **{key: value for key, value in os.environ.items() if not key.startswith("UCC_")},
        "UCC_DATABASE_URL": security_database,
        "UCC_NATS_URL": nats_url,
        "UCC_DATA_DIR": str(server_folder / "security"),
        "UCC_PORT": str(port),
        "UCC_DEMO": "1",
        "UCC_LOG_LEVEL": "warning",
    }


@pytest.fixture(scope="session")
def log_path(server_folder: Path) -> Path:
    return server_folder / "security.log"


@pytest.fixture(scope="session")
def base(environment: dict[str, str], log_path: Path) -> Iterator[str]:
    """The address of the running node."""
    url = f"http://127.0.0.1:{environment['UCC_PORT']}"
    with log_path.open("wb") as log:
        node = subprocess.Popen(
            [sys.executable, "-m", "ucc", "serve"], env=environment, stdout=log, stderr=log
        )
    try:
        deadline = time.monotonic() + READY_S
        while True:
            assert node.poll() is None, log_path.read_text()
            assert time.monotonic() < deadline, f"not ready in {READY_S} s\n{log_path.read_text()}"
            try:
                if httpx.get(f"{url}/readyz").status_code == 200:
                    break
            except httpx.TransportError:
                pass
            time.sleep(0.1)
        yield url
    finally:
        node.send_signal(signal.SIGTERM)
        try:
            node.wait(20)
        except subprocess.TimeoutExpired:
            node.kill()
            node.wait()


@pytest.fixture(scope="session")
def nobody(base: str) -> Person:
    return Person(base)


@pytest.fixture(scope="session")
def admin(base: str) -> Person:
    """Lintwick's admin."""
    return Person(base).sign_in("admin@demo.test", "demo")


@pytest.fixture(scope="session")
def supervisor(base: str) -> Person:
    return Person(base).sign_in("supervisor@demo.test", "demo")


@pytest.fixture(scope="session")
def agent(base: str) -> Person:
    return Person(base).sign_in("agent1@demo.test", "demo")


@pytest.fixture(scope="session")
def stranger(base: str, environment: dict[str, str]) -> Person:
    """The admin of the other tenant: everything is allowed to them, there."""
    command = [
        *(sys.executable, "-m", "ucc", "tenant", "create", "--name", "Stranger", "--slug", STRANGER),
        *("--email", "admin@stranger.example", "--password-stdin"),
    ]
    done = subprocess.run(
        command, env=environment, input=PASSWORD.encode(), capture_output=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr.decode()
    return Person(base).sign_in("admin@stranger.example", PASSWORD)


Things = dict[str, Any]
EVERY_VIP = {"type": "test", "field": "is_vip", "op": "is", "value": True}


@pytest.fixture(scope="session")
def theirs(admin: Person, base: str) -> Things:
    """One id of each kind in Lintwick."""
    people = admin.get("/users")["items"]
    user = next(one for one in people if one["email"] == "agent2@demo.test")
    inbox = next(one for one in admin.get("/inboxes")["items"] if one["key"] == "demo")
    things = {
        "user": user["id"],
        "queue": admin.get("/queues")["items"][0]["id"],
        "other_queue": admin.get("/queues")["items"][1]["id"],
        "hours": admin.get("/hours")["items"][0]["id"],
        "policy": admin.get("/sla-policies")["items"][0]["id"],
        "skill": admin.get("/skills")["items"][0]["id"],
        "tag": admin.get("/tags")["items"][0]["id"],
        "template": admin.get("/templates")["items"][0]["id"],
        "disposition": admin.get("/dispositions")["items"][0]["id"],
        "inbox": inbox["id"],
    }
    return things | living(admin, base, inbox)


@pytest.fixture(scope="session")
def own(stranger: Person, base: str) -> Things:
    """One id of each kind in the stranger's tenant."""
    make = stranger.make
    hours = make("/hours", {"name": "Day", "time_zone": "UTC", "week": {"mon": [["09:00", "17:00"]]}})["id"]
    policy = make("/sla-policies", {"name": "Quick"})["id"]
    skill = make("/skills", {"name": "Talking"})["id"]
    queue = make("/queues", {"name": "Front", "requirement": [{"skill_id": skill, "level": 1}]})["id"]
    inbox = make("/inboxes", {"name": "Site", "queue_id": queue, "origins": [base]})
    user = {"email": "s2@stranger.example", "name": "S Two", "role": "agent", "password": PASSWORD}
    things = {
        "user": make("/users", user)["id"],
        "queue": queue,
        "other_queue": make("/queues", {"name": "Elsewhere"})["id"],
        "hours": hours,
        "policy": policy,
        "skill": skill,
        "tag": make("/tags", {"name": "odd"})["id"],
        "template": make("/templates", {"name": "Hi", "text": "Hi"})["id"],
        "disposition": make("/dispositions", {"name": "Done"})["id"],
        "inbox": inbox["id"],
    }
    return things | living(stranger, base, inbox)


def living(person: Person, base: str, inbox: dict[str, Any]) -> Things:
    """Make what comes to life by use: a chat with work and a file, contacts, a merge, a key."""
    visitor = Person(base, {"origin": base})
    start = {"client_id": str(uuid.uuid4()), "text": "secret-words of a visitor", "locale": "en"}
    started = visitor.make(f"/widget/{inbox['key']}/start", start)
    conversation = started["state"]["conversation_id"]
    head = person.get(f"/conversations/{conversation}")
    contacts = [person.make("/contacts", {"name": f"Contact {place}"})["id"] for place in "abcd"]
    merge = person.make(f"/contacts/{contacts[0]}/merge", {"merged_id": contacts[1]})
    key = person.make("/api-keys", {"name": "K", "scopes": ["contacts.read"]})
    return {
        "key": inbox["key"],
        "visitor_token": started["token"],
        "conversation": conversation,
        "interaction": head["interaction"]["id"],
        "contact": contacts[2],
        "other_contact": contacts[3],
        "merge": merge["id"],
        "api_key": key["id"],
        "api_key_secret": key["secret"],
        "attachment": person.upload(conversation),
        "audience": person.make("/audiences", {"name": "secret-words in a name", "condition": EVERY_VIP})[
            "id"
        ],
        "simulation": person.make("/simulations", {"date": today(person), "replications": 1})["id"],
    }


def today(person: Person) -> str:
    """The latest day the journal holds; routing may not have written it yet."""
    until = time.monotonic() + READY_S
    while not (days := person.get("/simulations/days")["items"]):
        assert time.monotonic() < until, "no day in the journal"
        time.sleep(0.05)
    return str(days[0]["date"])
