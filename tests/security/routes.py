"""Every operation of the API with a body that works; "$queue" stands for the id of a queue."""

from __future__ import annotations

import warnings
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any, NamedTuple, cast

from litestar.routes import HTTPRoute

from ucc.kit.config import Settings
from ucc.web.auth import policies_of
from ucc.web.routes import ROUTERS
from ucc.web.server import create_api

# What the parameters of paths are called, and what they name.
PATH_KINDS = {
    "user_id": "user", "agent_id": "user", "queue_id": "queue", "hours_id": "hours", "policy_id": "policy",
    "skill_id": "skill", "tag_id": "tag", "template_id": "template", "disposition_id": "disposition",
    "inbox_id": "inbox", "conversation_id": "conversation", "interaction_id": "interaction",
    "contact_id": "contact", "merge_id": "merge", "key_id": "api_key", "epoch": "", "seq": "",
    "simulation_id": "simulation", "audience_id": "audience",
}  # fmt: skip
# The same for fields of bodies and queries.
FIELD_KINDS = PATH_KINDS | {
    "owner_id": "user", "merged_id": "other_contact", "sla_policy_id": "policy", "overflow_queue_id": "queue",
    "redirect_queue_id": "queue", "blocked_queue_id": "queue", "tag_ids": "tag", "mentions": "user",
    "attachment_ids": "attachment", "preferred_agent_id": "user", "agent_ids": "user", "client_id": "",
}  # fmt: skip

HOURS = {"name": "Night", "time_zone": "UTC", "week": {"mon": [["20:00", "23:00"]]}}
QUEUE = {
    "name": "Back",
    "requirement": [{"skill_id": "$skill", "level": 1}],
    "hours_id": "$hours",
    "sla_policy_id": "$policy",
    "overflow_after_s": 60,
    "overflow_queue_id": "$queue",
    "blocked_queue_id": "$queue",
    "distribution": {
        "redirect_queue_id": "$queue",
        "condition": {
            "type": "any_of",
            "of": [
                {"type": "has_skill", "skill_id": "$skill", "level": 2},
                {"type": "not_so", "of": {"type": "one_of_agents", "agent_ids": ["$user"]}},
            ],
        },
    },
}
INBOX = {"name": "Door", "queue_id": "$queue", "hours_id": "$hours", "origins": ["https://shop.example"]}
CONTACT = {"name": "Mei", "owner_id": "$user", "tag_ids": ["$tag"]}
AUDIENCE = {
    "name": "Regulars",
    "condition": {
        "type": "all_of",
        "of": [
            {"type": "test", "field": "tag", "op": "is_not", "value": "$tag"},
            {"type": "test", "field": "owner", "op": "is", "value": "$user"},
        ],
    },
}
ENTRY = {"client_id": "6ad6e3b0-0d13-4f8c-9a3f-0d7d86c1f0f1", "text": "hello", "kind": "note"}

BODIES: dict[tuple[str, str], Any] = {
    ("PATCH", "/auth/me"): {"theme": "dark"},
    ("POST", "/users"): {
        "email": "x@y.example",
        "name": "X Y",
        "role": "agent",
        "password": "long enough phrase",
    },
    ("PATCH", "/users/{user_id}"): {"name": "Renamed"},
    ("PUT", "/queues/{queue_id}/pause"): {"redirect_queue_id": "$other_queue"},
    ("PUT", "/agents/skills"): [{"agent_id": "$user", "skill_id": "$skill", "level": 3}],
    ("POST", "/skills"): {"name": "Singing"},
    ("PUT", "/skills/{skill_id}"): {"name": "Dancing"},
    ("POST", "/contacts"): CONTACT,
    ("PATCH", "/contacts/{contact_id}"): CONTACT,
    ("PUT", "/contacts/{contact_id}/block"): {"reason": "spam"},
    ("POST", "/contacts/{contact_id}/merge"): {"merged_id": "$other_contact"},
    ("POST", "/audiences"): AUDIENCE,
    ("PUT", "/audiences/{audience_id}"): AUDIENCE | {"name": "Gold"},
    ("POST", "/audiences/preview"): {"condition": AUDIENCE["condition"]},
    ("POST", "/api-keys"): {"name": "Key", "scopes": ["contacts.read"]},
    ("PUT", "/presence/me"): {"status": "off_queue", "reason": "break"},
    ("PUT", "/presence/{agent_id}"): {"status": "off_queue", "reason": "break"},
    ("POST", "/offers/{interaction_id}/{epoch}/decline"): {"reason": "busy"},
    ("POST", "/interactions/{interaction_id}/end"): {"seen_seq": 1},
    ("POST", "/interactions/{interaction_id}/complete"): {
        "disposition_id": "$disposition",
        "tag_ids": ["$tag"],
    },
    ("POST", "/interactions/{interaction_id}/extend"): {"by_s": 30},
    ("POST", "/interactions/{interaction_id}/callback"): {"phone": "+60123456789"},
    ("POST", "/interactions/{interaction_id}/transfer"): {"queue_id": "$queue"},
    ("POST", "/interactions/{interaction_id}/consult"): {"queue_id": "$queue"},
    ("POST", "/interactions/{interaction_id}/hand-over"): {"agent_id": "$user"},
    ("POST", "/interactions/{interaction_id}/flow"): {"limit_s": 60},
    ("PUT", "/presence/{agent_id}/plan"): {
        "shifts": [{"from_ms": 1_000, "to_ms": 9_000}],
        "breaks": [{"from_ms": 2_000, "to_ms": 3_000, "reason": "meal"}],
    },
    ("POST", "/queues"): QUEUE,
    ("PUT", "/queues/{queue_id}"): QUEUE
    | {
        "name": "Front",
        "overflow_queue_id": None,
        "blocked_queue_id": None,
        "overflow_after_s": None,
        "distribution": {},
    },
    ("POST", "/queues/{queue_id}/prospect"): {
        "skills": [{"skill_id": "$skill", "level": 1}],
        "preferred_agent_id": "$user",
    },
    ("POST", "/interactions/{interaction_id}/why/{seq}/otherwise"): {
        "level": {"agent_id": "$user", "skill_id": "$skill", "level": 9}
    },
    ("POST", "/hours"): HOURS,
    ("PUT", "/hours/{hours_id}"): HOURS,
    ("POST", "/sla-policies"): {"name": "Slow"},
    ("PUT", "/sla-policies/{policy_id}"): {"name": "Slower"},
    ("PATCH", "/conversations/{conversation_id}"): {"tag_ids": ["$tag"]},
    ("POST", "/conversations/{conversation_id}/entries"): ENTRY | {"mentions": ["$user"]},
    ("POST", "/conversations/{conversation_id}/read"): {"seq": 1},
    ("PUT", "/conversations/{conversation_id}/drafts"): {"text": "draft"},
    ("POST", "/inboxes"): INBOX,
    ("PUT", "/inboxes/{inbox_id}"): INBOX,
    ("POST", "/templates"): {"name": "Bye", "text": "Bye"},
    ("PUT", "/templates/{template_id}"): {"name": "Bye", "text": "Bye"},
    ("POST", "/templates/{template_id}/render"): {"conversation_id": "$conversation"},
    ("POST", "/tags"): {"name": "strange"},
    ("PUT", "/tags/{tag_id}"): {"name": "stranger"},
    ("POST", "/dispositions"): {"name": "Over"},
    ("PUT", "/dispositions/{disposition_id}"): {"name": "Over and out"},
    ("POST", "/auth/login"): {"email": "x@y.example", "password": "wrong"},
    ("POST", "/auth/password"): {"old": "wrong", "new": "long enough phrase"},
    ("POST", "/widget/{key}/start"): {"client_id": "6ad6e3b0-0d13-4f8c-9a3f-0d7d86c1f0f2", "text": "hi"},
    ("POST", "/simulations"): {
        "date": datetime.now(UTC).date().isoformat(),
        "replications": 1,
        "edits": {
            "agents": [{"agent_id": "$user"}],
            "queues": [{"queue_id": "$queue", "requirement": [{"skill_id": "$skill", "level": 1}]}],
        },
    },
    ("POST", "/attachments"): None,  # multipart; tried on its own
    ("POST", "/widget/attachments"): None,
}
# More bodies of an operation, for fields that exclude each other or belong to one role of theirs.
MORE: list[tuple[str, str, Any]] = [
    ("POST", "/interactions/{interaction_id}/transfer", {"agent_id": "$user"}),
    ("POST", "/interactions/{interaction_id}/consult", {"agent_id": "$user"}),
    ("POST", "/conversations/{conversation_id}/entries", ENTRY | {"attachment_ids": ["$attachment"]}),
]
# Query fields that name things.
QUERIES = [("GET", "/conversations?view=all&queue_id=$queue")]
ENDS_SESSIONS = {("POST", "/auth/logout"), ("POST", "/auth/password")}


class Operation(NamedTuple):
    """One method of one path, without /v1."""

    method: str
    path: str
    policies: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


@cache
def application() -> Any:
    """The application with every route and nothing behind it."""
    rooms = SimpleNamespace(
        settings=Settings(data_dir=Path("/nowhere"), demo=True), tenants=None, database=None
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # of the framework, about its next version
        return create_api(cast(Any, rooms), ROUTERS)


@cache
def document() -> dict[str, Any]:
    return cast(dict[str, Any], application().openapi_schema.to_schema())


@cache
def operations() -> list[Operation]:
    """Every operation of the API, as the application has them (not as it documents them)."""
    found = []
    for route in application().routes:
        if not isinstance(route, HTTPRoute) or not route.path.startswith("/v1/"):
            continue
        for handler in route.route_handlers:
            for method in sorted(handler.http_methods - {"OPTIONS", "HEAD"}):
                path = route.path_format.removeprefix("/v1")
                found.append(Operation(method, path, policies_of(handler)))
    return sorted(found)


def names_in(body: Any) -> set[str]:
    """The things a body names."""
    if isinstance(body, dict):
        return set().union(*(names_in(value) for value in body.values()))
    if isinstance(body, list):
        return set().union(*(names_in(value) for value in body))
    return {body[1:]} if isinstance(body, str) and body.startswith("$") else set()


def filled(body: Any, things: dict[str, Any]) -> Any:
    """A body with ids in the place of names."""
    if isinstance(body, dict):
        return {key: filled(value, things) for key, value in body.items()}
    if isinstance(body, list):
        return [filled(value, things) for value in body]
    return things[body[1:]] if isinstance(body, str) and body.startswith("$") else body


def path_names(path: str) -> list[str]:
    """The parameters of a path."""
    return [part[1:-1] for part in path.split("/") if part.startswith("{")]


def path_of(path: str, things: dict[str, Any]) -> str:
    """A path with ids in the place of its parameters."""
    for name in path_names(path):
        kind = PATH_KINDS.get(name, name)
        path = path.replace(f"{{{name}}}", str(things[kind]) if kind else "1")
    return path
