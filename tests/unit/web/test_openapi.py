"""The API's description: an example of everything, the same each time, and a page without scripts."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from ucc.web.openapi import METHODS, complete, example_of, page
from ucc.wire import api_document

SCHEMAS: dict[str, Any] = {
    "Thing": {
        "type": "object",
        "properties": {
            "id": {"type": "integer"},
            "email": {"type": "string"},
            "created_at_ms": {"type": "integer"},
            "state": {"enum": ["open", "resolved"]},
            "owner": {"oneOf": [{"type": "null"}, {"$ref": "#/components/schemas/Owner"}]},
            "tags": {"type": "array", "items": {"type": "string"}},
            "next": {"type": ["string", "null"]},
            "is_vip": {"type": "boolean", "default": False},
        },
    },
    "Owner": {
        "type": "object",
        "properties": {"name": {"type": "string"}, "boss": {"$ref": "#/components/schemas/Owner"}},
    },
}


def document() -> dict[str, Any]:
    body = {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Thing"}}}}
    operation = {"summary": "Add <thing>", "requestBody": body, "responses": {"201": body, "400": {}}}
    return {
        "info": {"title": "UCC", "description": "d"},
        "components": {"schemas": dict(SCHEMAS)},
        "paths": {"/v1/things": {"post": operation}, "/docs/openapi.json": {"get": {"responses": {}}}},
    }


def test_examples_read_like_the_real_thing() -> None:
    found = example_of({"$ref": "#/components/schemas/Thing"}, SCHEMAS)
    assert found["email"] == "mei@example.com"
    assert found["state"] == "open"
    assert found["created_at_ms"] > 1_700_000_000_000
    assert found["owner"]["name"] == "Mei Tan"
    assert found["tags"] == ["tag"]
    assert found["is_vip"] is False


def test_a_schema_that_contains_itself_ends() -> None:
    found = example_of({"$ref": "#/components/schemas/Owner"}, SCHEMAS)
    depth = 0
    while found is not None:
        found, depth = found["boss"], depth + 1
    assert 1 <= depth <= 10


def test_every_body_gets_an_example_and_every_operation_the_problem_answer() -> None:
    done = complete(document())
    (operation,) = done["paths"]["/v1/things"].values()
    assert (
        operation["requestBody"]["content"]["application/json"]["examples"]["example"]["value"]["id"]
        == 1048577
    )
    assert "400" not in operation["responses"]
    assert operation["responses"]["4XX"]["content"]["application/problem+json"]
    assert "Problem" in done["components"]["schemas"]
    assert list(done["paths"]) == ["/v1/things"]
    assert complete(done) == done


def test_the_page_escapes_what_it_shows_and_names_every_error_code() -> None:
    html = page(complete(document()))
    assert "Add &lt;thing&gt;" in html
    assert "<script" not in html
    for code in ("not_found", "conflict", "too_many", "unavailable"):
        assert f'id="{code}"' in html


# --- the whole API ------------------------------------------------------------------------------------------

# Lists that cannot grow, and why.
BOUNDED = {
    "/v1/views": "the views are fixed",
    "/v1/roles": "the roles are fixed",
    "/v1/conversations/{conversation_id}/drafts": "one draft a kind",
    "/v1/offers": "what rings at one person",
    "/v1/audiences/counts": "at most 100 audiences",
    "/v1/simulations/days": "at most 100 days of the journal",
}
# Writes by nobody in particular, which carry a client_id or a password instead of a key.
WITHOUT_KEY = {"/v1/auth/login", "/v1/widget/{key}/start", "/v1/widget/attachments"}

Operation = tuple[str, str, dict[str, Any]]


@pytest.fixture(scope="module")
def api() -> list[Operation]:
    paths = json.loads(api_document())["paths"]
    return [
        (path, method, found[method])
        for path, found in paths.items()
        for method in METHODS
        if method in found
    ]


def answers(operation: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield the answers that are no refusal."""
    yield from (answer for status, answer in operation["responses"].items() if status.startswith("2"))


def names(operation: dict[str, Any]) -> set[str]:
    return {one["name"] for one in operation.get("parameters", [])}


def test_every_operation_has_an_example_of_all_it_takes_and_gives(api: list[Operation]) -> None:
    assert len(api) > 80
    for path, method, operation in api:
        bodies = [operation.get("requestBody", {}), *answers(operation)]
        contents = [(kind, one) for body in bodies for kind, one in body.get("content", {}).items()]
        lacking = [
            kind for kind, one in contents if not one.get("examples") and kind != "application/octet-stream"
        ]
        lacking += [one["name"] for one in operation.get("parameters", []) if one.get("example") is None]
        assert not lacking, f"{method} {path}: no example of {lacking}"


def test_every_list_that_can_grow_is_paged_by_cursor(api: list[Operation]) -> None:
    lists = {
        path: names(operation)
        for path, method, operation in api
        if method == "get" and any("Page_" in json.dumps(answer) for answer in answers(operation))
    }
    assert len(lists) > 20
    assert {path for path, found in lists.items() if not {"cursor", "limit"} <= found} == set(BOUNDED)


def test_no_list_is_a_bare_array(api: list[Operation]) -> None:
    for path, method, operation in api:
        for answer in answers(operation):
            for content in answer.get("content", {}).values():
                assert content.get("schema", {}).get("type") != "array", f"{method} {path}"


def test_every_write_takes_an_idempotency_key(api: list[Operation]) -> None:
    without = {
        path
        for path, method, operation in api
        if method != "get" and "Idempotency-Key" not in names(operation)
    }
    assert without == WITHOUT_KEY


def test_the_document_says_who_is_asked(api: list[Operation]) -> None:
    public = {path for path, _, operation in api if operation.get("security") == []}
    assert public == WITHOUT_KEY | {"/v1/widget/{key}/config", "/v1/files/{key}"}
