"""The API's description: an example of everything, the same each time, and a page without scripts."""

from __future__ import annotations

from typing import Any

from ucc.web.openapi import complete, example_of, page

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
