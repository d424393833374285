"""The whole API, fed with what its document allows and forbids, as each role: never a 5xx."""

from __future__ import annotations

import subprocess
import sys
import warnings
from typing import Any

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import GenerationMode

from tests.security import routes
from tests.security.conftest import PASSWORD, Person, Things, living
from tests.security.routes import PATH_KINDS

EXAMPLES = 5  # of each operation and kind of data
ROLES = ("agent", "supervisor", "key", "admin")
# What would end the fuzzer's own session, or be answered by the throttle alone.
LEFT_OUT = {("POST", "/auth/logout"), ("POST", "/auth/password"), ("POST", "/auth/login")}
OPERATIONS = [
    (method.upper(), path)
    for path, methods in sorted(routes.document()["paths"].items())
    for method in methods
    if path.startswith("/v1/") and (method.upper(), path.removeprefix("/v1")) not in LEFT_OUT
]


class Fuzzed:
    """A tenant to be fed rubbish, with a person of each role and one thing of each kind."""

    def __init__(self, base: str, people: dict[str, Person], things: Things, schema: Any) -> None:
        self.base = base
        self.people = people
        self.things = things
        self.schema = schema


@pytest.fixture(scope="module")
def fuzzed(base: str, environment: dict[str, str]) -> Fuzzed:
    command = [
        *(sys.executable, "-m", "ucc", "tenant", "create", "--name", "Fuzz", "--slug", "fuzz"),
        *("--email", "admin@fuzz.example", "--password-stdin"),
    ]
    subprocess.run(
        command, env=environment, input=PASSWORD.encode(), capture_output=True, timeout=60, check=True
    )
    admin = Person(base).sign_in("admin@fuzz.example", PASSWORD)
    people = {"admin": admin}
    for role in ("supervisor", "agent"):
        email = f"{role}@fuzz.example"
        admin.make("/users", {"email": email, "name": role, "role": role, "password": PASSWORD})
        people[role] = Person(base).sign_in(email, PASSWORD)
    scopes = [one for one in admin.me["permissions"] if one != "presence.set_own"]
    secret = admin.make("/api-keys", {"name": "all", "scopes": scopes})["secret"]
    people["key"] = Person(base, {"authorization": f"Bearer {secret}"})
    skill = admin.make("/skills", {"name": "Talking"})["id"]
    queue = admin.make("/queues", {"name": "Front"})["id"]
    inbox = admin.make("/inboxes", {"name": "Site", "queue_id": queue, "origins": [base]})
    user = {"email": "target@fuzz.example", "name": "Target", "role": "agent", "password": PASSWORD}
    things = {
        "user": admin.make("/users", user)["id"],
        "skill": skill,
        "queue": queue,
        "inbox": inbox["id"],
        "hours": admin.make("/hours", {"name": "Day", "time_zone": "UTC", "week": {}})["id"],
        "policy": admin.make("/sla-policies", {"name": "Quick"})["id"],
        "tag": admin.make("/tags", {"name": "odd"})["id"],
        "template": admin.make("/templates", {"name": "Hi", "text": "Hi"})["id"],
        "disposition": admin.make("/dispositions", {"name": "Done"})["id"],
    }
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        schema = schemathesis.openapi.from_url(f"{base}/docs/openapi.json")
    return Fuzzed(base, people, things | living(admin, base, inbox), schema)


@pytest.mark.parametrize(("method", "path"), OPERATIONS, ids=[" ".join(one) for one in OPERATIONS])
@pytest.mark.filterwarnings("ignore")  # of the generator
def test_no_input_is_answered_by_a_5xx_and_every_refusal_is_a_problem(method: str, path: str, fuzzed: Fuzzed):
    operation = fuzzed.schema[path][method]
    known = {name: _id_of(name, fuzzed.things) for name in routes.path_names(path)}
    for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):
        strategies = [operation.as_strategy(generation_mode=mode)]
        if known and mode is GenerationMode.POSITIVE:
            strategies.append(operation.as_strategy(generation_mode=mode, path_parameters=known))
        for strategy in strategies:
            _feed(strategy, fuzzed)


def _feed(strategy: Any, fuzzed: Fuzzed) -> None:
    """Send each case as everybody, who may least first."""

    @given(case=strategy)
    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        derandomize=True,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    def feed(case: Any) -> None:
        given = {
            name: value for name, value in (case.headers or {}).items() if name.lower() != "authorization"
        }
        for role in ROLES:
            with requests.Session() as session:
                headers = {**fuzzed.people[role].http.headers, **given}
                answer = case.call(base_url=fuzzed.base, session=session, headers=headers, timeout=20)
                text, status = answer.text, answer.status_code
            assert status < 500, f"{role}: {status} {text}"
            if status >= 400:
                assert answer.headers["content-type"] == ["application/problem+json"], (
                    f"{role}: {status} {text}"
                )
                assert {"type", "title", "status", "code", "detail"} <= set(answer.json())

    try:
        feed()
    except schemathesis.errors.SchemathesisError as error:
        if "Unsatisfiable" not in str(error):
            raise


def _id_of(name: str, things: Things) -> Any:
    kind = PATH_KINDS.get(name, name)
    return things.get(kind, 1)
