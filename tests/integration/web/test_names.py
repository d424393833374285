"""Names nobody knows are refused on every operation: a misspelt filter or field would be lost in silence."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from tests.integration.conversations.conftest import World
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
