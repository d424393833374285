"""Names nobody knows are refused on every operation: a misspelt filter or field would be lost in silence."""

from __future__ import annotations

import json
import re
from typing import Any

import httpx
import pytest

from tests.integration.conversations.conftest import ORIGIN, World
from ucc.domain.states import Role
from ucc.wire import api_document

# Sent by pages that may be older or newer than the node; its frames and this one take what they know.
TOLERANT = {"/v1/widget/{key}/start"}


@pytest.fixture(scope="module")
def document() -> Any:
    return json.loads(api_document())


async def test_no_operation_takes_a_parameter_or_field_it_does_not_know(world: World, document: Any) -> None:
    schemas = document["components"]["schemas"]
    operations = [
        (path, method, one) for path, methods in document["paths"].items() for method, one in methods.items()
    ]
    admin = await world.node.http(await world.add_agent(role=Role.ADMIN))
    seen = {"query": 0, "body": 0}
    for path, method, operation in operations:
        if not path.startswith("/v1/"):
            continue
        address = re.sub(r"\{[^}]+\}", "1", path.removeprefix("/v1"))
        content = operation.get("requestBody", {}).get("content", {})
        body = content.get("application/json", {}).get("schema", {})
        answer = await admin.request(method, f"{address}?nonsense=1", json={} if body else None)
        assert answer.status_code == 422, f"{method} {path}: {answer.text}"
        assert "found the query parameter 'nonsense', allowed: " in answer.json()["detail"], answer.text
        seen["query"] += 1
        if "$ref" in body and path not in TOLERANT:
            answer = await admin.request(method, address, json={"nonsense": 1})
            assert (answer.status_code, answer.json()["code"]) == (422, "bad_input"), f"{method} {path}"
            seen["body"] += 1
            if not schemas[body["$ref"].rpartition("/")[2]].get("required"):
                assert "nonsense" in answer.json()["detail"], f"{method} {path}: {answer.text}"
    assert seen["query"] > 90
    assert seen["body"] > 30


QUEUE = {"name": "Q"}
INBOX = {"name": "I", "queue_id": 1}
HOURS = {"name": "H", "time_zone": "UTC", "week": {}}
CELL = {"agent_id": 1, "skill_id": 1, "level": 1}
STEP = {"after_s": 5, "lowerby": 1}
NOT_TEAM = {"type": "not_so", "of": {"type": "one_of_teams", "team": 1}}
TREE = {"type": "any_of", "of": [NOT_TEAM]}
DEEP: list[tuple[str, str, Any, str]] = [
    ("POST", "/queues", QUEUE | {"distribution": {"broadcasts": 3}}, "distribution.broadcasts"),
    (
        "POST",
        "/queues",
        QUEUE | {"distribution": {"relaxation": [STEP]}},
        "distribution.relaxation[0].lowerby",
    ),
    ("POST", "/queues", QUEUE | {"requirement": [{"skill_id": 1, "levels": 1}]}, "requirement[0].levels"),
    (
        "POST",
        "/queues",
        QUEUE | {"distribution": {"condition": TREE}},
        "distribution.condition.of[0].of.team",
    ),
    ("POST", "/inboxes", INBOX | {"widget": {"colour": "#fff"}}, "widget.colour"),
    ("POST", "/inboxes", INBOX | {"limits": {"message": 1}}, "limits.message"),
    ("POST", "/hours", HOURS | {"holidays": [{"date": "x", "opens": []}]}, "holidays[0].opens"),
    ("PATCH", "/users/1", {"handling": {"weights": 3}}, "handling.weights"),
    ("PUT", "/agents/skills", [CELL | {"levels": 2}], "[0].levels"),
]


@pytest.mark.parametrize(("method", "path", "body", "field"), DEEP, ids=[one[3] for one in DEEP])
async def test_a_field_nobody_knows_is_refused_by_its_path_at_any_depth(
    world: World, method: str, path: str, body: Any, field: str
) -> None:
    admin = await world.node.http(await world.add_agent(role=Role.ADMIN))
    answer = await admin.request(method, path, json=body)
    assert answer.status_code == 422, answer.text
    assert answer.json()["detail"].startswith(f"found the field {field!r}, allowed: "), answer.text
    assert answer.json()["found"]["field"] == field


CONDITION = {"type": "any_of", "of": [{"type": "xor", "of": []}]}
VALUES: list[tuple[str, str, Any, str, str]] = [
    ("POST", "/queues", QUEUE | {"distribution": {"order_by": "fifo"}}, "distribution.order_by", "share"),
    ("POST", "/queues", QUEUE | {"overflow_exit": "pigeon"}, "overflow_exit", "callback, voicemail, message"),
    (
        "POST",
        "/queues",
        QUEUE | {"distribution": {"condition": CONDITION}},
        "distribution.condition.of[0].type",
        "has_skill, all_of, any_of, not_so, one_of_agents, one_of_teams",
    ),
    ("POST", "/queues", QUEUE | {"hours_id": 2**70}, "hours_id", "whole numbers of 64 bits"),
    ("POST", "/queues", {"name": "a\0b"}, "name", "all characters but NUL"),
    (
        "POST",
        "/sla-policies",
        {"name": "S", "resolution_pauses": ["parked", "lunch"]},
        "resolution_pauses[1]",
        "parked, contact_lost, answered, wrapping",
    ),
    ("PATCH", "/users/1", {"role": "king"}, "role", "agent"),
]


@pytest.mark.parametrize(
    ("method", "path", "body", "field", "allowed"), VALUES, ids=[one[3] for one in VALUES]
)
async def test_a_value_no_field_can_hold_is_refused_with_what_is_allowed(
    world: World, method: str, path: str, body: Any, field: str, allowed: str
) -> None:
    admin = await world.node.http(await world.add_agent(role=Role.ADMIN))
    answer = await admin.request(method, path, json=body)
    assert answer.status_code == 422, answer.text
    assert answer.json()["detail"].startswith(f"{field} is "), answer.text
    assert allowed in answer.json()["detail"].partition("; allowed are ")[2], answer.text
    assert answer.json()["found"]["field"] == field


async def test_free_keys_are_no_fields(world: World) -> None:
    admin = await world.node.http(await world.add_agent(role=Role.ADMIN))
    write = {"name": "Kim", "attributes": {"anything": "goes"}}
    answer = await admin.post("/contacts", json=write)
    assert (answer.status_code, answer.json()["attributes"]) == (201, {"anything": "goes"}), answer.text


async def test_a_page_newer_than_the_node_still_begins_a_chat(world: World) -> None:
    start = {"client_id": "7b0f5a53-6f52-4f0c-9b3f-0f7b0a3a9a11", "text": "Hello", "of_tomorrow": 1}
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{world.node.port}/v1") as page:
        answer = await page.post(f"/widget/{world.inbox.key}/start", json=start, headers={"Origin": ORIGIN})
    assert answer.status_code < 300, answer.text
