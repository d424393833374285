"""The API described: OpenAPI 3.1 at /docs/openapi.json with examples, and /docs, a page to read it."""

from __future__ import annotations

import html
import json
from typing import Any

from litestar import Litestar, Request, Router
from litestar.enums import OpenAPIMediaType
from litestar.openapi import OpenAPIConfig
from litestar.openapi.plugins import OpenAPIRenderPlugin
from litestar.openapi.spec import Components, SecurityScheme, Server
from litestar.routes import HTTPRoute

from ucc import __version__
from ucc.domain.errors import UccError
from ucc.web.auth import OPTION, PUBLIC, policies_of
from ucc.web.repeats import KEY_CHARACTERS_MAX

Schema = dict[str, Any]
METHODS = ("get", "post", "put", "patch", "delete")
EXAMPLE_DEPTH_MAX = 6

_PAGE_POLICY = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"
_PROBLEM_REF = {"$ref": "#/components/schemas/Problem"}
_PROBLEM = {
    "type": "object",
    "description": "Why a request was not carried out: `code` is for programs, `detail` for people.",
    "required": ["type", "title", "status", "code", "detail"],
    "properties": {
        "type": {"type": "string", "description": "a page that explains the code"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "code": {"type": "string"},
        "detail": {"type": "string"},
        "found": {"type": "object", "description": "what was found, by name"},
    },
    "examples": [
        {
            "type": "/docs#not_found",
            "title": "There is no such thing in this tenant.",
            "status": 404,
            "code": "not_found",
            "detail": "There is no such thing in this tenant.",
            "found": {},
        }
    ],
}
_WITH_EXAMPLE = ("application/json", "multipart/form-data")
_IDEMPOTENCY_KEY = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": "a name of yours for this write: repeated with it, it gets its first answer, for a day",
    "schema": {"type": "string", "minLength": 1, "maxLength": KEY_CHARACTERS_MAX, "pattern": "^[!-~]+$"},
    "example": "0d3f6f0a-5d5c-4a53-9a55-0c1f7a1b2c3d",
}
# What a field of this name (or ending) holds, for examples that read like the real thing.
_BY_NAME: dict[str, Any] = {
    "id": 1048577, "email": "mei@example.com", "name": "Mei Tan", "text": "Where is my order?",
    "locale": "en", "hue": 3, "seq": 12, "phone": "+6591234567", "time_zone": "Asia/Singapore", "level": 7,
    "client_id": "5f0c9f5e-3f0e-4c53-9c5d-0a3c1f0f6d11", "cursor": "MTA0ODU3Nw", "medium": "chat",
    "url": "https://shop.example/orders/1042", "origin": "https://shop.example", "reason": "order",
    "media_type": "image/png", "size_bytes": 48213, "token": "wXG1…",
    "view": "mine", "q": "订单", "key": "8JrTqk1w9d3oVtHq2Lx5m0aCz4Yp", "sig": "1795305600000.3q2-7w",
    "password": "correct horse battery",
    "midnight_ms": 1_795_276_800_000, "waiting": 4, "longest_wait_ms": 21_400, "arrived": 412, "served": 380,
    "in_target": 342, "abandoned": 28, "abandoned_early": 12, "served_wait_ms": 5_396_000, "asa_ms": 14_200,
    "handled": 371, "handled_ms": 91_266_000, "aht_ms": 246_000, "busy_ms": 91_266_000,
    "staffed_ms": 126_758_000, "occupancy": 0.72, "abandon_rate": 0.069, "of_arrived": 0.838,
    "from_ms": 1_795_305_600_000, "to_ms": 1_795_307_400_000,
    "of_served": 0.9, "without_early_abandoned": 0.864, "early_abandoned_as_met": 0.868,
}  # fmt: skip
_AT_MS = 1_795_305_600_000


class Document(OpenAPIRenderPlugin):
    """The document itself, for programs."""

    def __init__(self) -> None:
        super().__init__(path="/openapi.json", media_type=OpenAPIMediaType.OPENAPI_JSON)

    def render(self, request: Request[Any, Any, Any], openapi_schema: Schema) -> bytes:
        """Return the document as JSON."""
        return json.dumps(complete(openapi_schema, public_of(request.app)), ensure_ascii=False).encode()


class Page(OpenAPIRenderPlugin):
    """The document as one page without scripts, for people."""

    def __init__(self) -> None:
        super().__init__(path="/")

    def render(self, request: Request[Any, Any, Any], openapi_schema: Schema) -> bytes:
        """Return the page."""
        return page(complete(openapi_schema, public_of(request.app))).encode()


CONFIG = OpenAPIConfig(
    title="UCC",
    version=__version__,
    description=(
        "The API of an open unified contact centre. JSON in and out; times are milliseconds since the epoch, "
        "ids are integers below 2^53. Errors are problem documents. Lists give `items` and `next`: hand it "
        "back as `cursor`. Writes take an `Idempotency-Key`: the same key gives the same answer for a day."
    ),
    openapi_router=Router(
        path="/docs",
        route_handlers=[],
        opt={OPTION: PUBLIC},
        response_headers={"content-security-policy": _PAGE_POLICY},
    ),
    render_plugins=[Page(), Document()],
    servers=[Server(url="/")],
    components=Components(
        security_schemes={
            "session": SecurityScheme(
                type="apiKey", name="__Host-ucc", security_scheme_in="cookie",
                description="from POST /v1/auth/login; writes also need the X-CSRF-Token header",
            ),
            "key": SecurityScheme(type="http", scheme="bearer", description="ucc_<id>_<secret>"),
        }
    ),
    security=[{"session": []}, {"key": []}],
    use_handler_docstrings=True,
)  # fmt: skip


def public_of(app: Litestar) -> frozenset[tuple[str, str]]:
    """Return method and path of every operation that asks nobody who they are."""
    return frozenset(
        (method.lower(), route.path_format)
        for route in app.routes
        if isinstance(route, HTTPRoute)
        for handler in route.route_handlers
        if PUBLIC in policies_of(handler, route.path)
        for method in handler.http_methods
    )


def complete(schema: Schema, public: frozenset[tuple[str, str]] = frozenset()) -> Schema:
    """Return the framework's document with problem answers, examples, keys of writes, and who is asked."""
    if "x-complete" in schema:
        return schema
    schemas: Schema = schema.setdefault("components", {}).setdefault("schemas", {})
    schemas["Problem"] = _PROBLEM
    schema["paths"] = {path: found for path, found in schema["paths"].items() if path.startswith("/v1/")}
    for name, path in schema.get("paths", {}).items():
        for method in METHODS:
            if (operation := path.get(method)) is None:
                continue
            if (method, name) in public:
                operation["security"] = []
            elif method != "get":
                operation.setdefault("parameters", []).append(_IDEMPOTENCY_KEY)
            _complete_operation(operation, schemas)
    schema["x-complete"] = True
    return schema


def _complete_operation(operation: Schema, schemas: Schema) -> None:
    bodies = [operation.get("requestBody", {})]
    answers: Schema = operation.setdefault("responses", {})
    bodies += [answer for status, answer in answers.items() if status.startswith("2")]
    for body in bodies:
        for media_type, content in body.get("content", {}).items():
            if media_type in _WITH_EXAMPLE and not content.get("examples"):
                content["examples"] = {"example": {"value": example_of(content.get("schema", {}), schemas)}}
    for parameter in operation.get("parameters", []):
        if "example" not in parameter:
            parameter["example"] = example_of(parameter.get("schema", {}), schemas, parameter["name"])
    # The framework documents a 400 for bad input; ours is a problem document of the 4XX family.
    answers.pop("400", None)
    answers["4XX"] = {
        "description": "Refused: `code` says why.",
        "content": {"application/problem+json": {"schema": _PROBLEM_REF}},
    }


def example_of(node: Schema, schemas: Schema, name: str = "", depth: int = 0) -> Any:
    """Return a believable value of one JSON-schema node; the same node gives the same value."""
    if depth > EXAMPLE_DEPTH_MAX:
        return None
    if "$ref" in node:
        return example_of(schemas.get(node["$ref"].rpartition("/")[2], {}), schemas, name, depth + 1)
    for given in ("const", "default"):
        if given in node and not isinstance(node[given], list | dict):
            return node[given]
    if node.get("examples"):
        found = node["examples"]
        return found[0] if isinstance(found, list) else found
    if "enum" in node:
        return node["enum"][0]
    for choice in ("oneOf", "anyOf", "allOf"):
        if choice in node:
            kinds = [kind for kind in node[choice] if kind.get("type") != "null"] or node[choice]
            return example_of(kinds[0], schemas, name, depth)
    return _plain_example(node, schemas, name, depth)


def _plain_example(node: Schema, schemas: Schema, name: str, depth: int) -> Any:
    kind = node.get("type")
    if isinstance(kind, list):
        kind = next((one for one in kind if one != "null"), "null")
    if kind == "object":
        properties = node.get("properties", {})
        return {field: example_of(child, schemas, field, depth) for field, child in properties.items()}
    if kind == "array":
        items = node.get("items")
        return [example_of(items, schemas, name.removesuffix("s"), depth)] if items else []
    if kind in ("integer", "number"):
        value = _BY_NAME.get(name)
        if isinstance(value, int | float):
            return value
        if name.endswith(("_id", "_by")):
            return 1048577
        return _AT_MS if name.endswith("_ms") and "at_" in name else node.get("minimum", 1)
    if kind == "boolean":
        return True
    if kind == "null":
        return None
    value = _BY_NAME.get(name)
    return value if isinstance(value, str) else _BY_NAME["name"] if name.endswith("name") else name or "text"


def page(schema: Schema) -> str:
    """Return the document as HTML: every operation under its tag, unfolded one by one."""
    parts = [
        f"<h1>{_text(schema['info']['title'])} API</h1><p>{_text(schema['info'].get('description', ''))}</p>"
    ]
    parts.append('<p>For programs: <a href="/docs/openapi.json">openapi.json</a>.</p>')
    groups: dict[str, list[str]] = {}
    for path, operations in sorted(schema.get("paths", {}).items()):
        for method in METHODS:
            if (operation := operations.get(method)) is not None:
                groups.setdefault(path.split("/")[2] if path.count("/") > 1 else "", []).append(
                    _operation(method, path, operation, schema["components"]["schemas"])
                )
    for group, found in groups.items():
        parts.append(f'<h2 id="{_text(group)}">{_text(group)}</h2>{"".join(found)}')
    parts.append("<h2>Error codes</h2><dl>")
    for error in sorted(_errors(UccError), key=lambda kind: (kind.status, kind.code)):
        parts.append(f'<dt id="{error.code}"><code>{error.status} {error.code}</code></dt>')
        parts.append(f"<dd>{_text(error.__doc__ or '')}</dd>")
    parts.append("</dl>")
    return _PAGE.format(title=_text(schema["info"]["title"]), style=_STYLE, body="".join(parts))


def _operation(method: str, path: str, operation: Schema, schemas: Schema) -> str:
    said = operation.get("description") or operation.get("summary") or ""
    rows = "".join(
        f"<tr><td><code>{_text(p['name'])}</code></td><td>{_text(p['in'])}</td>"
        f"<td>{'required' if p.get('required') else ''}</td><td>{_text(p.get('description') or '')}</td></tr>"
        for p in operation.get("parameters", [])
    )
    blocks = f"<table>{rows}</table>" if rows else ""
    bodies: list[tuple[str, Schema]] = [("Request", operation.get("requestBody", {}))]
    answers = operation["responses"].items()
    bodies += [(f"Answer {status}", answer) for status, answer in answers if status.startswith("2")]
    for label, body in bodies:
        for media_type, content in body.get("content", {}).items():
            examples: list[Schema] = list(content.get("examples", {}).values())
            shown = examples[0].get("value") if examples else None
            text = json.dumps(shown, ensure_ascii=False, indent=2) if shown is not None else ""
            blocks += f"<h4>{label} <small>{_text(media_type)}</small></h4><pre>{_text(text)}</pre>"
    return (
        f"<details><summary><b class={method}>{method.upper()}</b> <code>{_text(path)}</code> "
        f"<span>{_text(said.split(chr(10))[0])}</span></summary><p>{_text(said)}</p>{blocks}</details>"
    )


def _errors(kind: type[UccError]) -> set[type[UccError]]:
    """Return `kind` and every error below it."""
    return {kind}.union(*(_errors(below) for below in kind.__subclasses__()))


def _text(value: object) -> str:
    return html.escape(str(value))


_STYLE = """
:root { color-scheme: light dark; --line: #8884; --soft: #8881 }
body { font: 15px/1.55 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem }
code, pre { font: 13px/1.5 ui-monospace, monospace }
pre { background: var(--soft); padding: .75rem; border-radius: 8px; overflow: auto; max-height: 26rem }
details { border: 1px solid var(--line); border-radius: 8px; margin: .4rem 0 }
details[open] { padding-bottom: .5rem }
details > :not(summary) { margin: .5rem 1rem }
summary { cursor: pointer; padding: .5rem 1rem }
summary b { display: inline-block; min-width: 4.5em; font-size: 12px }
summary span { opacity: .75 }
.get { color: #0a7d55 } .post { color: #1d63c4 } .put, .patch { color: #9a6200 } .delete { color: #c22f2f }
h2 { margin-top: 2rem } h4 { margin-bottom: .25rem } dt { margin-top: .5rem }
td { padding: .15rem .75rem .15rem 0; vertical-align: top }
"""
_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>{title} API</title>
<meta name="viewport" content="width=device-width,initial-scale=1">
<style>{style}</style></head>
<body>{body}</body></html>
"""
