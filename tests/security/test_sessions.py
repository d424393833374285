"""Sessions, cookies, CSRF, keys, tickets and repeats, over HTTP and the socket of a running node."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from tests.security.conftest import PASSWORD, Person, Things
from ucc.tenants import rules

PHRASE = "a phrase nobody guesses"


@pytest.fixture
def worker(stranger: Person, base: str) -> Iterator[Person]:
    """A fresh agent of the stranger's tenant, signed in."""
    email = f"worker{time.time_ns()}@stranger.example"
    user = {"email": email, "name": "Worker", "role": "agent", "password": PHRASE}
    made = stranger.make("/users", user)
    person = Person(base).sign_in(email, PHRASE)
    yield person
    stranger.call("DELETE", f"/users/{made['id']}")


@contextmanager
def socket_of(person: Person, base: str) -> Iterator[ClientConnection]:
    """A console's socket, said hello on."""
    ticket = person.make("/auth/ticket", None)["ticket"]
    with hello(base, ticket, {f"agent:{person.me['user']['id']}": 0}) as console:
        yield console


@contextmanager
def hello(base: str, ticket: str, streams: dict[str, int]) -> Iterator[ClientConnection]:
    """A socket whose first frame carries the ticket."""
    with connect(f"{base.replace('http', 'ws')}/v1/socket", origin=base) as console:  # type: ignore[arg-type]
        console.send(json.dumps({"type": "hello", "ticket": ticket, "streams": streams}))
        yield console


def until_closed(console: ClientConnection, seconds: float) -> int:
    """Read until the node closes the socket; return the code."""
    deadline = time.monotonic() + seconds
    try:
        while True:
            console.recv(timeout=max(0.01, deadline - time.monotonic()))
    except ConnectionClosed as closed:
        return closed.rcvd.code if closed.rcvd else 0


def test_the_cookie_is_closed_to_scripts_other_sites_and_other_hosts(base: str):
    person = Person(base)
    answer = person.http.post("/v1/auth/login", json={"email": "agent5@demo.test", "password": "demo"})
    cookie = answer.headers["set-cookie"]
    assert cookie.startswith("__Host-ucc=")
    attributes = {part.strip().lower() for part in cookie.split(";")[1:]}
    assert {"httponly", "secure", "path=/", "samesite=lax"} <= attributes
    assert not any(part.startswith("domain") for part in attributes)
    assert answer.headers["cache-control"] == "private, no-store"


@pytest.mark.parametrize("token", [None, "", "wrong", "\xe9"])
def test_a_write_by_cookie_needs_the_csrf_token(worker: Person, token: str | None):
    right = worker.http.headers.pop("x-csrf-token")
    assert worker.call("GET", "/contacts").status_code == 200
    headers = {} if token is None else {"x-csrf-token": token.encode("latin1")}
    answer = worker.http.post("/v1/contacts", json={"name": "X"}, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (403, "not_allowed")
    worker.http.headers["x-csrf-token"] = right
    assert worker.call("POST", "/contacts", {"name": "X"}).status_code == 201


def test_the_csrf_token_of_one_session_does_not_open_another(worker: Person, base: str):
    other = Person(base).sign_in(worker.me["user"]["email"], PHRASE)
    assert other.me["csrf_token"] != worker.me["csrf_token"]
    worker.http.headers["x-csrf-token"] = other.me["csrf_token"]
    assert worker.call("POST", "/contacts", {"name": "X"}).status_code == 403


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_another_sites_page_cannot_sign_a_browser_in(base: str, site: str):
    person = Person(base, {"sec-fetch-site": site})
    assert (
        person.call("POST", "/auth/login", {"email": "agent5@demo.test", "password": "demo"}).status_code
        == 403
    )


def test_a_form_cannot_sign_a_browser_in(base: str):
    plain = {"content-type": "text/plain"}
    body = b'{"email": "agent5@demo.test", "password": "demo"}'
    answer = Person(base).http.post("/v1/auth/login", content=body, headers=plain)
    assert answer.status_code in (400, 403, 415)
    as_forms_write_it = b'{"email": "agent5@demo.test", "password": "demo", "x": "="}'
    answer = Person(base).http.post("/v1/auth/login", content=as_forms_write_it, headers=plain)
    assert (answer.status_code, "x" in answer.json()["detail"]) == (422, True)


def test_signing_in_never_keeps_the_session_a_browser_came_with(base: str):
    planted = Person(base).sign_in("agent5@demo.test", "demo")
    cookie = planted.http.headers["cookie"]
    victim = Person(base, {"cookie": cookie})
    answer = victim.http.post("/v1/auth/login", json={"email": "agent4@demo.test", "password": "demo"})
    assert answer.headers["set-cookie"].partition(";")[0] != cookie
    assert planted.call("GET", "/auth/me").status_code == 401


@pytest.mark.parametrize(
    "header",
    [
        "Basic YWRtaW46ZGVtbw==",
        "Bearer",
        "Bearer x",
        "Bearer ucc_1_x",
        "Bearer ucc_1024_" + "A" * 43,
        "ucc_1_x",
    ],
)
def test_what_is_no_key_is_refused_even_beside_a_good_cookie(worker: Person, header: str):
    worker.http.headers["authorization"] = header
    assert worker.call("GET", "/auth/me").status_code == 401


def test_a_revoked_key_is_refused_within_seconds(stranger: Person, base: str):
    made = stranger.make("/api-keys", {"name": "Short", "scopes": ["contacts.read"]})
    key = Person(base, {"authorization": f"Bearer {made['secret']}"})
    assert key.call("GET", "/contacts").status_code == 200
    assert stranger.call("DELETE", f"/api-keys/{made['id']}").status_code == 204
    deadline = time.monotonic() + 5
    while key.call("GET", "/contacts").status_code != 401:
        assert time.monotonic() < deadline, "a revoked key still opens"
        time.sleep(0.05)


def test_a_ticket_opens_one_socket_and_no_second(worker: Person, base: str):
    ticket = worker.make("/auth/ticket", None)["ticket"]
    streams = {f"agent:{worker.me['user']['id']}": 0}
    with hello(base, ticket, streams) as first:
        assert json.loads(first.recv(timeout=10))["type"] == "welcome"
        with hello(base, ticket, streams) as second:
            assert until_closed(second, 10) == 4401


@pytest.mark.parametrize("ticket", ["", "x", "A" * 43, "A" * 5000])
def test_a_made_up_ticket_opens_nothing(base: str, ticket: str):
    with hello(base, ticket, {}) as console:
        assert until_closed(console, 10) in (4400, 4401)


@pytest.mark.parametrize(
    "change", [{"role": "supervisor"}, {"is_active": False}, {"password": "another good phrase"}]
)
def test_role_password_and_activity_changes_end_session_and_socket_within_five_seconds(
    worker: Person, stranger: Person, base: str, change: dict[str, Any]
):
    with socket_of(worker, base) as console:
        assert json.loads(console.recv(timeout=10))["type"] == "welcome"
        answer = stranger.call("PATCH", f"/users/{worker.me['user']['id']}", change)
        assert answer.status_code == 200, answer.text
        assert until_closed(console, 5) == 4401
    assert worker.call("GET", "/auth/me").status_code == 401


def test_signing_out_ends_this_sessions_socket_and_leaves_the_other(worker: Person, base: str):
    other = Person(base).sign_in(worker.me["user"]["email"], PHRASE)
    with socket_of(worker, base) as mine, socket_of(other, base) as theirs:
        assert json.loads(theirs.recv(timeout=10))["type"] == "welcome"
        assert worker.call("POST", "/auth/logout").status_code == 204
        assert until_closed(mine, 5) == 4401
        theirs.send(json.dumps({"type": "ping"}))
        while json.loads(theirs.recv(timeout=5))["type"] != "pong":
            pass
    assert worker.call("GET", "/auth/me").status_code == 401
    assert other.call("GET", "/auth/me").status_code == 200


def test_i16_a_socket_holds_no_stream_of_another_tenant_or_person(
    worker: Person, base: str, theirs: Things, own: Things
):
    ticket = worker.make("/auth/ticket", None)["ticket"]
    streams = {
        f"agent:{worker.me['user']['id']}": 0,
        f"agent:{theirs['user']}": 0,
        f"agent:{own['user']}": 0,
        f"conversation:{theirs['conversation']}": 0,
        f"conversation:{own['conversation']}": 0,
        f"tenant:{theirs['user']}": 0,
    }
    with hello(base, ticket, streams) as console:
        console.send(json.dumps({"type": "subscribe", "streams": streams}))
        console.send(json.dumps({"type": "ping"}))
        seen = []
        try:
            while (frame := json.loads(console.recv(timeout=10)))["type"] != "pong":
                seen.append(frame)
        except ConnectionClosed:
            pass  # refused altogether
    text = json.dumps(seen, ensure_ascii=False)
    assert "secret-words" not in text
    # Everybody holds the hints of their own tenant, which come when something there moves.
    own_streams = (f"agent:{worker.me['user']['id']}", f"tenant:{worker.me['tenant_id']}")
    assert not [frame for frame in seen if frame["type"] == "event" and frame["stream"] not in own_streams]


def test_five_failures_slow_an_account_down_and_say_for_how_long(base: str, stranger: Person):
    email = f"slow{time.time_ns()}@stranger.example"
    stranger.make("/users", {"email": email, "name": "Slow", "role": "agent", "password": PHRASE})
    person = Person(base)
    for _ in range(rules.ACCOUNT_FAILURES_MAX):
        assert person.call("POST", "/auth/login", {"email": email, "password": "wrong"}).status_code == 401
    answer = person.call("POST", "/auth/login", {"email": email, "password": PHRASE})
    assert answer.status_code == 429
    assert int(answer.headers["retry-after"]) >= 1
    time.sleep(int(answer.headers["retry-after"]))
    assert person.call("POST", "/auth/login", {"email": email, "password": PHRASE}).status_code == 200


@pytest.mark.parametrize(
    "body",
    [
        {}, [], None, "x", {"email": 5, "password": "x"}, {"email": "a@b.example", "password": ["x"]},
        {"email": {"$ne": ""}, "password": {"$ne": ""}}, {"email": "a@b.example", "password": "x\u0000"},
    ],
)  # fmt: skip
def test_a_sign_in_of_the_wrong_shape_is_refused(base: str, body: Any):
    answer = Person(base).call("POST", "/auth/login", body)
    assert answer.status_code in (400, 401, 403, 422, 429)
    assert answer.headers["content-type"] == "application/problem+json"


def test_a_repeated_write_is_carried_out_once(stranger: Person):
    stranger.http.headers["idempotency-key"] = f"once-{time.time_ns()}"
    try:
        first = stranger.call("POST", "/contacts", {"name": "Once"})
        again = stranger.call("POST", "/contacts", {"name": "Once"})
        other = stranger.call("POST", "/contacts", {"name": "Twice"})
    finally:
        del stranger.http.headers["idempotency-key"]
    assert (first.status_code, again.status_code, other.status_code) == (201, 201, 422)
    assert first.json() == again.json()
    assert again.headers["idempotent-replayed"] == "true"


def test_i17_repeats_at_the_same_moment_make_one_thing(stranger: Person):
    key = f"race-{time.time_ns()}"

    def write(_: int) -> Any:
        return stranger.http.post("/v1/contacts", json={"name": key}, headers={"idempotency-key": key})

    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(write, range(8)))
    assert {answer.status_code for answer in answers} <= {201, 409}
    assert len({answer.json()["id"] for answer in answers if answer.status_code == 201}) == 1
    assert len(stranger.get(f"/contacts?q={key}")["items"]) == 1


def test_one_persons_key_does_not_replay_to_another(admin: Person, supervisor: Person):
    headers = {"idempotency-key": f"mine-{time.time_ns()}"}
    mine = admin.http.post("/v1/contacts", json={"name": "Mine"}, headers=headers)
    theirs = supervisor.http.post("/v1/contacts", json={"name": "Mine"}, headers=headers)
    assert mine.json()["id"] != theirs.json()["id"]


def test_a_refused_write_may_be_tried_again_with_its_key(stranger: Person):
    headers = {"idempotency-key": f"later-{time.time_ns()}"}
    name = f"tag{time.time_ns() % 10**9}"
    made = stranger.make("/tags", {"name": name})
    assert stranger.http.post("/v1/tags", json={"name": name}, headers=headers).status_code == 409
    stranger.call("DELETE", f"/tags/{made['id']}")
    assert stranger.http.post("/v1/tags", json={"name": name}, headers=headers).status_code in (200, 201)


def test_nothing_secret_reaches_the_log(stranger: Person, worker: Person, log_path: Any):
    logged = log_path.read_text(errors="replace")
    for secret in (
        PASSWORD,
        PHRASE,
        worker.http.headers["cookie"].partition("=")[2],
        worker.me["csrf_token"],
    ):
        assert secret not in logged
