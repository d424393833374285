"""Every route, tried by nobody, by each role, and by another tenant with every id it can name."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.security import routes
from tests.security.conftest import Person, Things
from tests.security.routes import BODIES, MORE, PATH_KINDS, QUERIES, Operation
from ucc.domain.states import Role
from ucc.tenants.rules import ROLES
from ucc.web.auth import PUBLIC, SIGNED_IN

# The whole list of what answers without a session or key.
OPEN = {
    "POST /auth/login",  # throttled, and only for our own pages
    "GET /widget/{key}/config",  # what any visitor of the shop may see
    "POST /widget/{key}/start",  # checks the page's origin and limits
    "POST /widget/attachments",  # carries the visitor's token
    "GET /files/{key}",  # carries a signature that runs out
}
OPERATIONS = routes.operations()
CLOSED = [one for one in OPERATIONS if PUBLIC not in one.policies]
MARKERS = (
    "secret-words", "Lintwick", "demo.test", "林晓雯", "Dana Whitfield", "Nadia Kassim", "chip in the rim",
)  # fmt: skip


def send(person: Person, one: Operation, things: Things) -> Any:
    body = BODIES.get((one.method, one.path))
    return person.call(one.method, routes.path_of(one.path, things), routes.filled(body, things))


def problem(answer: Any) -> dict[str, Any]:
    assert answer.headers["content-type"] == "application/problem+json", answer.text
    found: dict[str, Any] = answer.json()
    assert found["status"] == answer.status_code
    return found


def test_what_is_open_to_everybody_is_a_named_list():
    assert {str(one) for one in OPERATIONS if PUBLIC in one.policies} == OPEN


@pytest.mark.parametrize("one", CLOSED, ids=str)
def test_nobody_gets_in(one: Operation, nobody: Person):
    answer = send(nobody, one, dict.fromkeys([*PATH_KINDS.values(), *_kinds()], 1))
    assert answer.status_code == 401
    assert problem(answer)["code"] == "not_signed_in"


@pytest.mark.parametrize("role", list(Role))
def test_each_role_gets_what_its_permissions_say(role: Role, request: pytest.FixtureRequest):
    person: Person = request.getfixturevalue(role.value)
    wrong = []
    things = dict.fromkeys([*PATH_KINDS.values(), *_kinds()], 1)  # nothing has the id 1
    for one in CLOSED:
        if (one.method, one.path) in routes.ENDS_SESSIONS | {("PUT", "/presence/me")}:
            continue
        is_held = SIGNED_IN in one.policies or bool(ROLES[role] & set(one.policies))
        answer = send(person, one, things) if not is_held or one.method == "GET" else None
        if answer is None:
            continue
        is_refused = answer.status_code == 403 and "permission" in problem(answer).get("found", {})
        if is_refused == is_held or answer.status_code >= 500:
            wrong.append(f"{one}: {answer.status_code}")
    assert wrong == []


def test_every_body_that_names_things_is_tried():
    missing = []
    for path, methods in routes.document()["paths"].items():
        for method, operation in methods.items():
            key = (method.upper(), path.removeprefix("/v1"))
            if "requestBody" in operation and key not in BODIES:
                missing.append(key)
            names = set(path_names_of(operation))
            unknown = names - set(routes.FIELD_KINDS) - {"key", "user_hash", "path"}
            assert not unknown, f"{key} names {unknown}: say in routes.py what they are"
    assert missing == []


@pytest.mark.parametrize("one", [one for one in CLOSED if routes.path_names(one.path)], ids=str)
def test_i16_a_path_with_an_id_of_another_tenant_leads_nowhere(
    one: Operation, stranger: Person, own: Things, theirs: Things
):
    for name in routes.path_names(one.path):
        if not (kind := PATH_KINDS[name]):
            continue
        answer = send(stranger, one, own | {kind: theirs[kind]})
        assert_nothing_leaks(answer)
        assert 400 <= answer.status_code < 500, f"{one} with {name} of Lintwick: {answer.text}"
        assert answer.status_code != 403, "the refusal has to be that it does not exist"


ATTACKS = [
    (method, path, body, name)
    for method, path, body in [*((*key, body) for key, body in BODIES.items()), *MORE]
    for name in sorted(routes.names_in(body))
]


@pytest.mark.parametrize(
    ("method", "path", "body", "name"), ATTACKS, ids=[f"{one[0]} {one[1]} {one[3]}" for one in ATTACKS]
)
def test_i16_a_body_with_an_id_of_another_tenant_is_refused(
    method: str, path: str, body: Any, name: str, stranger: Person, own: Things, theirs: Things
):
    mixed = own | {name: theirs[name]}
    answer = stranger.call(method, routes.path_of(path, own), routes.filled(body, mixed))
    assert 400 <= answer.status_code < 500, f"{name} of Lintwick was taken: {answer.text}"
    assert_nothing_leaks(answer)


@pytest.mark.parametrize(("method", "path"), QUERIES)
def test_i16_a_query_with_an_id_of_another_tenant_finds_nothing(
    method: str, path: str, stranger: Person, theirs: Things
):
    for name in re.findall(r"\$(\w+)", path):
        path = path.replace(f"${name}", str(theirs[name]))
    answer = stranger.call(method, path)
    assert answer.status_code >= 400 or answer.json()["items"] == []
    assert_nothing_leaks(answer)


@pytest.mark.parametrize(
    "one", [one for one in CLOSED if one.method == "GET" and "{" not in one.path], ids=str
)
def test_i16_no_list_or_search_shows_another_tenants_words(one: Operation, stranger: Person, theirs: Things):
    for query in ("", "?q=secret-words", "?q=林", "?q=mug"):
        answer = stranger.call("GET", one.path + query)
        assert answer.status_code in (200, 422), answer.text
        assert_nothing_leaks(answer, but=("secret-words",))
        assert f'"id":{theirs["conversation"]}' not in answer.text


def test_i16_files_of_another_tenant_cannot_be_sent_or_read(
    stranger: Person, own: Things, theirs: Things, admin: Person
):
    answer = stranger.http.post(
        "/v1/attachments",
        data={"conversation_id": str(theirs["conversation"])},
        files={"file": ("a.txt", b"words", "text/plain")},
    )
    assert 400 <= answer.status_code < 500
    for path in ("/files/unknown", f"/files/{theirs['attachment']}", "/files/..%2F..%2Fetc%2Fpasswd"):
        for query in ("", "?sig=1.x", "?sig=99999999999999.AAAA", "?exp=9&sig=A"):
            assert 400 <= stranger.call("GET", path + query).status_code < 500


def test_i16_a_visitors_token_opens_only_its_own_conversation(base: str, own: Things, theirs: Things):
    for things, other in ((own, theirs), (theirs, own)):
        visitor = Person(base, {"origin": base, "authorization": f"Bearer {things['visitor_token']}"})
        for path in (f"/conversations/{other['conversation']}", "/contacts", "/auth/me"):
            assert visitor.call("GET", path).status_code == 401


def test_i16_a_key_of_one_tenant_sees_its_own_alone(base: str, own: Things, theirs: Things):
    key = Person(base, {"authorization": f"Bearer {own['api_key_secret']}"})
    assert key.call("GET", f"/contacts/{own['contact']}").status_code == 200
    assert key.call("GET", f"/contacts/{theirs['contact']}").status_code == 404
    assert key.call("GET", "/users").status_code == 403


def test_with_its_own_ids_the_same_bodies_are_fine(stranger: Person, own: Things):
    """The attacks above are refused for the foreign id and for nothing else."""
    odd = []
    for method, path, body in [*((*key, body) for key, body in BODIES.items()), *MORE]:
        if not routes.names_in(body) or path.startswith("/interactions/"):
            continue
        answer = stranger.call(method, routes.path_of(path, own), routes.filled(body, own))
        if answer.status_code >= 300:
            odd.append(f"{method} {path}: {answer.status_code} {answer.text}")
    assert odd == []


def assert_nothing_leaks(answer: Any, but: tuple[str, ...] = ()) -> None:
    found = [marker for marker in MARKERS if marker in answer.text and marker not in but]
    assert found == []


def path_names_of(operation: dict[str, Any]) -> set[str]:
    """The fields of an operation that look like ids."""
    names = {one["name"] for one in operation.get("parameters", []) if one["in"] in ("path", "query")}
    found = {name for name in names if _looks_like_id(name)}
    schemas = routes.document()["components"]["schemas"]

    def walk(node: Any, depth: int = 0) -> None:
        if not isinstance(node, dict) or depth > 8:
            return
        if "$ref" in node:
            walk(schemas[node["$ref"].rpartition("/")[2]], depth + 1)
        for name, child in node.get("properties", {}).items():
            if _looks_like_id(name):
                found.add(name)
            walk(child, depth + 1)
        for choice in ("oneOf", "anyOf", "allOf"):
            for child in node.get(choice, []):
                walk(child, depth + 1)
        walk(node.get("items"), depth + 1)

    for content in operation.get("requestBody", {}).get("content", {}).values():
        walk(content["schema"])
    return found


def _looks_like_id(name: str) -> bool:
    return bool(re.search(r"(^|_)ids?$", name)) or name in ("mentions", "key", "epoch")


def _kinds() -> set[str]:
    return {"key", *(name for body in BODIES.values() for name in routes.names_in(body))}
